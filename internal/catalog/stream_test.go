package catalog

import (
	"fmt"
	"testing"
	"time"
)

func TestStreamsAreKeptForADayAfterTheyEnd(t *testing.T) {
	ctx, s := t.Context(), NewMemory()
	now := time.UnixMilli(1_700_000_000_000)
	clock := func(r *Registry) *Registry { r.now = func() time.Time { return now }; return r }
	r := clock(open(t, s))
	show := func(r *Registry) (out string) {
		for _, s := range r.Streams() {
			out += fmt.Sprintf("%s/%s/%v/%v ", s.Table, s.Label, s.Ended != 0, s.Partitions)
		}
		return out
	}
	expect := func(when, want string) {
		t.Helper()
		if got := show(r); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	table := &Table{Name: "T", ID: "id", Stream: &Stream{Label: "1"}, Partitions: []Partition{{ID: 7}, {ID: 8, Index: "x"}}}
	if err := r.Create(ctx, table); err != nil {
		t.Fatal(err)
	}
	expect("on", "T/1/false/[7] ")
	set := func(stream *Stream) {
		t.Helper()
		if _, err := r.Update(ctx, "T", func(t *Table) error { t.Stream = stream; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	set(nil)
	expect("off", "T/1/true/[7] ")
	now = now.Add(time.Hour)
	set(&Stream{Label: "2"})
	expect("on again", "T/1/true/[7] T/2/false/[7] ")
	if err := r.Delete(ctx, "T", "id"); err != nil {
		t.Fatal(err)
	}
	expect("table gone", "T/1/true/[7] T/2/true/[7] ")
	if err := r.Create(ctx, &Table{Name: "T", ID: "id2", Partitions: []Partition{{ID: 9}}}); err != nil {
		t.Fatal(err)
	}
	expect("another table of the name", "T/1/true/[7] T/2/true/[7] ")
	r.now = time.Now // opening judges by the real clock
	if again := open(t, s); show(again) != "" {
		t.Errorf("years later: %q", show(again))
	}
	if keys, _ := s.Keys(ctx); len(keys) != 1 {
		t.Errorf("the store keeps %v, want the table alone", keys)
	}
}
