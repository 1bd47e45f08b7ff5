package gateway

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
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
