package gateway

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"shvm-db/gateway/memory"
	"shvm-db/internal/catalog"
	"shvm-db/internal/item"
)

// golden is one request and the exact answer: a JSON object, or for a refusal
// "<type>: <message>".
type golden struct {
	name    string
	op      string
	request string
	want    string
}

// the tables of the golden tests. Their names say their keys: "h" has a hash
// key, "hr" a hash and a range key, "hb" a binary hash key, and "ix" indexes.
func goldenTables(partitions int) []*catalog.Table {
	s := func(name string) catalog.KeyAttr { return catalog.KeyAttr{Name: name, Kind: item.S} }
	n := func(name string) catalog.KeyAttr { return catalog.KeyAttr{Name: name, Kind: item.N} }
	hash := func(a ...catalog.KeyAttr) catalog.Key { return catalog.Key{Hash: a} }
	both := func(h, r catalog.KeyAttr) catalog.Key {
		return catalog.Key{Hash: []catalog.KeyAttr{h}, Range: []catalog.KeyAttr{r}}
	}
	tables := []*catalog.Table{
		{Name: "hash", Key: hash(s("pk"))},
		{Name: "binary", Key: hash(catalog.KeyAttr{Name: "pk", Kind: item.B})},
		{Name: "range", Key: both(s("pk"), s("sk"))},
		{Name: "numbers", Key: both(s("pk"), n("sk"))},
		{Name: "indexed", Key: both(s("pk"), s("sk")),
			Local: []catalog.Index{
				{Name: "lall", Key: both(s("pk"), s("lsk")), Projection: catalog.Projection{Type: "ALL"}},
				{Name: "lkeys", Key: both(s("pk"), n("num")), Projection: catalog.Projection{Type: "KEYS_ONLY"}},
			},
			Global: []catalog.Index{
				{Name: "gall", Key: hash(s("gpk")), Projection: catalog.Projection{Type: "ALL"}},
				{Name: "ginc", Key: both(s("gpk"), n("num")), Projection: catalog.Projection{Type: "INCLUDE", NonKeys: []string{"proj"}}},
			}},
		{Name: "many", Key: hash(s("pk")),
			Global: []catalog.Index{{Name: "multi", Projection: catalog.Projection{Type: "ALL"},
				Key: catalog.Key{Hash: []catalog.KeyAttr{s("h")}, Range: []catalog.KeyAttr{s("a"), s("b"), s("c"), s("d")}}}}},
		{Name: "creating", Key: hash(s("pk")), Status: "CREATING"},
	}
	next := catalog.PartitionID(1)
	for _, t := range tables {
		t.ID, t.OnDemandBilling = t.Name+"-id", true
		if t.Status == "" {
			t.Status = "ACTIVE"
		}
		indexes := []string{""}
		for i := range t.Global {
			t.Global[i].Status = "ACTIVE"
			indexes = append(indexes, t.Global[i].Name)
		}
		for _, ix := range indexes {
			t.Partitions = append(t.Partitions, catalog.Ranges(ix, next, partitions)...)
			next += catalog.PartitionID(partitions)
		}
	}
	return tables
}

// goldenServer serves the tables above, empty, from memory.
func goldenServer(t *testing.T, partitions int, change func(*Options)) *httptest.Server {
	t.Helper()
	return testGateway(t, goldenOptions(t, partitions, change))
}

// goldenOptions are those of a gateway over the tables above.
func goldenOptions(t *testing.T, partitions int, change func(*Options)) Options {
	t.Helper()
	r, err := catalog.Open(t.Context(), catalog.NewMemory())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range goldenTables(partitions) {
		if err := r.Create(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
	m := memory.New(r)
	o := Options{Registry: r, Data: m, Transactions: m}
	if change != nil {
		change(&o)
	}
	return o
}

// check sends the requests in order.
func check200(t *testing.T, s *httptest.Server, steps []golden) {
	t.Helper()
	for _, step := range steps {
		got := ask(t, s, step.op, step.request)
		if diff := compare(step.want, got); diff != "" {
			t.Errorf("%s (%s)\nrequest %s\n    got %s\n   want %s\n%s", step.name, step.op, abridge(step.request), abridge(got), abridge(step.want), diff)
		}
	}
}

// ask sends a request; the answer is its body, or "<type>: <message>" of a
// refusal.
func ask(t *testing.T, s *httptest.Server, op, request string) string {
	t.Helper()
	e := exchange{header: map[string]string{"X-Amz-Target": target + op}, body: request}
	e.send(t, s)
	if e.status == 200 {
		return e.got
	}
	var f struct {
		Type             string `json:"__type"`
		Lower            string `json:"message"`
		Upper            string `json:"Message"`
		Item             json.RawMessage
		Reasons          []json.RawMessage `json:"CancellationReasons"`
		ThrottlingReason []struct{ Reason, Resource string }
	}
	if err := json.Unmarshal([]byte(e.got), &f); err != nil {
		t.Fatalf("%d %s", e.status, e.got)
	}
	_, kind, _ := strings.Cut(f.Type, "#")
	out := kind + ": " + f.Lower + f.Upper
	if f.Item != nil {
		out += " Item " + string(f.Item)
	}
	for _, r := range f.Reasons {
		out += " " + string(r)
	}
	return out
}

func compare(want, got string) string {
	if !strings.HasPrefix(want, "{") {
		if want == got {
			return ""
		}
		return cmp.Diff(want, got)
	}
	var x, y any
	if err := json.Unmarshal([]byte(want), &x); err != nil {
		return fmt.Sprintf("the test's own JSON: %v", err)
	}
	if err := json.Unmarshal([]byte(got), &y); err != nil {
		return err.Error()
	}
	return cmp.Diff(x, y)
}

func abridge(s string) string {
	if len(s) > 2000 {
		return s[:1000] + "…" + s[len(s)-1000:]
	}
	return s
}
