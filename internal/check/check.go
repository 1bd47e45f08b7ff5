// Package check holds items and keys against a table's schema: which attributes
// its key and its indexes ask for, of which types, how long, and never empty.
package check

import (
	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// Limits of the service, in bytes (developer guide, "Service quotas").
const (
	MaxItem  = 409_600
	MaxHash  = 2048
	MaxRange = 1024
)

// Item checks an item that is about to be put: its key, then its index keys.
func Item(k catalog.Key, local, global []catalog.Index, m item.Map) *fault.Error {
	for _, a := range k.Hash {
		if f := itemKey(a, m); f != nil {
			return f
		}
	}
	for _, a := range k.Range {
		if f := itemKey(a, m); f != nil {
			return f
		}
	}
	if f := keyValues(k, m); f != nil {
		return f
	}
	return indexes(local, global, m, typeOnPut, emptyOnPut)
}

// BatchItem is Item in the words of BatchWriteItem, which has one answer to
// whatever is wrong with a key.
func BatchItem(k catalog.Key, local, global []catalog.Index, m item.Map) *fault.Error {
	if !has(k, m) {
		return fault.KeyMismatch()
	}
	if f := keyValues(k, m); f != nil {
		return f
	}
	return indexes(local, global, m, typeOnPut, emptyOnPut)
}

// Updated checks the index keys of an item that an update has made, in the
// words of UpdateItem.
func Updated(local, global []catalog.Index, m item.Map) *fault.Error {
	return indexes(local, global, m,
		func(catalog.KeyAttr, item.Kind, string) *fault.Error { return fault.UpdatedIndexKeyType() },
		func(_ catalog.KeyAttr, what, _ string) *fault.Error { return fault.UpdatedIndexKeyEmpty(what) })
}

// Key checks a key: the attributes of k, of their types, and nothing else.
func Key(k catalog.Key, m item.Map) *fault.Error {
	if len(m) != len(k.Hash)+len(k.Range) || !has(k, m) {
		return fault.KeyMismatch()
	}
	return keyValues(k, m)
}

// Empty finds the first empty string or binary among the attributes of a key,
// which is refused before its table is even looked up.
func Empty(m item.Map) *fault.Error {
	for i := range m {
		if what := emptiness(m[i].Value); what != "" {
			return fault.KeyEmpty(m[i].Name, what)
		}
	}
	return nil
}

// Has says whether an item has all attributes of a key, of their types.
func Has(k catalog.Key, m item.Map) bool { return has(k, m) }

func has(k catalog.Key, m item.Map) bool {
	return hasAll(k.Hash, m) && hasAll(k.Range, m)
}

func hasAll(attrs []catalog.KeyAttr, m item.Map) bool {
	for _, a := range attrs {
		if v, ok := m.Get(a.Name); !ok || v.Kind != a.Kind {
			return false
		}
	}
	return true
}

func itemKey(a catalog.KeyAttr, m item.Map) *fault.Error {
	v, ok := m.Get(a.Name)
	switch {
	case !ok:
		return fault.KeyMissing(a.Name)
	case v.Kind != a.Kind:
		return fault.KeyType(a.Name, a.Kind.String(), v.Kind.String())
	}
	return nil
}

// keyValues checks the values of a key whose attributes are there.
func keyValues(k catalog.Key, m item.Map) *fault.Error {
	for _, a := range k.Hash {
		v, _ := m.Get(a.Name)
		if what := emptiness(v); what != "" {
			return fault.KeyEmpty(a.Name, what)
		}
		if v.Kind != item.N && len(v.Text) > MaxHash {
			return fault.HashTooLong()
		}
	}
	for _, a := range k.Range {
		v, _ := m.Get(a.Name)
		if what := emptiness(v); what != "" {
			return fault.KeyEmpty(a.Name, what)
		}
		if v.Kind != item.N && len(v.Text) > MaxRange {
			return fault.RangeTooLong()
		}
	}
	return nil
}

func emptiness(v item.Value) string {
	if v.Text != "" {
		return ""
	}
	switch v.Kind {
	case item.S:
		return "string"
	case item.B:
		return "binary"
	}
	return ""
}

func typeOnPut(a catalog.KeyAttr, actual item.Kind, index string) *fault.Error {
	return fault.IndexKeyType(a.Name, a.Kind.String(), actual.String(), index)
}

func emptyOnPut(a catalog.KeyAttr, what, index string) *fault.Error {
	return fault.IndexKeyEmpty(a.Name, what, index)
}

// indexes checks the attributes that indexes key an item by, those of them that
// it has. An index key may be absent: the item is then not in the index.
func indexes(local, global []catalog.Index, m item.Map,
	wrong func(catalog.KeyAttr, item.Kind, string) *fault.Error,
	empty func(catalog.KeyAttr, string, string) *fault.Error) *fault.Error {
	one := func(attrs []catalog.KeyAttr, limit int, tooLong func() *fault.Error, index string) *fault.Error {
		for _, a := range attrs {
			v, ok := m.Get(a.Name)
			if !ok {
				continue
			}
			if v.Kind != a.Kind {
				return wrong(a, v.Kind, index)
			}
			if what := emptiness(v); what != "" {
				return empty(a, what, index)
			}
			if v.Kind != item.N && len(v.Text) > limit {
				return tooLong() // not recorded for index keys
			}
		}
		return nil
	}
	for i := range global {
		if f := one(global[i].Key.Hash, MaxHash, fault.HashTooLong, global[i].Name); f != nil {
			return f
		}
		if f := one(global[i].Key.Range, MaxRange, fault.RangeTooLong, global[i].Name); f != nil {
			return f
		}
	}
	for i := range local {
		if f := one(local[i].Key.Range, MaxRange, fault.RangeTooLong, local[i].Name); f != nil {
			return f
		}
	}
	return nil
}
