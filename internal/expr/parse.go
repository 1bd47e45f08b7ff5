package expr

import (
	"strconv"
	"strings"

	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// maxSteps is how many steps a path can have: the depth to which values nest.
const maxSteps = 32

// rank orders the refusals of one expression. A syntax error goes before all
// of them; of two that have the same rank the first one in the text is told.
type rank uint8

const (
	noRank rank = iota

	rankParentheses
	rankReserved  // of updates and projections
	rankFunction  // an unknown function
	rankMisuse    // a function in the wrong place
	rankReservedC // of conditions
	rankSection
	rankName
	rankValue
	rankOverlap
	rankConflict
	rankOperand
	rankCount     // too many operands, or too few
	rankDistinct  // operands that are the same
	rankType      // operands of a wrong type
	rankCondition // what is wrong inside one comparison or call: see scope
	rankOperators
)

// language is one of the three languages: they differ in keywords, functions
// and the order of refusals.
type language uint8

const (
	conditions language = iota
	updates
	projections
)

// parser reads one expression. It goes on after everything but a syntax error,
// because what is told first is a matter of rank and not of place.
type parser struct {
	kind   string
	text   string
	ph     *Placeholders
	lang   language
	stored *Source // where the text comes from a printer of this package

	prev, tok token
	operators int
	// slab is memory for the steps of paths: most have one.
	slab []Step

	syntax *fault.Error
	// worst is the refusal that is told unless there is a syntax error.
	worst     *fault.Error
	worstRank rank
	// scope collects the refusals of one comparison or call: the first scope
	// with a refusal counts, whatever its rank inside.
	scope     *fault.Error
	scopeRank rank
}

func newParser(lang language, kind, text string, ph *Placeholders) parser {
	p := parser{lang: lang, kind: kind, text: text, ph: ph}
	p.tok = scan(text, 0)
	return p
}

// check refuses texts that need no parsing.
func (p *parser) check() error {
	if p.tok.kind == tokenEnd {
		return fault.ExpressionEmpty(p.kind)
	}
	if len(p.text) > fault.MaxExpressionBytes && p.stored == nil {
		return fault.ExpressionTooLong(p.kind, len(p.text))
	}
	return nil
}

// finish gives the refusal, if there is one. Nothing may follow the tree.
func (p *parser) finish() error {
	if p.syntax == nil && p.tok.kind != tokenEnd {
		p.fail()
	}
	if p.syntax != nil {
		return p.syntax
	}
	if p.operators > fault.MaxOperators && p.stored == nil {
		p.refuse(rankOperators, fault.ExpressionTooManyOperators(p.kind, p.operators))
	}
	if p.worst != nil {
		return p.worst
	}
	return nil
}

func (p *parser) advance() {
	p.prev = p.tok
	p.tok = scan(p.text, p.tok.end)
}

// fail notes that the current token cannot stand here, and ends the text so
// that every loop of the parser ends too.
func (p *parser) fail() {
	if p.syntax != nil {
		return
	}
	from := p.tok.start
	if p.prev.end > 0 {
		from = p.prev.start
	}
	if p.tok.kind == tokenEnd {
		p.syntax = fault.ExpressionSyntax(p.kind, "<EOF>", p.text[from:p.prev.end])
		return
	}
	to := p.tok.end
	if next := scan(p.text, to); next.kind != tokenEnd {
		to = next.end
	}
	p.syntax = fault.ExpressionSyntax(p.kind, p.word(), p.text[from:to])
	p.tok = token{tokenEnd, len(p.text), len(p.text)}
}

func (p *parser) expect(k tokenKind) {
	if p.tok.kind != k {
		p.fail()
		return
	}
	p.advance()
}

// word is the text of the current token.
func (p *parser) word() string { return p.text[p.tok.start:p.tok.end] }

// at says whether the current token is a keyword, in any case.
func (p *parser) at(keyword string) bool {
	return p.tok.kind == tokenWord && p.tok.end-p.tok.start == len(keyword) && strings.EqualFold(p.word(), keyword)
}

// refuse notes a refusal that does not end parsing.
func (p *parser) refuse(r rank, err *fault.Error) {
	if p.worst == nil || r < p.worstRank {
		p.worst, p.worstRank = err, r
	}
}

// refuseHere is refuse for what belongs to one comparison or call.
func (p *parser) refuseHere(r rank, err *fault.Error) {
	if p.lang != conditions {
		p.refuse(r, err)
		return
	}
	if p.scope == nil || r < p.scopeRank {
		p.scope, p.scopeRank = err, r
	}
}

// endScope ends a comparison or call.
func (p *parser) endScope() {
	if p.scope != nil {
		p.refuse(rankCondition, p.scope)
		p.scope = nil
	}
}

// isKeyword says whether the current word can never be a name in this kind of
// expression.
func (p *parser) isKeyword() bool {
	switch p.lang {
	case conditions:
		return p.at("AND") || p.at("OR") || p.at("NOT") || p.at("IN") || p.at("BETWEEN")
	case updates:
		return p.at("SET") || p.at("REMOVE") || p.at("ADD") || p.at("DELETE")
	}
	return false
}

// name reads one name of a path.
func (p *parser) name() string {
	word := p.word()
	switch {
	case p.tok.kind == tokenWord && !p.isKeyword():
		p.advance()
		// What precedes a parenthesis is a function's name.
		if p.tok.kind != '(' {
			p.checkReserved(word)
		}
		return word
	case p.tok.kind == tokenName:
		p.advance()
		var name string
		var ok bool
		if p.stored != nil {
			name, ok = p.stored.name(word)
		} else {
			name, ok = p.ph.name(word)
		}
		if !ok {
			p.refuseHere(rankName, fault.UndefinedName(p.kind, word))
			return word
		}
		return name
	}
	p.fail()
	return ""
}

func (p *parser) checkReserved(word string) {
	if !reserved(word) {
		return
	}
	r := rankReserved
	if p.lang == conditions {
		r = rankReservedC
	}
	p.refuse(r, fault.ReservedKeyword(p.kind, word))
}

// path reads a document path.
func (p *parser) path() Path {
	return p.steps(p.begin(p.name()))
}

// begin is a path of one step.
func (p *parser) begin(name string) Path {
	if len(p.slab) == cap(p.slab) {
		p.slab = make([]Step, 0, 4)
	}
	n := len(p.slab)
	p.slab = append(p.slab, Step{Name: name})
	return Path(p.slab[n : n+1 : n+1])
}

// steps reads what follows the first name of a path.
func (p *parser) steps(path Path) Path {
	for {
		switch p.tok.kind {
		case '.':
			p.advance()
			path = append(path, Step{Name: p.name()})
		case '[':
			p.advance()
			index := p.word()
			p.expect(tokenInteger)
			p.expect(']')
			n, err := strconv.ParseInt(index, 10, 32)
			if err != nil && p.syntax == nil {
				p.refuseHere(rankName, fault.ListIndexRange(p.kind, index))
			}
			path = append(path, Step{Index: int(n)})
		default:
			if len(path) > maxSteps {
				p.refuseHere(rankName, fault.PathTooDeep(p.kind, len(path)))
			}
			return path
		}
	}
}

// value reads ":value".
func (p *parser) value() *item.Value {
	word := p.word()
	p.expect(tokenValue)
	if p.syntax != nil {
		return nil
	}
	var v *item.Value
	var ok bool
	if p.stored != nil {
		v, ok = p.stored.value(word)
	} else {
		v, ok = p.ph.value(word)
	}
	if !ok {
		r := rankValue
		if p.lang == conditions {
			r = rankName // whichever comes first
		}
		p.refuseHere(r, fault.UndefinedValue(p.kind, word))
		// A value without a type: nothing more is wrong with it.
		return new(item.Value)
	}
	return v
}

// operand reads a path, a value or a call.
func (p *parser) operand() operand {
	switch p.tok.kind {
	case tokenValue:
		return operand{value: p.value()}
	case tokenWord:
		word := p.word()
		name := p.name()
		if p.tok.kind == '(' {
			return operand{call: p.call(word)}
		}
		return operand{path: p.steps(p.begin(name))}
	}
	return operand{path: p.path()}
}

// call reads the operands of a function, from the parenthesis on.
func (p *parser) call(name string) *call {
	fn := findFunction(name)
	c := &call{fn: fn}
	c.args = c.room[:0]
	p.operators++
	for {
		p.advance() // over the parenthesis or comma
		c.args = append(c.args, p.enclosed())
		if p.tok.kind != ',' {
			break
		}
	}
	p.expect(')')
	switch {
	case fn == nil:
		p.refuse(rankFunction, fault.InvalidFunctionName(p.kind, name))
		c.fn = &function{name: name}
	case fn.update != (p.lang == updates):
		p.refuse(rankFunction, fault.ForeignFunction(p.kind, name))
		c.fn = &function{name: name}
	case p.syntax == nil:
		p.checkCall(c)
	}
	return c
}

// enclosed reads an operand that may stand in parentheses.
func (p *parser) enclosed() operand {
	if p.tok.kind != '(' {
		return p.operand()
	}
	p.advance()
	if p.tok.kind == '(' && p.lang == conditions {
		p.refuse(rankParentheses, fault.RedundantParentheses(p.kind))
	}
	o := p.enclosed()
	p.expect(')')
	if o.path != nil && p.lang == conditions {
		o.path = p.steps(o.path)
	}
	return o
}
