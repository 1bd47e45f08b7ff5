package gateway

import (
	"slices"

	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/key"
)

// startNames are the attributes of a starting key: those of the table's key,
// and with them those of the index's.
func (rd *reading) startNames() []string {
	var names []string
	add := func(k catalog.Key) {
		for _, attrs := range [][]catalog.KeyAttr{k.Hash, k.Range} {
			for _, a := range attrs {
				if !slices.Contains(names, a.Name) {
					names = append(names, a.Name)
				}
			}
		}
	}
	add(rd.t.Key)
	if rd.ix != nil {
		add(rd.ix.Key)
	}
	return names
}

// checkStartAttribute holds one attribute of the starting key against the key
// of what is read.
func (rd *reading) checkStartAttribute(a catalog.KeyAttr) error {
	v, ok := rd.start.Get(a.Name)
	switch {
	case !ok:
		return fault.StartKey("")
	case v.Kind != a.Kind:
		return fault.KeyMismatch()
	}
	return nil
}

// checkStartTable holds the table's part of the starting key against its
// schema.
func (rd *reading) checkStartTable() error {
	var own item.Map
	for _, attrs := range [][]catalog.KeyAttr{rd.t.Key.Hash, rd.t.Key.Range} {
		for _, a := range attrs {
			if v, ok := rd.start.Get(a.Name); ok {
				own = append(own, item.Attr{Name: a.Name, Value: v})
			}
		}
	}
	if f := check.Key(rd.t.Key, own); f != nil {
		return fault.StartKey(f.Message)
	}
	return nil
}

// startAt encodes the starting key in the order that is read.
func (rd *reading) startAt() ([]byte, error) {
	if rd.ix == nil {
		return key.Encode(rd.t.Key, rd.start)
	}
	at, ok := key.IndexEntry(rd.t.Key, rd.ix.Key, rd.start)
	if !ok {
		return nil, fault.StartKey("")
	}
	return at, nil
}
