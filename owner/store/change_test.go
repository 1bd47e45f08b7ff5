package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"shvm-db/internal/change"
)

// streamStore has two shards: records 1 to 5 in the first, which is closed,
// and 6 to 8 in the second; each is stamped with ten times its number.
func streamStore(t *testing.T) *Store {
	t.Helper()
	s, err := Create(filepath.Join(t.TempDir(), "p.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(s.Begin())
	check(s.PutShard(change.Shard{Number: 1, First: 1, Last: 5, Closed: true, Ended: 55}))
	check(s.PutShard(change.Shard{Number: 2, First: 6}))
	for n := uint64(1); n <= 8; n++ {
		r := change.Record{Number: n, Shard: 1 + n/6, Event: change.Insert, Stamp: int64(10 * n), Service: n == 2, Keys: []byte(`{"k":1}`), Size: 100}
		if n%2 == 0 {
			r.New = fmt.Appendf(nil, `{"n":%d}`, n)
		}
		check(s.AddChange(&r))
		m := s.Mark()
		m.Change = n
		s.SetMark(m)
	}
	check(s.Commit())
	return s
}

func numbersOf(records []change.Record) (out []uint64) {
	for _, r := range records {
		out = append(out, r.Number)
	}
	return out
}

func TestChangesAreReadByShardLimitAndSize(t *testing.T) {
	s := streamStore(t)
	for _, c := range []struct {
		shard, from  uint64
		limit, bytes int
		want         string
	}{
		{1, 1, 100, 1 << 20, "[1 2 3 4 5]"},
		{1, 4, 100, 1 << 20, "[4 5]"},
		{1, 6, 100, 1 << 20, "[]"},
		{2, 6, 2, 1 << 20, "[6 7]"},
		{1, 1, 100, 250, "[1 2 3]"},
	} {
		got, err := s.Changes(c.shard, c.from, c.limit, c.bytes)
		if err != nil || fmt.Sprint(numbersOf(got)) != c.want {
			t.Errorf("shard %d from %d: %v %v, want %s", c.shard, c.from, numbersOf(got), err, c.want)
		}
	}
	got, err := s.Changes(1, 2, 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if r := got[0]; !r.Service || r.Stamp != 20 || r.Event != change.Insert || string(r.Keys) != `{"k":1}` || r.Old != nil || string(r.New) != `{"n":2}` || r.Size != 100 {
		t.Errorf("record: %+v", r)
	}
}

func TestChangesAreSoughtByTime(t *testing.T) {
	s := streamStore(t)
	for stamp, want := range map[int64]uint64{0: 1, 10: 1, 11: 2, 50: 5, 51: 6, 1000: 6} {
		if got, err := s.SeekChange(1, 6, stamp); err != nil || got != want {
			t.Errorf("at %d: %d %v, want %d", stamp, got, err, want)
		}
	}
}

func TestTrimmingTakesRecordsThenEndedShards(t *testing.T) {
	s := streamStore(t)
	trim := func(before int64, limit, gone int, first uint64, shards int) {
		t.Helper()
		if err := s.Begin(); err != nil {
			t.Fatal(err)
		}
		n, err := s.TrimChanges(before, limit)
		if err != nil || n != gone {
			t.Fatalf("trimmed %d %v, want %d", n, err, gone)
		}
		if err := s.Commit(); err != nil {
			t.Fatal(err)
		}
		got, ok, err := s.FirstChange()
		if err != nil || got != first || ok != (first != 0) {
			t.Errorf("first is %d %v %v, want %d", got, ok, err, first)
		}
		left, err := s.Shards()
		if err != nil || len(left) != shards {
			t.Errorf("shards left: %v %v, want %d", left, err, shards)
		}
	}
	trim(25, 100, 2, 3, 2)
	trim(1000, 1, 1, 4, 2)
	trim(54, 100, 2, 6, 2)
	trim(56, 100, 0, 6, 1)
	trim(1000, 100, 3, 0, 1)
	trim(1000, 100, 0, 0, 1)
}

func TestAPartitionWithoutAStreamHasNoShards(t *testing.T) {
	s, err := Create(filepath.Join(t.TempDir(), "p.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	shards, err := s.Shards()
	if err != nil || shards != nil {
		t.Errorf("%v %v", shards, err)
	}
	if records, err := s.Changes(1, 0, 10, 10); err != nil || records != nil {
		t.Errorf("%v %v", records, err)
	}
	if n, err := s.TrimChanges(1, 10); err != nil || n != 0 {
		t.Errorf("%d %v", n, err)
	}
}
