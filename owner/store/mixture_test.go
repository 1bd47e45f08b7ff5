package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

// TestADamagedLogThatWasBeingMovedGivesNoMixture ends the process after the
// log, or a part of it, was moved into the file, and then damages the log. The
// file is refused, or is a state that was committed.
func TestADamagedLogThatWasBeingMovedGivesNoMixture(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	same := func(_ string, b []byte) []byte { return b }
	for _, c := range []struct {
		name string
		make func(s *Store)
		last int
		// least is how far back damage may lead.
		least int
	}{
		{"all of it was moved", func(s *Store) {
			generation(t, s, 2)
			generation(t, s, 3)
			must(t, Backfill(s.Path()))
		}, 3, 3},
		{"more was written while it was moved", func(s *Store) {
			generation(t, s, 2)
			// A reader holds the log where it is.
			reader, err := connect(s.Path(), vfsName)
			must(t, err)
			t.Cleanup(func() { _ = reader.close() })
			must(t, reader.exec("BEGIN; SELECT count(*) FROM items"))
			generation(t, s, 3)
			must(t, Backfill(s.Path()))
			generation(t, s, 4)
		}, 4, 2},
		{"the log was begun again", func(s *Store) {
			for n := 2; n <= 6; n++ {
				generation(t, s, n)
			}
			must(t, Backfill(s.Path()))
			generation(t, s, 7)
		}, 7, 6},
	} {
		s := filled(t)
		if n, err := s.number("SELECT rootpage FROM sqlite_schema WHERE name='mark'"); n != markPage || err != nil {
			t.Fatalf("the mark is in page %d, %v", n, err)
		}
		must(t, s.Checkpoint())
		c.make(s)
		victim := filepath.Join(t.TempDir(), "v.db")
		copies(t, s.Path(), victim, same)
		if n, err := whole(t, victim); n != c.last || err != nil {
			t.Fatalf("%s: without damage: generation %d, %v", c.name, n, err)
		}
		size := fileSize(t, s.Path()+"-wal")
		seen := map[string]int{}
		for i := range 40 {
			at := random.IntN(size)
			copies(t, s.Path(), victim, func(suffix string, b []byte) []byte {
				if suffix != "" {
					b[at] ^= 1 << random.IntN(8)
				}
				return b
			})
			n, err := whole(t, victim)
			switch {
			case errors.Is(err, ErrCorrupt):
				seen["refused"]++
			case err != nil:
				t.Errorf("%s: flip %d at byte %d: %v", c.name, i, at, err)
			case n < c.least:
				t.Errorf("%s: flip at byte %d leads back to generation %d", c.name, at, n)
			default:
				seen[fmt.Sprint(n)]++
			}
		}
		t.Logf("%s: %v", c.name, seen)
	}
}
