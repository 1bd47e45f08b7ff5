//go:build faults

package fault

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"shvm-db/e2e/node"
)

func TestMain(m *testing.M) { os.Exit(node.Main(m)) }

// soak is how long a storm lasts.
func soak(t *testing.T) time.Duration {
	text := os.Getenv("SHVM_E2E_SOAK")
	if text == "" {
		return 12 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal("SHVM_E2E_SOAK:", err)
	}
	return d
}

const (
	registers = "registers"
	logs      = "logs"
)

func createTables(t *testing.T, c *dynamodb.Client) {
	t.Helper()
	for _, name := range []string{registers, logs} {
		if _, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
			TableName: aws.String(name), BillingMode: types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
			KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

type attributes = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// never reached says that a request cannot have had an effect: nothing
// listened.
func neverReached(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// storm is clients that read and write a few registers and logs while the node
// is killed again and again.
type storm struct {
	client  *dynamodb.Client
	history *History
	epoch   string // makes values unique

	mu sync.Mutex
	// appended are the ids that went into each log: true if it was answered.
	appended map[string]map[string]bool
	// strange are answers that no fault explains.
	strange []error
}

func newStorm(url string) *storm {
	return &storm{client: node.Client(url), history: NewHistory(), appended: map[string]map[string]bool{}}
}

// run lets clients work until the context ends.
func (s *storm) run(ctx context.Context, clients, keys int) {
	var all sync.WaitGroup
	for id := range clients {
		all.Go(func() {
			r := rand.New(rand.NewPCG(rand.Uint64(), uint64(id)))
			known := map[string]string{} // what this client last saw
			for n := 0; ctx.Err() == nil; n++ {
				value := fmt.Sprintf("%s-%d-%d", s.epoch, id, n)
				if r.IntN(4) == 0 {
					s.appendTo(ctx, fmt.Sprintf("log%d", r.IntN(keys)), value)
					continue
				}
				s.touch(ctx, r, id, fmt.Sprintf("key%d", r.IntN(keys)), value, known)
			}
		})
	}
	all.Wait()
}

// request bounds one request: an answer that does not come is "unknown".
func request(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
}

func (s *storm) touch(ctx context.Context, r *rand.Rand, id int, key, value string, known map[string]string) {
	ctx, cancel := request(ctx)
	defer cancel()
	in := input{key: key, new: value}
	var out output
	var err error
	call := s.history.now()
	switch n := r.IntN(10); {
	case n < 4:
		in.verb, in.new = read, ""
		var got *dynamodb.GetItemOutput
		if got, err = s.client.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: aws.String(registers), Key: attributes{"pk": text(key)}, ConsistentRead: aws.Bool(true),
		}); err == nil {
			out.value = textOf(got.Item["v"])
			known[key] = out.value
		}
	case n < 6:
		in.verb = write
		_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(registers), Item: attributes{"pk": text(key), "v": text(value)},
		})
	case n < 9:
		in.verb, in.old = swap, known[key]
		update := &dynamodb.UpdateItemInput{
			TableName: aws.String(registers), Key: attributes{"pk": text(key)},
			UpdateExpression: aws.String("SET v = :new"), ConditionExpression: aws.String("attribute_not_exists(v)"),
			ExpressionAttributeValues: attributes{":new": text(value)},
		}
		if in.old != "" {
			update.ConditionExpression = aws.String("v = :old")
			update.ExpressionAttributeValues[":old"] = text(in.old)
		}
		_, err = s.client.UpdateItem(ctx, update)
		if failed := new(types.ConditionalCheckFailedException); errors.As(err, &failed) {
			out.refused, err = true, nil
		}
	default:
		in.verb, in.new = remove, ""
		_, err = s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(registers), Key: attributes{"pk": text(key)}})
	}
	if err != nil {
		if neverReached(err) {
			return
		}
		s.note(err)
		out = output{unknown: true}
	}
	s.history.add(id, in, call, out)
}

