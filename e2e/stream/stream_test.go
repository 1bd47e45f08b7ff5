//go:build clients || faults

package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"shvm-db/e2e/lineage"
	"shvm-db/e2e/node"
)

func TestMain(m *testing.M) { os.Exit(node.Main(m)) }

// soak is how long writes go on: some seconds, or as SHVM_E2E_SOAK says.
func soak(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SHVM_E2E_SOAK")
	if text == "" {
		return 8 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("SHVM_E2E_SOAK: %v", err)
	}
	return d
}

// tested is a node with a table whose stream has both images and whose shards
// roll over several times a second.
type tested struct {
	*node.Node
	client *dynamodb.Client
	arn    string
}

const table = "Changes"

func start(t *testing.T, args ...string) *tested {
	t.Helper()
	n := node.Start(t, node.Options{Args: append(args, "--shard-age", "200ms", "--partitions", "2")})
	s := &tested{Node: n, client: node.Client(n.URL)}
	create := func(name string, stream *types.StreamSpecification) *types.TableDescription {
		t.Helper()
		out, err := s.client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
			TableName: &name, BillingMode: types.BillingModePayPerRequest, StreamSpecification: stream,
			AttributeDefinitions: []types.AttributeDefinition{
				{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
				{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeN},
			},
			KeySchema: []types.KeySchemaElement{
				{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash},
				{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.TableDescription
	}
	d := create(table, &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages})
	create("Copy", nil)
	if s.arn = aws.ToString(d.LatestStreamArn); s.arn == "" {
		t.Fatal("the table has no stream")
	}
	return s
}

// write changes items until the time is over, kills the node now and then, and
// gives how many writes changed something. Each writer has keys of its own, and
// sends a write again until it is answered: the second time it changes nothing.
func (s *tested) write(t *testing.T, d time.Duration, kills bool) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var effective atomic.Int64
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			now := map[string]string{}
			for n := 0; ctx.Err() == nil; n++ {
				key := map[string]types.AttributeValue{
					"pk": &types.AttributeValueMemberS{Value: fmt.Sprintf("writer-%d-%d", w, rand.IntN(5))},
					"sk": &types.AttributeValueMemberN{Value: fmt.Sprint(rand.IntN(3))},
				}
				id := key["pk"].(*types.AttributeValueMemberS).Value + "/" + key["sk"].(*types.AttributeValueMemberN).Value
				value := fmt.Sprint(n)
				_, err := Patiently(t.Context(), func(ctx context.Context) (any, error) {
					switch n % 4 {
					case 0:
						return s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(table), Key: key})
					case 1:
						return s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
							TableName: aws.String(table), Key: key, UpdateExpression: aws.String("SET v = :v"),
							ExpressionAttributeValues: map[string]types.AttributeValue{":v": &types.AttributeValueMemberN{Value: value}},
						})
					default:
						item := map[string]types.AttributeValue{"v": &types.AttributeValueMemberN{Value: value}}
						for k, v := range key {
							item[k] = v
						}
						return s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: item})
					}
				})
				if err != nil {
					t.Errorf("write %d of writer %d: %v", n, w, err)
					return
				}
				if n%4 == 0 {
					if now[id] != "" {
						effective.Add(1)
					}
					now[id] = ""
					continue
				}
				effective.Add(1)
				now[id] = value
			}
		})
	}
	for kills {
		select {
		case <-ctx.Done():
			kills = false
		case <-time.After(time.Duration(300+rand.IntN(1200)) * time.Millisecond):
			s.Kill()
			s.Restart()
		}
	}
	writers.Wait()
	return int(effective.Load())
}

