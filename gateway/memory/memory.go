// Package memory keeps the items of a catalog's tables in maps. It is what an
// owner does, in as few lines as will do it: the double that the gateway's tests
// run on, and the model that a real node is held against.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/key"
)

// Store is the gateway's Data and Transactions. Global indexes are written
// together with the item.
type Store struct {
	registry *catalog.Registry

	mu         sync.Mutex
	partitions map[catalog.PartitionID]ordered
	// local are the local indexes of a partition, by their names; their values
	// are whole items.
	local map[catalog.PartitionID]map[string]ordered
	// tokens are the digests of transactions by their client tokens.
	tokens map[string][]byte
}

// ordered maps encoded keys to items.
type ordered map[string]item.Map

// New makes an empty store of the tables of a catalog.
func New(r *catalog.Registry) *Store {
	return &Store{registry: r, partitions: map[catalog.PartitionID]ordered{},
		local: map[catalog.PartitionID]map[string]ordered{}, tokens: map[string][]byte{}}
}

func (m *Store) partition(p catalog.PartitionID) ordered {
	if m.partitions[p] == nil {
		m.partitions[p] = ordered{}
		m.local[p] = map[string]ordered{}
	}
	return m.partitions[p]
}

func (m *Store) tableOf(p catalog.PartitionID) *catalog.Table {
	for _, t := range m.registry.Tables() {
		for _, own := range t.Partitions {
			if own.ID == p {
				return t
			}
		}
	}
	return nil
}

// Get reads one item.
func (m *Store) Get(_ context.Context, p catalog.PartitionID, k []byte) (command.Row, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.partition(p)[string(k)]
	if !ok {
		return command.Row{}, false, nil
	}
	return command.Row{Key: k, Item: item.AppendJSON(nil, v), Size: item.Size(v)}, true, nil
}

