// Package partiql reads the statements of ExecuteStatement and its kin: the
// dialect of PartiQL that DynamoDB has. A statement is parsed by hand into a
// tree, which can be printed again; what its conditions and updates say is
// handed on as trees of package expr, so that there is one meaning of them.
//
// The dialect is described in the Amazon DynamoDB Developer Guide, "PartiQL - a
// SQL-compatible query language for Amazon DynamoDB".
package partiql

import (
	"strconv"

	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
)

// Statement is one of *Select, *Insert, *Update and *Delete.
type Statement interface {
	// Target is the table and the index that the statement names.
	Target() (table, index string)
	// String prints the statement; parsing that gives the same tree.
	String() string
}

type (
	// Select reads items.
	Select struct {
		// Columns are what is read of each item; nil is everything.
		Columns []Column
		From    Name
		Where   Expr // nil is none
		Order   []Order
		// Exists says that the statement is EXISTS(SELECT …), a condition.
		Exists bool
	}

	// Insert makes an item.
	Insert struct {
		Into  Name
		Value Expr
	}

	// Update changes an item.
	Update struct {
		Table     Name
		Actions   []Action
		Where     Expr // nil is none
		Returning Returning
	}

	// Delete removes an item.
	Delete struct {
		From      Name
		Where     Expr // nil is none
		Returning Returning
	}
)

// Target is described at Statement.
func (s *Select) Target() (table, index string) { return s.From.Table, s.From.Index }

// Target is described at Statement.
func (s *Insert) Target() (table, index string) { return s.Into.Table, s.Into.Index }

// Target is described at Statement.
func (s *Update) Target() (table, index string) { return s.Table.Table, s.Table.Index }

// Target is described at Statement.
func (s *Delete) Target() (table, index string) { return s.From.Table, s.From.Index }

// Name is a table, or an index of one: "table"."index".
type Name struct{ Table, Index string }

// Column is one column of a SELECT.
type Column struct {
	Path expr.Path
	at   fault.Position
}

// Name is what the column is called: the last name of its path, or the column's
// number, counted from 1, if the path ends in a list.
func (c Column) Name(i int) string {
	if last := c.Path[len(c.Path)-1]; last.Name != "" {
		return last.Name
	}
	return "_" + strconv.Itoa(i+1)
}

// Order is one attribute of ORDER BY.
type Order struct {
	Path       expr.Path
	Descending bool
}

// Action is one assignment of SET; without a value it is a REMOVE.
type Action struct {
	Path  expr.Path
	Value Expr
}

// Returning is a RETURNING clause: "ALL OLD", "MODIFIED NEW" and so on; "" is
// none.
type Returning string

// Expr is an expression: one of the types below.
type Expr interface{ place() fault.Position }

type (
	// Text, Number, Bool, Null and Missing are literals. A number is as it is
	// written, with its sign.
	Text struct {
		Value string
		at    fault.Position
	}
	Number struct {
		Text string
		at   fault.Position
	}
	Bool struct {
		Value bool
		at    fault.Position
	}
	Null    struct{ at fault.Position }
	Missing struct{ at fault.Position }

	// Param is a question mark: the parameter with that index.
	Param struct {
		Index int
		at    fault.Position
	}

	// List is [a, b], Bag <<a, b>>, Struct {'a': b}.
	List struct {
		Elems []Expr
		at    fault.Position
	}
	Bag struct {
		Elems []Expr
		at    fault.Position
	}
	Struct struct {
		Fields []Field
		at     fault.Position
	}

	// Path is an attribute, or what is inside of one.
	Path struct {
		Path expr.Path
		at   fault.Position
	}

	// Call is a function; its name is in lower case.
	Call struct {
		Name string
		Args []Expr
		at   fault.Position
	}

	// Not negates.
	Not struct {
		X  Expr
		at fault.Position
	}

	// Binary is one of AND OR = <> < <= > >= + -.
	Binary struct {
		Op   string
		X, Y Expr
	}

	// Between is x BETWEEN lo AND hi.
	Between struct{ X, Lo, Hi Expr }

	// In is x IN list. The list is a *List or a *Param.
	In struct{ X, List Expr }

	// Is is x IS type, where the type is a word in capitals.
	Is struct {
		X    Expr
		Type string
	}
)

// Field is one field of a Struct.
type Field struct {
	Name  string
	Value Expr
}

func (e *Text) place() fault.Position    { return e.at }
func (e *Number) place() fault.Position  { return e.at }
func (e *Bool) place() fault.Position    { return e.at }
func (e *Null) place() fault.Position    { return e.at }
func (e *Missing) place() fault.Position { return e.at }
func (e *Param) place() fault.Position   { return e.at }
func (e *List) place() fault.Position    { return e.at }
func (e *Bag) place() fault.Position     { return e.at }
func (e *Struct) place() fault.Position  { return e.at }
func (e *Path) place() fault.Position    { return e.at }
func (e *Call) place() fault.Position    { return e.at }
func (e *Not) place() fault.Position     { return e.at }
func (e *Binary) place() fault.Position  { return e.X.place() }
func (e *Between) place() fault.Position { return e.X.place() }
func (e *In) place() fault.Position      { return e.X.place() }
func (e *Is) place() fault.Position      { return e.X.place() }
