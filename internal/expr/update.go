package expr

import (
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// ParseUpdate parses an update expression. Errors are *fault.Error.
func ParseUpdate(text string, ph *Placeholders) (*Update, error) {
	p := newParser(updates, UpdateExpression, text, ph)
	return p.updateExpression()
}

func (p *parser) updateExpression() (*Update, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	u := new(Update)
	var seen [len(verbNames)]bool
	for {
		v := p.section()
		if v == 0 {
			p.fail()
			break
		}
		if seen[v] && p.stored == nil {
			p.refuse(rankSection, fault.SectionTwice(p.kind, verbNames[v]))
		}
		seen[v] = true
		for {
			p.advance() // over the section's name or a comma
			u.clauses = append(u.clauses, p.clause(v))
			if p.tok.kind != ',' {
				break
			}
		}
		if p.tok.kind == tokenEnd {
			break
		}
	}
	if p.syntax == nil {
		p.checkTargets(u)
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return u, nil
}

// section is the section that the current token begins; 0 if it begins none.
func (p *parser) section() verb {
	last := del
	if p.stored != nil {
		last = oldDelete
	}
	for v := set; v <= last; v++ {
		if p.at(verbNames[v]) {
			return v
		}
	}
	return 0
}

func (p *parser) clause(v verb) clause {
	c := clause{verb: v, path: p.path()}
	switch v {
	case set:
		p.expect('=')
		c.value = p.assigned()
	case oldAdd, oldDelete:
		c.value.value = p.value()
	case add, del:
		c.value.value = p.value()
		if p.syntax == nil {
			p.checkAddend(v, c.value.value.Kind)
		}
	}
	return c
}

// assigned reads what a SET assigns: an operand, or the sum or difference of
// two.
func (p *parser) assigned() operand {
	var x operand
	if p.tok.kind == '(' {
		p.advance()
		x = p.assigned()
		p.expect(')')
		if x.call != nil && (x.call.fn == plus || x.call.fn == minus) {
			return x
		}
	} else {
		x = p.operand()
	}
	var fn *function
	switch p.tok.kind {
	case '+':
		fn = plus
	case '-':
		fn = minus
	default:
		return x
	}
	p.advance()
	p.operators++
	c := newCall(fn, x, p.enclosed())
	if p.syntax == nil {
		p.checkUpdateCall(c)
	}
	return operand{call: c}
}

// checkUpdateCall refuses wrong operands; there is the right number of them.
func (p *parser) checkUpdateCall(c *call) {
	need := item.N
	switch c.fn {
	case ifNotExists:
		if c.args[0].path == nil {
			p.refuse(rankType, fault.PathRequired(p.kind, c.fn.name))
		}
		return
	case listAppend:
		need = item.L
	}
	for i := range c.args {
		if k := c.args[i].kind(); k != 0 && k != need {
			p.refuse(rankType, fault.OperandType(p.kind, c.fn.name, k.String()))
			return
		}
	}
}

// longNames are the names of types in the refusals of ADD and DELETE.
var longNames = [...]string{
	item.S: "STRING", item.N: "NUMBER", item.B: "BINARY", item.BOOL: "BOOLEAN",
	item.NULL: "NULL", item.M: "MAP", item.L: "LIST",
}

// checkAddend refuses what can be neither added nor deleted.
func (p *parser) checkAddend(v verb, k item.Kind) {
	switch {
	case k == 0, k == item.SS, k == item.NS, k == item.BS:
	case k == item.N && v == add:
	default:
		p.refuse(rankOperand, fault.UpdateOperandType(p.kind, verbNames[v], longNames[k]))
	}
}

// checkTargets refuses paths of which one leads to or into another.
func (p *parser) checkTargets(u *Update) {
	for j := range u.clauses {
		for i := range j {
			if p.checkPair(u.clauses[i].path, u.clauses[j].path) {
				return
			}
		}
	}
}

// checkPair refuses two paths that meet; it says whether they overlap.
func (p *parser) checkPair(one, two Path) bool {
	for i := range min(len(one), len(two)) {
		switch {
		case one[i] == two[i]:
		case (one[i].Name == "") != (two[i].Name == ""):
			p.refuse(rankConflict, fault.PathsConflict(p.kind, one.String(), two.String()))
			return false
		default:
			return false
		}
	}
	p.refuse(rankOverlap, fault.PathsOverlap(p.kind, one.String(), two.String()))
	return true
}
