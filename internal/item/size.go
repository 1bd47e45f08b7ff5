package item

import "shvm-db/internal/number"

// Size is an item's size in bytes as DynamoDB counts it: names and values.
// Source: "DynamoDB item sizes and formats" in the developer guide.
func Size(m Map) int {
	n := 0
	for i := range m {
		n += len(m[i].Name) + m[i].Value.Size()
	}
	return n
}

// Size is the value's size in bytes: the UTF-8 text or the bytes; what
// number.Size says for a number; for a list or map 3 bytes and one for each element.
func (v Value) Size() int {
	switch v.Kind {
	case S, B:
		return len(v.Text)
	case N:
		return number.Size(v.Text)
	case BOOL, NULL:
		return 1
	case M:
		return 3 + len(v.Map) + Size(v.Map)
	case L:
		n := 3 + len(v.List)
		for i := range v.List {
			n += v.List[i].Size()
		}
		return n
	case SS, BS:
		n := 0
		for _, e := range v.Set {
			n += len(e)
		}
		return n
	case NS:
		n := 0
		for _, e := range v.Set {
			n += number.Size(e)
		}
		return n
	}
	return 0
}

// Depth is the levels of an item: 1 if all its attributes are scalars or sets,
// and one more for each list or map around another.
func Depth(m Map) int {
	deepest := 0
	for i := range m {
		deepest = max(deepest, m[i].Value.depth())
	}
	return 1 + deepest
}

// depth is the lists and maps on the longest way into the value.
func (v Value) depth() int {
	deepest := 0
	switch v.Kind {
	case M:
		return Depth(v.Map)
	case L:
		for i := range v.List {
			deepest = max(deepest, v.List[i].depth())
		}
		return 1 + deepest
	}
	return 0
}
