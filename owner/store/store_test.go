package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
)

// fataler is what *testing.T and *rapid.T share.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func create(t fataler, path string) *Store {
	t.Helper()
	s, err := Create(path)
	must(t, err)
	return s
}

func reopen(t fataler, s *Store) *Store {
	t.Helper()
	must(t, s.Close())
	s, err := Open(s.Path())
	must(t, err)
	return s
}

func put(t fataler, s *Store, key, item string) {
	t.Helper()
	r, _, err := s.Stat([]byte(key))
	must(t, err)
	r.Item, r.Size, r.Version = []byte(item), len(item), r.Version+1
	must(t, s.Put(&r))
}

func TestWhatWasCommittedIsThereAfterReopening(t *testing.T) {
	s := create(t, filepath.Join(t.TempDir(), "p.db"))
	defer func() { _ = s.Close() }()
	must(t, s.Begin())
	schema := &catalog.Schema{Table: "t", TTL: "gone", Local: []catalog.Index{{Name: `by "x"`}}}
	must(t, s.SetSchema(schema))
	put(t, s, "a", `{"a":{"S":"1"}}`)
	mark := Mark{Sequence: 7, Index: 3, Hash: 1 << 63, Version: 9, Outbox: 2}
	s.SetMark(mark)
	must(t, s.Commit())
	must(t, s.Begin())
	put(t, s, "b", `{}`)
	s.SetMark(Mark{Sequence: 8})
	s = reopen(t, s)
	if s.Mark() != mark {
		t.Errorf("mark is %+v, want %+v", s.Mark(), mark)
	}
	if d := cmp.Diff(schema, s.Schema()); d != "" {
		t.Error(d)
	}
	r, ok, err := s.Get([]byte("a"))
	if err != nil || !ok || string(r.Item) != `{"a":{"S":"1"}}` || r.Size != 15 || r.Version != 1 {
		t.Errorf("got %+v, %v, %v", r, ok, err)
	}
	if _, ok, _ := s.Get([]byte("b")); ok {
		t.Error("what was not committed is there")
	}
}

func TestAddLeavesARowThatIsThereAlone(t *testing.T) {
	s := create(t, filepath.Join(t.TempDir(), "p.db"))
	defer func() { _ = s.Close() }()
	must(t, s.Begin())
	first := Record{Key: []byte("a"), Item: []byte("{}"), Size: 2, Version: 1}
	added, err := s.Add(&first)
	if err != nil || !added || first.ID == 0 {
		t.Fatalf("%v, %v, %+v", added, err, first)
	}
	second := Record{Key: []byte("a"), Item: []byte("[]"), Size: 3, Version: 2}
	if added, err := s.Add(&second); err != nil || added || second.ID != 0 {
		t.Errorf("%v, %v, %+v", added, err, second)
	}
	if err := s.Put(&second); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a second row of a key: %v", err)
	}
	r, ok, err := s.Get([]byte("a"))
	if err != nil || !ok || r.ID != first.ID || string(r.Item) != "{}" || r.Version != 1 {
		t.Errorf("%+v, %v, %v", r, ok, err)
	}
}

// The rows of a page share memory, and yet each is its caller's own.
func TestRowsOfAPageDoNotTouchEachOther(t *testing.T) {
	s := create(t, filepath.Join(t.TempDir(), "p.db"))
	defer func() { _ = s.Close() }()
	must(t, s.Begin())
	item := func(i int) string {
		return strings.Repeat(string(rune('a'+i%26)), []int{1, 90, 5000, 2, 100_000, 700}[i%6])
	}
	const n = 60
	for i := range n {
		put(t, s, fmt.Sprintf("%02d", i), item(i))
	}
	for _, limit := range []int{0, 1, 7, n, n + 1} {
		page, err := s.Page(command.Range{From: []byte("00"), Limit: limit})
		want := n
		if limit > 0 && limit < n {
			want = limit
		}
		if err != nil || len(page.Rows) != want {
			t.Fatalf("limit %d: %d rows, %v", limit, len(page.Rows), err)
		}
		for i := range page.Rows {
			row := &page.Rows[i]
			_ = append(row.Key, "of somebody else"...)
			_ = append(row.Item, "of somebody else"...)
		}
		for i, row := range page.Rows {
			if string(row.Key) != fmt.Sprintf("%02d", i) || string(row.Item) != item(i) {
				t.Errorf("limit %d, row %d: key %q, %d bytes", limit, i, row.Key, len(row.Item))
			}
		}
	}
}

func TestAMissingOrEmptyFileIsNotOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.db")
	if _, err := Open(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	must(t, os.WriteFile(path, nil, 0o600))
	if _, err := Open(path); !errors.Is(err, ErrCorrupt) {
		t.Errorf("empty file: %v", err)
	}
	must(t, create(t, path).Close())
}

func TestExpiredRecordsComeInOrderOfTheirTime(t *testing.T) {
	s := create(t, filepath.Join(t.TempDir(), "p.db"))
	defer func() { _ = s.Close() }()
	for i, at := range []int64{50, 0, 10, 30, 70} {
		must(t, s.Put(&Record{Key: fmt.Append(nil, i), Item: []byte("{}"), Expires: at}))
	}
	got, err := s.Expired(20, 70, 10)
	must(t, err)
	if len(got) != 2 || got[0].Expires != 30 || got[1].Expires != 50 || string(got[1].Key) != "0" {
		t.Errorf("got %+v", got)
	}
	if at, ok, err := s.NextExpiry(51); at != 70 || !ok || err != nil {
		t.Errorf("next expiry is %d, %v, %v", at, ok, err)
	}
}

