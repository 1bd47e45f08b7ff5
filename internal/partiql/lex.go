package partiql

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"shvm-db/internal/fault"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuoted // "name"
	tokenString // 'text'
	tokenNumber
	tokenSign // any other
)

// token is one word of a statement.
type token struct {
	kind tokenKind
	// text is the word as it is written; of what is quoted, what it stands for.
	text string
	at   fault.Position
}

// lexer cuts a statement into tokens, all at once: statements are short.
type lexer struct {
	s            string
	pos          int
	line, column int
	tokens       []token
}

// signs are the tokens of two characters; all others have one.
var signs = []string{"<<", ">>", "<=", ">=", "<>", "!=", "||"}

// lex gives the tokens, of which the last one is the end. What cannot be a
// token is refused without a detail, as the service does.
func lex(statement string) ([]token, *fault.Error) {
	l := lexer{s: statement, line: 1, column: 1}
	for {
		more, ok := l.next()
		if !ok {
			return nil, fault.NotWellFormed("")
		}
		if !more {
			return l.tokens, nil
		}
	}
}

// skip goes on to a byte.
func (l *lexer) skip(to int) {
	for _, r := range l.s[l.pos:to] {
		l.column++
		if r == '\n' {
			l.line, l.column = l.line+1, 1
		}
	}
	l.pos = to
}

// emit makes a token of the text up to a byte.
func (l *lexer) emit(kind tokenKind, text string, to int) {
	at := fault.Position{Line: l.line, Column: l.column, Length: utf8.RuneCountInString(l.s[l.pos:to])}
	l.tokens = append(l.tokens, token{kind, text, at})
	l.skip(to)
}

// next reads one token, or white space. ok is false for what is none.
func (l *lexer) next() (more, ok bool) {
	rest := l.s[l.pos:]
	if rest == "" {
		l.emit(tokenEnd, "", l.pos)
		return false, true
	}
	switch c := rest[0]; {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
		l.skip(l.pos + 1)
	case strings.HasPrefix(rest, "--"):
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		l.skip(l.pos + end)
	case strings.HasPrefix(rest, "/*"):
		end := strings.Index(rest[2:], "*/")
		if end < 0 {
			return false, false
		}
		l.skip(l.pos + 2 + end + 2)
	case c == '\'' || c == '"':
		return true, l.quoted(c)
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return true, l.number()
	case isLetter(c):
		end := 1
		for end < len(rest) && (isLetter(rest[end]) || isDigit(rest[end])) {
			end++
		}
		l.emit(tokenWord, rest[:end], l.pos+end)
	default:
		for _, s := range signs {
			if strings.HasPrefix(rest, s) {
				l.emit(tokenSign, s, l.pos+2)
				return true, true
			}
		}
		if strings.IndexByte("(){}[],.:=<>+-*/%?;", c) < 0 {
			return false, false
		}
		l.emit(tokenSign, rest[:1], l.pos+1)
	}
	return true, true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isLetter says whether a byte belongs to a word. Letters outside of ASCII do.
func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// quoted reads a text in quotes, in which the quote is written twice.
func (l *lexer) quoted(q byte) bool {
	for i := l.pos + 1; i < len(l.s); i++ {
		if l.s[i] != q {
			continue
		}
		if i+1 < len(l.s) && l.s[i+1] == q {
			i++
			continue
		}
		text := strings.ReplaceAll(l.s[l.pos+1:i], string([]byte{q, q}), string(q))
		kind := tokenString
		if q == '"' {
			kind = tokenQuoted
		}
		l.emit(kind, text, i+1)
		return true
	}
	return false
}

// number reads a number. Neither its exponent nor its scale may go beyond 32
// bits.
func (l *lexer) number() bool {
	i, fraction := l.pos, 0
	for i < len(l.s) && isDigit(l.s[i]) {
		i++
	}
	if i < len(l.s) && l.s[i] == '.' {
		i++
		for i < len(l.s) && isDigit(l.s[i]) {
			i++
			fraction++
		}
	}
	if i < len(l.s) && (l.s[i] == 'e' || l.s[i] == 'E') {
		j := i + 1
		if j < len(l.s) && (l.s[j] == '+' || l.s[j] == '-') {
			j++
		}
		end := j
		for end < len(l.s) && isDigit(l.s[end]) {
			end++
		}
		if end == j {
			return false
		}
		exponent, err := strconv.ParseInt(l.s[i+1:end], 10, 32)
		if err != nil || int64(fraction)-exponent > 1<<31-1 || int64(fraction)-exponent < -1<<31 {
			return false
		}
		i = end
	}
	if i < len(l.s) && isLetter(l.s[i]) {
		return false
	}
	l.emit(tokenNumber, l.s[l.pos:i], i)
	return true
}
