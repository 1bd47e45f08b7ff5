package expr

import "unicode/utf8"

// tokenKind is what a token is. Punctuation of one character is its own kind.
type tokenKind int

const (
	tokenEnd   tokenKind = -iota
	tokenWord            // a word: an attribute name, a keyword, a function
	tokenName            // #name
	tokenValue           // :value
	tokenInteger
	tokenLessEqual    // <=
	tokenGreaterEqual // >=
	tokenNotEqual     // <>
	tokenBad          // a character that no token begins with
)

// token is a piece of the text: text[start:end].
type token struct {
	kind       tokenKind
	start, end int
}

// scan gives the token at or after a position.
func scan(text string, at int) token {
	for at < len(text) && isSpace(text[at]) {
		at++
	}
	if at == len(text) {
		return token{tokenEnd, at, at}
	}
	c := text[at]
	switch {
	case isLetter(c):
		return token{tokenWord, at, wordEnd(text, at+1)}
	case c == '#' || c == ':':
		kind := tokenName
		if c == ':' {
			kind = tokenValue
		}
		end := wordEnd(text, at+1)
		if end == at+1 {
			kind = tokenBad
		}
		return token{kind, at, end}
	case isDigit(c):
		end := at + 1
		for end < len(text) && isDigit(text[end]) {
			end++
		}
		return token{tokenInteger, at, end}
	}
	two := byte(0)
	if at+1 < len(text) {
		two = text[at+1]
	}
	switch {
	case c == '<' && two == '=':
		return token{tokenLessEqual, at, at + 2}
	case c == '<' && two == '>':
		return token{tokenNotEqual, at, at + 2}
	case c == '>' && two == '=':
		return token{tokenGreaterEqual, at, at + 2}
	}
	switch c {
	case '=', '<', '>', '(', ')', '[', ']', ',', '.', '+', '-':
		return token{tokenKind(c), at, at + 1}
	}
	_, n := utf8.DecodeRuneInString(text[at:])
	return token{tokenBad, at, at + n}
}

// wordEnd is the end of the letters, digits and underscores at a position.
func wordEnd(text string, at int) int {
	for at < len(text) {
		c := text[at]
		if !isLetter(c) && !isDigit(c) && c != '_' {
			break
		}
		at++
	}
	return at
}

func isSpace(c byte) bool  { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { c |= 0x20; return 'a' <= c && c <= 'z' }
