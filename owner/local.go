package owner

import (
	"bytes"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/key"
)

// maxCollection is the most bytes that the items under one hash key, with
// their entries in local indexes, may have in a table with local indexes.
const maxCollection = 10 << 30

// entry is what one index holds of an item: nothing, if the item lacks one of
// the index's key attributes.
type entry struct {
	key  []byte
	item item.Map
	size int
	// json is the item's JSON if it is known.
	json []byte
}

// entryOf makes the entry of an item in an index.
func entryOf(base catalog.Key, ix *catalog.Index, m item.Map) entry {
	if m == nil {
		return entry{}
	}
	k, ok := key.IndexEntry(base, ix.Key, m)
	if !ok {
		return entry{}
	}
	p := projected(base, ix, m)
	return entry{key: k, item: p, size: item.Size(p)}
}

// projected is the part of an item that an index keeps.
func projected(base catalog.Key, ix *catalog.Index, m item.Map) item.Map {
	if ix.Projection.Type == "ALL" {
		return m
	}
	keep := func(name string) bool {
		for _, attrs := range [...][]catalog.KeyAttr{base.Hash, base.Range, ix.Key.Hash, ix.Key.Range} {
			for i := range attrs {
				if attrs[i].Name == name {
					return true
				}
			}
		}
		for _, n := range ix.Projection.NonKeys {
			if n == name {
				return true
			}
		}
		return false
	}
	out := make(item.Map, 0, len(m))
	for i := range m {
		if keep(m[i].Name) {
			out = append(out, m[i])
		}
	}
	return out
}

// indexChange compares the entries of an item before and after; changed says
// that what the index holds is not the same.
func indexChange(name string, was, is entry) (c command.IndexChange, changed bool) {
	if bytes.Equal(was.key, is.key) && item.Equal(item.Value{Kind: item.M, Map: was.item}, item.Value{Kind: item.M, Map: is.item}) {
		return c, false
	}
	return command.IndexChange{Name: name, Removed: was.size, Written: is.size,
		Moved: was.key != nil && is.key != nil && !bytes.Equal(was.key, is.key)}, true
}

// localEntries compares the entries of the item in the local indexes before
// and after, notes what changes in the outcome, and sizes the item collection.
// It writes nothing; a collection that would grow too large is the fault.
func (w *write) localEntries(out *command.Outcome) error {
	if len(w.schema.Local) == 0 {
		return nil
	}
	prefix, err := w.collectionPrefix()
	if err != nil {
		// The gateway lets no such key through.
		return outcomeFault(out, err)
	}
	size, err := w.file.Collection(prefix)
	if err != nil {
		return err
	}
	was := size
	size += int64(w.nextSize - out.OldSize)
	for i := range w.schema.Local {
		ix := &w.schema.Local[i]
		old, is := entryOf(w.schema.Key, ix, w.oldItem), entryOf(w.schema.Key, ix, w.next)
		w.local = append(w.local, [2]entry{old, is})
		size += int64(is.size - old.size)
		if c, changed := indexChange(ix.Name, old, is); changed {
			out.Indexes = append(out.Indexes, c)
		}
	}
	out.Collection, w.prefix = size, prefix
	if size > maxCollection && size > was && !w.decided {
		out.Fault, out.Indexes, out.Collection = fault.CollectionTooLarge(), nil, was
	}
	return nil
}

// collectionPrefix is what the keys of the item's collection begin with.
func (w *write) collectionPrefix() ([]byte, error) {
	from := w.next
	if from == nil {
		from = w.c.KeyItem
	}
	values := make([]item.Value, 0, len(w.schema.Key.Hash))
	for _, a := range w.schema.Key.Hash {
		v, _ := from.Get(a.Name)
		values = append(values, v)
	}
	return key.HashPrefix(w.schema.Key, values)
}

// storeLocal writes what localEntries found for the item in row id.
func (w *write) storeLocal(id int64, out *command.Outcome) error {
	for i, e := range w.local {
		name := w.schema.Local[i].Name
		if bytes.Equal(e[0].key, e[1].key) {
			continue
		}
		if e[0].key != nil {
			if err := w.file.DeleteLocal(name, e[0].key); err != nil {
				return err
			}
		}
		if e[1].key != nil {
			if err := w.file.PutLocal(name, e[1].key, id); err != nil {
				return err
			}
		}
	}
	if w.prefix == nil {
		return nil
	}
	return w.file.SetCollection(w.prefix, out.Collection)
}
