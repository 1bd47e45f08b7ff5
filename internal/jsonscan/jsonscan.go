// Package jsonscan reads JSON without reflection: one pass checks the text and
// notes where each value stands, and values are looked at in place. It is the
// way in for every request body, so it does few allocations: one copy of the
// text, which all strings then share.
package jsonscan

import (
	"fmt"
	"iter"
	"sync"
	"unsafe"
)

// Kind is the type of a JSON value.
type Kind uint8

// The types of JSON.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"null", "boolean", "number", "string", "array", "object"}

func (k Kind) String() string { return kindNames[k] }

// MaxDepth is how deep arrays and objects may nest. It is far above what an
// item may have (32 levels, two of JSON for each), so that too deep an item is
// refused in the words of the service, and it bounds the stack.
const MaxDepth = 1000

// SyntaxError says where a text stops being JSON.
type SyntaxError struct {
	// Offset is the byte at which the text went wrong; its length if it ended
	// too soon.
	Offset int
	// Reason is for logs.
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("jsonscan: %s at byte %d", e.Reason, e.Offset)
}

// node is one value, or the key of a member, in the order of the text.
type node struct {
	kind Kind
	// escaped says that a string has backslashes.
	escaped bool
	// dead says that a key is repeated later in its object.
	dead bool
	// start and end bound the value in the text: a string without its quotes.
	start, end uint32
	// next is the node after this value and all it holds.
	next int32
	// count is the number of elements, or of members that are not dead.
	count int32
}

// Doc is a parsed text. It may be used by several goroutines at once.
type Doc struct {
	text  string
	nodes []node
	keys  []int32 // scratch of the parser: the keys of the open objects
}

var docs = sync.Pool{New: func() any { return new(Doc) }}

// Parse reads one JSON value, with nothing but white space around it. The data
// is copied: it stays the caller's. The error is a *SyntaxError. Bytes that are
// not UTF-8 are refused; half of a surrogate pair becomes U+FFFD.
func Parse(data []byte) (*Doc, error) {
	d := docs.Get().(*Doc)
	d.text = string(data)
	d.nodes, d.keys = d.nodes[:0], d.keys[:0]
	p := parser{d: d, s: d.text}
	if err := p.document(); err != nil {
		d.Release()
		return nil, err
	}
	return d, nil
}

// Release gives the Doc back for another Parse. Neither it nor a Value of it
// may be used any more; strings that were read from it, and what Raw gave, stay
// good.
func (d *Doc) Release() {
	d.text = ""
	if cap(d.nodes) > 1<<14 {
		// One huge body must not stay in memory for ever.
		d.nodes, d.keys = nil, nil
	}
	docs.Put(d)
}

// Root is the whole value.
func (d *Doc) Root() Value { return Value{d, 0} }

// Value is a value in a Doc. The zero Value is null.
type Value struct {
	d *Doc
	i int32
}

// Kind is the value's type.
func (v Value) Kind() Kind {
	if v.d == nil {
		return Null
	}
	return v.d.nodes[v.i].kind
}

// Raw is the value as it stands in the text. Never write into it.
func (v Value) Raw() []byte {
	if v.d == nil {
		return []byte("null")
	}
	s := v.text()
	return unsafe.Slice(unsafe.StringData(s), len(s))
}

func (v Value) text() string {
	n := &v.d.nodes[v.i]
	if n.kind == String {
		return v.d.text[n.start-1 : n.end+1]
	}
	return v.d.text[n.start:n.end]
}

// Str is the text of a string; "" for other types.
func (v Value) Str() string {
	if v.d == nil {
		return ""
	}
	return v.d.str(v.i)
}

func (d *Doc) str(i int32) string {
	n := &d.nodes[i]
	if n.kind != String {
		return ""
	}
	s := d.text[n.start:n.end]
	if n.escaped {
		return unescape(s)
	}
	return s
}

// Bool is whether the value is true.
func (v Value) Bool() bool {
	return v.Kind() == Bool && v.d.text[v.d.nodes[v.i].start] == 't'
}

// Number is the text of a number; "" for other types.
func (v Value) Number() string {
	if v.Kind() != Number {
		return ""
	}
	return v.text()
}

// Len is the number of elements of an array, or of members of an object; 0 for
// other types. Of members with the same name only the last one counts.
func (v Value) Len() int {
	if v.d == nil {
		return 0
	}
	return int(v.d.nodes[v.i].count)
}

// Index is an element of an array, found by counting: walk Elems to see them
// all. It panics if there is no such element.
func (v Value) Index(i int) Value {
	if v.Kind() != Array || i < 0 || i >= v.Len() {
		panic("jsonscan: index out of range")
	}
	at := v.i + 1
	for ; i > 0; i-- {
		at = v.d.nodes[at].next
	}
	return Value{v.d, at}
}

// Field is the member of an object with a name, if there is one.
func (v Value) Field(name string) (Value, bool) {
	if v.Kind() != Object {
		return Value{}, false
	}
	end := v.d.nodes[v.i].next
	for at := v.i + 1; at < end; {
		k := &v.d.nodes[at]
		if !k.dead {
			if !k.escaped {
				if v.d.text[k.start:k.end] == name {
					return Value{v.d, at + 1}, true
				}
			} else if v.d.str(at) == name {
				return Value{v.d, at + 1}, true
			}
		}
		at = v.d.nodes[at+1].next
	}
	return Value{}, false
}

// Members are the members of an object in the order of the text; none for other
// types. A name that stands there again later is left out.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for c := v.Cursor(); c.Next(); {
			if !yield(c.Name(), c.Value()) {
				return
			}
		}
	}
}

// Elems are the elements of an array; none for other types.
func (v Value) Elems() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		end := v.d.nodes[v.i].next
		for at := v.i + 1; at < end; at = v.d.nodes[at].next {
			if !yield(Value{v.d, at}) {
				return
			}
		}
	}
}

// Cursor walks the members of an object as Members does, without a closure.
type Cursor struct {
	d             *Doc
	key, next, to int32
}

// Cursor stands before the first member.
func (v Value) Cursor() Cursor {
	if v.Kind() != Object {
		return Cursor{}
	}
	return Cursor{d: v.d, next: v.i + 1, to: v.d.nodes[v.i].next}
}

// Next goes on to the next member, if there is one.
func (c *Cursor) Next() bool {
	for c.next < c.to {
		c.key = c.next
		c.next = c.d.nodes[c.key+1].next
		if !c.d.nodes[c.key].dead {
			return true
		}
	}
	return false
}

// Name is the member's name.
func (c *Cursor) Name() string { return c.d.str(c.key) }

// Value is the member's value.
func (c *Cursor) Value() Value { return Value{c.d, c.key + 1} }
