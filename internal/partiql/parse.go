package partiql

import (
	"strings"

	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
)

// Details of a statement that is not well formed. Those without a comment are
// recorded.
const (
	expectedStatement = "Expected data manipulation"
	unexpectedTerm    = "Unexpected term"
	leftOver          = "Unexpected token after expression"
	dotComponent      = "Invalid path dot component"

	// These are not recorded; the words are those of the PartiQL reference
	// parser where it has any.
	missingFrom    = "Expected FROM after SELECT list"
	expectedName   = "Expected identifier"
	expectedToken  = "Expected token "
	indexComponent = "Invalid path component"
	expectedType   = "Expected type"
)

// parser reads one statement. The first mistake ends it by a panic with a
// *fault.Error, which Parse takes up.
type parser struct {
	tokens []token
	at     int
	params int
}

// Parse reads a statement, and tells how many parameters it has. Errors are
// *fault.Error.
func Parse(statement string) (s Statement, params int, err error) {
	tokens, f := lex(statement)
	if f != nil {
		return nil, 0, f
	}
	p := &parser{tokens: tokens}
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(*fault.Error)
			if !ok {
				panic(r)
			}
			s, params, err = nil, 0, f
		}
	}()
	s = p.statement()
	p.sign(";")
	if p.tok().kind != tokenEnd {
		p.fail(leftOver)
	}
	return s, p.params, nil
}

func (p *parser) fail(detail string) { panic(fault.NotWellFormed(detail)) }

func (p *parser) tok() token { return p.tokens[p.at] }

func (p *parser) peek() token { return p.tokens[min(p.at+1, len(p.tokens)-1)] }

// is says whether the current token is a keyword.
func (p *parser) is(word string) bool {
	t := p.tok()
	return t.kind == tokenWord && strings.EqualFold(t.text, word)
}

// word goes past a keyword, if it is the current token.
func (p *parser) word(word string) bool {
	if p.is(word) {
		p.at++
		return true
	}
	return false
}

func (p *parser) isSign(sign string) bool {
	return p.tok().kind == tokenSign && p.tok().text == sign
}

