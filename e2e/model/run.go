package model

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Check makes random tables, asks a target and the model random things, and
// holds their answers equal.
func Check(t *testing.T, target Target) {
	if target.Steps == 0 {
		target.Steps = 60
	}
	rapid.Check(t, func(rt *rapid.T) {
		r := &run{T: rt, target: target, table: drawTable(rt)}
		r.create()
		defer r.drop()
		for range rapid.IntRange(1, target.Steps).Draw(rt, "steps") {
			r.step()
		}
		r.everything()
	})
}

// run is one sequence of requests on one table.
type run struct {
	*rapid.T
	target Target
	table  *Table
	made   int // indexes made so far
}

// ask makes a request that must be answered.
func (r *run) ask(operation string, request map[string]any) reply {
	r.Helper()
	answer, err := call(r.target.URL(), operation, request)
	if err != nil {
		r.Fatalf("%s: %v", operation, err)
	}
	r.Logf("%s %v\n  -> %v", operation, reply{body: request}, answer)
	return answer
}

// must is ask for a request that must not be refused.
func (r *run) must(operation string, request map[string]any) reply {
	r.Helper()
	answer := r.ask(operation, request)
	if answer.kind != "" {
		r.Fatalf("%s: %v", operation, answer)
	}
	return answer
}

// refused holds that an answer is a refusal of one kind; "" is none.
func (r *run) refused(answer reply, kind string) {
	r.Helper()
	if answer.kind != kind {
		r.Fatalf("%v, want %q", answer, kind)
	}
}

// sameItem holds that an item of an answer is what the model has.
func (r *run) sameItem(what string, got, want Item) {
	r.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if itemText(got) != itemText(want) {
		r.Fatalf("%s:\n got %s\nwant %s", what, itemText(got), itemText(want))
	}
}

const (
	invalid = "ValidationException"
	unmet   = "ConditionalCheckFailedException"
)

func (r *run) step() {
	kinds := []string{
		"put", "put", "put", "put", "update", "update", "update", "delete", "get",
		"query", "query", "query", "scan", "batch write", "batch get",
	}
	if r.target.Transactions {
		kinds = append(kinds, "transaction", "transacted get")
	}
	if r.target.Backfill {
		kinds = append(kinds, "index")
	}
	if r.target.Idle != nil || r.target.Restart != nil {
		kinds = append(kinds, "pause")
	}
	switch rapid.SampledFrom(kinds).Draw(r.T, "step") {
	case "put":
		r.put()
	case "update":
		r.update()
	case "delete":
		r.delete()
	case "get":
		r.get()
	case "query":
		r.query()
	case "scan":
		r.scan(r.drawIndex())
	case "batch write":
		r.batchWrite()
	case "batch get":
		r.batchGet()
	case "transaction":
		r.transaction()
	case "transacted get":
		r.transactedGet()
	case "index":
		r.index()
	case "pause":
		r.pause()
	}
}

// pause restarts the node, or leaves it alone until its partitions sleep. Both
// take time, so most pauses are none.
func (r *run) pause() {
	switch n := rapid.IntRange(0, 29).Draw(r.T, "pause"); {
	case n < 2 && r.target.Restart != nil:
		r.Logf("restart, kill %v", n == 1)
		r.target.Restart(n == 1)
		client.CloseIdleConnections()
	case n < 10 && r.target.Idle != nil:
		r.Logf("idle")
		r.target.Idle()
	default:
		r.get()
	}
}

// --- the table ---

func schema(hash, ranged Attr) []any {
	out := []any{map[string]any{"AttributeName": hash.Name, "KeyType": "HASH"}}
	if ranged.Name != "" {
		out = append(out, map[string]any{"AttributeName": ranged.Name, "KeyType": "RANGE"})
	}
	return out
}

func definitions(attrs ...Attr) []any {
	var out []any
	var seen []string
	for _, a := range attrs {
		if a.Name != "" && !slices.Contains(seen, a.Name) {
			seen = append(seen, a.Name)
			out = append(out, map[string]any{"AttributeName": a.Name, "AttributeType": a.Type})
		}
	}
	return out
}

