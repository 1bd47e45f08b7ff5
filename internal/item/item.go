// Package item holds the values that DynamoDB stores: attribute values, items,
// their sizes, and their JSON as the service writes it.
package item

// Kind is the type of an attribute value.
type Kind uint8

// The types, by their tags in JSON. Zero is no type: the zero Value is not a
// value.
const (
	S Kind = iota + 1
	N
	B
	BOOL
	NULL
	M
	L
	SS
	NS
	BS
)

var kindNames = [...]string{"", "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}

// String is the tag of the type in JSON: "S", "N" and so on.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "?"
}

// Value is one attribute value. Values are immutable by convention: whoever
// changes one copies it first.
type Value struct {
	Kind Kind
	// Bool is the value of a BOOL.
	Bool bool
	// Text is the text of an S, the normal form of an N (package number), the
	// raw bytes of a B.
	Text string
	// List is the elements of an L.
	List []Value
	// Map is the entries of an M.
	Map Map
	// Set is the elements of an SS, NS or BS in the order written, each as Text
	// would have it.
	Set []string
}

// Attr is a named value.
type Attr struct {
	Name  string
	Value Value
}

// Map is attributes in the order they were written; names are unique. An item
// is a Map.
type Map []Attr

// Get gives the value of an attribute, if there is one.
func (m Map) Get(name string) (Value, bool) {
	for i := range m {
		if m[i].Name == name {
			return m[i].Value, true
		}
	}
	return Value{}, false
}

// With is the map with one attribute set; m itself stays as it was.
func (m Map) With(name string, v Value) Map {
	out := make(Map, len(m), len(m)+1)
	copy(out, m)
	for i := range out {
		if out[i].Name == name {
			out[i].Value = v
			return out
		}
	}
	return append(out, Attr{name, v})
}

// Without is the map less one attribute; m itself stays as it was.
func (m Map) Without(name string) Map {
	for i := range m {
		if m[i].Name == name {
			out := make(Map, 0, len(m)-1)
			out = append(out, m[:i]...)
			return append(out, m[i+1:]...)
		}
	}
	return m
}
