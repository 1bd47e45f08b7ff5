package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"shvm-db/internal/catalog"
)

// A specimen is a folder of a journal that was closed, whose files a test
// damages and puts back.
type specimen struct {
	dir   string
	files map[string][]byte // what the folder held
	last  uint64
}

// smallBlocks makes the server write blocks of some 32 kB.
const smallBlocks = 120_000

// newSpecimen makes a journal of three blocks and a bucket.
func newSpecimen(t *testing.T) *specimen {
	t.Helper()
	s := &specimen{dir: t.TempDir(), files: map[string][]byte{}}
	j, err := Open(Options{Dir: s.dir, Logger: quiet, maxBytes: smallBlocks})
	if err != nil {
		t.Fatal(err)
	}
	put := func(size int) {
		s.last++
		b := append(body(s.last), strings.Repeat(" ", size)...)
		if _, err := j.Publish(t.Context(), "p1", b, s.last-1); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		for range 4 {
			put(0)
		}
		put(25_000)
	}
	for range 4 {
		put(0)
	}
	kv, err := j.KV(t.Context(), "catalog")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		if _, err := kv.Create(t.Context(), fmt.Sprintf("key%d", i), fmt.Appendf(nil, `{"value":%d}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	_, rev, err := kv.Get(t.Context(), "key2")
	if err != nil {
		t.Fatal(err)
	}
	if err := kv.Delete(t.Context(), "key2", rev); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(s.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		s.files[name], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// restore puts the folder back to what it held.
func (s *specimen) restore(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	for name, data := range s.files {
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// file finds the only file that a pattern under the folder names.
func (s *specimen) file(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.dir, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no file %s: %v", pattern, err)
	}
	return names[0]
}

// check opens the damaged folder: it has to be refused as damaged, or to hold
// everything. It tells whether it was refused.
func (s *specimen) check(t *testing.T, what string) (refused bool) {
	t.Helper()
	err := s.complete(t)
	if err == nil {
		return false
	}
	var d *Damage
	if !errors.As(err, &d) {
		t.Errorf("%s: neither refused nor complete: %v", what, err)
	} else if d.What == "" || d.Do == "" || d.Path == "" {
		t.Errorf("%s: the error does not help: %v", what, err)
	}
	return true
}

func (s *specimen) complete(t *testing.T) error {
	j, err := Open(Options{Dir: s.dir, Logger: quiet, maxBytes: smallBlocks})
	if err != nil {
		return err
	}
	defer j.Close()
	kv, err := j.KV(t.Context(), "catalog")
	if err != nil {
		return err
	}
	first, last, err := j.Bounds(t.Context())
	if err != nil {
		return err
	}
	if first != 1 || last != s.last {
		return fmt.Errorf("it holds %d to %d", first, last)
	}
	next := uint64(1)
	for m, err := range j.Consume(t.Context(), 1) {
		if err != nil {
			return err
		}
		if m.Sequence != next || strings.TrimSpace(string(m.Body)) != string(body(next)) || m.Subject != "p1" {
			return fmt.Errorf("message %d is another one", next)
		}
		if next++; next > last {
			break
		}
	}
	keys, err := kv.Keys(t.Context())
	if err != nil {
		return err
	}
	if want := []string{"key0", "key1", "key3", "key4", "key5"}; !slices.Equal(keys, want) {
		return fmt.Errorf("keys %q", keys)
	}
	for _, key := range keys {
		v, _, err := kv.Get(t.Context(), key)
		if err != nil {
			return err
		}
		if want := `{"value":` + key[3:] + `}`; string(v) != want {
			return fmt.Errorf("%s is %q", key, v)
		}
	}
	if _, _, err := kv.Get(t.Context(), "key2"); !errors.Is(err, catalog.ErrNoKey) {
		return fmt.Errorf("key2: %v", err)
	}
	if _, err := j.Publish(t.Context(), "p1", body(last+1), last); err != nil {
		return err
	}
	return nil
}

func flipped(data []byte, at, bit int) []byte {
	out := slices.Clone(data)
	out[at] ^= 1 << bit
	return out
}

// offsets are where the records of a block start.
func offsets(t *testing.T, data []byte) []int {
	t.Helper()
	var at []int
	for i := 0; i < len(data); i += int(binary.LittleEndian.Uint32(data[i:]) &^ headersBit) {
		at = append(at, i)
	}
	return at
}

func TestAnUndamagedFolderIsComplete(t *testing.T) {
	s := newSpecimen(t)
	if s.check(t, "undamaged") {
		t.Error("it was refused")
	}
}

// TestEveryFlippedBitOfARecordIsNoticed flips each bit of a record in the first
// block, in a middle one, in the last one, and in a bucket.
func TestEveryFlippedBitOfARecordIsNoticed(t *testing.T) {
	s := newSpecimen(t)
	for _, c := range []struct {
		block  string
		record int
	}{
		{"jetstream/$G/streams/journal/msgs/1.blk", 3},
		{"jetstream/$G/streams/journal/msgs/2.blk", 1},
		{"jetstream/$G/streams/journal/msgs/3.blk", 4},
		{"jetstream/$G/streams/KV_catalog/msgs/1.blk", 1},
	} {
		name := s.file(t, c.block)
		data := s.files[name]
		at := offsets(t, data)
		start, end := at[c.record], len(data)
		if c.record+1 < len(at) {
			end = at[c.record+1]
		}
		for i := start; i < end; i++ {
			for bit := range 8 {
				if err := os.WriteFile(name, flipped(data, i, bit), 0o600); err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("%s record %d byte %d bit %d", c.block, c.record, i-start, bit)
				if err := verifyOnly(s.dir); !errors.Is(err, ErrDamaged) {
					t.Errorf("%s: %v", what, err)
				}
			}
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s.check(t, "put back") {
		t.Error("the folder that was put back is refused")
	}
}

// verifyOnly is what Open does before it starts a server.
func verifyOnly(dir string) error {
	h, err := openHead(filepath.Join(dir, "head"), false, quiet)
	if err != nil {
		return err
	}
	defer h.close()
	return verify(dir, h, quiet)
}

func TestNoFileIsSilentlyShorter(t *testing.T) {
	s := newSpecimen(t)
	for name, data := range s.files {
		base := filepath.Base(name)
		if base == "lock" {
			continue
		}
		rel, _ := filepath.Rel(s.dir, name)
		cuts := []int{0, 1, len(data) / 3, len(data) / 2, len(data) - 1}
		if strings.HasSuffix(base, ".blk") {
			at := offsets(t, data)
			cuts = append(cuts, at[len(at)-1], at[len(at)-1]+recordHead, at[len(at)/2])
		}
		for _, n := range cuts {
			if n < 0 || n >= len(data) {
				continue
			}
			s.restore(t)
			if err := os.Truncate(name, int64(n)); err != nil {
				t.Fatal(err)
			}
			s.check(t, fmt.Sprintf("%s cut to %d of %d", rel, n, len(data)))
		}
		s.restore(t)
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		s.check(t, rel+" removed")
	}
}

func TestNoFlippedBitInASideFileIsServed(t *testing.T) {
	s := newSpecimen(t)
	for name, data := range s.files {
		base := filepath.Base(name)
		if base == "lock" || strings.HasSuffix(base, ".blk") || len(data) == 0 {
			continue
		}
		rel, _ := filepath.Rel(s.dir, name)
		for k := range 6 {
			i := k * (len(data) - 1) / 5
			s.restore(t)
			if err := os.WriteFile(name, flipped(data, i, k%8), 0o600); err != nil {
				t.Fatal(err)
			}
			s.check(t, fmt.Sprintf("%s byte %d bit %d", rel, i, k%8))
		}
	}
}

func TestABlockThatIsMissingIsNoticed(t *testing.T) {
	s := newSpecimen(t)
	for _, n := range []string{"2", "3"} {
		s.restore(t)
		if err := os.Remove(s.file(t, "jetstream/$G/streams/journal/msgs/"+n+".blk")); err != nil {
			t.Fatal(err)
		}
		if !s.check(t, "block "+n) {
			t.Errorf("without block %s nothing is said", n)
		}
	}
}

// TestAnUnacknowledgedTornRecordIsCut is the crash in the middle of a write.
func TestAnUnacknowledgedTornRecordIsCut(t *testing.T) {
	s := newSpecimen(t)
	name := s.file(t, "jetstream/$G/streams/journal/msgs/3.blk")
	data := s.files[name]
	at := offsets(t, data)
	record := data[at[len(at)-1]:]
	for _, tail := range [][]byte{record[:1], record[:recordHead], record[:len(record)-1], make([]byte, 100)} {
		s.restore(t)
		if err := os.WriteFile(name, append(slices.Clone(data), tail...), 0o600); err != nil {
			t.Fatal(err)
		}
		if s.check(t, fmt.Sprintf("%d bytes", len(tail))) {
			t.Errorf("%d bytes of a torn record: refused", len(tail))
		}
	}
}
