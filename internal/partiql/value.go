package partiql

import (
	"slices"
	"strconv"

	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/number"
)

// binding gives the values of a statement's parameters.
type binding []item.Value

// constant is the value that an expression stands for whatever the item is.
func (b binding) constant(e Expr) (item.Value, *fault.Error) {
	v, f := b.value(e, "root")
	if f == nil && item.Depth(item.Map{{Value: v}}) > item.MaxDepth {
		return item.Value{}, fault.StatementDepth()
	}
	return v, f
}

// value is constant for a part of a value: path is where it stands.
func (b binding) value(e Expr, path string) (item.Value, *fault.Error) {
	switch e := e.(type) {
	case *Text:
		return item.Value{Kind: item.S, Text: e.Value}, nil
	case *Number:
		return numberValue(e.Text, path)
	case *Bool:
		return item.Value{Kind: item.BOOL, Bool: e.Value}, nil
	case *Null:
		return item.Value{Kind: item.NULL}, nil
	case *Param:
		return b[e.Index], nil
	case *List:
		v := item.Value{Kind: item.L, List: make([]item.Value, 0, len(e.Elems))}
		for i, x := range e.Elems {
			inner, f := b.value(x, path+"["+strconv.Itoa(i)+"]")
			if f != nil {
				return item.Value{}, f
			}
			v.List = append(v.List, inner)
		}
		return v, nil
	case *Struct:
		v := item.Value{Kind: item.M, Map: make(item.Map, 0, len(e.Fields))}
		for _, field := range e.Fields {
			inner, f := b.value(field.Value, path+"."+field.Name)
			if f != nil {
				return item.Value{}, f
			}
			v.Map = v.Map.With(field.Name, inner)
		}
		return v, nil
	case *Bag:
		return b.set(e, path)
	case *Call:
		return item.Value{}, fault.UnsupportedData(e.Name, path, e.at)
	}
	return item.Value{}, fault.NotConstant()
}

func numberValue(text, path string) (item.Value, *fault.Error) {
	normal, err := number.Parse(text)
	switch err {
	case nil:
		return item.Value{Kind: item.N, Text: normal}, nil
	case number.ErrOverflow:
		return item.Value{}, fault.NumberUnder(fault.NumberOverflow(), path)
	case number.ErrUnderflow:
		return item.Value{}, fault.NumberUnder(fault.NumberUnderflow(), path)
	case number.ErrPrecision:
		return item.Value{}, fault.NumberUnder(fault.NumberPrecision(), path)
	}
	return item.Value{}, fault.NumberUnder(fault.NotNumber(text), path)
}

// set is the set that a bag stands for.
func (b binding) set(e *Bag, path string) (item.Value, *fault.Error) {
	if len(e.Elems) == 0 {
		return item.Value{}, fault.EmptyBag()
	}
	v := item.Value{Set: make([]string, 0, len(e.Elems))}
	var kind item.Kind
	for i, x := range e.Elems {
		inner, f := b.value(x, path+"["+strconv.Itoa(i)+"]")
		if f != nil {
			return item.Value{}, f
		}
		if kind == 0 {
			kind = inner.Kind
		}
		if inner.Kind != kind {
			return item.Value{}, fault.MixedSet()
		}
		v.Set = append(v.Set, inner.Text)
	}
	switch kind {
	case item.S:
		v.Kind = item.SS
	case item.N:
		v.Kind = item.NS
	case item.B:
		v.Kind = item.BS
	default:
		return item.Value{}, fault.MixedSet()
	}
	sorted := slices.Clone(v.Set)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) == len(v.Set) {
		return v, nil
	}
	if v.Kind == item.NS {
		return item.Value{}, fault.DuplicateNumbers().Bare()
	}
	return item.Value{}, fault.DuplicateStrings(v.Set, v.Set).Bare()
}

// Item is the item that an INSERT makes. Names of the item are not part of the
// paths that errors tell.
func (s *Insert) Item(params []item.Value) (item.Map, error) {
	b := binding(params)
	e, ok := s.Value.(*Struct)
	if !ok {
		v, f := b.constant(s.Value)
		if f != nil {
			return nil, f
		}
		if v.Kind != item.M {
			return nil, fault.NotConstant()
		}
		return v.Map, nil
	}
	m := make(item.Map, 0, len(e.Fields))
	for _, field := range e.Fields {
		v, f := b.constant(field.Value)
		if f != nil {
			return nil, f
		}
		m = m.With(field.Name, v)
	}
	return m, nil
}
