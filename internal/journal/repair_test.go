package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestRepairMakesADamagedFolderOpen damages a folder in each way that can be
// mended; kept is the last message that has to be there afterwards.
func TestRepairMakesADamagedFolderOpen(t *testing.T) {
	s := newSpecimen(t)
	const msgs = "jetstream/$G/streams/journal/msgs/"
	flip := func(pattern string, record, at int) func() error {
		return func() error {
			name := s.file(t, pattern)
			data := s.files[name]
			return os.WriteFile(name, flipped(data, offsets(t, data)[record]+at, 3), 0o600)
		}
	}
	for name, c := range map[string]struct {
		damage func() error
		first  uint64
		kept   uint64
	}{
		"a flipped bit in an old block":       {flip(msgs+"1.blk", 2, 30), 1, 2},
		"a flipped bit in a sequence":         {flip(msgs+"2.blk", 1, 9), 1, 6},
		"a flipped bit in the last block":     {flip(msgs+"3.blk", 0, 30), 1, 10},
		"a flipped bit in a bucket":           {flip("jetstream/$G/streams/KV_catalog/msgs/1.blk", 2, 30), 1, 19},
		"a first block that is missing":       {func() error { return os.Remove(s.file(t, msgs+"1.blk")) }, 10, 19},
		"a last block that is missing":        {func() error { return os.Remove(s.file(t, msgs+"3.blk")) }, 1, 10},
		"a description that is damaged":       {func() error { return os.Truncate(s.file(t, msgs+"../meta.inf"), 10) }, 1, 19},
		"a bucket's description gone":         {func() error { return os.Remove(s.file(t, "jetstream/$G/streams/KV_catalog/meta.inf")) }, 1, 19},
		"an incarnation that is gone":         {func() error { return os.Remove(filepath.Join(s.dir, "incarnation")) }, 1, 19},
		"an incarnation that is not readable": {func() error { return os.Truncate(filepath.Join(s.dir, "incarnation"), 7) }, 1, 19},
	} {
		t.Run(name, func(t *testing.T) {
			s.restore(t)
			if err := c.damage(); err != nil {
				t.Fatal(err)
			}
			refused := func() {
				t.Helper()
				if _, err := Open(Options{Dir: s.dir, Logger: quiet}); !errors.Is(err, ErrDamaged) {
					t.Errorf("opened: %v", err)
				}
			}
			refused()
			found, err := Repair(s.dir, false, quiet)
			if err != nil || len(found) != 1 || found[0].Mend == "" {
				t.Errorf("looked: %+v, %v", found, err)
			}
			refused()
			if found, err = Repair(s.dir, true, quiet); err != nil || len(found) == 0 {
				t.Fatalf("repaired: %+v, %v", found, err)
			}
			j := open(t, s.dir, func(o *Options) { o.maxBytes = smallBlocks })
			first, last, err := j.Bounds(t.Context())
			if err != nil || first != c.first || last < c.kept {
				t.Fatalf("it holds %d to %d, %v; found %+v", first, last, err, found)
			}
			for m, err := range j.Consume(t.Context(), first) {
				if err != nil {
					t.Fatal(err)
				}
				if m.Sequence == last {
					break
				}
			}
			if _, err := j.KV(t.Context(), "catalog"); err != nil {
				t.Error(err)
			}
			if _, err := j.Publish(t.Context(), "p1", body(last+1), last); err != nil {
				t.Error(err)
			}
			if err := j.Close(); err != nil {
				t.Error(err)
			}
			if found, err := Repair(s.dir, false, quiet); err != nil || len(found) != 0 {
				t.Errorf("once more: %+v, %v", found, err)
			}
		})
	}
}
