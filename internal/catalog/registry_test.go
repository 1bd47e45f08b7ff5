package catalog

import (
	"context"
	"errors"
	"math"
	"testing"
)

func open(t *testing.T, s Store) *Registry {
	t.Helper()
	r, err := Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTablesOutliveTheRegistry(t *testing.T) {
	ctx, s := t.Context(), NewMemory()
	r := open(t, s)
	for _, name := range []string{"b.", "a", "c"} {
		if err := r.Create(ctx, &Table{Name: name, ID: "id-" + name}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Create(ctx, &Table{Name: "a"}); !errors.Is(err, ErrTableExists) {
		t.Errorf("a second table of a name: %v", err)
	}
	if err := r.Delete(ctx, "c", "another"); !errors.Is(err, ErrNoTable) {
		t.Errorf("deleting another table of that name: %v", err)
	}
	if err := r.Delete(ctx, "c", "id-c"); err != nil {
		t.Fatal(err)
	}
	var names string
	for _, table := range open(t, s).Tables() {
		names += table.Name + " "
	}
	if names != "a b.  " && names != "a b. " {
		t.Errorf("after opening again: %q", names)
	}
}

func TestAChangeLeavesSnapshotsAlone(t *testing.T) {
	ctx, r := t.Context(), open(t, NewMemory())
	if err := r.Create(ctx, &Table{Name: "a", Local: []Index{{Name: "x"}}}); err != nil {
		t.Fatal(err)
	}
	before, _ := r.Table("a")
	if _, err := r.Update(ctx, "a", func(t *Table) error { t.Local[0].Name = "y"; return nil }); err != nil {
		t.Fatal(err)
	}
	after, _ := r.Table("a")
	if before.Local[0].Name != "x" || after.Local[0].Name != "y" {
		t.Errorf("before %v, after %v", before.Local, after.Local)
	}
}

func TestTwoRegistriesOfOneStoreLoseNoChange(t *testing.T) {
	ctx, s := t.Context(), NewMemory()
	if err := open(t, s).Create(ctx, &Table{Name: "a"}); err != nil {
		t.Fatal(err)
	}
	one, two := open(t, s), open(t, s)
	count := func(t *Table) error { t.Created++; return nil }
	for range 10 {
		for _, r := range []*Registry{one, two} {
			if _, err := r.Update(ctx, "a", count); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a, _ := two.Table("a"); a.Created != 20 {
		t.Errorf("counted %d, want 20", a.Created)
	}
}

func TestPartitionsAreNumberedOnce(t *testing.T) {
	s := NewMemory()
	one, two := open(t, s), open(t, s)
	var next PartitionID = 1
	for range 5 {
		for _, r := range []*Registry{one, two} {
			first, err := r.NewPartitions(context.Background(), 3)
			if err != nil || first != next {
				t.Fatalf("got %d, %v; want %d", first, err, next)
			}
			next += 3
		}
	}
}

func TestRangesCoverTheHashSpace(t *testing.T) {
	for n := 1; n < 40; n++ {
		p := Ranges("", 7, n)
		if p[0].Lo != 0 || p[n-1].Hi != math.MaxUint64 || p[n-1].ID != PartitionID(6+n) {
			t.Fatalf("%d: %v", n, p)
		}
		for i := 1; i < n; i++ {
			if p[i].Lo != p[i-1].Hi+1 {
				t.Fatalf("%d: %v", n, p)
			}
		}
	}
}

func TestTablesStayInOrderThroughChanges(t *testing.T) {
	ctx, r := t.Context(), open(t, NewMemory())
	names := func() (all string) {
		for _, table := range r.Tables() {
			all += table.Name
		}
		return all
	}
	for _, name := range []string{"d", "b", "e", "a", "c"} {
		if err := r.Create(ctx, &Table{Name: name, ID: name}); err != nil {
			t.Fatal(err)
		}
	}
	before := r.Tables()
	if got := names(); got != "abcde" {
		t.Error(got)
	}
	if _, err := r.Update(ctx, "c", func(t *Table) error { t.Status = "ACTIVE"; return nil }); err != nil || r.Tables()[2].Status != "ACTIVE" {
		t.Error(err, r.Tables()[2])
	}
	for _, name := range []string{"a", "e", "c"} {
		if err := r.Delete(ctx, name, name); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(); got != "bd" || len(before) != 5 || before[2].Status != "" {
		t.Error(got, before)
	}
}
