package expr

import (
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// ParseCondition parses a condition or filter expression; kind is the name of
// the parameter. Errors are *fault.Error.
func ParseCondition(kind, text string, ph *Placeholders) (*Condition, error) {
	p := newParser(conditions, kind, text, ph)
	root, err := p.condition()
	if err != nil {
		return nil, err
	}
	return &Condition{root}, nil
}

func (p *parser) condition() (node, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	x := p.or()
	root := p.must(x)
	if err := p.finish(); err != nil {
		return nil, err
	}
	return root, nil
}

// term is what stands between two operators: a condition, or an operand that
// may yet become a part of one.
type term struct {
	node node
	operand
	paren bool // it stood in parentheses
}

// must makes a condition of a term, or fails at what follows it.
func (p *parser) must(x term) node {
	switch {
	case x.node != nil:
		return x.node
	case x.call != nil:
		if !x.call.fn.test {
			p.refuse(rankMisuse, fault.MisusedFunction(p.kind, x.call.fn.name))
		}
		p.endScope()
		return x.call
	}
	p.fail()
	return nil
}

func (p *parser) or() term {
	x := p.and()
	for p.at("OR") {
		l := p.must(x)
		p.advance()
		p.operators++
		r := p.must(p.and())
		x = term{node: &either{l, r}}
	}
	return x
}

func (p *parser) and() term {
	x := p.not()
	for p.at("AND") {
		l := p.must(x)
		p.advance()
		p.operators++
		r := p.must(p.not())
		x = term{node: &both{l, r}}
	}
	return x
}

func (p *parser) not() term {
	if !p.at("NOT") {
		return p.comparison()
	}
	p.advance()
	p.operators++
	return term{node: &not{p.must(p.not())}}
}

// comparison reads a condition without AND, OR and NOT, or an operand alone.
func (p *parser) comparison() term {
	x := p.primary()
	if x.node != nil || p.syntax != nil {
		return x
	}
	switch p.tok.kind {
	case '=', '<', '>', tokenLessEqual, tokenGreaterEqual, tokenNotEqual:
		op := operator(p.tok.kind)
		p.advance()
		p.operators++
		y := p.enclosed()
		if p.syntax != nil {
			return x
		}
		c := &compare{op, x.operand, y}
		p.checkCompare(c)
		p.endScope()
		return term{node: c}
	}
	switch {
	case p.at("BETWEEN"):
		p.advance()
		p.operators++
		c := &between{x: x.operand, lo: p.enclosed()}
		if !p.at("AND") {
			p.fail()
			return x
		}
		p.advance()
		c.hi = p.enclosed()
		if p.syntax != nil {
			return x
		}
		p.checkBetween(c)
		p.endScope()
		return term{node: c}
	case p.at("IN"):
		p.advance()
		p.operators++
		c := &in{x: x.operand}
		if p.tok.kind != '(' {
			p.fail()
			return x
		}
		for {
			p.advance() // over the parenthesis or comma
			c.list = append(c.list, p.enclosed())
			if p.tok.kind != ',' {
				break
			}
		}
		p.expect(')')
		if p.syntax != nil {
			return x
		}
		p.checkIn(c)
		p.endScope()
		return term{node: c}
	}
	return x
}

// operator is the text of a comparison, the same string each time.
func operator(k tokenKind) string {
	switch k {
	case '=':
		return "="
	case '<':
		return "<"
	case '>':
		return ">"
	case tokenLessEqual:
		return "<="
	case tokenGreaterEqual:
		return ">="
	}
	return "<>"
}

// primary reads an operand, or anything in parentheses.
func (p *parser) primary() term {
	if p.tok.kind != '(' {
		return term{operand: p.operand()}
	}
	p.advance()
	x := p.or()
	p.expect(')')
	if x.paren {
		p.refuse(rankParentheses, fault.RedundantParentheses(p.kind))
	}
	x.paren = true
	if x.path != nil && (p.tok.kind == '.' || p.tok.kind == '[') {
		x.path = p.steps(x.path)
		x.paren = false
	}
	return x
}

// checkPlaces refuses conditions that stand where a value should.
func (p *parser) checkPlaces(list ...*operand) {
	for _, o := range list {
		if o.call != nil && o.call.fn.test {
			p.refuse(rankMisuse, fault.MisusedFunction(p.kind, o.call.fn.name))
			return
		}
	}
}

// checkDistinct refuses two operands that are the same path.
func (p *parser) checkDistinct(operator string, x, y *operand) {
	if x.path != nil && y.path != nil && x.path.Equal(y.path) {
		p.refuseHere(rankDistinct, fault.OperandsNotDistinct(p.kind, operator, x.path.String()))
	}
}

func (p *parser) checkCompare(c *compare) {
	p.checkPlaces(&c.x, &c.y)
	p.checkDistinct(c.op, &c.x, &c.y)
	if c.op != "=" && c.op != "<>" {
		p.checkOrdered(c.op, &c.x)
		p.checkOrdered(c.op, &c.y)
	}
}

// checkOrdered refuses a value that has no order.
func (p *parser) checkOrdered(operator string, o *operand) {
	switch k := o.kind(); k {
	case 0, item.S, item.N, item.B:
	default:
		p.refuseHere(rankType, fault.OperandType(p.kind, operator, k.String()))
	}
}

func (p *parser) checkBetween(c *between) {
	p.checkPlaces(&c.x, &c.lo, &c.hi)
	p.checkOrdered("BETWEEN", &c.x)
	p.checkOrdered("BETWEEN", &c.lo)
	p.checkOrdered("BETWEEN", &c.hi)
	lo, hi := c.lo.value, c.hi.value
	if lo == nil || hi == nil || lo.Kind == 0 || hi.Kind == 0 {
		return
	}
	switch {
	case lo.Kind != hi.Kind:
		p.refuseHere(rankType, fault.BetweenTypes(p.kind, bound(lo), bound(hi)))
	case isOrdered(lo.Kind) && order(lo, hi) > 0:
		p.refuseHere(rankType, fault.BetweenOrder(p.kind, bound(lo), bound(hi)))
	}
}

func (p *parser) checkIn(c *in) {
	p.checkPlaces(&c.x)
	for i := range c.list {
		p.checkPlaces(&c.list[i])
		p.checkDistinct("IN", &c.x, &c.list[i])
	}
	if len(c.list) > fault.MaxInOperands && p.stored == nil {
		p.refuseHere(rankCount, fault.TooManyOperands(p.kind, len(c.list)))
	}
}

// kind is the type that an operand has whatever the item is; 0 if it depends
// on the item.
func (o *operand) kind() item.Kind {
	switch {
	case o.value != nil:
		return o.value.Kind
	case o.call != nil:
		return o.call.fn.gives
	}
	return 0
}

// checkCall refuses wrong operands of a function that exists.
func (p *parser) checkCall(c *call) {
	fn := c.fn
	for i := range c.args {
		p.checkPlaces(&c.args[i])
	}
	if len(c.args) != fn.args {
		r := rankCount
		if p.lang == updates {
			r = rankType
		}
		p.refuseHere(r, fault.OperandCount(p.kind, fn.name, len(c.args)))
		return
	}
	if p.lang == updates {
		p.checkUpdateCall(c)
		return
	}
	if fn.args == 2 {
		p.checkDistinct(fn.name, &c.args[0], &c.args[1])
	}
	wrong := func(k item.Kind) {
		p.refuseHere(rankType, fault.OperandType(p.kind, fn.name, k.String()))
	}
	switch fn {
	case attributeExists, attributeNotExists:
		if c.args[0].path == nil {
			p.refuseHere(rankType, fault.PathRequired(p.kind, fn.name))
		}
	case beginsWith:
		for i := range c.args {
			switch k := c.args[i].kind(); k {
			case 0, item.S, item.B:
			default:
				wrong(k)
			}
		}
	case attributeType:
		t := &c.args[1]
		switch {
		case t.value == nil && t.call == nil:
			p.refuseHere(rankType, fault.OperandType(p.kind, fn.name, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"))
		case t.kind() == 0:
		case t.kind() != item.S:
			wrong(t.kind())
		case kindNamed(t.value.Text) == 0:
			p.refuseHere(rankType, fault.AttributeTypeName(p.kind, t.value.Text))
		}
	case size:
		switch k := c.args[0].kind(); k {
		case item.N, item.BOOL, item.NULL:
			wrong(k)
		}
	}
}

// kindNamed is the type with a tag; 0 if there is none.
func kindNamed(tag string) item.Kind {
	for k := item.S; k <= item.BS; k++ {
		if k.String() == tag {
			return k
		}
	}
	return 0
}
