package key

import (
	"shvm-db/internal/catalog"
	"shvm-db/internal/item"
)

// Op is a comparison of a sort key attribute.
type Op uint8

// The comparisons that a Query may make.
const (
	EQ Op = iota + 1
	LT
	LE
	GT
	GE
	Between
	BeginsWith
)

// Term is what a Query asks of one sort key attribute: a comparison with one
// value, for Between with two.
type Term struct {
	Op     Op
	Values []item.Value
}

// Bounds bounds the keys, or the entries of an index, that begin with a
// HashPrefix and whose sort key attributes fulfil the terms: from <= key < to.
// A nil to is the end. Term i is of range attribute i; all but the last are EQ;
// with no terms the bounds are those of the prefix. The error is ErrKind, or
// ErrMissing for more terms than attributes. BETWEEN with its values in the
// wrong order bounds nothing: from > to.
func Bounds(prefix []byte, k catalog.Key, terms ...Term) (from, to []byte, err error) {
	if len(terms) > len(k.Range) {
		return nil, nil, ErrMissing
	}
	p := append(make([]byte, 0, len(prefix)+64), prefix...)
	for i, t := range terms {
		for _, v := range t.Values {
			if v.Kind != k.Range[i].Kind {
				return nil, nil, ErrKind
			}
		}
		if i < len(terms)-1 {
			p = appendPart(p, t.Values[0])
			continue
		}
		with := func(v item.Value) []byte { return appendPart(p[:len(p):len(p)], v) }
		switch t.Op {
		case EQ:
			p = with(t.Values[0])
		case LT:
			return p, with(t.Values[0]), nil
		case LE:
			return p, Successor(with(t.Values[0])), nil
		case GT:
			return Successor(with(t.Values[0])), Successor(p), nil
		case GE:
			return with(t.Values[0]), Successor(p), nil
		case Between:
			return with(t.Values[0]), Successor(with(t.Values[1])), nil
		case BeginsWith:
			if t.Values[0].Kind == item.N {
				return nil, nil, ErrKind
			}
			p = appendText(p, t.Values[0].Text)
		}
	}
	return p, Successor(p), nil
}
