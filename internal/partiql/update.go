package partiql

import (
	"strings"

	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// Update is what the actions do, as an update expression. Errors are
// *fault.Error.
func (s *Update) Update(params []item.Value) (u *expr.Update, err error) {
	defer caught(&err)
	c := newCompiler(params)
	for i, a := range s.Actions {
		if i > 0 {
			c.text(" ")
		}
		c.action(a)
	}
	return expr.ParseStoredUpdate(c.source())
}

func (c *compiler) action(a Action) {
	if a.Value == nil {
		c.text("REMOVE ")
		c.path(a.Path)
		return
	}
	if call, ok := a.Value.(*Call); ok && (call.Name == "set_add" || call.Name == "set_delete") {
		c.setAction(a.Path, call)
		return
	}
	c.text("SET ")
	c.path(a.Path)
	c.text(" = ")
	c.assigned(a.Value)
}

// setAction writes set_add as ADD and set_delete as DELETE, which mean the same.
func (c *compiler) setAction(path expr.Path, e *Call) {
	name := strings.ToUpper(e.Name)
	if len(e.Args) != 2 {
		panic(fault.SetFunctionCount(name, e.at))
	}
	if first, ok := e.Args[0].(*Path); !ok || !first.Path.Equal(path) {
		panic(fault.SetFunction(name, e.at))
	}
	var v item.Value
	switch e.Args[1].(type) {
	case *Path, *Call, *Binary:
	default:
		v = c.constantOf(e.Args[1])
	}
	switch v.Kind {
	case item.SS, item.NS, item.BS:
	default:
		panic(fault.SetFunctionType(name, e.Args[0].place()))
	}
	if e.Name == "set_add" {
		c.text("ADD ")
	} else {
		c.text("DELETE ")
	}
	c.path(path)
	c.text(" ")
	c.literal(v)
}

// assigned writes what SET assigns: an operand, or the sum or difference of two.
func (c *compiler) assigned(e Expr) {
	if b, ok := e.(*Binary); ok && (b.Op == "+" || b.Op == "-") {
		c.updateOperand(b.X)
		c.text(" " + b.Op + " ")
		c.updateOperand(b.Y)
		return
	}
	c.updateOperand(e)
}

func (c *compiler) updateOperand(e Expr) {
	switch e := e.(type) {
	case *Path:
		c.path(e.Path)
	case *Call:
		if e.Name != "list_append" && e.Name != "if_not_exists" {
			panic(fault.UnknownFunction(e.Name, e.at))
		}
		if len(e.Args) != 2 {
			panic(fault.StatementOperandCount(e.Name, len(e.Args)))
		}
		c.text(e.Name + "(")
		c.updateOperand(e.Args[0])
		c.text(", ")
		c.updateOperand(e.Args[1])
		c.text(")")
	default:
		c.literal(c.constantOf(e))
	}
}
