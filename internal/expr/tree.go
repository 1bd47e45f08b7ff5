package expr

import "shvm-db/internal/item"

// node is a condition: one of the types below.
type node interface{ condition() }

type (
	// both is AND, either is OR, not is NOT.
	both   struct{ x, y node }
	either struct{ x, y node }
	not    struct{ x node }

	// compare is one of = <> < <= > >=.
	compare struct {
		op   string
		x, y operand
	}

	between struct{ x, lo, hi operand }

	in struct {
		x    operand
		list []operand
	}
)

// call is a function with its operands. As a condition it is one of the
// functions that answer yes or no; as an operand, one that gives a value.
type call struct {
	fn   *function
	args []operand
	room [2]operand // where the first args are: no function has more
}

func newCall(fn *function, args ...operand) *call {
	c := &call{fn: fn}
	c.args = append(c.room[:0], args...)
	return c
}

func (*both) condition()    {}
func (*either) condition()  {}
func (*not) condition()     {}
func (*compare) condition() {}
func (*between) condition() {}
func (*in) condition()      {}
func (*call) condition()    {}

// operand is exactly one of a path, a value and a call.
type operand struct {
	path  Path
	value *item.Value
	call  *call
}

// function is a function of the language. Plus and minus are two as well: in
// an update they take operands and give a value like any other.
type function struct {
	name string
	args int
	// test says that it is a condition; otherwise it gives a value.
	test bool
	// update says that it belongs to update expressions, otherwise to
	// conditions.
	update bool
	// gives is the type of its value, if it is always the same.
	gives item.Kind
}

var (
	attributeExists    = &function{name: "attribute_exists", args: 1, test: true}
	attributeNotExists = &function{name: "attribute_not_exists", args: 1, test: true}
	attributeType      = &function{name: "attribute_type", args: 2, test: true}
	beginsWith         = &function{name: "begins_with", args: 2, test: true}
	contains           = &function{name: "contains", args: 2, test: true}
	size               = &function{name: "size", args: 1, gives: item.N}
	ifNotExists        = &function{name: "if_not_exists", args: 2, update: true}
	listAppend         = &function{name: "list_append", args: 2, update: true, gives: item.L}
	plus               = &function{name: "+", args: 2, update: true, gives: item.N}
	minus              = &function{name: "-", args: 2, update: true, gives: item.N}
)

// findFunction gives a function by its name; nil if there is none.
func findFunction(name string) *function {
	switch name {
	case "attribute_exists":
		return attributeExists
	case "attribute_not_exists":
		return attributeNotExists
	case "attribute_type":
		return attributeType
	case "begins_with":
		return beginsWith
	case "contains":
		return contains
	case "size":
		return size
	case "if_not_exists":
		return ifNotExists
	case "list_append":
		return listAppend
	}
	return nil
}

// verb is what a clause of an update does.
type verb uint8

const (
	set verb = iota + 1
	remove
	add
	del
	// Those of AttributeUpdates differ: they know lists, and word their
	// refusals in their own way. No client can write them.
	oldAdd
	oldDelete
)

var verbNames = [...]string{
	set: "SET", remove: "REMOVE", add: "ADD", del: "DELETE",
	oldAdd: "OLD_ADD", oldDelete: "OLD_DELETE",
}

// clause is one action of an update. The value of a remove is empty.
type clause struct {
	verb  verb
	path  Path
	value operand
}

// walk visits the paths of a condition in the order written.
func walk(n node, visit func(Path)) {
	switch n := n.(type) {
	case *both:
		walk(n.x, visit)
		walk(n.y, visit)
	case *either:
		walk(n.x, visit)
		walk(n.y, visit)
	case *not:
		walk(n.x, visit)
	case *compare:
		n.x.walk(visit)
		n.y.walk(visit)
	case *between:
		n.x.walk(visit)
		n.lo.walk(visit)
		n.hi.walk(visit)
	case *in:
		n.x.walk(visit)
		for i := range n.list {
			n.list[i].walk(visit)
		}
	case *call:
		for i := range n.args {
			n.args[i].walk(visit)
		}
	}
}

func (o *operand) walk(visit func(Path)) {
	switch {
	case o.path != nil:
		visit(o.path)
	case o.call != nil:
		for i := range o.call.args {
			o.call.args[i].walk(visit)
		}
	}
}
