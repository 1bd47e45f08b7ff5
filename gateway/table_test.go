package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// journaling is a Data that only remembers what partitions were told.
type journaling struct {
	nothing
	mu       sync.Mutex
	told     []*command.Command
	failures int // how many commands still to refuse
}

func (j *journaling) Do(_ context.Context, c *command.Command) (*command.Outcome, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failures > 0 {
		j.failures--
		return nil, context.DeadlineExceeded
	}
	j.told = append(j.told, c)
	return &command.Outcome{}, nil
}

// alive are the partitions that were made and not dropped.
func (j *journaling) alive() map[catalog.PartitionID]*catalog.Schema {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := map[catalog.PartitionID]*catalog.Schema{}
	for _, c := range j.told {
		switch c.Op {
		case command.Schema:
			out[c.Partition] = c.Schema
		case command.Drop:
			delete(out, c.Partition)
		}
	}
	return out
}

// control is a gateway over an empty catalog.
func control(t *testing.T, change func(*Options)) (*httptest.Server, *journaling, *catalog.Registry) {
	t.Helper()
	r, err := catalog.Open(t.Context(), catalog.NewMemory())
	if err != nil {
		t.Fatal(err)
	}
	j := &journaling{}
	o := Options{Registry: r, Data: j}
	if change != nil {
		change(&o)
	}
	return testGateway(t, o), j, r
}

const users = `"TableName":"users","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"`

func TestATableIsThereAtTheFirstLook(t *testing.T) {
	s, j, _ := control(t, func(o *Options) { o.Partitions = 3 })
	if got := ask(t, s, "CreateTable", `{`+users+`}`); !strings.Contains(got, `"TableStatus":"CREATING"`) {
		t.Error(got)
	}
	if got := ask(t, s, "DescribeTable", `{"TableName":"arn:aws:dynamodb:eu-west-2:123456789012:table/users"}`); !strings.Contains(got, `"TableStatus":"ACTIVE"`) {
		t.Error(got)
	}
	if n := len(j.alive()); n != 3 {
		t.Errorf("%d partitions were made", n)
	}
	if got := ask(t, s, "CreateTable", `{`+users+`}`); got != "ResourceInUseException: Table already exists: users" {
		t.Error(got)
	}
	if got := ask(t, s, "DeleteTable", `{"TableName":"users"}`); !strings.Contains(got, `"TableStatus":"DELETING"`) {
		t.Error(got)
	}
	if got := ask(t, s, "DescribeTable", `{"TableName":"users"}`); got != "ResourceNotFoundException: Requested resource not found: Table: users not found" {
		t.Error(got)
	}
	if n := len(j.alive()); n != 0 {
		t.Errorf("%d partitions are left", n)
	}
}

// frozen is a clock that stands.
func frozen() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 123e6, time.UTC) }

// until waits for a condition.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(45 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never came to be")
		}
	}
}

func TestTransientStatusesLastAsLongAsTheyAreTold(t *testing.T) {
	s, j, r := control(t, func(o *Options) { o.StatusDelay = 200 * time.Millisecond })
	active := func() bool {
		table, ok := r.Table("users")
		return ok && table.Status == "ACTIVE"
	}
	ask(t, s, "CreateTable", `{`+users+`}`)
	has(t, ask(t, s, "DescribeTable", `{"TableName":"users"}`), `"TableStatus":"CREATING"`)
	if got := ask(t, s, "DeleteTable", `{"TableName":"users"}`); got != "ResourceInUseException: Attempt to change a resource which is still in use: Table is being created: users" {
		t.Error(got)
	}
	until(t, active)
	ask(t, s, "UpdateTable", `{"TableName":"users","DeletionProtectionEnabled":false}`)
	if got := ask(t, s, "UpdateTable", `{"TableName":"users","DeletionProtectionEnabled":false}`); got != "ResourceInUseException: Attempt to change a resource which is still in use: Table is being updated: users" {
		t.Error(got)
	}
	until(t, active)
	ask(t, s, "DeleteTable", `{"TableName":"users"}`)
	has(t, ask(t, s, "DescribeTable", `{"TableName":"users"}`), `"TableStatus":"DELETING"`)
	if got := ask(t, s, "DeleteTable", `{"TableName":"users"}`); got != "ResourceInUseException: Attempt to change a resource which is still in use: Table is being deleted: users" {
		t.Error(got)
	}
	until(t, func() bool { return len(r.Tables()) == 0 && len(j.alive()) == 0 })
}