func (ix *Index) describe() map[string]any {
	projection := map[string]any{"ProjectionType": ix.Projection}
	if ix.Include != nil {
		projection["NonKeyAttributes"] = ix.Include
	}
	return map[string]any{"IndexName": ix.Name, "KeySchema": schema(ix.Hash, ix.Range), "Projection": projection}
}

func (r *run) create() {
	t := r.table
	attrs := []Attr{t.Hash, t.Range}
	var local, global []any
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		attrs = append(attrs, ix.Hash, ix.Range)
		if ix.Global {
			global = append(global, ix.describe())
		} else {
			local = append(local, ix.describe())
		}
	}
	request := map[string]any{
		"TableName": t.Name, "KeySchema": schema(t.Hash, t.Range), "AttributeDefinitions": definitions(attrs...),
		"BillingMode": "PAY_PER_REQUEST",
	}
	if local != nil {
		request["LocalSecondaryIndexes"] = local
	}
	if global != nil {
		request["GlobalSecondaryIndexes"] = global
	}
	r.must("CreateTable", request)
}

func (r *run) drop() {
	if answer, err := call(r.target.URL(), "DeleteTable", map[string]any{"TableName": r.table.Name}); err != nil || answer.kind != "" {
		r.Errorf("DeleteTable: %v, %v", answer, err)
	}
}

// index adds a global index to the table as it is, or takes one away.
func (r *run) index() {
	t := r.table
	at := slices.IndexFunc(t.Indexes, func(ix Index) bool { return ix.Global })
	switch rapid.IntRange(0, 9).Draw(r.T, "index?") {
	case 0, 1:
		r.made++
		ix := drawGlobal(r.T, fmt.Sprintf("later%d", r.made), t)
		attrs := []Attr{t.Hash, t.Range, ix.Hash, ix.Range}
		for _, other := range t.Indexes {
			attrs = append(attrs, other.Hash, other.Range)
		}
		r.must("UpdateTable", map[string]any{
			"TableName": t.Name, "AttributeDefinitions": definitions(attrs...),
			"GlobalSecondaryIndexUpdates": []any{map[string]any{"Create": ix.describe()}},
		})
		t.Indexes = append(t.Indexes, ix)
		r.awaitIndexes()
	case 2:
		if at < 0 {
			r.get()
			return
		}
		r.must("UpdateTable", map[string]any{
			"TableName":                   t.Name,
			"GlobalSecondaryIndexUpdates": []any{map[string]any{"Delete": map[string]any{"IndexName": t.Indexes[at].Name}}},
		})
		t.Indexes = slices.Delete(t.Indexes, at, at+1)
		r.awaitIndexes()
	default:
		r.get()
	}
}

// awaitIndexes waits until the node has just the indexes that the model has,
// all of them active.
func (r *run) awaitIndexes() {
	r.eventually(func() error {
		table, _ := r.must("DescribeTable", map[string]any{"TableName": r.table.Name}).body["Table"].(map[string]any)
		have, _ := table["GlobalSecondaryIndexes"].([]any)
		want := 0
		for _, ix := range r.table.Indexes {
			if ix.Global {
				want++
			}
		}
		if len(have) != want {
			return fmt.Errorf("%d global indexes, want %d", len(have), want)
		}
		for _, ix := range have {
			if status := ix.(map[string]any)["IndexStatus"]; status != "ACTIVE" {
				return fmt.Errorf("an index is %v", status)
			}
		}
		if table["TableStatus"] != "ACTIVE" {
			return fmt.Errorf("the table is %v", table["TableStatus"])
		}
		return nil
	})
}

// eventually asks again until it gets what it wants.
func (r *run) eventually(try func() error) {
	r.Helper()
	deadline := time.Now().Add(patience)
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			r.Fatalf("still after %v: %v", patience, err)
		}
		time.Sleep(wait)
	}
}

// everything holds that the table and all its indexes have just what the model
// has.
func (r *run) everything() {
	r.scan(nil)
	for i := range r.table.Indexes {
		r.scan(&r.table.Indexes[i])
	}
}

func (r *run) drawIndex() *Index {
	i := rapid.IntRange(-1, len(r.table.Indexes)-1).Draw(r.T, "index")
	if i < 0 {
		return nil
	}
	return &r.table.Indexes[i]
}
