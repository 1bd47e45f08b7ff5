package model

import (
	"slices"
)

// Attr is a key attribute: its name and type.
type Attr struct{ Name, Type string }

// Index is a secondary index. Range may be empty in a global one.
type Index struct {
	Name        string
	Global      bool
	Hash, Range Attr
	Projection  string // ALL, KEYS_ONLY or INCLUDE
	Include     []string
}

// Table is a table and its items.
type Table struct {
	Name        string
	Hash, Range Attr // Range.Name is "" without a sort key
	Indexes     []Index
	items       map[string]Item // by the text of the key
}

// KeyOf is the key of an item.
func (t *Table) KeyOf(m Item) Item {
	k := Item{t.Hash.Name: m[t.Hash.Name]}
	if t.Range.Name != "" {
		k[t.Range.Name] = m[t.Range.Name]
	}
	return k
}

// Get gives an item by its key; nil is none.
func (t *Table) Get(key Item) Item { return t.items[itemText(normalItem(key))] }

// Put writes an item.
func (t *Table) Put(m Item) {
	m = normalItem(m)
	if t.items == nil {
		t.items = map[string]Item{}
	}
	t.items[itemText(t.KeyOf(m))] = m
}

// Delete removes an item.
func (t *Table) Delete(key Item) { delete(t.items, itemText(normalItem(key))) }

// fits says whether the index attributes of an item have the types of their
// indexes: the service refuses writes where they do not.
func (t *Table) fits(m Item) bool {
	for _, ix := range t.Indexes {
		for _, a := range []Attr{ix.Hash, ix.Range} {
			if v := m[a.Name]; a.Name != "" && v != nil {
				kind, inner := tag(v)
				if kind != a.Type || inner == "" {
					return false
				}
			}
		}
	}
	return true
}

// Entries are the items of the table, or of an index as the index has them.
func (t *Table) Entries(ix *Index) []Item {
	var out []Item
	for _, m := range t.items {
		if ix != nil {
			if !indexed(m, ix.Hash) || !indexed(m, ix.Range) {
				continue // the index is sparse
			}
			m = t.projected(ix, m)
		}
		out = append(out, m)
	}
	return out
}

// indexed says whether an item has a key attribute of an index as it must be. An
// item that was there before the index may have it otherwise.
func indexed(m Item, a Attr) bool {
	if a.Name == "" {
		return true
	}
	if m[a.Name] == nil {
		return false
	}
	kind, inner := tag(m[a.Name])
	return kind == a.Type && inner != ""
}

func (t *Table) projected(ix *Index, m Item) Item {
	if ix.Projection == "ALL" {
		return m
	}
	keep := []string{t.Hash.Name, t.Range.Name, ix.Hash.Name, ix.Range.Name}
	if ix.Projection == "INCLUDE" {
		keep = append(keep, ix.Include...)
	}
	out := Item{}
	for name, v := range m {
		if slices.Contains(keep, name) {
			out[name] = v
		}
	}
	return out
}

// keys are the hash and range attributes of the table or of an index.
func (t *Table) keys(ix *Index) (hash, ranged Attr) {
	if ix == nil {
		return t.Hash, t.Range
	}
	return ix.Hash, ix.Range
}

// Query is what a Query asks for.
type Query struct {
	Index   *Index
	Hash    Value
	Op      string // on the range key; "" is none
	Values  []Value
	Reverse bool
	Filter  *Condition
}

// Query gives the items in the order of their sort keys, before the filter.
// Items with equal sort keys, which an index may have, are in no order.
func (t *Table) Query(q Query) []Item {
	hash, ranged := t.keys(q.Index)
	var out []Item
	for _, m := range t.Entries(q.Index) {
		if !equal(m[hash.Name], normal(q.Hash)) {
			continue
		}
		if q.Op != "" && !inRange(q.Op, m[ranged.Name], q.Values) {
			continue
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Item) int {
		d, _ := compare(a[ranged.Name], b[ranged.Name])
		if q.Reverse {
			return -d
		}
		return d
	})
	return out
}