func (s *storm) appendTo(ctx context.Context, key, id string) {
	ctx, cancel := request(ctx)
	defer cancel()
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(logs), Key: attributes{"pk": text(key)},
		UpdateExpression: aws.String("SET l = list_append(if_not_exists(l, :none), :id)"),
		ExpressionAttributeValues: attributes{
			":none": &types.AttributeValueMemberL{Value: []types.AttributeValue{}},
			":id":   &types.AttributeValueMemberL{Value: []types.AttributeValue{text(id)}},
		},
	})
	if neverReached(err) {
		return
	}
	if err != nil {
		s.note(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.appended[key] == nil {
		s.appended[key] = map[string]bool{}
	}
	s.appended[key][id] = err == nil
}

// note keeps refusals that no killed node explains: a client's mistake would
// otherwise pass as "unknown" for ever.
func (s *storm) note(err error) {
	var api interface {
		ErrorCode() string
		error
	}
	if !errors.As(err, &api) || api.ErrorCode() == "InternalServerError" || api.ErrorCode() == "InternalFailure" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.strange = append(s.strange, err)
}

// check is what must hold when the node runs again: the registers' history is
// linearizable, and each log has every answered id once and no other twice.
func (s *storm) check(ctx context.Context, keys int) error {
	if len(s.strange) > 0 {
		return fmt.Errorf("%d strange answers, the first: %w", len(s.strange), s.strange[0])
	}
	for i := range keys {
		key := fmt.Sprintf("key%d", i)
		call := s.history.now()
		got, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: aws.String(registers), Key: attributes{"pk": text(key)}, ConsistentRead: aws.Bool(true),
		})
		if err != nil {
			return err
		}
		s.history.add(-1, input{key: key, verb: read}, call, output{value: textOf(got.Item["v"])})
	}
	for key, ids := range s.appended {
		got, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: aws.String(logs), Key: attributes{"pk": text(key)}, ConsistentRead: aws.Bool(true),
		})
		if err != nil {
			return err
		}
		count := map[string]int{}
		if l, ok := got.Item["l"].(*types.AttributeValueMemberL); ok {
			for _, v := range l.Value {
				count[textOf(v)]++
			}
		}
		for id, answered := range ids {
			switch n := count[id]; {
			case answered && n == 0:
				return fmt.Errorf("%s was answered, and is not in %s", id, key)
			case n > 1:
				return fmt.Errorf("%s is in %s %d times", id, key, n)
			}
			delete(count, id)
		}
		if len(count) > 0 {
			return fmt.Errorf("%s has what nobody wrote: %v", key, slices.Collect(mapsKeys(count)))
		}
	}
	return s.history.Check(time.Minute)
}

func mapsKeys(m map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// killStorm runs a storm for a time and gives what the check found.
func killStorm(t *testing.T, o node.Options, duration time.Duration) error {
	t.Helper()
	const clients, keys = 8, 10
	n := node.Start(t, o)
	createTables(t, node.Client(n.URL))
	s := newStorm(n.URL)
	kills := 0
	for end := time.Now().Add(duration); time.Now().Before(end); {
		// One round is a history of its own for the checker's sake: it begins with
		// what the last one left.
		s.epoch = strconv.Itoa(kills)
		ctx, stop := context.WithCancel(t.Context())
		var round sync.WaitGroup
		round.Go(func() { s.run(ctx, clients, keys) })
		for range 4 {
			time.Sleep(time.Duration(50+rand.IntN(400)) * time.Millisecond) // the fault's own schedule
			n.Kill()
			kills++
			if err := n.TryRestart(); err != nil {
				stop()
				round.Wait()
				return err
			}
		}
		stop()
		round.Wait()
		if err := s.check(t.Context(), keys); err != nil {
			return fmt.Errorf("after %d kills and %d operations: %w", kills, s.history.Len(), err)
		}
		s.startOver(keys)
	}
	t.Logf("%d kills", kills)
	n.Stop()
	return nil
}

// startOver begins a new history with the last read of each key as a write.
func (s *storm) startOver(keys int) {
	last := map[string]string{}
	for _, op := range s.history.ops[len(s.history.ops)-keys:] {
		last[op.Input.(input).key] = op.Output.(output).value
	}
	s.history = NewHistory()
	for key, value := range last {
		in := input{key: key, verb: write, new: value}
		if value == "" {
			in.verb = remove
		}
		s.history.add(-1, in, s.history.now(), output{})
	}
}

func TestNoAnsweredWriteIsLostOrDoneTwiceWhenTheNodeIsKilled(t *testing.T) {
	for _, durability := range []string{"process", "fsync"} {
		t.Run(durability, func(t *testing.T) {
			if err := killStorm(t, node.Options{Durability: durability}, soak(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The storm must find what it is there to find: in a program that is broken on
// purpose, it may not pass.
func TestTheStormFindsABrokenProgram(t *testing.T) {
	for _, fault := range []string{"answer-early", "skip-condition"} {
		t.Run(fault, func(t *testing.T) {
			o := node.Options{Tags: "sabotage", Env: []string{"SHVM_SABOTAGE=" + fault}}
			if err := killStorm(t, o, 45*time.Second); err == nil {
				t.Error("the storm found nothing")
			} else {
				t.Logf("found, as it should be: %.200v", err)
			}
		})
	}
}
