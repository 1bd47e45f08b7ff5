package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
)

const generationItems = 60

// generation writes state n of a file in which every item names n, some of
// them over several pages.
func generation(t fataler, s *Store, n int) {
	t.Helper()
	must(t, s.Begin())
	for i := range generationItems {
		key := fmt.Sprintf("key %03d", i)
		put(t, s, key, fmt.Sprintf(`{"n":%d,"x":"%s"}`, n, strings.Repeat("ab", i*40)))
		r, _, err := s.Stat([]byte(key))
		must(t, err)
		must(t, s.PutLocal("by x", []byte(fmt.Sprintf("x %03d", i)), r.ID))
	}
	s.SetMark(Mark{Sequence: uint64(n)})
	must(t, s.Commit())
}

// whole reads everything in a file and says which generation it is: an error,
// or a state that was committed.
func whole(t *testing.T, path string) (int, error) {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.Close() }()
	n := int(s.Mark().Sequence)
	for _, index := range []string{"", "by x"} {
		for _, reverse := range []bool{false, true} {
			p, err := s.Page(command.Range{Index: index, Reverse: reverse})
			if err != nil {
				return 0, err
			}
			if len(p.Rows) != generationItems {
				t.Fatalf("%d items of generation %d", len(p.Rows), n)
			}
			for i, row := range p.Rows {
				if reverse {
					i = generationItems - 1 - i
				}
				if want := fmt.Sprintf(`{"n":%d,"x":"%s"}`, n, strings.Repeat("ab", i*40)); string(row.Item) != want {
					t.Fatalf("item %d of generation %d is %.80q", i, n, row.Item)
				}
			}
		}
	}
	for i := range generationItems {
		if _, ok, err := s.Get(fmt.Appendf(nil, "key %03d", i)); err != nil || !ok {
			if err == nil {
				t.Fatalf("item %d of generation %d is gone", i, n)
			}
			return 0, err
		}
	}
	return n, nil
}

// copies is a file with its log as a killed process leaves them.
func copies(t *testing.T, from, to string, flip func(file string, b []byte) []byte) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(from + suffix)
		if errors.Is(err, os.ErrNotExist) {
			_ = os.Remove(to + suffix)
			continue
		}
		must(t, err)
		must(t, os.WriteFile(to+suffix, flip(suffix, b), 0o600))
	}
	_ = os.Remove(to + "-shm")
}

func filled(t *testing.T) *Store {
	t.Helper()
	s := create(t, filepath.Join(t.TempDir(), "p.db"))
	t.Cleanup(func() { _ = s.Close() })
	must(t, s.Begin())
	must(t, s.SetSchema(&catalog.Schema{Local: []catalog.Index{{Name: "by x"}}}))
	generation(t, s, 1)
	return s
}

func TestADamagedFileIsNeverServed(t *testing.T) {
	s := filled(t)
	must(t, s.Checkpoint())
	must(t, Verify(s.Path()))
	size := fileSize(t, s.Path())
	victim := filepath.Join(t.TempDir(), "v.db")
	random := rand.New(rand.NewPCG(1, 2))
	places := []int{0, 15, 16, 17, 18, 19, 20, 24, 28, 31, 40, 95, 96, 99, 100, 4095}
	for page := range size / pageSize {
		places = append(places, page*pageSize, page*pageSize+random.IntN(pageSize), page*pageSize+4095)
	}
	for _, at := range places {
		copies(t, s.Path(), victim, func(suffix string, b []byte) []byte {
			if suffix == "" {
				b[at] ^= 1 << random.IntN(8)
			}
			return b
		})
		if err := Verify(victim); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d was changed: verified with %v", at, err)
		}
		// A page that nothing needed may be damaged: what was read is right.
		if n, err := whole(t, victim); !errors.Is(err, ErrCorrupt) && n != 1 {
			t.Errorf("byte %d was changed: generation %d, %v", at, n, err)
		}
	}
	for _, cut := range []int{1, 99, 100, pageSize - 1, pageSize, 3*pageSize + 5, size - pageSize, size - 1} {
		copies(t, s.Path(), victim, func(_ string, b []byte) []byte { return b[:min(cut, len(b))] })
		if n, err := whole(t, victim); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d bytes: generation %d, %v", cut, n, err)
		}
	}
}

func fileSize(t *testing.T, path string) int {
	t.Helper()
	st, err := os.Stat(path)
	must(t, err)
	return int(st.Size())
}

