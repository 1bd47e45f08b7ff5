package partiql

import (
	"strconv"
	"strings"

	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// compiler writes conditions and updates as expressions with placeholders,
// which package expr reads. The first mistake ends it by a panic with a
// *fault.Error.
type compiler struct {
	binding
	out    strings.Builder
	names  []string
	values []item.Value
}

func newCompiler(params []item.Value) *compiler {
	return &compiler{binding: params}
}

func (c *compiler) source() expr.Source {
	return expr.Source{Text: c.out.String(), Names: c.names, Values: c.values}
}

func (c *compiler) text(s string) { c.out.WriteString(s) }

func (c *compiler) path(path expr.Path) {
	for i, s := range path {
		if s.Name == "" {
			c.text("[" + strconv.Itoa(s.Index) + "]")
			continue
		}
		if i > 0 {
			c.text(".")
		}
		c.text("#" + strconv.Itoa(len(c.names)))
		c.names = append(c.names, s.Name)
	}
}

func (c *compiler) literal(v item.Value) {
	c.text(":" + strconv.Itoa(len(c.values)))
	c.values = append(c.values, v)
}

func (c *compiler) constantOf(e Expr) item.Value {
	v, f := c.constant(e)
	if f != nil {
		panic(f)
	}
	return v
}

// caught turns the panic of a compiler into an error, and puts what package
// expr refuses into the words of statements, which do not name a parameter.
func caught(err *error) {
	if r := recover(); r != nil {
		f, ok := r.(*fault.Error)
		if !ok {
			panic(r)
		}
		*err = f
	}
	if f, ok := (*err).(*fault.Error); ok && strings.HasPrefix(f.Message, "Invalid ") {
		if _, rest, ok := strings.Cut(f.Message, "Expression: "); ok {
			*err = fault.Validation(rest)
		}
	}
}

// Condition is the condition that all of some expressions hold; nil if there
// are none. Errors are *fault.Error.
func Condition(params []item.Value, exprs ...Expr) (cond *expr.Condition, err error) {
	if len(exprs) == 0 {
		return nil, nil
	}
	defer caught(&err)
	c := newCompiler(params)
	for i, e := range exprs {
		if i > 0 {
			c.text(" AND ")
		}
		c.nested(e)
	}
	return expr.ParseStoredCondition(c.source())
}

// nested writes a condition in parentheses, where AND and OR need them.
func (c *compiler) nested(e Expr) {
	b, ok := e.(*Binary)
	if !ok || b.Op != "AND" && b.Op != "OR" {
		c.condition(e)
		return
	}
	c.text("(")
	c.condition(e)
	c.text(")")
}

func (c *compiler) condition(e Expr) {
	switch e := e.(type) {
	case *Binary:
		switch e.Op {
		case "AND", "OR":
			c.nested(e.X)
			c.text(" " + e.Op + " ")
			c.nested(e.Y)
		case "+", "-":
			panic(fault.NotConstant())
		default:
			c.comparison(e)
		}
	case *Not:
		c.text("NOT ")
		if _, ok := e.X.(*Not); ok {
			c.condition(e.X)
			return
		}
		c.nested(e.X)
	case *Between:
		c.operand(e.X)
		c.text(" BETWEEN ")
		c.operand(e.Lo)
		c.text(" AND ")
		c.operand(e.Hi)
	case *In:
		c.operand(e.X)
		c.text(" IN (")
		for i, v := range c.list(e) {
			if i > 0 {
				c.text(", ")
			}
			c.literal(v)
		}
		c.text(")")
	case *Is:
		c.is(e)
	case *Call:
		c.call(e, true)
	default:
		panic(fault.NotConstant())
	}
}

// list is the values of an IN.
func (c *compiler) list(e *In) []item.Value {
	v := c.constantOf(e.List)
	if v.Kind != item.L {
		return []item.Value{v}
	}
	if len(v.List) == 0 || len(v.List) > fault.MaxInOperands {
		panic(fault.StatementOperandCount("IN", len(v.List)))
	}
	return v.List
}

// comparison writes a comparison. One of a condition with true or false is the
// condition itself, or its opposite; one with MISSING asks whether a path is
// there.
func (c *compiler) comparison(e *Binary) {
	for _, sides := range [][2]Expr{{e.X, e.Y}, {e.Y, e.X}} {
		if e.Op != "=" && e.Op != "<>" {
			break
		}
		switch y := sides[1].(type) {
		case *Bool:
			call, ok := sides[0].(*Call)
			if !ok || !tests[call.Name] {
				continue
			}
			if y.Value != (e.Op == "=") {
				c.text("NOT ")
			}
			c.condition(call)
			return
		case *Missing:
			is := &Is{sides[0], "MISSING"}
			if e.Op == "<>" {
				c.text("NOT ")
			}
			c.is(is)
			return
		}
	}
	c.operand(e.X)
	c.text(" " + e.Op + " ")
	c.operand(e.Y)
}

// tests are the functions that answer yes or no, and values the others.
var (
	tests = map[string]bool{
		"attribute_exists": true, "attribute_not_exists": true, "attribute_type": true, "begins_with": true, "contains": true,
	}
	operands = map[string]int{
		"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2, "size": 1,
	}
)

func (c *compiler) call(e *Call, test bool) {
	n, ok := operands[e.Name]
	if !ok {
		panic(fault.UnknownFunction(e.Name, e.at))
	}
	if len(e.Args) != n {
		panic(fault.StatementOperandCount(e.Name, len(e.Args)))
	}
	if tests[e.Name] != test {
		panic(fault.UnknownFunction(e.Name, e.at))
	}
	c.text(e.Name + "(")
	for i, a := range e.Args {
		if i > 0 {
			c.text(", ")
		}
		c.operand(a)
	}
	c.text(")")
}

// operand writes a path, a value, or a function that gives a value.
func (c *compiler) operand(e Expr) {
	switch e := e.(type) {
	case *Path:
		c.path(e.Path)
	case *Call:
		c.call(e, false)
	default:
		c.literal(c.constantOf(e))
	}
}

func (c *compiler) is(e *Is) {
	p, ok := e.X.(*Path)
	if !ok {
		panic(fault.NotConstant())
	}
	if e.Type == "MISSING" {
		c.text("attribute_not_exists(")
		c.path(p.Path)
		c.text(")")
		return
	}
	c.text("attribute_type(")
	c.path(p.Path)
	c.text(", ")
	c.literal(item.Value{Kind: item.S, Text: typeTags[e.Type]})
	c.text(")")
}
