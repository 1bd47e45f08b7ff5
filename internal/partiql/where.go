package partiql

import (
	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/key"
)

// Conjuncts are the conditions that a WHERE joins by AND.
func Conjuncts(where Expr) []Expr {
	if where == nil {
		return nil
	}
	if b, ok := where.(*Binary); ok && b.Op == "AND" {
		return append(Conjuncts(b.X), Conjuncts(b.Y)...)
	}
	return []Expr{where}
}

// Where is a WHERE taken apart by a key schema of one hash and at most one
// range attribute.
type Where struct {
	// Hash are the values that the hash attribute may have; nil is any.
	Hash []item.Value
	// Range is what the range attribute has to fulfil; nil is nothing.
	Range *key.Term
	// Rest are the conditions that Hash and Range do not say already.
	Rest []Expr
	// Keyed says that a condition which stands by itself is on the hash
	// attribute.
	Keyed bool
}

// Plan takes a WHERE apart. Errors are *fault.Error.
func Plan(where Expr, k catalog.Key, params []item.Value) (Where, error) {
	var w Where
	b := binding(params)
	conjuncts := Conjuncts(where)
	used := make([]bool, len(conjuncts))
	for i, e := range conjuncts {
		values, exact, f := b.hashes(e, k.Hash[0].Name)
		if f != nil {
			return w, f
		}
		if values == nil || w.Hash != nil {
			continue
		}
		w.Hash, w.Keyed, used[i] = values, exact, exact
	}
	if w.Hash != nil && len(k.Range) > 0 {
		for i, e := range conjuncts {
			term, f := b.term(e, k.Range[0])
			if f != nil {
				return w, f
			}
			if term != nil {
				w.Range, used[i] = term, true
				break
			}
		}
	}
	for i, e := range conjuncts {
		if !used[i] {
			w.Rest = append(w.Rest, e)
		}
	}
	return w, nil
}

// hashes are the values that an attribute can only have if a condition holds;
// nil if it can have any. exact says that the condition says nothing else.
func (b binding) hashes(e Expr, name string) (values []item.Value, exact bool, f *fault.Error) {
	switch e := e.(type) {
	case *Binary:
		switch e.Op {
		case "=":
			v, ok, f := b.equality(e, name)
			if f != nil || !ok {
				return nil, false, f
			}
			return []item.Value{v}, true, nil
		case "AND":
			if values, _, f = b.hashes(e.X, name); values != nil || f != nil {
				return values, false, f
			}
			values, _, f = b.hashes(e.Y, name)
			return values, false, f
		case "OR":
			x, exactX, f := b.hashes(e.X, name)
			if f != nil || x == nil {
				return nil, false, f
			}
			y, exactY, f := b.hashes(e.Y, name)
			if f != nil || y == nil {
				return nil, false, f
			}
			return distinct(append(x, y...)), exactX && exactY, nil
		}
	case *In:
		if !isAttribute(e.X, name) {
			return nil, false, nil
		}
		v, f := b.constant(e.List)
		if f != nil {
			return nil, false, f
		}
		if v.Kind != item.L || len(v.List) == 0 {
			return nil, false, nil
		}
		return distinct(v.List), true, nil
	}
	return nil, false, nil
}

func distinct(values []item.Value) []item.Value {
	var out []item.Value
next:
	for _, v := range values {
		for _, have := range out {
			if item.Equal(v, have) {
				continue next
			}
		}
		out = append(out, v)
	}
	return out
}

func isAttribute(e Expr, name string) bool {
	p, ok := e.(*Path)
	return ok && len(p.Path) == 1 && p.Path[0].Name == name
}

// isConstant says whether an expression is a value.
func isConstant(e Expr) bool {
	switch e.(type) {
	case *Text, *Number, *Bool, *Null, *Param, *List, *Bag, *Struct:
		return true
	}
	return false
}

// equality is the value that an attribute is compared with, from either side.
func (b binding) equality(e *Binary, name string) (item.Value, bool, *fault.Error) {
	value := e.Y
	if !isAttribute(e.X, name) {
		if !isAttribute(e.Y, name) {
			return item.Value{}, false, nil
		}
		value = e.X
	}
	if !isConstant(value) {
		return item.Value{}, false, nil
	}
	v, f := b.constant(value)
	return v, f == nil, f
}

var (
	ops     = map[string]key.Op{"=": key.EQ, "<": key.LT, "<=": key.LE, ">": key.GT, ">=": key.GE}
	mirrors = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
)

// term is a condition as a term of a range attribute; nil if it is none. Only
// values of the attribute's type make one: others are left to the filter, which
// they never pass.
func (b binding) term(e Expr, a catalog.KeyAttr) (*key.Term, *fault.Error) {
	var t key.Term
	var values []Expr
	switch e := e.(type) {
	case *Binary:
		op := e.Op
		switch {
		case isAttribute(e.X, a.Name):
			values = []Expr{e.Y}
		case isAttribute(e.Y, a.Name):
			op, values = mirrors[op], []Expr{e.X}
		}
		t.Op = ops[op]
	case *Between:
		if isAttribute(e.X, a.Name) {
			t.Op, values = key.Between, []Expr{e.Lo, e.Hi}
		}
	case *Call:
		if e.Name == "begins_with" && len(e.Args) == 2 && isAttribute(e.Args[0], a.Name) {
			t.Op, values = key.BeginsWith, e.Args[1:]
		}
	}
	if t.Op == 0 || values == nil {
		return nil, nil
	}
	for _, e := range values {
		if !isConstant(e) {
			return nil, nil
		}
		v, f := b.constant(e)
		if f != nil {
			return nil, f
		}
		if v.Kind != a.Kind || t.Op == key.BeginsWith && v.Kind == item.N {
			return nil, nil
		}
		t.Values = append(t.Values, v)
	}
	return &t, nil
}

// Single takes apart the WHERE of a statement on one item: the item's key and
// the conditions beyond it. ok is false if it does not name one item.
func Single(where Expr, k catalog.Key, params []item.Value) (at item.Map, rest []Expr, ok bool, err error) {
	b := binding(params)
	conjuncts := Conjuncts(where)
	used := make([]bool, len(conjuncts))
	for _, attrs := range [][]catalog.KeyAttr{k.Hash, k.Range} {
		for _, a := range attrs {
			for i, e := range conjuncts {
				equals, is := e.(*Binary)
				if !is || equals.Op != "=" || used[i] {
					continue
				}
				v, found, f := b.equality(equals, a.Name)
				if f != nil {
					return nil, nil, false, f
				}
				if found {
					at, used[i] = append(at, item.Attr{Name: a.Name, Value: v}), true
					break
				}
			}
		}
	}
	for i, e := range conjuncts {
		if !used[i] {
			rest = append(rest, e)
		}
	}
	return at, rest, len(at) == len(k.Hash)+len(k.Range), nil
}

// Names are the attributes, at the top of the item, that expressions mention;
// each once, in the order written.
func Names(exprs ...Expr) []string {
	var names []string
	seen := map[string]bool{}
	var walk func(e Expr)
	walk = func(e Expr) {
		switch e := e.(type) {
		case *Path:
			if name := e.Path[0].Name; !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		case *Call:
			for _, a := range e.Args {
				walk(a)
			}
		case *Not:
			walk(e.X)
		case *Binary:
			walk(e.X)
			walk(e.Y)
		case *Between:
			walk(e.X)
			walk(e.Lo)
			walk(e.Hi)
		case *In:
			walk(e.X)
		case *Is:
			walk(e.X)
		}
	}
	for _, e := range exprs {
		walk(e)
	}
	return names
}
