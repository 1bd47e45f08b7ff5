package model

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

func (r *run) get() {
	t := r.table
	k := t.drawKey(r.T)
	request := map[string]any{"TableName": t.Name, "Key": k, "ConsistentRead": rapid.Bool().Draw(r.T, "consistent")}
	want := t.Get(k)
	var p Placeholders
	if rapid.IntRange(0, 3).Draw(r.T, "project") == 0 {
		request["ProjectionExpression"] = p.name("a") + ", " + p.name(t.Hash.Name)
		if want != nil {
			want = only2(want, "a", t.Hash.Name)
		}
	}
	p.into(request)
	answer := r.must("GetItem", request)
	if want == nil && answer.body["Item"] != nil {
		r.Fatalf("an item that should not be there: %v", answer)
	}
	r.sameItem("the item", answer.item("Item"), want)
}

// only2 is the part of an item that has the two names.
func only2(m Item, one, two string) Item {
	out := Item{}
	for _, name := range []string{one, two} {
		if v := m[name]; v != nil {
			out[name] = v
		}
	}
	return out
}

func (r *run) drawKeys(n int) []any {
	var keys []any
	var seen []string
	for range n {
		k := r.table.drawKey(r.T)
		if text := itemText(normalItem(k)); !slices.Contains(seen, text) {
			seen = append(seen, text)
			keys = append(keys, k)
		}
	}
	return keys
}

func (r *run) batchGet() {
	t := r.table
	keys := r.drawKeys(rapid.IntRange(1, 8).Draw(r.T, "keys"))
	answer := r.must("BatchGetItem", map[string]any{"RequestItems": map[string]any{
		t.Name: map[string]any{"Keys": keys, "ConsistentRead": rapid.Bool().Draw(r.T, "consistent")}}})
	if left, _ := answer.body["UnprocessedKeys"].(map[string]any); len(left) > 0 {
		r.Fatalf("left unread: %v", left)
	}
	responses, _ := answer.body["Responses"].(map[string]any)
	got := reply{body: responses}.items(t.Name)
	var want []Item
	for _, k := range keys {
		if m := t.Get(k.(Item)); m != nil {
			want = append(want, m)
		}
	}
	if d := difference(got, want); d != nil {
		r.Fatalf("BatchGetItem: %v", d)
	}
}

func (r *run) transactedGet() {
	t := r.table
	keys := r.drawKeys(rapid.IntRange(1, 5).Draw(r.T, "keys"))
	var list []any
	for _, k := range keys {
		list = append(list, map[string]any{"Get": map[string]any{"TableName": t.Name, "Key": k}})
	}
	answer := r.must("TransactGetItems", map[string]any{"TransactItems": list})
	responses, _ := answer.body["Responses"].([]any)
	if len(responses) != len(keys) {
		r.Fatalf("%d responses to %d keys", len(responses), len(keys))
	}
	for i, k := range keys {
		got, _ := responses[i].(map[string]any)["Item"].(Item)
		r.sameItem(fmt.Sprintf("response %d", i), got, t.Get(k.(Item)))
	}
}

// difference says how two bags of items differ.
func difference(got, want []Item) error {
	return bags(texts(got), texts(want))
}

func texts(items []Item) []string {
	out := make([]string, len(items))
	for i, m := range items {
		out[i] = itemText(m)
	}
	return out
}

func bags(got, want []string) error {
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("got %d items, want %d:\n got %v\nwant %v", len(got), len(want), got, want)
	}
	return nil
}

// reading is a Query or Scan, of all its pages.
type reading struct {
	operation string
	request   map[string]any
	index     *Index
	limit     int
	counting  bool
	whole     bool // of a local index, all attributes are asked for
}

