package owner

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
	"shvm-db/internal/key"
	"shvm-db/owner/store"
)

// tables is a catalog with one table.
type tables struct {
	mu sync.Mutex
	t  *catalog.Table
}

func (m *tables) Table(name string) (*catalog.Table, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.t, m.t != nil && m.t.Name == name
}

func (m *tables) Tables() []*catalog.Table {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.t == nil {
		return nil
	}
	return []*catalog.Table{m.t}
}

func (m *tables) set(t *catalog.Table) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.t = t
}

func attrs(kind item.Kind, names ...string) (out []catalog.KeyAttr) {
	for _, n := range names {
		out = append(out, catalog.KeyAttr{Name: n, Kind: kind})
	}
	return out
}

// The table of these tests: partitions 1 and 2, and index partitions by their
// tens.
var (
	byColor = catalog.Index{Name: "by-color", ID: 10, Key: catalog.Key{Hash: attrs(item.S, "color")},
		Projection: catalog.Projection{Type: "ALL"}}
	byShape = catalog.Index{Name: "by-shape", ID: 20,
		Key:        catalog.Key{Hash: attrs(item.S, "shape", "color"), Range: attrs(item.N, "size", "rank")},
		Projection: catalog.Projection{Type: "INCLUDE", NonKeys: []string{"note"}}}
	byRank = catalog.Index{Name: "by-rank", ID: 30, Key: catalog.Key{Hash: attrs(item.N, "rank"), Range: attrs(item.S, "id")},
		Projection: catalog.Projection{Type: "KEYS_ONLY"}}
)

func indexed(indexes ...catalog.Index) (*catalog.Table, *catalog.Schema) {
	t := &catalog.Table{Name: "T", ID: "t", Key: plain.Key, Global: indexes, Partitions: catalog.Ranges("", 1, 2)}
	for i := range indexes {
		t.Partitions = append(t.Partitions, catalog.Ranges(indexes[i].Name, indexes[i].ID, 3)...)
	}
	return t, &catalog.Schema{Table: t.Name, TableID: t.ID, Key: t.Key, Global: indexes}
}

// makeAll makes the partitions of a table, or changes their schemas.
func makeAll(t testing.TB, o *Owner, table *catalog.Table, schema *catalog.Schema) {
	t.Helper()
	for _, p := range slices.Backward(table.Partitions) {
		s := schema
		if p.Index != "" {
			s = &catalog.Schema{Table: table.Name, TableID: table.ID, Key: table.Key, Index: table.GlobalIndex(p.Index)}
		}
		must(t, o, &command.Command{Op: command.Schema, Partition: p.ID, Schema: s})
	}
}

func putIn(t testing.TB, table *catalog.Table, m item.Map) *command.Command {
	t.Helper()
	c := put(t, 0, m)
	c.Partition = table.PartitionOf("", key.HashOf(c.Key))
	return c
}

func deleteIn(t testing.TB, table *catalog.Table, id string) *command.Command {
	t.Helper()
	k := item.Map{{Name: "id", Value: str(id)}}
	c := &command.Command{Op: command.Delete, Stamp: time.Now().UnixMilli(), Key: keyOf(t, plain, k), KeyItem: k}
	c.Partition = table.PartitionOf("", key.HashOf(c.Key))
	return c
}

