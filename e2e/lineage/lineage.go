// Package lineage checks what a consumer read from a change stream against
// what the stream promises: each change of an item once, in order, each one
// beginning where the one before ended, and all of them together making the
// table.
package lineage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Record is one change as a consumer got it. Keys, Old and New are JSON
// objects with attribute values in DynamoDB's form; an image that is missing
// is nil. The stream must have both images.
type Record struct {
	ID       string `json:"id"`
	Event    string `json:"event"`
	Sequence string `json:"sequence"`
	Shard    string `json:"shard"`

	Keys json.RawMessage `json:"keys"`
	Old  json.RawMessage `json:"old,omitempty"`
	New  json.RawMessage `json:"new,omitempty"`
}

// Check follows the records in the order they were consumed and compares the
// end with the items of the table. It says everything that is wrong, at most
// twenty things.
func Check(records []Record, items []json.RawMessage, keys []string) []error {
	c := checker{now: map[string]string{}, last: map[string]string{}, seen: map[string]bool{}}
	for i, r := range records {
		c.add(i, r)
	}
	table := map[string]string{}
	for _, it := range items {
		k, err := keyOf(it, keys)
		if err != nil {
			c.wrong("an item of the table: %v", err)
			continue
		}
		table[k] = canonical(it)
	}
	for _, k := range slices.Sorted(maps.Keys(table)) {
		if c.now[k] != table[k] {
			c.wrong("item %s is %s in the table and %s by the stream", k, table[k], orNothing(c.now[k]))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.now)) {
		if _, ok := table[k]; !ok {
			c.wrong("item %s is not in the table and %s by the stream", k, c.now[k])
		}
	}
	return c.errs
}

type checker struct {
	now  map[string]string // the item by its key, as the stream has it so far
	last map[string]string // the sequence number of its last record
	seen map[string]bool   // sequence numbers and event IDs
	errs []error
}

func (c *checker) wrong(format string, args ...any) {
	if len(c.errs) < 20 {
		c.errs = append(c.errs, fmt.Errorf(format, args...))
	}
}

func (c *checker) add(i int, r Record) {
	k := canonical(r.Keys)
	for _, id := range []string{"sequence number " + r.Sequence, "event " + r.ID} {
		if c.seen[id] {
			c.wrong("record %d: %s a second time", i, id)
		}
		c.seen[id] = true
	}
	if last := c.last[k]; !less(last, r.Sequence) {
		c.wrong("record %d: sequence number %s of item %s comes after %s", i, r.Sequence, k, last)
	}
	c.last[k] = r.Sequence
	before, after := image(r.Old), image(r.New)
	if before != c.now[k] {
		c.wrong("record %d (%s): item %s was %s before, but the record before left %s", i, r.Sequence, k, orNothing(before), orNothing(c.now[k]))
	}
	event := map[[2]bool]string{{false, true}: "INSERT", {true, true}: "MODIFY", {true, false}: "REMOVE"}[[2]bool{before != "", after != ""}]
	if r.Event != event {
		c.wrong("record %d: event %s with old image %s and new image %s", i, r.Event, orNothing(before), orNothing(after))
	}
	if before == after {
		c.wrong("record %d: nothing changed in item %s", i, k)
	}
	if after == "" {
		delete(c.now, k)
	} else {
		c.now[k] = after
	}
}

// less compares sequence numbers, which are decimal; "" is below all.
func less(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// image is an image in one spelling; "" is none.
func image(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	return canonical(raw)
}

// canonical is JSON in one spelling, names sorted.
func canonical(raw json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "not JSON: " + string(raw)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return "not JSON: " + string(raw)
	}
	return string(out)
}

func keyOf(it json.RawMessage, keys []string) (string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(it, &all); err != nil {
		return "", err
	}
	key := map[string]json.RawMessage{}
	for _, name := range keys {
		v, ok := all[name]
		if !ok {
			return "", fmt.Errorf("%s has no %s", it, name)
		}
		key[name] = v
	}
	out, err := json.Marshal(key)
	return canonical(out), err
}