// drawReading draws what Query and Scan have in common. Global indexes are
// only eventually what the table is.
func (r *run) drawReading(operation string, ix *Index, p *Placeholders) (*reading, *Condition) {
	rd := &reading{operation: operation, request: map[string]any{"TableName": r.table.Name}, index: ix}
	if ix != nil {
		rd.request["IndexName"] = ix.Name
	}
	if ix == nil || !ix.Global {
		rd.request["ConsistentRead"] = rapid.Bool().Draw(r.T, "consistent")
	}
	if rapid.Bool().Draw(r.T, "limited") {
		rd.limit = rapid.IntRange(1, 5).Draw(r.T, "limit")
		rd.request["Limit"] = rd.limit
	}
	if rapid.IntRange(0, 5).Draw(r.T, "count") == 0 {
		rd.counting = true
		rd.request["Select"] = "COUNT"
	} else if ix != nil && !ix.Global && rapid.IntRange(0, 2).Draw(r.T, "whole") == 0 {
		rd.whole = true
		rd.request["Select"] = "ALL_ATTRIBUTES"
	}
	var filter *Condition
	if rapid.IntRange(0, 2).Draw(r.T, "filtered") == 0 && (ix == nil || !ix.Global || ix.Projection == "ALL") {
		filter = r.drawFilter(operation, ix, 2)
		rd.request["FilterExpression"] = filter.Text(p)
	}
	return rd, filter
}

// drawFilter draws a filter; that of a Query must not mention the key.
func (r *run) drawFilter(operation string, ix *Index, depth int) *Condition {
	c := drawCondition(r.T, depth)
	if operation == "Query" {
		hash, ranged := r.table.keys(ix)
		c.avoid(hash.Name, ranged.Name)
	}
	return c
}

// avoid replaces attributes that must not be mentioned.
func (c *Condition) avoid(names ...string) {
	for _, k := range c.Kids {
		k.avoid(names...)
	}
	if slices.Contains(names, c.Attr) {
		c.Attr = "c"
	}
}

// pages is what all pages of a reading came to.
type pages struct {
	items          []Item
	count, scanned int
}

// read follows a reading to its end and holds each page to what it must be.
func (r *run) read(rd *reading) (pages, error) {
	var all pages
	request := map[string]any{}
	for k, v := range rd.request {
		request[k] = v
	}
	for n := 0; ; n++ {
		if n > 10_000 {
			r.Fatalf("%s never ends", rd.operation)
		}
		answer := r.must(rd.operation, request)
		items := answer.items("Items")
		count, scanned := answer.count("Count"), answer.count("ScannedCount")
		switch {
		case rd.counting && answer.body["Items"] != nil:
			r.Fatalf("items that were only to be counted: %v", answer)
		case !rd.counting && count != len(items):
			r.Fatalf("%d items are counted as %d", len(items), count)
		case count > scanned:
			r.Fatalf("%d of %d", count, scanned)
		case rd.limit > 0 && scanned > rd.limit:
			r.Fatalf("%d items are over the limit of %d", scanned, rd.limit)
		}
		all.items = append(all.items, items...)
		all.count += count
		all.scanned += scanned
		last := answer.item("LastEvaluatedKey")
		if last == nil {
			return all, nil
		}
		if rd.limit > 0 && scanned != rd.limit {
			r.Fatalf("a page of %d items ends before its limit of %d", scanned, rd.limit)
		}
		if err := r.isPosition(rd.index, last); err != nil {
			r.Fatalf("LastEvaluatedKey: %v", err)
		}
		request["ExclusiveStartKey"] = last
	}
}

// isPosition holds that a key has just the attributes it must have.
func (r *run) isPosition(ix *Index, k Item) error {
	want := []string{r.table.Hash.Name, r.table.Range.Name}
	if ix != nil {
		want = append(want, ix.Hash.Name, ix.Range.Name)
	}
	n := 0
	for i, name := range want {
		if name == "" || slices.Contains(want[:i], name) {
			continue
		}
		n++
		if k[name] == nil {
			return fmt.Errorf("%v lacks %s", k, name)
		}
	}
	if len(k) != n {
		return fmt.Errorf("%v has more than %v", k, want)
	}
	return nil
}