// quiet waits until every change of an index has been delivered.
func quiet(t testing.TB, o *Owner, table *catalog.Table) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for _, p := range table.Partitions {
		for p.Index == "" {
			a, err := o.wake(p.ID, false)
			if err != nil {
				t.Fatal(err)
			}
			done := a.out.empty()
			a.mu.Unlock()
			if done {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("the indexes do not come to rest")
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// all reads the table, or an index: JSON by encoded key.
func all(t testing.TB, o *Owner, table *catalog.Table, index string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range table.Partitions {
		if p.Index != index {
			continue
		}
		page, err := o.Page(t.Context(), command.Range{Partition: p.ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rows {
			if h := key.HashOf(r.Key); h < p.Lo || h > p.Hi {
				t.Fatalf("partition %d holds a key with hash %x", p.ID, h)
			}
			m, err := item.Decode(r.Item)
			if err != nil {
				t.Fatal(err)
			}
			if r.Size != item.Size(m) {
				t.Fatalf("the size of %s is %d", r.Item, r.Size)
			}
			out[string(r.Key)] = string(r.Item)
		}
	}
	return out
}

// indexesFit compares every index with the table.
func indexesFit(t testing.TB, o *Owner, table *catalog.Table) {
	t.Helper()
	quiet(t, o, table)
	base := all(t, o, table, "")
	for i := range table.Global {
		ix := &table.Global[i]
		want := map[string]string{}
		for _, text := range base {
			m, err := item.Decode([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if e := entryOf(table.Key, ix, m); e.key != nil {
				want[string(e.key)] = string(item.AppendJSON(nil, e.item))
			}
		}
		got := all(t, o, table, ix.Name)
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s has %q, want %q", ix.Name, got[k], v)
			}
		}
		for k, v := range got {
			if _, ok := want[k]; !ok {
				t.Errorf("%s has %q, which the table has not", ix.Name, v)
			}
		}
	}
}

func thing(id string, more ...string) item.Map {
	m := item.Map{{Name: "id", Value: str(id)}}
	for i := 0; i < len(more); i += 2 {
		v := str(more[i+1])
		if more[i] == "rank" || more[i] == "size" {
			v = num(more[i+1])
		}
		m = append(m, item.Attr{Name: more[i], Value: v})
	}
	return m
}

func TestAWriteIsInItsIndexesAndSaysWhatItCost(t *testing.T) {
	log, names := newLog(), &tables{}
	table, schema := indexed(byColor, byShape, byRank)
	names.set(table)
	o := log.open(t, t.TempDir(), func(o *Options) { o.Tables = names })
	makeAll(t, o, table, schema)
	out := must(t, o, putIn(t, table, thing("a", "color", "red", "shape", "round", "size", "1", "rank", "7", "note", "n", "more", "m")))
	if len(out.Indexes) != 3 || out.Indexes[0].Removed != 0 || out.Indexes[0].Written != out.NewSize || out.Indexes[2].Written != len("ida")+len("rank")+2 {
		t.Errorf("a new item: %+v", out.Indexes)
	}
	indexesFit(t, o, table)
	if got := all(t, o, table, "by-shape"); len(got) != 1 {
		t.Errorf("by shape: %v", got)
	}
	// Only the projected part counts as a change.
	out = must(t, o, putIn(t, table, thing("a", "color", "red", "shape", "round", "size", "1", "rank", "7", "note", "n", "more", "other")))
	if len(out.Indexes) != 1 || out.Indexes[0].Name != "by-color" || out.Indexes[0].Removed == 0 || out.Indexes[0].Moved {
		t.Errorf("an attribute that one index projects: %+v", out.Indexes)
	}
	out = must(t, o, putIn(t, table, thing("a", "color", "blue", "shape", "round", "rank", "7")))
	if len(out.Indexes) != 2 || !out.Indexes[0].Moved || out.Indexes[1].Written != 0 {
		t.Errorf("a moved and a removed entry: %+v", out.Indexes)
	}
	indexesFit(t, o, table)
	must(t, o, deleteIn(t, table, "a"))
	indexesFit(t, o, table)
	if out := must(t, o, deleteIn(t, table, "a")); len(out.Indexes) != 0 {
		t.Errorf("deleting nothing: %+v", out.Indexes)
	}
}

// moves is what two partitions of an index hear of an item that goes a → b → a
// → away → b: entries by partition, in order.
func moves() [2][]command.Entry {
	base := []byte("base")
	at := func(n int64, k string) command.Entry {
		e := command.Entry{Number: n, Base: base, Version: 10 + n}
		if k != "" {
			e.Key, e.Item, e.Size = []byte(k), fmt.Appendf(nil, `{"v":{"N":"%d"}}`, n), int(n)
		}
		return e
	}
	return [2][]command.Entry{
		{at(1, "a"), at(2, ""), at(3, "a"), at(4, "")},
		{at(2, "b"), at(3, ""), at(5, "b")},
	}
}

// mixed delivers the entries in any order, each up to three times, with low
// waters that a sender may tell, and says what the partitions end with.
func mixed(t *testing.T, random *rand.Rand, heed bool) string {
	t.Helper()
	var result string
	for _, list := range moves() {
		f, err := store.Create(filepath.Join(t.TempDir(), "p.db"))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSchema(&catalog.Schema{Index: &byColor}); err != nil {
			t.Fatal(err)
		}
		var feeds []command.Entries
		for i, e := range list {
			for range 1 + random.IntN(3) {
				feeds = append(feeds, command.Entries{Source: 1, List: list[i : i+1]})
			}
			_ = e
		}
		random.Shuffle(len(feeds), func(i, j int) { feeds[i], feeds[j] = feeds[j], feeds[i] })
		seen := map[int64]bool{}
		for i := range feeds {
			seen[feeds[i].List[0].Number] = true
			// The low water is below the first entry that has not arrived yet.
			low := int64(9)
			for _, e := range list {
				if !seen[e.Number] {
					low = min(low, e.Number-1)
				}
			}
			if err := feed(f, &feeds[i], heed); err != nil {
				t.Fatal(err)
			}
			if err := feed(f, &command.Entries{Source: 1, Low: low}, heed); err != nil {
				t.Fatal(err)
			}
			if random.IntN(3) == 0 {
				if err := f.Commit(); err != nil {
					t.Fatal(err)
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				if f, err = store.Open(f.Path()); err != nil {
					t.Fatal(err)
				}
			}
		}
		p, err := f.Page(command.Range{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rows {
			result += fmt.Sprintf("%s=%s ", r.Key, r.Item)
		}
		if n, err := f.Forgettable(); heed && (n != 0 || err != nil) {
			t.Errorf("%d deletion marks are left, %v", n, err)
		}
		f.Close()
	}
	return result
}

const moved = `b={"v":{"N":"5"}} `

func TestEntriesMayComeInAnyOrderAndAgain(t *testing.T) {
	for seed := range uint64(25) {
		if got := mixed(t, rand.New(rand.NewPCG(seed, 1)), true); got != moved {
			t.Fatalf("seed %d: the index has %s", seed, got)
		}
	}
}

func TestWithoutVersionsTheOrderOfEntriesShows(t *testing.T) {
	wrong := 0
	for seed := range uint64(10) {
		if mixed(t, rand.New(rand.NewPCG(seed, 1)), false) != moved {
			wrong++
		}
	}
	if wrong == 0 {
		t.Error("nothing went wrong: the test of order would not notice a broken index")
	}
}

// fewer sets how many tries a property test makes, if the command line does not
// say: those that sync many files to the disk are slow.
func fewer(t *testing.T, checks int) {
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(checks)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

// TestIndexesFollowTheTable runs random writes on a table while its partitions
// crash, sleep and restart, and its indexes come and go.
func TestIndexesFollowTheTable(t *testing.T) {
	root, n := t.TempDir(), 0
	fewer(t, 6)
	rapid.Check(t, func(rt *rapid.T) {
		n++
		dir := filepath.Join(root, strconv.Itoa(n))
		log, names := newLog(), &tables{}
		table, schema := indexed(byColor, byShape)
		names.set(table)
		setup := func(o *Options) {
			o.Tables, o.Linger, o.Checkpoint = names, time.Millisecond, 20*time.Millisecond
		}
		o := log.open(t, dir, setup)
		defer func() { crash(o) }()
		makeAll(t, o, table, schema)
		last := byRank.ID
		id := rapid.StringMatching("[a-f]")
		value := rapid.SampledFrom([]string{"", "x", "y", "z"})
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				var more []string
				for _, name := range []string{"color", "shape", "note"} {
					if v := value.Draw(rt, name); v != "" {
						more = append(more, name, v)
					}
				}
				more = append(more, "size", strconv.Itoa(rapid.IntRange(0, 2).Draw(rt, "size")), "rank", strconv.Itoa(rapid.IntRange(0, 2).Draw(rt, "rank")))
				must(t, o, putIn(t, table, thing(id.Draw(rt, "id"), more...)))
			},
			"delete":     func(rt *rapid.T) { must(t, o, deleteIn(t, table, id.Draw(rt, "id"))) },
			"fit":        func(rt *rapid.T) { indexesFit(t, o, table) },
			"checkpoint": func(rt *rapid.T) { o.Checkpoint(t.Context()) },
			"crash": func(rt *rapid.T) {
				crash(o)
				o = log.open(t, dir, setup)
			},
			"restart": func(rt *rapid.T) {
				if err := o.Drain(t.Context()); err != nil {
					rt.Fatal(err)
				}
				if err := o.Close(); err != nil {
					rt.Fatal(err)
				}
				o = log.open(t, dir, setup)
			},
			"index": func(rt *rapid.T) {
				// The third index comes, or goes; it never has an ID again.
				ix := byRank
				last += 10
				ix.ID = last
				indexes := []catalog.Index{byColor, byShape, ix}
				if len(table.Global) == 3 {
					indexes = indexes[:2]
				}
				table, schema = indexed(indexes...)
				names.set(table)
				makeAll(t, o, table, schema)
				for _, p := range table.Partitions[:2] {
					for len(indexes) == 3 {
						err := o.Fill(t.Context(), p.ID, ix.ID)
						if err == nil {
							break
						}
						rt.Fatal(err)
					}
				}
			},
		})
		indexesFit(t, o, table)
	})
}

func TestABackfillGoesOnBesideWritesAndThroughCrashes(t *testing.T) {
	log, names, dir := newLog(), &tables{}, t.TempDir()
	table, schema := indexed(byColor)
	names.set(table)
	setup := func(o *Options) { o.Tables = names }
	o := log.open(t, dir, setup)
	makeAll(t, o, table, schema)
	const items = 1500
	for i := range items {
		must(t, o, putIn(t, table, thing(strconv.Itoa(i), "color", "c"+strconv.Itoa(i%7), "rank", strconv.Itoa(i))))
	}
	table, schema = indexed(byColor, byRank)
	names.set(table)
	makeAll(t, o, table, schema)
	for round := range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for _, p := range table.Partitions[:2] {
			group.Go(func() {
				for ctx.Err() == nil && o.Fill(ctx, p.ID, byRank.ID) != nil {
				}
			})
		}
		for i := round; i < items; i += 9 {
			id := strconv.Itoa((i * 7) % items)
			c := deleteIn(t, table, id)
			if i%2 == 0 {
				c = putIn(t, table, thing(id, "color", "new", "rank", strconv.Itoa(items+i)))
			}
			must(t, o, c)
		}
		if round == 3 {
			group.Wait()
		}
		cancel()
		if round < 3 {
			crash(o)
		}
		group.Wait()
		if round < 3 {
			o = log.open(t, dir, setup)
		}
	}
	indexesFit(t, o, table)
	for _, p := range table.Partitions[:2] {
		if at, sent, err := o.walked(p.ID, byRank.ID); !at.done || !sent || err != nil {
			t.Errorf("partition %d: %+v, %v, %v", p.ID, at, sent, err)
		}
	}
}

func TestChangesThatAnIndexCannotTakeWaitInTheFile(t *testing.T) {
	room := outboxRoom
	outboxRoom = 5
	t.Cleanup(func() { outboxRoom = room })
	log, names, dir := newLog(), &tables{}, t.TempDir()
	table, schema := indexed(byColor)
	names.set(table)
	setup := func(o *Options) { o.Tables, o.Linger = names, time.Millisecond }
	o := log.open(t, dir, setup)
	// Only the table's own partitions are there.
	for _, p := range table.Partitions[:2] {
		must(t, o, &command.Command{Op: command.Schema, Partition: p.ID, Schema: schema})
	}
	write := func(from, to int) {
		for i := from; i < to; i++ {
			must(t, o, putIn(t, table, thing(strconv.Itoa(i%30), "color", strconv.Itoa(i))))
		}
	}
	write(0, 50)
	eventually(t, "the outbox is in the file", func() bool {
		a, err := o.wake(1, false)
		if err != nil {
			t.Fatal(err)
		}
		defer a.mu.Unlock()
		return a.out.spilled && len(a.out.list) == outboxRoom && !a.file.Open()
	})
	write(50, 80)
	crash(o)
	o = log.open(t, dir, setup)
	write(80, 100)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := o.Checkpoint(ctx); err == nil {
		t.Error("a checkpoint passed what is not delivered")
	}
	makeAll(t, o, table, schema)
	write(100, 120)
	indexesFit(t, o, table)
	for _, p := range table.Partitions[:2] {
		a, err := o.wake(p.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.file.Begin(); err != nil {
			t.Fatal(err)
		}
		if err := o.commit(a); err != nil {
			t.Fatal(err)
		}
		rows, err := a.file.ReadOut(outboxQueue, 0, -1)
		a.mu.Unlock()
		if len(rows) != 0 || err != nil {
			t.Errorf("partition %d still has %d changes in its file, %v", p.ID, len(rows), err)
		}
	}
}

func TestDeletionMarksGoOnceEverythingIsDelivered(t *testing.T) {
	log, names := newLog(), &tables{}
	table, schema := indexed(byColor)
	names.set(table)
	o := log.open(t, t.TempDir(), func(o *Options) { o.Tables = names })
	makeAll(t, o, table, schema)
	for i := range 50 {
		must(t, o, putIn(t, table, thing(strconv.Itoa(i), "color", strconv.Itoa(i))))
	}
	for i := range 50 {
		must(t, o, deleteIn(t, table, strconv.Itoa(i)))
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		var left int64
		for _, p := range table.Partitions[2:] {
			a, err := o.wake(p.ID, false)
			if err != nil {
				t.Fatal(err)
			}
			n, err := a.file.Forgettable()
			a.mu.Unlock()
			if err != nil {
				t.Fatal(err)
			}
			left += n
		}
		if left == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d deletion marks are left", left)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
