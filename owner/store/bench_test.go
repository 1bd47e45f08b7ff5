package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"

	"shvm-db/internal/command"
)

const benchItems = 200_000

func benchKey(n uint64) []byte {
	return fmt.Appendf(nil, "%08d%016x", n%97, n*0x9e3779b97f4a7c15)
}

func benchItem(n uint64) []byte {
	return fmt.Appendf(nil, `{"id":{"S":"%016x"},"text":{"S":"%0200d"},"n":{"N":"%d"}}`, n, n, n)
}

func benchStore(b *testing.B, items int) *Store {
	b.Helper()
	s := create(b, filepath.Join(b.TempDir(), "p.db"))
	b.Cleanup(func() { _ = s.Close() })
	must(b, s.Begin())
	for i := range items {
		it := benchItem(uint64(i))
		must(b, s.Put(&Record{Key: benchKey(uint64(i)), Item: it, Size: len(it), Version: 1}))
	}
	must(b, s.Checkpoint())
	must(b, s.Begin())
	b.ReportAllocs()
	b.ResetTimer()
	return s
}

// BenchmarkPut overwrites random items, with a COMMIT every 16,000 and the
// checkpoint that follows.
func BenchmarkPut(b *testing.B) {
	s := benchStore(b, benchItems)
	for i := range b.N {
		n := rand.Uint64N(benchItems)
		r, _, err := s.Stat(benchKey(n))
		must(b, err)
		r.Item = benchItem(n)
		r.Size, r.Version = len(r.Item), r.Version+1
		must(b, s.Put(&r))
		if i%16_000 == 15_999 {
			must(b, s.Checkpoint())
			must(b, s.Begin())
		}
	}
	must(b, s.Checkpoint())
}

func BenchmarkInsert(b *testing.B) {
	s := benchStore(b, 0)
	for i := range b.N {
		it := benchItem(uint64(i))
		must(b, s.Put(&Record{Key: benchKey(uint64(i)), Item: it, Size: len(it), Version: 1}))
		if i%16_000 == 15_999 {
			must(b, s.Checkpoint())
			must(b, s.Begin())
		}
	}
	must(b, s.Checkpoint())
}

func BenchmarkGet(b *testing.B) {
	s := benchStore(b, benchItems)
	for range b.N {
		if _, ok, err := s.Get(benchKey(rand.Uint64N(benchItems))); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkPage10(b *testing.B) {
	s := benchStore(b, benchItems)
	for range b.N {
		p, err := s.Page(command.Range{From: benchKey(rand.Uint64N(benchItems)), Limit: 10})
		if err != nil || len(p.Rows) == 0 {
			b.Fatal(err)
		}
	}
}

func BenchmarkPageChecksum(b *testing.B) {
	page := make([]byte, pageSize)
	b.SetBytes(pageSize)
	for range b.N {
		sum(page)
	}
}

func BenchmarkFrameSeal(b *testing.B) {
	f := &file{}
	b.SetBytes(frameSize)
	for range b.N {
		f.s1, f.s2 = f.seal()
	}
}

func BenchmarkOpen(b *testing.B) {
	s := benchStore(b, 1000)
	path := s.Path()
	must(b, s.Close())
	b.ResetTimer()
	for range b.N {
		s, err := Open(path)
		must(b, err)
		_, _, err = s.Get(benchKey(5))
		must(b, err)
		must(b, s.Close())
	}
}

func BenchmarkCreate(b *testing.B) {
	dir := b.TempDir()
	for i := range b.N {
		s, err := Create(filepath.Join(dir, strconv.Itoa(i)+".db"))
		must(b, err)
		s.SetMark(Mark{Sequence: 1})
		must(b, s.Begin())
		must(b, s.Commit())
		must(b, s.Close())
	}
}