// end turns the stream off, which ends every consumer.
func (s *tested) end(t *testing.T) {
	t.Helper()
	_, err := Patiently(t.Context(), func(ctx context.Context) (*dynamodb.UpdateTableOutput, error) {
		return s.client.UpdateTable(ctx, &dynamodb.UpdateTableInput{
			TableName: aws.String(table), StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(false)},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *tested) scan(t *testing.T, name string) (items []json.RawMessage) {
	t.Helper()
	pages := dynamodb.NewScanPaginator(s.client, &dynamodb.ScanInput{TableName: &name, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			out := map[string]map[string]string{}
			for name, v := range it {
				switch v := v.(type) {
				case *types.AttributeValueMemberS:
					out[name] = map[string]string{"S": v.Value}
				case *types.AttributeValueMemberN:
					out[name] = map[string]string{"N": v.Value}
				}
			}
			raw, err := json.Marshal(out)
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, raw)
		}
	}
	return items
}

// copyTo writes what the records say to the second table.
func (s *tested) copyTo(t *testing.T, records []lineage.Record) {
	t.Helper()
	decode := func(raw json.RawMessage) map[string]types.AttributeValue {
		var in map[string]map[string]string
		if err := json.Unmarshal(raw, &in); err != nil {
			t.Fatal(err)
		}
		out := map[string]types.AttributeValue{}
		for name, v := range in {
			if text, ok := v["S"]; ok {
				out[name] = &types.AttributeValueMemberS{Value: text}
			} else {
				out[name] = &types.AttributeValueMemberN{Value: v["N"]}
			}
		}
		return out
	}
	for _, r := range records {
		var err error
		if r.New == nil {
			_, err = s.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String("Copy"), Key: decode(r.Keys)})
		} else {
			_, err = s.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Copy"), Item: decode(r.New)})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (s *tested) check(t *testing.T, who string, records []lineage.Record, effective int) {
	t.Helper()
	for _, err := range lineage.Check(records, s.scan(t, table), []string{"pk", "sk"}) {
		t.Errorf("%s: %v", who, err)
	}
	if len(records) != effective {
		t.Errorf("%s: %d records for %d writes that changed something", who, len(records), effective)
	}
	shards := map[string]bool{}
	for _, r := range records {
		shards[r.Shard] = true
	}
	t.Logf("%s: %d records from %d shards", who, len(records), len(shards))
	if len(shards) < 4 {
		t.Errorf("%s: the records came from %d shards: nothing rolled over", who, len(shards))
	}
}

func TestAConsumerGetsEveryChangeOnceWhileShardsRollAndTheNodeIsKilled(t *testing.T) {
	s := start(t)
	var records []lineage.Record
	consumed := make(chan error, 1)
	go func() {
		consumed <- Consume(t.Context(), Client(s.URL), s.arn, func(r lineage.Record) error {
			records = append(records, r)
			return nil
		})
	}()
	effective := s.write(t, soak(t), true)
	s.end(t)
	if err := <-consumed; err != nil {
		t.Fatal(err)
	}
	s.check(t, "go", records, effective)
	s.copyTo(t, records)
	copied, original := s.scan(t, "Copy"), s.scan(t, table)
	if a, b := sorted(copied), sorted(original); a != b {
		t.Errorf("the copy is\n%s\nand the table is\n%s", a, b)
	}
}

func sorted(items []json.RawMessage) string {
	all := map[string]bool{}
	for _, it := range items {
		all[string(it)] = true
	}
	out, _ := json.Marshal(all)
	return strings.ReplaceAll(string(out), `\"`, `"`)
}

// script runs a consumer of another language to its end.
func (s *tested) script(ctx context.Context, name string, args ...string) ([]lineage.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, append(args, s.arn)...)
	c.Env = append(os.Environ(), "ENDPOINT="+s.URL,
		"AWS_ENDPOINT_URL_DYNAMODB="+s.URL, "AWS_ENDPOINT_URL_DYNAMODB_STREAMS="+s.URL, "AWS_ENDPOINT_URL="+s.URL,
		"AWS_REGION=local", "AWS_DEFAULT_REGION=local", "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true")
	c.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", name, err, errs.String())
	}
	var records []lineage.Record
	for d := json.NewDecoder(&out); d.More(); {
		var r lineage.Record
		if err := d.Decode(&r); err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}