func TestTheOutboxKeepsItsOrder(t *testing.T) {
	s := create(t, filepath.Join(t.TempDir(), "p.db"))
	defer func() { _ = s.Close() }()
	for n := int64(1); n <= 300; n++ {
		must(t, s.PushOut("index", Message{n, fmt.Append(nil, n)}))
		must(t, s.PushOut("change", Message{n, []byte("x")}))
	}
	must(t, s.TrimOut("index", 256))
	got, err := s.ReadOut("index", 0, 2)
	must(t, err)
	if len(got) != 2 || got[0].Number != 257 || string(got[1].Body) != "258" {
		t.Errorf("got %+v", got)
	}
	if got, err := s.ReadOut("change", 0, 1000); len(got) != 300 || err != nil {
		t.Errorf("the other queue has %d, %v", len(got), err)
	}
}

// model is what a store should hold: items by key, and the entries of one
// local index.
type model struct {
	items map[string]string
	local map[string]string // key in the index → key of the item
}

func (m model) page(r command.Range) command.Page {
	source := m.items
	if r.Index != "" {
		source = m.local
	}
	var keys []string
	for k := range source {
		if k >= string(r.From) && (r.To == nil || k < string(r.To)) {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	if r.Reverse {
		for i, j := 0, len(keys)-1; i < j; i, j = i+1, j-1 {
			keys[i], keys[j] = keys[j], keys[i]
		}
	}
	var p command.Page
	size := 0
	for _, k := range keys {
		it := source[k]
		if r.Index != "" {
			it = m.items[it]
		}
		p.Rows = append(p.Rows, command.Row{Key: []byte(k), Item: []byte(it), Size: len(it)})
		size += len(it)
		if (r.Limit > 0 && len(p.Rows) >= r.Limit) || (r.Bytes > 0 && size >= r.Bytes) {
			p.More = true
			break
		}
	}
	return p
}

func TestAStoreIsAnOrderedMap(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		s := create(t, filepath.Join(dir, fmt.Sprint(n)))
		defer func() { _ = s.Close() }()
		now := model{map[string]string{}, map[string]string{}}
		clone := func(m model) model {
			c := model{map[string]string{}, map[string]string{}}
			for k, v := range m.items {
				c.items[k] = v
			}
			for k, v := range m.local {
				c.local[k] = v
			}
			return c
		}
		saved := clone(now)
		var memory command.PageMemory
		must(t, s.Begin())
		must(t, s.SetSchema(&catalog.Schema{Local: []catalog.Index{{Name: "x"}}}))
		must(t, s.Commit())
		key := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', 255}), 0, 3)
		long := rapid.SampledFrom([]int{0, 1, 20, 5000})
		bound := rapid.OneOf(rapid.Just([]byte(nil)), key)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				must(t, s.Begin())
				k := key.Draw(t, "key")
				it := "{" + string(bytes.Repeat([]byte("é"), long.Draw(t, "length"))) + "}"
				put(t, s, string(k), it)
				now.items[string(k)] = it
				r, _, err := s.Stat(k)
				must(t, err)
				ik := "i" + string(k)
				must(t, s.PutLocal("x", []byte(ik), r.ID))
				now.local[ik] = string(k)
			},
			"delete": func(t *rapid.T) {
				must(t, s.Begin())
				k := key.Draw(t, "key")
				r, ok, err := s.Get(k)
				must(t, err)
				want, has := now.items[string(k)]
				if ok != has || string(r.Item) != want {
					t.Fatalf("got %q, %v; want %q, %v", r.Item, ok, want, has)
				}
				if !ok {
					return
				}
				must(t, s.Delete(r.ID))
				must(t, s.DeleteLocal("x", []byte("i"+string(k))))
				delete(now.items, string(k))
				delete(now.local, "i"+string(k))
			},
			"commit": func(t *rapid.T) {
				must(t, s.Commit())
				saved = clone(now)
			},
			"checkpoint": func(t *rapid.T) {
				must(t, s.Checkpoint())
				saved = clone(now)
				if n := s.LogSize(); n != 0 {
					t.Fatalf("the log has %d bytes after a checkpoint", n)
				}
			},
			"reopen": func(t *rapid.T) {
				if !s.Open() {
					saved = clone(now)
				}
				s = reopen(t, s)
				now = clone(saved)
			},
			"": func(t *rapid.T) {
				r := command.Range{
					Index:   rapid.SampledFrom([]string{"", "x"}).Draw(t, "index"),
					From:    key.Draw(t, "from"),
					To:      bound.Draw(t, "to"),
					Reverse: rapid.Bool().Draw(t, "reverse"),
					Limit:   rapid.IntRange(0, 4).Draw(t, "limit"),
					Bytes:   rapid.SampledFrom([]int{0, 3, 100, 12000}).Draw(t, "bytes"),
				}
				got, err := s.Page(r)
				must(t, err)
				for i := range got.Rows {
					if got.Rows[i].Size != len(now.page(r).Rows[i].Item) {
						t.Fatalf("size of row %d is %d", i, got.Rows[i].Size)
					}
				}
				if d := cmp.Diff(now.page(r), got); d != "" {
					t.Fatal(d)
				}
				r.Memory = &memory
				if got, err = s.Page(r); len(got.Rows) == 0 {
					got.Rows = nil
				}
				must(t, err)
				r.Memory = nil
				if d := cmp.Diff(now.page(r), got); d != "" {
					t.Fatal("in memory of a page before:", d)
				}
			},
		})
	})
}
