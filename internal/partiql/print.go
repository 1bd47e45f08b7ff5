package partiql

import (
	"strconv"
	"strings"

	"shvm-db/internal/expr"
)

// String prints the statement.
func (s *Select) String() string {
	var p printer
	if s.Exists {
		p.text("EXISTS(")
	}
	p.text("SELECT ")
	if s.Columns == nil {
		p.text("*")
	}
	for i, c := range s.Columns {
		p.comma(i)
		p.path(c.Path)
	}
	p.text(" FROM ")
	p.name(s.From)
	p.where(s.Where)
	for i, o := range s.Order {
		if i == 0 {
			p.text(" ORDER BY ")
		}
		p.comma(i)
		p.path(o.Path)
		if o.Descending {
			p.text(" DESC")
		} else {
			p.text(" ASC")
		}
	}
	if s.Exists {
		p.text(")")
	}
	return p.String()
}

// String prints the statement.
func (s *Insert) String() string {
	var p printer
	p.text("INSERT INTO ")
	p.name(s.Into)
	p.text(" VALUE ")
	p.expr(s.Value, bindOr)
	return p.String()
}

// String prints the statement.
func (s *Update) String() string {
	var p printer
	p.text("UPDATE ")
	p.name(s.Table)
	for _, a := range s.Actions {
		if a.Value == nil {
			p.text(" REMOVE ")
			p.path(a.Path)
			continue
		}
		p.text(" SET ")
		p.path(a.Path)
		p.text(" = ")
		p.expr(a.Value, bindSum)
	}
	p.where(s.Where)
	p.returning(s.Returning)
	return p.String()
}

// String prints the statement.
func (s *Delete) String() string {
	var p printer
	p.text("DELETE FROM ")
	p.name(s.From)
	p.where(s.Where)
	p.returning(s.Returning)
	return p.String()
}

// How tightly an expression binds.
const (
	bindOr = iota
	bindAnd
	bindNot
	bindCompare
	bindSum
	bindTerm
)

type printer struct{ strings.Builder }

func (p *printer) text(s string) { p.WriteString(s) }

func (p *printer) comma(i int) {
	if i > 0 {
		p.text(", ")
	}
}

func (p *printer) quoted(s, quote string) {
	p.text(quote + strings.ReplaceAll(s, quote, quote+quote) + quote)
}

func (p *printer) name(n Name) {
	p.quoted(n.Table, `"`)
	if n.Index != "" {
		p.text(".")
		p.quoted(n.Index, `"`)
	}
}

func (p *printer) path(path expr.Path) {
	for i, s := range path {
		if s.Name == "" {
			p.text("[" + strconv.Itoa(s.Index) + "]")
			continue
		}
		if i > 0 {
			p.text(".")
		}
		p.quoted(s.Name, `"`)
	}
}

func (p *printer) where(e Expr) {
	if e != nil {
		p.text(" WHERE ")
		p.expr(e, bindOr)
	}
}

func (p *printer) returning(r Returning) {
	if r != "" {
		p.text(" RETURNING " + string(r) + " *")
	}
}

func bindOf(e Expr) int {
	switch e := e.(type) {
	case *Binary:
		switch e.Op {
		case "OR":
			return bindOr
		case "AND":
			return bindAnd
		case "+", "-":
			return bindSum
		}
		return bindCompare
	case *Not:
		return bindNot
	case *Between, *In, *Is:
		return bindCompare
	}
	return bindTerm
}

// expr prints an expression, in parentheses if it binds less than what is
// around it.
func (p *printer) expr(e Expr, around int) {
	own := bindOf(e)
	if own < around {
		p.text("(")
		defer p.text(")")
	}
	switch e := e.(type) {
	case *Text:
		p.quoted(e.Value, "'")
	case *Number:
		p.text(e.Text)
	case *Bool:
		p.text(strings.ToUpper(strconv.FormatBool(e.Value)))
	case *Null:
		p.text("NULL")
	case *Missing:
		p.text("MISSING")
	case *Param:
		p.text("?")
	case *Path:
		p.path(e.Path)
	case *List:
		p.elements("[", e.Elems, "]")
	case *Bag:
		p.elements("<<", e.Elems, ">>")
	case *Struct:
		p.text("{")
		for i, f := range e.Fields {
			p.comma(i)
			p.quoted(f.Name, "'")
			p.text(": ")
			p.expr(f.Value, bindOr)
		}
		p.text("}")
	case *Call:
		p.elements(e.Name+"(", e.Args, ")")
	case *Not:
		p.text("NOT ")
		p.expr(e.X, bindNot)
	case *Binary:
		// All of them associate to the left.
		p.expr(e.X, own)
		p.text(" " + e.Op + " ")
		p.expr(e.Y, own+1)
	case *Between:
		p.expr(e.X, bindCompare)
		p.text(" BETWEEN ")
		p.expr(e.Lo, bindSum)
		p.text(" AND ")
		p.expr(e.Hi, bindSum)
	case *In:
		p.expr(e.X, bindCompare)
		p.text(" IN ")
		p.expr(e.List, bindTerm)
	case *Is:
		p.expr(e.X, bindCompare)
		p.text(" IS " + e.Type)
	}
}

func (p *printer) elements(open string, elems []Expr, end string) {
	p.text(open)
	for i, e := range elems {
		p.comma(i)
		p.expr(e, bindOr)
	}
	p.text(end)
}