// sign goes past a sign, if it is the current token.
func (p *parser) sign(sign string) bool {
	if p.isSign(sign) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expectWord(word string) {
	if !p.word(word) {
		p.fail(expectedToken + word)
	}
}

func (p *parser) expectSign(sign string) {
	if !p.sign(sign) {
		p.fail(expectedToken + sign)
	}
}

func (p *parser) statement() Statement {
	switch {
	case p.is("SELECT"):
		return p.selection()
	case p.word("INSERT"):
		p.expectWord("INTO")
		into := p.name()
		if into.Index != "" {
			panic(fault.InsertIndex())
		}
		if !p.word("VALUE") {
			p.fail(leftOver)
		}
		return &Insert{into, p.expression()}
	case p.word("UPDATE"):
		s := &Update{Table: p.name()}
		p.noAlias("SET", "REMOVE", "WHERE", "RETURNING")
		s.Actions = p.actions()
		s.Where = p.where()
		s.Returning = p.returning()
		if s.Actions == nil {
			p.fail(expectedToken + "SET")
		}
		return s
	case p.word("FROM"):
		s := &Update{Table: p.name()}
		p.noAlias("SET", "REMOVE", "WHERE", "RETURNING")
		s.Where = p.where()
		s.Actions = p.actions()
		s.Returning = p.returning()
		if s.Actions == nil {
			p.fail(expectedStatement)
		}
		return s
	case p.word("DELETE"):
		p.expectWord("FROM")
		s := &Delete{From: p.name()}
		p.noAlias("WHERE", "RETURNING", "ORDER")
		s.Where = p.where()
		s.Returning = p.returning()
		if s.Returning != "" && s.Returning != "ALL OLD" {
			panic(fault.Returning("RETURNING " + string(s.Returning) + " *"))
		}
		return s
	case p.is("EXISTS") && p.peek().text == "(":
		p.at += 2
		s := p.selection()
		s.Exists = true
		p.expectSign(")")
		return s
	}
	p.fail(expectedStatement)
	return nil
}

func (p *parser) selection() *Select {
	p.expectWord("SELECT")
	s := new(Select)
	if !p.sign("*") {
		for {
			s.Columns = append(s.Columns, p.column())
			if !p.sign(",") {
				break
			}
		}
	}
	if !p.word("FROM") {
		p.fail(missingFrom)
	}
	s.From = p.name()
	p.noAlias("WHERE", "ORDER")
	s.Where = p.where()
	if p.word("ORDER") {
		p.expectWord("BY")
		for {
			o := Order{Path: p.path()}
			if p.word("DESC") {
				o.Descending = true
			} else {
				p.word("ASC")
			}
			s.Order = append(s.Order, o)
			if !p.sign(",") {
				break
			}
		}
	}
	return s
}

// column reads a column. What is not a path is refused by its place.
func (p *parser) column() Column {
	t := p.tok()
	if t.kind == tokenWord && p.peek().kind == tokenSign && p.peek().text == "(" {
		panic(fault.PathComponent(t.at))
	}
	c := Column{Path: p.path(), at: t.at}
	if p.is("AS") || p.tok().kind == tokenQuoted || p.tok().kind == tokenWord && !isKeyword(p.tok().text) {
		panic(fault.Aliasing())
	}
	return c
}

// name reads the name of a table, and of an index.
func (p *parser) name() Name {
	var parts []string
	for {
		t := p.tok()
		if t.kind != tokenQuoted && (t.kind != tokenWord || isKeyword(t.text)) {
			p.fail(expectedName)
		}
		if t.text == "" {
			panic(fault.FromEmpty())
		}
		p.at++
		parts = append(parts, t.text)
		if !p.sign(".") {
			break
		}
	}
	switch len(parts) {
	case 1:
		return Name{Table: parts[0]}
	case 2:
		return Name{parts[0], parts[1]}
	}
	panic(fault.FromParts())
}

// noAlias refuses a name where one of some keywords or the end should stand.
func (p *parser) noAlias(follow ...string) {
	t := p.tok()
	if p.is("AS") {
		panic(fault.Aliasing())
	}
	if t.kind != tokenQuoted && t.kind != tokenWord {
		return
	}
	for _, word := range follow {
		if p.is(word) {
			return
		}
	}
	if t.kind == tokenQuoted || !isKeyword(t.text) {
		panic(fault.Aliasing())
	}
}

func (p *parser) where() Expr {
	if !p.word("WHERE") {
		return nil
	}
	return p.expression()
}

// actions reads SET and REMOVE clauses.
func (p *parser) actions() []Action {
	var actions []Action
	for {
		set := p.word("SET")
		if !set && !p.word("REMOVE") {
			return actions
		}
		for {
			a := Action{Path: p.path()}
			if set {
				p.expectSign("=")
				a.Value = p.sum()
			}
			actions = append(actions, a)
			if !p.sign(",") {
				break
			}
		}
	}
}

func (p *parser) returning() Returning {
	if !p.word("RETURNING") {
		return ""
	}
	var words []string
	for _, choice := range [][]string{{"ALL", "MODIFIED"}, {"OLD", "NEW"}} {
		t := strings.ToUpper(p.tok().text)
		if p.tok().kind != tokenWord || t != choice[0] && t != choice[1] {
			p.fail(expectedToken + choice[0] + " or " + choice[1])
		}
		p.at++
		words = append(words, t)
	}
	p.expectSign("*")
	return Returning(strings.Join(words, " "))
}

// path reads an attribute's name and what leads inside of it.
func (p *parser) path() expr.Path {
	t := p.tok()
	if t.kind != tokenQuoted && (t.kind != tokenWord || isKeyword(t.text)) {
		p.fail(unexpectedTerm)
	}
	p.at++
	path := expr.Path{{Name: p.stepName(t)}}
	for {
		switch {
		case p.sign("."):
			t := p.tok()
			if t.kind != tokenQuoted && (t.kind != tokenWord || isKeyword(t.text)) {
				p.fail(dotComponent)
			}
			p.at++
			path = append(path, expr.Step{Name: p.stepName(t)})
		case p.sign("["):
			path = append(path, p.index())
			p.expectSign("]")
		default:
			return path
		}
	}
}

func (p *parser) stepName(t token) string {
	if t.text == "" {
		panic(fault.FromEmpty())
	}
	return t.text
}

// index reads what stands in brackets: a whole number, or a name as a string.
func (p *parser) index() expr.Step {
	t := p.tok()
	p.at++
	switch t.kind {
	case tokenString:
		return expr.Step{Name: p.stepName(t)}
	case tokenNumber:
		n := 0
		for _, c := range []byte(t.text) {
			if !isDigit(c) || n > 1<<24 {
				p.fail(indexComponent)
			}
			n = n*10 + int(c-'0')
		}
		return expr.Step{Index: n}
	}
	p.fail(indexComponent)
	return expr.Step{}
}
