package partiql

import (
	"strings"

	"shvm-db/internal/fault"
)

// expression reads a condition or a value. OR binds less than AND, AND less
// than NOT, NOT less than comparisons, and those less than + and -.
func (p *parser) expression() Expr {
	x := p.and()
	for p.word("OR") {
		x = &Binary{"OR", x, p.and()}
	}
	return x
}

func (p *parser) and() Expr {
	x := p.not()
	for p.word("AND") {
		x = &Binary{"AND", x, p.not()}
	}
	return x
}

func (p *parser) not() Expr {
	at := p.tok().at
	if p.word("NOT") {
		return &Not{p.not(), at}
	}
	return p.comparison()
}

func (p *parser) comparison() Expr {
	x := p.sum()
	for {
		t := p.tok()
		if t.kind == tokenSign {
			switch t.text {
			case "=", "<>", "!=", "<", "<=", ">", ">=":
				p.at++
				op := t.text
				if op == "!=" {
					op = "<>"
				}
				x = &Binary{op, x, p.sum()}
				continue
			}
			return x
		}
		negated := p.is("NOT") && p.peek().kind == tokenWord &&
			(strings.EqualFold(p.peek().text, "IN") || strings.EqualFold(p.peek().text, "BETWEEN"))
		if negated {
			p.at++
		}
		var y Expr
		switch {
		case p.word("BETWEEN"):
			b := &Between{X: x, Lo: p.sum()}
			p.expectWord("AND")
			b.Hi = p.sum()
			y = b
		case p.word("IN"):
			y = &In{x, p.list()}
		case p.word("IS"):
			negated = p.word("NOT")
			y = &Is{x, p.typeName()}
		default:
			return x
		}
		if negated {
			y = &Not{y, x.place()}
		}
		x = y
	}
}

// list reads what follows IN: a list, in brackets, parentheses or as a bag, or
// a parameter.
func (p *parser) list() Expr {
	at := p.tok().at
	switch {
	case p.sign("["):
		return &List{p.elements("]"), at}
	case p.sign("("):
		return &List{p.elements(")"), at}
	case p.sign("<<"):
		return &List{p.elements(">>"), at}
	case p.isSign("?"):
		return p.primary()
	}
	p.fail(unexpectedTerm)
	return nil
}

func (p *parser) elements(end string) []Expr {
	elems := []Expr{}
	if p.sign(end) {
		return elems
	}
	for {
		elems = append(elems, p.expression())
		if !p.sign(",") {
			break
		}
	}
	p.expectSign(end)
	return elems
}

// typeName reads the word after IS.
func (p *parser) typeName() string {
	t := p.tok()
	word := strings.ToUpper(t.text)
	if t.kind != tokenWord || typeTags[word] == "" {
		p.fail(expectedType)
	}
	p.at++
	return word
}

// typeTags are the types that IS knows, by their names, as tags of values; ""
// is not a tag but MISSING.
var typeTags = map[string]string{
	"MISSING": "-", "NULL": "NULL", "BOOL": "BOOL", "BOOLEAN": "BOOL", "STRING": "S", "S": "S",
	"NUMBER": "N", "N": "N", "INT": "N", "INTEGER": "N", "DECIMAL": "N", "NUMERIC": "N",
	"BINARY": "B", "BLOB": "B", "B": "B", "LIST": "L", "L": "L", "MAP": "M", "STRUCT": "M", "TUPLE": "M", "M": "M",
	"SS": "SS", "NS": "NS", "BS": "BS",
}

func (p *parser) sum() Expr {
	x := p.primary()
	for {
		switch {
		case p.sign("+"):
			x = &Binary{"+", x, p.primary()}
		case p.sign("-"):
			x = &Binary{"-", x, p.primary()}
		default:
			return x
		}
	}
}

func (p *parser) primary() Expr {
	t := p.tok()
	switch t.kind {
	case tokenString:
		p.at++
		return &Text{t.text, t.at}
	case tokenNumber:
		p.at++
		return &Number{t.text, t.at}
	case tokenWord, tokenQuoted:
		return p.named(t)
	case tokenSign:
		switch t.text {
		case "(":
			p.at++
			x := p.expression()
			p.expectSign(")")
			return x
		case "[":
			p.at++
			return &List{p.elements("]"), t.at}
		case "<<":
			p.at++
			return &Bag{p.elements(">>"), t.at}
		case "{":
			p.at++
			return p.structure(t.at)
		case "?":
			p.at++
			p.params++
			return &Param{p.params - 1, t.at}
		case "+", "-":
			return p.signed(t)
		}
	}
	p.fail(unexpectedTerm)
	return nil
}

// signed reads a number with its sign.
func (p *parser) signed(t token) Expr {
	p.at++
	n := p.tok()
	if n.kind != tokenNumber {
		p.fail(unexpectedTerm)
	}
	p.at++
	if t.text == "+" {
		return &Number{n.text, t.at}
	}
	return &Number{"-" + n.text, t.at}
}

// named reads what begins with a word: a literal, a function or a path.
func (p *parser) named(t token) Expr {
	if t.kind == tokenWord {
		if next := p.peek(); next.kind == tokenSign && next.text == "(" {
			p.at += 2
			return p.call(t)
		}
		word := strings.ToUpper(t.text)
		switch word {
		case "TRUE", "FALSE":
			p.at++
			return &Bool{word == "TRUE", t.at}
		case "NULL":
			p.at++
			return &Null{t.at}
		case "MISSING":
			p.at++
			return &Missing{t.at}
		}
	}
	return &Path{p.path(), t.at}
}

// call reads the operands of a function. A name that cannot be one, like AND,
// is no term.
func (p *parser) call(t token) Expr {
	switch strings.ToUpper(t.text) {
	case "AND", "OR", "NOT", "IN", "BETWEEN", "IS", "SELECT", "FROM", "WHERE", "SET", "REMOVE", "VALUE", "CASE", "CAST":
		p.fail(unexpectedTerm)
	}
	return &Call{strings.ToLower(t.text), p.elements(")"), t.at}
}

func (p *parser) structure(at fault.Position) Expr {
	s := &Struct{Fields: []Field{}, at: at}
	if p.sign("}") {
		return s
	}
	for {
		t := p.tok()
		if t.kind != tokenString && t.kind != tokenQuoted {
			p.fail(unexpectedTerm)
		}
		p.at++
		p.expectSign(":")
		s.Fields = append(s.Fields, Field{t.text, p.expression()})
		if !p.sign(",") {
			break
		}
	}
	p.expectSign("}")
	return s
}
