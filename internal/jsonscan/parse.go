package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

type parser struct {
	d   *Doc
	s   string
	pos int
}

func (p *parser) fail(reason string) error { return &SyntaxError{Offset: p.pos, Reason: reason} }

func (p *parser) document() error {
	if uint64(len(p.s)) > 1<<31 {
		return p.fail("text too long")
	}
	p.space()
	if err := p.value(0); err != nil {
		return err
	}
	p.space()
	if p.pos != len(p.s) {
		return p.fail("something after the value")
	}
	return nil
}

func (p *parser) space() {
	for p.pos < len(p.s) {
		switch p.s[p.pos] {
		case ' ', '\n', '\t', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) value(depth int) error {
	if p.pos >= len(p.s) {
		return p.fail("end of text")
	}
	switch c := p.s[p.pos]; {
	case c == '"':
		return p.str()
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	case c == 't':
		return p.word("true", Bool)
	case c == 'f':
		return p.word("false", Bool)
	case c == 'n':
		return p.word("null", Null)
	}
	return p.fail("no value")
}

func (p *parser) add(k Kind, start, end int) {
	p.d.nodes = append(p.d.nodes, node{
		kind: k, start: uint32(start), end: uint32(end), next: int32(len(p.d.nodes) + 1),
	})
}

func (p *parser) word(w string, k Kind) error {
	if len(p.s)-p.pos < len(w) || p.s[p.pos:p.pos+len(w)] != w {
		return p.fail("no value")
	}
	p.add(k, p.pos, p.pos+len(w))
	p.pos += len(w)
	return nil
}

func (p *parser) digits() bool {
	from := p.pos
	for p.pos < len(p.s) && '0' <= p.s[p.pos] && p.s[p.pos] <= '9' {
		p.pos++
	}
	return p.pos > from
}

func (p *parser) number() error {
	start := p.pos
	if p.s[p.pos] == '-' {
		p.pos++
	}
	if p.pos < len(p.s) && p.s[p.pos] == '0' {
		p.pos++
	} else if !p.digits() {
		return p.fail("no digit")
	}
	if p.pos < len(p.s) && p.s[p.pos] == '.' {
		p.pos++
		if !p.digits() {
			return p.fail("no digit")
		}
	}
	if p.pos < len(p.s) && (p.s[p.pos] == 'e' || p.s[p.pos] == 'E') {
		p.pos++
		if p.pos < len(p.s) && (p.s[p.pos] == '+' || p.s[p.pos] == '-') {
			p.pos++
		}
		if !p.digits() {
			return p.fail("no digit")
		}
	}
	p.add(Number, start, p.pos)
	return nil
}

func (p *parser) array(depth int) error {
	if depth >= MaxDepth {
		return p.fail("nested too deep")
	}
	at := len(p.d.nodes)
	p.add(Array, p.pos, 0)
	p.pos++
	count := int32(0)
	p.space()
	if p.pos < len(p.s) && p.s[p.pos] == ']' {
		p.pos++
		p.close(at, count)
		return nil
	}
	for {
		p.space()
		if err := p.value(depth + 1); err != nil {
			return err
		}
		count++
		p.space()
		if p.pos >= len(p.s) {
			return p.fail("end of text")
		}
		switch p.s[p.pos] {
		case ',':
			p.pos++
		case ']':
			p.pos++
			p.close(at, count)
			return nil
		default:
			return p.fail("no comma in an array")
		}
	}
}

func (p *parser) close(at int, count int32) {
	n := &p.d.nodes[at]
	n.end, n.next, n.count = uint32(p.pos), int32(len(p.d.nodes)), count
}

func (p *parser) object(depth int) error {
	if depth >= MaxDepth {
		return p.fail("nested too deep")
	}
	at := len(p.d.nodes)
	p.add(Object, p.pos, 0)
	p.pos++
	p.space()
	if p.pos < len(p.s) && p.s[p.pos] == '}' {
		p.pos++
		p.close(at, 0)
		return nil
	}
	base := len(p.d.keys)
	for {
		p.space()
		if p.pos >= len(p.s) || p.s[p.pos] != '"' {
			return p.fail("no name of a member")
		}
		p.d.keys = append(p.d.keys, int32(len(p.d.nodes)))
		if err := p.str(); err != nil {
			return err
		}
		p.space()
		if p.pos >= len(p.s) || p.s[p.pos] != ':' {
			return p.fail("no colon in an object")
		}
		p.pos++
		p.space()
		if err := p.value(depth + 1); err != nil {
			return err
		}
		p.space()
		if p.pos >= len(p.s) {
			return p.fail("end of text")
		}
		switch p.s[p.pos] {
		case ',':
			p.pos++
		case '}':
			p.pos++
			keys := p.d.keys[base:]
			p.close(at, int32(len(keys))-p.d.bury(keys))
			p.d.keys = p.d.keys[:base]
			return nil
		default:
			return p.fail("no comma in an object")
		}
	}
}

// bury marks the keys that stand again later in the same object, and counts
// them.
func (d *Doc) bury(keys []int32) (dead int32) {
	if len(keys) > 12 {
		last := make(map[string]int32, len(keys))
		for _, k := range keys {
			name := d.str(k)
			if earlier, ok := last[name]; ok {
				d.nodes[earlier].dead = true
				dead++
			}
			last[name] = k
		}
		return dead
	}
	for i, k := range keys {
		a := &d.nodes[k]
		for _, l := range keys[i+1:] {
			b := &d.nodes[l]
			if a.escaped || b.escaped {
				if d.str(k) != d.str(l) {
					continue
				}
			} else if a.end-a.start != b.end-b.start || d.text[a.start:a.end] != d.text[b.start:b.end] {
				continue
			}
			a.dead = true
			dead++
			break
		}
	}
	return dead
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// plain is where the ASCII from pos on ends at a control character, a quote or a
// backslash. It looks at eight bytes at a time and may stop short near the end.
func plain(s string, pos int) int {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for pos+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[pos:])
		quote := w ^ ones*'"'
		slash := w ^ ones*'\\'
		// A byte is below n where subtracting n borrows; bytes of 128 and above
		// show by themselves. A borrow may spoil bytes above it, but the lowest
		// byte that is marked is one of those looked for.
		marks := (w | (w - ones*0x20) | ((quote - ones) &^ quote) | ((slash - ones) &^ slash)) & tops
		if marks != 0 {
			return pos + bits.TrailingZeros64(marks)>>3
		}
		pos += 8
	}
	return pos
}

func (p *parser) str() error {
	p.pos++
	start := p.pos
	escaped := false
	for {
		p.pos = plain(p.s, p.pos)
		if p.pos >= len(p.s) {
			return p.fail("end of text in a string")
		}
		switch c := p.s[p.pos]; {
		case c == '"':
			p.d.nodes = append(p.d.nodes, node{
				kind: String, escaped: escaped, start: uint32(start), end: uint32(p.pos),
				next: int32(len(p.d.nodes) + 1),
			})
			p.pos++
			return nil
		case c == '\\':
			escaped = true
			if err := p.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return p.fail("control character in a string")
		case c < utf8.RuneSelf:
			p.pos++
		default:
			r, n := utf8.DecodeRuneInString(p.s[p.pos:])
			if r == utf8.RuneError && n == 1 {
				return p.fail("bytes that are not UTF-8")
			}
			p.pos += n
		}
	}
}

func (p *parser) escape() error {
	p.pos++
	if p.pos >= len(p.s) {
		return p.fail("end of text in a string")
	}
	switch p.s[p.pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.pos++
		return nil
	case 'u':
		if _, ok := hex4(p.s, p.pos+1); !ok {
			return p.fail("bad \\u in a string")
		}
		p.pos += 5
		return nil
	}
	return p.fail("bad escape in a string")
}

func hex4(s string, at int) (r rune, ok bool) {
	if at+4 > len(s) {
		return 0, false
	}
	for _, c := range []byte(s[at : at+4]) {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// unescape reads a string that the parser has checked.
func unescape(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			out = append(out, s[i])
			i++
			continue
		}
		c := s[i+1]
		i += 2
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, _ := hex4(s, i)
			i += 4
			if 0xD800 <= r && r < 0xDC00 && i+1 < len(s) && s[i] == '\\' && s[i+1] == 'u' {
				if low, ok := hex4(s, i+2); ok && 0xDC00 <= low && low < 0xE000 {
					r = 0x10000 + (r-0xD800)<<10 + (low - 0xDC00)
					i += 6
				}
			}
			// AppendRune writes U+FFFD for a half pair.
			out = utf8.AppendRune(out, r)
			continue
		}
		out = append(out, c)
	}
	return unsafe.String(unsafe.SliceData(out), len(out))
}
