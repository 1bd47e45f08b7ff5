//go:build faults

package fault

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"shvm-db/e2e/node"
)

// bank is accounts on many partitions, between which money is moved by
// transactions.
type bank struct {
	n      *node.Node
	client *dynamodb.Client
}

const (
	bankAccounts = 16
	bankEach     = 100
)

func openBank(t *testing.T, o node.Options) *bank {
	t.Helper()
	o.Args = append(o.Args, "--partitions", "8")
	b := &bank{n: node.Start(t, o)}
	b.client = node.Client(b.n.URL)
	_, err := b.client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("bank"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range bankAccounts {
		if _, err := b.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("bank"),
			Item: map[string]types.AttributeValue{"id": accountID(i), "balance": amount(bankEach)}}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func accountID(i int) types.AttributeValue {
	return &types.AttributeValueMemberS{Value: fmt.Sprint("account-", i)}
}

func amount(n int) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}

// transfer moves money if it is there.
func (b *bank) transfer(ctx context.Context, from, to, by int) error {
	update := func(account, by int) types.TransactWriteItem {
		return types.TransactWriteItem{Update: &types.Update{TableName: aws.String("bank"),
			Key:                       map[string]types.AttributeValue{"id": accountID(account)},
			UpdateExpression:          aws.String("SET balance = balance + :by"),
			ConditionExpression:       aws.String("balance >= :least"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":by": amount(by), ":least": amount(max(0, -by))}}}
	}
	_, err := b.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{update(from, -by), update(to, by)}})
	return err
}

// total reads all accounts at one moment. It may be refused because a transfer
// is under way.
func (b *bank) total(ctx context.Context) (int, error) {
	in := &dynamodb.TransactGetItemsInput{}
	for i := range bankAccounts {
		in.TransactItems = append(in.TransactItems, types.TransactGetItem{Get: &types.Get{TableName: aws.String("bank"),
			Key: map[string]types.AttributeValue{"id": accountID(i)}}})
	}
	out, err := b.client.TransactGetItems(ctx, in)
	if err != nil {
		return 0, err
	}
	sum := 0
	for _, r := range out.Responses {
		sum += balanceOf(r.Item)
	}
	return sum, nil
}

func balanceOf(m map[string]types.AttributeValue) int {
	v, _ := m["balance"].(*types.AttributeValueMemberN)
	if v == nil {
		return 0
	}
	n, _ := strconv.Atoi(v.Value)
	return n
}

// trade runs transfers and readers until stop; it gives the first total that is
// not what it must be.
func (b *bank) trade(stop func() bool) (done int, err error) {
	var wrong atomic.Pointer[error]
	var transfers atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for !stop() {
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				from := rand.IntN(bankAccounts)
				if b.transfer(ctx, from, (from+1+rand.IntN(bankAccounts-1))%bankAccounts, rand.IntN(30)) == nil {
					transfers.Add(1)
				}
				cancel()
			}
		})
	}
	all.Go(func() {
		for !stop() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			if sum, err := b.total(ctx); err == nil && sum != bankAccounts*bankEach {
				err := fmt.Errorf("a reader saw %d in all accounts, there are %d", sum, bankAccounts*bankEach)
				wrong.CompareAndSwap(nil, &err)
			}
			cancel()
		}
	})
	all.Wait()
	if p := wrong.Load(); p != nil {
		err = *p
	}
	return int(transfers.Load()), err
}

// settled waits until nothing is held, and counts by a transaction and by a
// scan.
func (b *bank) settled(t *testing.T) error {
	t.Helper()
	deadline := time.Now().Add(node.Patience)
	for {
		sum, err := b.total(t.Context())
		if err == nil && sum != bankAccounts*bankEach {
			return fmt.Errorf("after quiet there are %d in all accounts, not %d", sum, bankAccounts*bankEach)
		}
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("an account stays held: %w", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	for i := range bankAccounts {
		if err := b.transfer(t.Context(), i, (i+1)%bankAccounts, 0); err != nil {
			return fmt.Errorf("account %d cannot be written: %w", i, err)
		}
	}
	out, err := b.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("bank"), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return err
	}
	sum := 0
	for _, m := range out.Items {
		sum += balanceOf(m)
	}
	if sum != bankAccounts*bankEach || len(out.Items) != bankAccounts {
		return fmt.Errorf("a scan finds %d in %d accounts", sum, len(out.Items))
	}
	return nil
}

func TestTheBanksTotalNeverChangesWhenTheNodeIsKilledAtAnyStep(t *testing.T) {
	b := openBank(t, node.Options{Tags: "sabotage"})
	// At every step of the protocol, and at any moment.
	for _, step := range []string{"preparing", "prepared", "decided", "finishing", "finished", "", ""} {
		b.n.Kill()
		b.n.Setenv("SHVM_FAILPOINT=" + step)
		if err := b.n.TryRestart(); err != nil {
			t.Fatal(err)
		}
		stop := b.n.Ended
		if step == "" {
			until := time.Now().Add(time.Second)
			stop = func() bool { return time.Now().After(until) }
		}
		limit := time.Now().Add(node.Patience)
		if _, err := b.trade(func() bool { return stop() || time.Now().After(limit) }); err != nil {
			t.Fatalf("%q: %v", step, err)
		}
		if step != "" && !b.n.Ended() {
			t.Fatalf("no transfer reached %q", step)
		}
		b.n.Kill()
		b.n.Setenv("SHVM_FAILPOINT=")
		if err := b.n.TryRestart(); err != nil {
			t.Fatal(err)
		}
		if err := b.settled(t); err != nil {
			t.Fatalf("%q: %v", step, err)
		}
	}
}

func TestTheBankFindsABrokenProtocol(t *testing.T) {
	b := openBank(t, node.Options{Tags: "sabotage", Env: []string{"SHVM_SABOTAGE=ignore-locks"}})
	limit := time.Now().Add(node.Patience)
	for time.Now().Before(limit) {
		until := time.Now().Add(2 * time.Second)
		_, err := b.trade(func() bool { return time.Now().After(until) })
		if err == nil {
			err = b.settled(t)
		}
		if canceled := new(types.TransactionCanceledException); err != nil && !errors.As(err, &canceled) {
			t.Logf("found, as it should be: %v", err)
			return
		}
	}
	t.Fatal("the total did not change")
}
