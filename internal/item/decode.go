package item

import (
	"fmt"
	"strings"

	"shvm-db/internal/jsonscan"
)

// Decode reads an item as it is stored, which is what AppendJSON wrote: it
// trusts numbers to be normal and sets to be sets. The bytes stay the caller's.
// Other spellings of the same JSON, as a person may leave in the file, are read
// too, and slowly. What is no item is an error.
func Decode(stored []byte) (Map, error) {
	r := stream{s: string(stored)}
	if m, ok := r.attributes(); ok && r.at == len(r.s) {
		return m, nil
	}
	doc, err := jsonscan.Parse(stored)
	if err != nil {
		return nil, fmt.Errorf("stored item: %w", err)
	}
	defer doc.Release()
	if doc.Root().Kind() != jsonscan.Object {
		return nil, fmt.Errorf("stored item is a JSON %v", doc.Root().Kind())
	}
	m, err := Reader{AnyDepth: true}.Map(doc.Root())
	if err != nil {
		return nil, fmt.Errorf("stored item: %w", err)
	}
	return m, nil
}

// stream reads canonical JSON. Its methods give false for anything else.
type stream struct {
	s  string
	at int
}

func (r *stream) eat(word string) bool {
	if strings.HasPrefix(r.s[r.at:], word) {
		r.at += len(word)
		return true
	}
	return false
}

// str reads a string without escapes of \u, which AppendString writes only for
// rare control characters.
func (r *stream) str() (string, bool) {
	if r.at >= len(r.s) || r.s[r.at] != '"' {
		return "", false
	}
	from := r.at + 1
	end := strings.IndexByte(r.s[from:], '"')
	if end < 0 {
		return "", false
	}
	if text := r.s[from : from+end]; strings.IndexByte(text, '\\') < 0 {
		r.at = from + end + 1
		return text, true
	}
	var out []byte
	for i := from; i < len(r.s); i++ {
		switch c := r.s[i]; c {
		case '"':
			r.at = i + 1
			return string(out), true
		case '\\':
			i++
			if i >= len(r.s) {
				return "", false
			}
			switch r.s[i] {
			case '"', '\\':
				out = append(out, r.s[i])
			case 'b':
				out = append(out, '\b')
			case 'f':
				out = append(out, '\f')
			case 'n':
				out = append(out, '\n')
			case 'r':
				out = append(out, '\r')
			case 't':
				out = append(out, '\t')
			default:
				return "", false
			}
		default:
			out = append(out, c)
		}
	}
	return "", false
}

func (r *stream) attributes() (Map, bool) {
	if !r.eat("{") {
		return nil, false
	}
	if r.eat("}") {
		return Map{}, true
	}
	m := make(Map, 0, 8)
	for {
		name, ok := r.str()
		if !ok || !r.eat(":") {
			return nil, false
		}
		v, ok := r.value()
		if !ok {
			return nil, false
		}
		m = append(m, Attr{name, v})
		if r.eat(",") {
			continue
		}
		return m, r.eat("}")
	}
}

func (r *stream) value() (v Value, ok bool) {
	if !r.eat(`{"`) {
		return v, false
	}
	end := strings.IndexByte(r.s[r.at:], '"')
	if end < 0 {
		return v, false
	}
	v.Kind = kindOf(r.s[r.at : r.at+end])
	r.at += end + 1
	if v.Kind == 0 || !r.eat(":") {
		return v, false
	}
	switch v.Kind {
	case S, N:
		v.Text, ok = r.str()
	case B:
		v.Text, ok = r.bytes()
	case BOOL:
		v.Bool = r.eat("true")
		ok = v.Bool || r.eat("false")
	case NULL:
		ok = r.eat("true")
	case M:
		v.Map, ok = r.attributes()
	case L:
		v.List = []Value{}
		ok = r.elements(func() bool {
			e, ok := r.value()
			v.List = append(v.List, e)
			return ok
		})
	default:
		ok = r.elements(func() bool {
			read := r.str
			if v.Kind == BS {
				read = r.bytes
			}
			e, ok := read()
			v.Set = append(v.Set, e)
			return ok
		})
	}
	return v, ok && r.eat("}")
}

func (r *stream) bytes() (string, bool) {
	text, ok := r.str()
	if !ok {
		return "", false
	}
	raw, err := decodeBase64(text)
	return raw, err == nil
}

func (r *stream) elements(read func() bool) bool {
	if !r.eat("[") {
		return false
	}
	if r.eat("]") {
		return true
	}
	for {
		if !read() {
			return false
		}
		if r.eat(",") {
			continue
		}
		return r.eat("]")
	}
}
