package expr

import (
	"strconv"
	"strings"

	"shvm-db/internal/item"
	"shvm-db/internal/number"
)

// Match says whether the condition holds for an item; an item that does not
// exist is the empty map. A nil condition always holds. The error is for
// conditions that no item could satisfy or fail; there are none today.
func (c *Condition) Match(m item.Map) (bool, error) {
	if c == nil {
		return true, nil
	}
	return match(c.root, m), nil
}

func match(n node, m item.Map) bool {
	switch n := n.(type) {
	case *both:
		return match(n.x, m) && match(n.y, m)
	case *either:
		return match(n.x, m) || match(n.y, m)
	case *not:
		return !match(n.x, m)
	case *compare:
		return n.match(m)
	case *between:
		var s, t, u item.Value
		x, lo, hi := n.x.in(m, &s), n.lo.in(m, &t), n.hi.in(m, &u)
		return ordered(x, lo) && ordered(x, hi) && order(x, lo) >= 0 && order(x, hi) <= 0
	case *in:
		var s, t item.Value
		x := n.x.in(m, &s)
		if x == nil {
			return false
		}
		for i := range n.list {
			if y := n.list[i].in(m, &t); y != nil && equal(x, y) {
				return true
			}
		}
		return false
	case *call:
		return n.match(m)
	}
	return false
}

func (c *compare) match(m item.Map) bool {
	var s, t item.Value
	x, y := c.x.in(m, &s), c.y.in(m, &t)
	switch c.op {
	case "=":
		return x != nil && y != nil && equal(x, y)
	case "<>":
		// What is missing differs from everything.
		return x == nil || y == nil || !equal(x, y)
	}
	if !ordered(x, y) {
		return false
	}
	d := order(x, y)
	switch c.op {
	case "<":
		return d < 0
	case "<=":
		return d <= 0
	case ">":
		return d > 0
	}
	return d >= 0
}

func (c *call) match(m item.Map) bool {
	var s, t item.Value
	x := c.args[0].in(m, &s)
	switch c.fn {
	case attributeExists:
		return x != nil
	case attributeNotExists:
		return x == nil
	}
	if x == nil {
		return false
	}
	y := c.args[1].in(m, &t)
	if y == nil {
		return false
	}
	switch c.fn {
	case attributeType:
		return y.Kind == item.S && x.Kind.String() == y.Text
	case beginsWith:
		return x.Kind == y.Kind && (x.Kind == item.S || x.Kind == item.B) && strings.HasPrefix(x.Text, y.Text)
	case contains:
		return holds(x, y)
	}
	return false
}

// holds says whether a string or binary has a part, a set or list an element.
func holds(x, y *item.Value) bool {
	switch x.Kind {
	case item.S, item.B:
		return x.Kind == y.Kind && strings.Contains(x.Text, y.Text)
	case item.SS, item.NS, item.BS:
		if elementKind(x.Kind) != y.Kind {
			return false
		}
		for _, e := range x.Set {
			if e == y.Text {
				return true
			}
		}
	case item.L:
		for i := range x.List {
			if equal(&x.List[i], y) {
				return true
			}
		}
	}
	return false
}

// elementKind is the type of a set's elements.
func elementKind(set item.Kind) item.Kind {
	switch set {
	case item.SS:
		return item.S
	case item.NS:
		return item.N
	case item.BS:
		return item.B
	}
	return 0
}

// in gives the operand's value in an item; nil if there is none. A value that
// is computed is put where scratch points, so that nothing is allocated.
func (o *operand) in(m item.Map, scratch *item.Value) *item.Value {
	switch {
	case o.path != nil:
		return o.path.find(m)
	case o.value != nil:
		return o.value
	case o.call != nil && o.call.fn == size:
		n, ok := length(o.call.args[0].in(m, scratch))
		if !ok {
			return nil
		}
		*scratch = item.Value{Kind: item.N, Text: strconv.Itoa(n)}
		return scratch
	}
	return nil
}

// length is what the function size gives: UTF-16 units of a string (seen at the
// service, in May 2026), bytes of a binary, elements of anything else. Numbers,
// booleans and nulls have none.
func length(v *item.Value) (int, bool) {
	if v == nil {
		return 0, false
	}
	switch v.Kind {
	case item.S:
		n := 0
		for _, r := range v.Text {
			n++
			if r > 0xFFFF {
				n++
			}
		}
		return n, true
	case item.B:
		return len(v.Text), true
	case item.SS, item.NS, item.BS:
		return len(v.Set), true
	case item.L:
		return len(v.List), true
	case item.M:
		return len(v.Map), true
	}
	return 0, false
}

// isOrdered says whether values of a type have an order.
func isOrdered(k item.Kind) bool { return k == item.S || k == item.N || k == item.B }

// ordered says whether two values have an order between them.
func ordered(x, y *item.Value) bool {
	return x != nil && y != nil && x.Kind == y.Kind && isOrdered(x.Kind)
}

// order compares two values that are ordered.
func order(x, y *item.Value) int {
	if x.Kind == item.N {
		return number.Compare(x.Text, y.Text)
	}
	return strings.Compare(x.Text, y.Text)
}

func equal(x, y *item.Value) bool {
	if x.Kind != y.Kind {
		return false
	}
	if isOrdered(x.Kind) {
		// Numbers are in normal form.
		return x.Text == y.Text
	}
	return item.Equal(*x, *y)
}