func (r *run) query() {
	t := r.table
	q := Query{Index: r.drawIndex()}
	hash, ranged := t.keys(q.Index)
	var p Placeholders
	rd, filter := r.drawReading("Query", q.Index, &p)
	if slices.ContainsFunc(indexAttributes, func(a Attr) bool { return a == hash }) || hash == t.Range {
		q.Hash = drawRange(r.T, hash.Type)
	} else {
		q.Hash = drawHash(r.T, hash.Type)
	}
	text := p.name(hash.Name) + " = " + p.value(q.Hash)
	if ranged.Name != "" && rapid.IntRange(0, 3).Draw(r.T, "range condition") > 0 {
		ops := []string{"=", "<", "<=", ">", ">=", "BETWEEN", "BETWEEN"}
		if ranged.Type != "N" {
			ops = append(ops, "begins_with", "begins_with")
		}
		q.Op = rapid.SampledFrom(ops).Draw(r.T, "key op")
		q.Values = []Value{drawRange(r.T, ranged.Type)}
		if q.Op == "BETWEEN" {
			q.Values = drawBounds(r.T, ranged.Type)
		}
		c := &Condition{Op: q.Op, Attr: ranged.Name, Values: q.Values}
		text = c.Text(&p) + " AND " + text
	}
	rd.request["KeyConditionExpression"] = text
	if q.Reverse = rapid.Bool().Draw(r.T, "reverse"); q.Reverse {
		rd.request["ScanIndexForward"] = false
	}
	p.into(rd.request)
	r.settled(q.Index, func() error {
		got, err := r.read(rd)
		if err != nil {
			return err
		}
		in := t.Query(q)
		want := r.passed(rd, in, filter)
		if got.scanned != len(in) || got.count != len(want) {
			return fmt.Errorf("%d of %d, want %d of %d", got.count, got.scanned, len(want), len(in))
		}
		if rd.counting {
			return nil
		}
		for i := range want {
			if ranged.Name == "" {
				break
			}
			if a, b := got.items[i][ranged.Name], want[i][ranged.Name]; !equal(a, b) {
				return fmt.Errorf("item %d has sort key %v, want %v", i, a, b)
			}
		}
		return difference(got.items, want)
	})
}

// passed gives what a reading answers of the entries it sees. The filter of a
// local index sees whole items.
func (r *run) passed(rd *reading, entries []Item, filter *Condition) []Item {
	var out []Item
	for _, m := range entries {
		seen := m
		if rd.index != nil && !rd.index.Global {
			seen = r.table.Get(r.table.KeyOf(m))
		}
		if rd.whole {
			m = seen
		}
		if filter.Holds(seen) {
			out = append(out, m)
		}
	}
	return out
}

// scan reads the table or an index, in one go or in segments.
func (r *run) scan(ix *Index) {
	var p Placeholders
	rd, filter := r.drawReading("Scan", ix, &p)
	p.into(rd.request)
	segments := rapid.SampledFrom([]int{0, 0, 1, 2, 3, 7}).Draw(r.T, "segments")
	r.settled(ix, func() error {
		var got pages
		for i := range max(segments, 1) {
			if segments > 0 {
				rd.request["Segment"], rd.request["TotalSegments"] = i, segments
			}
			part, err := r.read(rd)
			if err != nil {
				return err
			}
			got.items = append(got.items, part.items...)
			got.count += part.count
			got.scanned += part.scanned
		}
		in := r.table.Entries(ix)
		want := r.passed(rd, in, filter)
		if got.scanned != len(in) || got.count != len(want) {
			return fmt.Errorf("%d of %d, want %d of %d", got.count, got.scanned, len(want), len(in))
		}
		if rd.counting {
			return nil
		}
		return difference(got.items, want)
	})
}

// settled holds at once for a table and its local indexes, and before long for
// a global index.
func (r *run) settled(ix *Index, try func() error) {
	r.Helper()
	if ix != nil && ix.Global {
		r.eventually(try)
		return
	}
	if err := try(); err != nil {
		r.Fatalf("%v", err)
	}
}