// slow is a Data that takes longer than any request for every command, until
// it is released.
type slow struct {
	*journaling
	released chan struct{}
}

func (s *slow) Do(ctx context.Context, c *command.Command) (*command.Outcome, error) {
	select {
	case <-s.released:
		return s.journaling.Do(ctx, c)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestATableThatTakesLongIsCreatingMeanwhile(t *testing.T) {
	d := &slow{&journaling{}, make(chan struct{})}
	s, _, r := control(t, func(o *Options) { o.Data, o.Partitions, o.Timeout = d, 3, 500*time.Millisecond })
	has(t, ask(t, s, "CreateTable", `{`+users+`}`), `"TableStatus":"CREATING"`)
	has(t, ask(t, s, "DescribeTable", `{"TableName":"users"}`), `"TableStatus":"CREATING"`)
	close(d.released)
	until(t, func() bool {
		table, ok := r.Table("users")
		return ok && table.Status == "ACTIVE"
	})
	if n := len(d.alive()); n != 3 {
		t.Errorf("%d partitions were made", n)
	}
}

// What a crash leaves between two statuses is brought to an end at start.
func TestTablesAreSettledAtStart(t *testing.T) {
	r, err := catalog.Open(t.Context(), catalog.NewMemory())
	if err != nil {
		t.Fatal(err)
	}
	j := &journaling{failures: 3}
	for i, status := range []string{"CREATING", "UPDATING", "DELETING"} {
		id := catalog.PartitionID(i + 1)
		table := &catalog.Table{Name: strings.ToLower(status), ID: status, Status: status, Partitions: catalog.Ranges("", id, 1)}
		if err := r.Create(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
	g := New(Options{Registry: r, Data: j, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { g.Close() })
	g.Start()
	until(t, func() bool {
		tables := r.Tables()
		return len(tables) == 2 && tables[0].Status == "ACTIVE" && tables[1].Status == "ACTIVE" && len(j.alive()) == 2
	})
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}

// A table whose partitions could not be told is told again.
func TestATableIsFinishedAfterAFailure(t *testing.T) {
	s, j, r := control(t, func(o *Options) { o.Data.(*journaling).failures = 1 })
	if got := ask(t, s, "CreateTable", `{`+users+`}`); got != "InternalServerError: Internal server error" {
		t.Error(got)
	}
	until(t, func() bool {
		table, ok := r.Table("users")
		return ok && table.Status == "ACTIVE" && len(j.alive()) == 1
	})
}

func TestATableMadeAgainSharesNothing(t *testing.T) {
	s, _, r := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`,"Tags":[{"Key":"a","Value":"b"}]}`)
	first, _ := r.Table("users")
	ask(t, s, "DeleteTable", `{"TableName":"users"}`)
	ask(t, s, "CreateTable", `{`+users+`}`)
	second, _ := r.Table("users")
	if first.ID == second.ID || first.Partitions[0].ID == second.Partitions[0].ID || len(second.Tags) != 0 {
		t.Errorf("%+v\n%+v", first, second)
	}
}

func TestTablesAreListedByName(t *testing.T) {
	s, _, _ := control(t, nil)
	for _, name := range []string{"ccc", "aaa", "bbb"} {
		ask(t, s, "CreateTable", `{`+strings.Replace(users, "users", name, 1)+`}`)
	}
	for request, want := range map[string]string{
		`{}`:          `{"TableNames":["aaa","bbb","ccc"]}`,
		`{"Limit":2}`: `{"LastEvaluatedTableName":"bbb","TableNames":["aaa","bbb"]}`,
		`{"Limit":3}`: `{"TableNames":["aaa","bbb","ccc"]}`,
		`{"Limit":1,"ExclusiveStartTableName":"aaa"}`: `{"LastEvaluatedTableName":"bbb","TableNames":["bbb"]}`,
		`{"ExclusiveStartTableName":"bba"}`:           `{"TableNames":["bbb","ccc"]}`,
		`{"ExclusiveStartTableName":"zzz"}`:           `{"TableNames":[]}`,
		`{"Limit":0}`:                                 "ValidationException: 1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
	} {
		if got := ask(t, s, "ListTables", request); got != want {
			t.Errorf("%s: %s", request, got)
		}
	}
}

func TestItemsAreCounted(t *testing.T) {
	var calls atomic.Int64
	hold := make(chan struct{})
	s, _, r := control(t, func(o *Options) {
		o.Partitions = 2
		o.Size = func(_ context.Context, p catalog.PartitionID) (int64, int64, error) {
			if calls.Add(1) > 2 {
				<-hold
			}
			return int64(p), 100 * int64(p), nil
		}
	})
	defer close(hold)
	ask(t, s, "CreateTable", `{`+users+`}`)
	table, _ := r.Table("users")
	a, b := table.Partitions[0].ID, table.Partitions[1].ID
	want := fmt.Sprintf(`"ItemCount":%d`, a+b)
	until(t, func() bool { return strings.Contains(ask(t, s, "DescribeTable", `{"TableName":"users"}`), want) })
	has(t, ask(t, s, "DescribeTable", `{"TableName":"users"}`), fmt.Sprintf(`"TableSizeBytes":%d`, 100*(a+b)))
}

func TestTheStreamsAPIHasItsOwnTarget(t *testing.T) {
	s, _, _ := control(t, func(o *Options) {
		o.Streams = map[string]func(context.Context, jsonscan.Value) ([]byte, error){
			"ListStreams": func(context.Context, jsonscan.Value) ([]byte, error) { return []byte(`{"Streams":[]}`), nil },
			"GetRecords": func(context.Context, jsonscan.Value) ([]byte, error) {
				return nil, fault.Validation("no")
			},
		}
	})
	for _, test := range []struct{ target, body, want string }{
		{streamsTarget + "ListStreams", `{}`, `{"Streams":[]}`},
		{target + "ListStreams", `{}`, unknown},
		{streamsTarget + "ListTables", `{}`, unknown},
		{streamsTarget + "ListStreams", `{"Limit":0}`, `{"__type":"com.amazon.coral.validate#ValidationException","message":"1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"}`},
		{streamsTarget + "GetRecords", `{"ShardIterator":"x"}`, `{"__type":"com.amazon.coral.validate#ValidationException","message":"no"}`},
	} {
		e := exchange{header: map[string]string{"X-Amz-Target": test.target}, body: test.body}
		if e.send(t, s); e.got != test.want {
			t.Errorf("%s: %s", test.target, e.got)
		}
	}
}

// However changes of a table cross each other, its partitions end with the
// schema that the catalog has.
func TestPartitionsEndWithTheSchemaOfTheCatalog(t *testing.T) {
	s, j, r := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`}`)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for n := range 20 {
				switch (i + n) % 4 {
				case 0:
					ask(t, s, "UpdateTimeToLive", `{"TableName":"users","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ttl"}}`)
				case 1:
					ask(t, s, "UpdateTimeToLive", `{"TableName":"users","TimeToLiveSpecification":{"Enabled":false,"AttributeName":"ttl"}}`)
				case 2:
					ask(t, s, "UpdateTable", `{"TableName":"users",`+newIndex+`}`)
				case 3:
					ask(t, s, "UpdateTable", `{"TableName":"users","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"new"}}]}`)
				}
			}
		})
	}
	wait.Wait()
	until(t, func() bool {
		table, _ := r.Table("users")
		schema := j.alive()[table.Partitions[0].ID]
		return table.Status == "ACTIVE" && schema.TTL == table.TTL && len(schema.Global) == len(table.Global) &&
			len(j.alive()) == len(table.Partitions)
	})
}
