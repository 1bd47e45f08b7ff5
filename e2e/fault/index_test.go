//go:build faults

package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"shvm-db/e2e/node"
)

func number(n int) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}

func indexOn(name, attribute string) (types.GlobalSecondaryIndex, types.AttributeDefinition) {
	return types.GlobalSecondaryIndex{
		IndexName:  aws.String(name),
		KeySchema:  []types.KeySchemaElement{{AttributeName: aws.String(attribute), KeyType: types.KeyTypeHash}},
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
	}, types.AttributeDefinition{AttributeName: aws.String(attribute), AttributeType: types.ScalarAttributeTypeS}
}

// contents scans a table or an index: key and value of every item.
func contents(ctx context.Context, c *dynamodb.Client, index *string) (map[string]string, error) {
	out := map[string]string{}
	pages := dynamodb.NewScanPaginator(c, &dynamodb.ScanInput{TableName: aws.String("moves"), IndexName: index})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, it := range page.Items {
			out[textOf(it["pk"])] = fmt.Sprint(textOf(it["color"]), " ", textOf(it["shape"]), " ", it["n"].(*types.AttributeValueMemberN).Value)
		}
	}
	return out, nil
}

// TestIndexesFollowTheTableThroughKills moves items between the keys of an
// index, makes and fills another one meanwhile, and kills the node again and
// again. When the writes end, each index is what the table says.
func TestIndexesFollowTheTableThroughKills(t *testing.T) {
	n := node.Start(t, node.Options{Args: []string{"--partitions", "2", "--sleep", "1s"}})
	c := node.Client(n.URL)
	byColor, color := indexOn("by-color", "color")
	byShape, shape := indexOn("by-shape", "shape")
	if _, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("moves"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions:   []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}, color},
		KeySchema:              []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{byColor},
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soak(t))
	defer cancel()
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			for round := 0; ctx.Err() == nil; round++ {
				pk := text("item " + strconv.Itoa(random.IntN(200)))
				if random.IntN(4) == 0 {
					_, _ = c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String("moves"), Key: attributes{"pk": pk}})
					continue
				}
				it := attributes{"pk": pk, "n": number(round)}
				if k := random.IntN(4); k > 0 {
					it["color"] = text("color " + strconv.Itoa(k))
				}
				if k := random.IntN(4); k > 0 {
					it["shape"] = text("shape " + strconv.Itoa(k))
				}
				_, _ = c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("moves"), Item: it})
			}
		})
	}
	asked := false
	for kills := 0; ctx.Err() == nil; kills++ {
		if !asked {
			_, err := c.UpdateTable(ctx, &dynamodb.UpdateTableInput{
				TableName: aws.String("moves"), AttributeDefinitions: []types.AttributeDefinition{shape},
				GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: &types.CreateGlobalSecondaryIndexAction{
					IndexName: byShape.IndexName, KeySchema: byShape.KeySchema, Projection: byShape.Projection,
				}}},
			})
			asked = err == nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(50+rand.IntN(800)) * time.Millisecond):
		}
		n.Kill()
		n.Restart()
	}
	clients.Wait()
	if !asked {
		t.Fatal("the second index was never made")
	}
	deadline := time.Now().Add(node.Patience)
	for _, ix := range []struct {
		name string
		has  string
	}{{"by-color", "color"}, {"by-shape", "shape"}} {
		for {
			// The table is read each time: a write whose client went away may be
			// applied after a first look.
			table, err := contents(t.Context(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(table) == 0 {
				t.Fatal("the table is empty")
			}
			want := map[string]string{}
			for pk, v := range table {
				if strings.Contains(v, ix.has) {
					want[pk] = v
				}
			}
			got, err := contents(t.Context(), c, aws.String(ix.name))
			d := cmp.Diff(want, got)
			if err == nil && d == "" {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("index %s: %v\n%s", ix.name, err, d)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
