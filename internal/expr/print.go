package expr

import (
	"slices"
	"strconv"

	"shvm-db/internal/item"
)

// Source is an expression as text with its placeholders, as it can be written
// down: "#0" is the first name, ":0" the first value. Parsing it again gives
// the same tree.
type Source struct {
	Text   string
	Names  []string
	Values []item.Value
}

// Source prints the condition.
func (c *Condition) Source() Source {
	var p printer
	p.node(c.root, levelOr)
	return p.source()
}

// Source prints the update.
func (u *Update) Source() Source {
	var p printer
	for i := range u.clauses {
		c := &u.clauses[i]
		switch {
		case i == 0:
			p.text(verbNames[c.verb] + " ")
		case c.verb == u.clauses[i-1].verb:
			p.text(", ")
		default:
			p.text(" " + verbNames[c.verb] + " ")
		}
		p.path(c.path)
		switch c.verb {
		case set:
			p.text(" = ")
			p.operand(&c.value)
		case add, del, oldAdd, oldDelete:
			p.text(" ")
			p.operand(&c.value)
		}
	}
	return p.source()
}

// Source prints the projection.
func (pr *Projection) Source() Source {
	var p printer
	for i, path := range pr.paths {
		if i > 0 {
			p.text(", ")
		}
		p.path(path)
	}
	return p.source()
}

// ParseStoredCondition reads what Condition.Source gave. The limits of a
// client's expression do not apply.
func ParseStoredCondition(s Source) (*Condition, error) {
	p := newParser(conditions, ConditionExpression, s.Text, nil)
	p.stored = &s
	root, err := p.condition()
	if err != nil {
		return nil, err
	}
	return &Condition{root}, nil
}

// ParseStoredUpdate reads what Update.Source gave.
func ParseStoredUpdate(s Source) (*Update, error) {
	if s.Text == "" {
		return new(Update), nil // AttributeUpdates without actions
	}
	p := newParser(updates, UpdateExpression, s.Text, nil)
	p.stored = &s
	return p.updateExpression()
}

// name resolves "#1".
func (s *Source) name(placeholder string) (string, bool) {
	if i, err := strconv.Atoi(placeholder[1:]); err == nil && i < len(s.Names) {
		return s.Names[i], true
	}
	return "", false
}

// value resolves ":1".
func (s *Source) value(placeholder string) (*item.Value, bool) {
	if i, err := strconv.Atoi(placeholder[1:]); err == nil && i < len(s.Values) {
		return &s.Values[i], true
	}
	return nil, false
}

// level is how tightly an operator binds.
type level int

const (
	levelOr level = iota
	levelAnd
	levelNot
)

// printer writes a tree with a placeholder for every name and value, so that
// no name is ever a keyword.
type printer struct {
	out    []byte
	names  []string
	values []item.Value
}

func (p *printer) source() Source {
	return Source{string(p.out), p.names, p.values}
}

func (p *printer) text(s string) { p.out = append(p.out, s...) }

// node prints a condition; outside is how tightly what is around it binds.
func (p *printer) node(n node, outside level) {
	switch n := n.(type) {
	case *either:
		p.infix(n.x, n.y, " OR ", levelOr, outside)
	case *both:
		p.infix(n.x, n.y, " AND ", levelAnd, outside)
	case *not:
		p.text("NOT ")
		p.node(n.x, levelNot)
	case *compare:
		p.operand(&n.x)
		p.text(" " + n.op + " ")
		p.operand(&n.y)
	case *between:
		p.operand(&n.x)
		p.text(" BETWEEN ")
		p.operand(&n.lo)
		p.text(" AND ")
		p.operand(&n.hi)
	case *in:
		p.operand(&n.x)
		p.text(" IN ")
		p.list(n.list)
	case *call:
		p.text(n.fn.name)
		p.list(n.args)
	}
}

// infix prints AND or OR. They associate to the left, so that the right side
// binds as if one step tighter.
func (p *printer) infix(x, y node, word string, own, outside level) {
	if own < outside {
		p.text("(")
		defer p.text(")")
	}
	p.node(x, own)
	p.text(word)
	p.node(y, own+1)
}

func (p *printer) list(operands []operand) {
	p.text("(")
	for i := range operands {
		if i > 0 {
			p.text(", ")
		}
		p.operand(&operands[i])
	}
	p.text(")")
}

func (p *printer) operand(o *operand) {
	switch {
	case o.path != nil:
		p.path(o.path)
	case o.value != nil:
		p.out = append(p.out, ':')
		p.out = strconv.AppendInt(p.out, int64(len(p.values)), 10)
		p.values = append(p.values, *o.value)
	case o.call.fn == plus || o.call.fn == minus:
		p.operand(&o.call.args[0])
		p.text(" " + o.call.fn.name + " ")
		p.operand(&o.call.args[1])
	default:
		p.text(o.call.fn.name)
		p.list(o.call.args)
	}
}

func (p *printer) path(path Path) {
	for i, s := range path {
		if s.Name == "" {
			p.out = append(p.out, '[')
			p.out = strconv.AppendInt(p.out, int64(s.Index), 10)
			p.out = append(p.out, ']')
			continue
		}
		if i > 0 {
			p.out = append(p.out, '.')
		}
		at := slices.Index(p.names, s.Name)
		if at < 0 {
			at = len(p.names)
			p.names = append(p.names, s.Name)
		}
		p.out = append(p.out, '#')
		p.out = strconv.AppendInt(p.out, int64(at), 10)
	}
}
