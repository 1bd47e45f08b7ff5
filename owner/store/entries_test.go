package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"shvm-db/internal/catalog"
)

func TestItemsWithoutAnEntryAreRememberedUntilTheLowWater(t *testing.T) {
	s := create(t, filepath.Join(t.TempDir(), "p.db"))
	defer func() { _ = s.Close() }()
	must(t, s.SetSchema(&catalog.Schema{Index: &catalog.Index{Name: "i"}}))
	must(t, s.SetEntry(1, 5, []byte("gone"), 50, nil))
	must(t, s.SetEntry(1, 6, []byte("back"), 60, nil))
	must(t, s.SetEntry(1, 7, []byte("back"), 61, []byte("k")))
	must(t, s.SetEntry(1, 8, []byte("again"), 70, nil))
	must(t, s.SetEntry(1, 12, []byte("again"), 72, nil))
	must(t, s.SetEntry(2, 5, []byte("other"), 9, nil))
	known := func(base string) bool {
		_, _, ok, err := s.Entry([]byte(base))
		must(t, err)
		return ok
	}
	for _, c := range []struct {
		low  int64
		want string
	}{
		{4, "gone back again other"},
		{5, "back again other"},
		{11, "back again other"},
		{12, "back other"},
	} {
		must(t, s.SetLow(1, c.low))
		var got string
		for _, base := range []string{"gone", "back", "again", "other"} {
			if known(base) {
				got += " " + base
			}
		}
		if got != " "+c.want {
			t.Errorf("low water %d: known are%s, want %s", c.low, got, c.want)
		}
	}
	must(t, s.Commit())
	s = reopen(t, s)
	if low, err := s.Low(1); low != 12 || err != nil {
		t.Errorf("low water is %d, %v", low, err)
	}
	if n, err := s.Forgettable(); n != 1 || err != nil {
		t.Errorf("%d without an entry, %v", n, err)
	}
}

func TestAWalkSeesEveryRecordOnce(t *testing.T) {
	s := create(t, filepath.Join(t.TempDir(), "p.db"))
	defer func() { _ = s.Close() }()
	for i := range 10 {
		put(t, s, fmt.Sprint(i), "{}")
	}
	var from []byte
	var got string
	for {
		records, next, err := s.Walk(from, 3, 1000)
		must(t, err)
		for _, r := range records {
			got += string(r.Key)
		}
		if next == nil {
			break
		}
		from = next
	}
	if got != "0123456789" {
		t.Errorf("walked %s", got)
	}
	if records, next, err := s.Walk(nil, 100, 3); len(records) != 2 || string(next) != "2" || err != nil {
		t.Errorf("by size: %d records, next %q, %v", len(records), next, err)
	}
}