// Page reads items in the order of their keys. Of a page that was read into the
// same memory before, nothing is left.
func (m *Store) Page(_ context.Context, r command.Range) (command.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from := m.partition(r.Partition)
	if r.Index != "" {
		from = m.local[r.Partition][r.Index]
	}
	var keys []string
	for k := range from {
		if k >= string(r.From) && (r.To == nil || k < string(r.To)) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	if r.Reverse {
		slices.Reverse(keys)
	}
	var page command.Page
	var mem []byte
	if r.Memory != nil {
		page.Rows, mem = r.Memory.Rows[:0], r.Memory.Bytes[:0]
		clear(mem[:cap(mem)])
		defer func() { r.Memory.Keep(page.Rows, mem) }()
	}
	sum := 0
	for _, k := range keys {
		v := from[k]
		at := len(mem)
		mem = item.AppendJSON(append(mem, k...), v)
		row := mem[at:]
		page.Rows = append(page.Rows, command.Row{Key: row[:len(k):len(k)], Item: row[len(k):len(row):len(row)], Size: item.Size(v)})
		sum += item.Size(v)
		if len(page.Rows) == r.Limit || r.Bytes > 0 && sum >= r.Bytes {
			page.More = true
			break
		}
	}
	return page, nil
}

// Do does one command.
func (m *Store) Do(_ context.Context, c *command.Command) (*command.Outcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.do(c)
}

func (m *Store) do(c *command.Command) (*command.Outcome, error) {
	switch c.Op {
	case command.Put, command.Update, command.Delete, command.Check:
	case command.Drop:
		delete(m.partitions, c.Partition)
		delete(m.local, c.Partition)
		return &command.Outcome{}, nil
	default:
		return &command.Outcome{}, nil
	}
	t := m.tableOf(c.Partition)
	if t == nil {
		return nil, fmt.Errorf("no table has partition %d", c.Partition)
	}
	items := m.partition(c.Partition)
	old, had := items[string(c.Key)]
	o := &command.Outcome{}
	if had {
		o.OldSize = item.Size(old)
	}
	refuse := func(err error) (*command.Outcome, error) {
		f, ok := err.(*fault.Error)
		if !ok {
			return nil, err
		}
		return &command.Outcome{Fault: f, OldSize: o.OldSize}, nil
	}
	if c.Condition != nil {
		ok, err := c.Condition.Match(old)
		if err != nil {
			return refuse(err)
		}
		if !ok {
			var found []byte
			if had && c.OldOnFailure {
				found = item.AppendJSON(nil, old)
			}
			return refuse(fault.ConditionFailed(found))
		}
	}
	next := old
	switch c.Op {
	case command.Put:
		next = c.Item
	case command.Delete:
		next = nil
	case command.Update:
		if !had {
			next = c.KeyItem
		}
		if c.Update != nil {
			after, touched, err := c.Update.Apply(next)
			if err != nil {
				return refuse(err)
			}
			next, o.Touched = after, touched
		}
		if item.Size(next) > check.MaxItem {
			return refuse(fault.UpdatedItemTooLarge())
		}
		if f := check.Updated(t.Local, t.Global, next); f != nil {
			return refuse(f)
		}
	}
	if next == nil {
		delete(items, string(c.Key))
	} else {
		items[string(c.Key)] = next
		o.NewSize = item.Size(next)
	}
	if c.Want&command.OldImage != 0 {
		o.Old = old
	}
	if c.Want&command.NewImage != 0 {
		o.New = next
	}
	m.index(t, c.Partition, old, next, o)
	o.Collection = m.collection(t, c)
	return o, nil
}

// index keeps the indexes of a table.
func (m *Store) index(t *catalog.Table, p catalog.PartitionID, old, next item.Map, o *command.Outcome) {
	for i := range t.Local {
		ix := &t.Local[i]
		if m.local[p][ix.Name] == nil {
			m.local[p][ix.Name] = ordered{}
		}
		before, after := entryOf(t, ix, old), entryOf(t, ix, next)
		if before.ok {
			delete(m.local[p][ix.Name], before.key)
		}
		if after.ok {
			m.local[p][ix.Name][after.key] = next
		}
		o.Indexes = appendChange(o.Indexes, ix.Name, before, after)
	}
	for i := range t.Global {
		ix := &t.Global[i]
		before, after := entryOf(t, ix, old), entryOf(t, ix, next)
		if before.ok {
			delete(m.partition(t.PartitionOf(ix.Name, key.HashOf([]byte(before.key)))), before.key)
		}
		if after.ok {
			m.partition(t.PartitionOf(ix.Name, key.HashOf([]byte(after.key))))[after.key] = after.item
		}
		o.Indexes = appendChange(o.Indexes, ix.Name, before, after)
	}
}

type entry struct {
	key  string
	item item.Map
	ok   bool
}

func entryOf(t *catalog.Table, ix *catalog.Index, m item.Map) entry {
	if m == nil {
		return entry{}
	}
	k, ok := key.IndexEntry(t.Key, ix.Key, m)
	if !ok {
		return entry{}
	}
	if ix.Projection.Type != "ALL" {
		m = expr.NewProjection(kept(t, ix)).Project(m)
	}
	return entry{string(k), m, true}
}

// kept are the attributes that an index keeps.
func kept(t *catalog.Table, ix *catalog.Index) []string {
	names := slices.Clone(ix.Projection.NonKeys)
	for _, attrs := range [][]catalog.KeyAttr{t.Key.Hash, t.Key.Range, ix.Key.Hash, ix.Key.Range} {
		for _, a := range attrs {
			names = append(names, a.Name)
		}
	}
	return names
}

func appendChange(all []command.IndexChange, name string, before, after entry) []command.IndexChange {
	c := command.IndexChange{Name: name}
	if before.ok {
		c.Removed = item.Size(before.item)
	}
	if after.ok {
		c.Written = item.Size(after.item)
	}
	same := bytes.Equal(item.AppendJSON(nil, before.item), item.AppendJSON(nil, after.item))
	if before.ok == after.ok && before.key == after.key && same {
		return all
	}
	c.Moved = before.ok && after.ok && before.key != after.key
	return append(all, c)
}

// collection is the size of the items that share a partition key.
func (m *Store) collection(t *catalog.Table, c *command.Command) (size int64) {
	if len(t.Local) == 0 {
		return 0
	}
	own, _ := key.Split(catalog.Key{Hash: t.Key.Hash}, c.Key)
	for k, v := range m.partition(c.Partition) {
		if bytes.HasPrefix([]byte(k), own) {
			size += int64(item.Size(v))
		}
	}
	return size
}

// Transact does the actions one after the other, and puts everything back if
// one of them is refused.
func (m *Store) Transact(_ context.Context, c *command.Command) (*command.Outcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	x := c.Transaction
	if digest, seen := m.tokens[x.Token]; seen && x.Token != "" {
		if !bytes.Equal(digest, x.Digest) {
			return &command.Outcome{Fault: fault.TokenMismatch()}, nil
		}
		return &command.Outcome{Repeated: true}, nil
	}
	before, local := map[catalog.PartitionID]ordered{}, map[catalog.PartitionID]map[string]ordered{}
	for p, items := range m.partitions {
		before[p], local[p] = maps.Clone(items), map[string]ordered{}
		for name, ix := range m.local[p] {
			local[p][name] = maps.Clone(ix)
		}
	}
	o, cancelled := &command.Outcome{}, false
	for _, a := range x.Actions {
		one, err := m.do(a)
		if err != nil {
			return nil, err
		}
		cancelled = cancelled || one.Fault != nil
		o.Actions = append(o.Actions, one)
	}
	switch {
	case cancelled:
		m.partitions, m.local = before, local
	case x.Token != "":
		m.tokens[x.Token] = x.Digest
	}
	return o, nil
}

// Snapshot reads items at one moment.
func (m *Store) Snapshot(_ context.Context, points []command.Point) ([]command.Sight, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sights := make([]command.Sight, len(points))
	for i, p := range points {
		if v, ok := m.partition(p.Partition)[string(p.Key)]; ok {
			sights[i] = command.Sight{Found: true, Row: command.Row{Key: p.Key, Item: item.AppendJSON(nil, v), Size: item.Size(v)}}
		}
	}
	return sights, nil
}