func TestADamagedLogGivesAnEarlierStateWithItsMark(t *testing.T) {
	s := filled(t)
	must(t, s.Checkpoint())
	for n := 2; n <= 5; n++ {
		generation(t, s, n)
	}
	size := fileSize(t, s.Path()+"-wal")
	victim := filepath.Join(t.TempDir(), "v.db")
	same := func(_ string, b []byte) []byte { return b }
	copies(t, s.Path(), victim, same)
	if n, err := whole(t, victim); n != 5 || err != nil {
		t.Fatalf("without damage: generation %d, %v", n, err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	seen := map[int]bool{}
	for i := range 80 {
		at := random.IntN(size)
		if i < 32 {
			at = i
		}
		cut := i%5 == 4
		copies(t, s.Path(), victim, func(suffix string, b []byte) []byte {
			switch {
			case suffix == "":
			case cut:
				b = b[:at]
			default:
				b[at] ^= 1 << random.IntN(8)
			}
			return b
		})
		n, err := whole(t, victim)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			var e *Error
			if !errors.As(err, &e) || e.Code&0xff != sqlite3.SQLITE_CANTOPEN {
				t.Errorf("byte %d: %v", at, err)
			}
		}
		if err == nil {
			seen[n] = true
		}
	}
	if !seen[1] || !seen[3] {
		t.Errorf("generations seen: %v", seen)
	}
}

func TestALogDamagedUnderAnOpenFileIsNotServed(t *testing.T) {
	s := filled(t)
	generation(t, s, 2)
	f, err := os.OpenFile(s.Path()+"-wal", os.O_RDWR, 0)
	must(t, err)
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	must(t, err)
	// A page of the log in each frame.
	for at := int64(logHead + frameHead + 2000); at < st.Size(); at += frameSize {
		var b [1]byte
		_, err := f.ReadAt(b[:], at)
		must(t, err)
		b[0] ^= 4
		_, err = f.WriteAt(b[:], at)
		must(t, err)
	}
	if n, err := whole(t, s.Path()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("generation %d, %v", n, err)
	}
	if err := s.Checkpoint(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("checkpoint: %v", err)
	}
}

func TestAnotherProgramMayRecoverTheLog(t *testing.T) {
	s := filled(t)
	must(t, s.Checkpoint())
	generation(t, s, 2)
	generation(t, s, 3)
	victim := filepath.Join(t.TempDir(), "v.db")
	copies(t, s.Path(), victim, func(_ string, b []byte) []byte { return b })
	c, err := connect(victim, "")
	must(t, err)
	q, err := c.prepare("SELECT count(*) FROM items")
	must(t, err)
	if ok, err := q.step(); !ok || err != nil || q.int64(0) != generationItems {
		t.Fatalf("the other program counts %d items, %v", q.int64(0), err)
	}
	q.reset()
	must(t, c.close()) // The last connection moves the log into the file.
	if n := fileSize(t, victim); n == 0 {
		t.Fatal("no file")
	}
	if _, err := os.Stat(victim + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the log is still there: %v", err)
	}
	if n, err := whole(t, victim); n != 3 || err != nil {
		t.Errorf("generation %d, %v", n, err)
	}
}

func TestAFullDiskFailsTheCommitAndLosesNothingBefore(t *testing.T) {
	defer func() { failWrite = nil }()
	for _, c := range []struct {
		code int32
		want error
	}{{sqlite3.SQLITE_FULL, ErrFull}, {sqlite3.SQLITE_IOERR_WRITE, ErrIO}} {
		for nth := 1; nth <= 40; nth += 8 {
			s := filled(t)
			left := nth
			failWrite = func(log bool) int32 {
				if left--; log && left <= 0 {
					return c.code
				}
				return sqlite3.SQLITE_OK
			}
			must(t, s.Begin())
			put(t, s, "key 000", `{"n":9}`)
			for i := range 200 {
				put(t, s, fmt.Sprint("more", i), strings.Repeat("x", 900))
			}
			s.SetMark(Mark{Sequence: 9})
			if err := s.Commit(); !errors.Is(err, c.want) {
				t.Fatalf("commit: %v", err)
			}
			failWrite = nil
			must(t, s.Close())
			if n, err := whole(t, s.Path()); n != 1 || err != nil {
				t.Fatalf("after write %d failed: generation %d, %v", nth, n, err)
			}
			// There is room again.
			again, err := Open(s.Path())
			must(t, err)
			generation(t, again, 2)
			must(t, again.Checkpoint())
			must(t, again.Close())
			if n, err := whole(t, s.Path()); n != 2 || err != nil {
				t.Fatalf("generation %d, %v", n, err)
			}
		}
	}
}

func TestAFullDiskFailsTheCheckpointAndKeepsTheLog(t *testing.T) {
	defer func() { failWrite = nil }()
	s := filled(t)
	generation(t, s, 2)
	left := 5
	failWrite = func(log bool) int32 {
		if left--; !log && left <= 0 {
			return sqlite3.SQLITE_FULL
		}
		return sqlite3.SQLITE_OK
	}
	if err := s.Checkpoint(); !errors.Is(err, ErrFull) {
		t.Errorf("checkpoint: %v", err)
	}
	failWrite = nil
	must(t, s.Close())
	if n, err := whole(t, s.Path()); n != 2 || err != nil {
		t.Errorf("generation %d, %v", n, err)
	}
}
