package api

import (
	"strings"

	"shvm-db/internal/jsonscan"
)

// java prints a value of a shape as the service does in messages, which is
// Java's way: [a, b] for a list, {a=b} for a map, Name(member=value) for a
// structure.
func java(s *shape, v jsonscan.Value) string {
	var b strings.Builder
	printJava(&b, s, v)
	return b.String()
}

func printJava(b *strings.Builder, s *shape, v jsonscan.Value) {
	switch v.Kind() {
	case jsonscan.Null:
		b.WriteString("null")
	case jsonscan.String:
		b.WriteString(v.Str())
	case jsonscan.Array:
		b.WriteByte('[')
		first := true
		for e := range v.Elems() {
			if !first {
				b.WriteString(", ")
			}
			first = false
			printJava(b, below(s), e)
		}
		b.WriteByte(']')
	case jsonscan.Object:
		if s != nil && s.kind == structureKind {
			printStructure(b, s, v)
			return
		}
		b.WriteByte('{')
		first := true
		for name, e := range v.Members() {
			if !first {
				b.WriteString(", ")
			}
			first = false
			b.WriteString(name + "=")
			printJava(b, below(s), e)
		}
		b.WriteByte('}')
	default:
		b.Write(v.Raw())
	}
}

func below(s *shape) *shape {
	if s == nil || s.kind != listKind && s.kind != mapKind {
		return nil
	}
	return &shapes[s.elem]
}

// hidden are members that the service prints and its model does not have.
var hidden = map[string]string{"PutRequest": "workloadProfileName"}

// valueMembers are the members of an attribute value as the service prints
// them.
var valueMembers = []string{"S", "N", "B", "INT", "DECIMAL", "DOUBLE", "SS", "NS", "BS", "INTSET", "DECIMALSET", "DOUBLESET", "M", "L", "NULL", "BOOL"}

func printStructure(b *strings.Builder, s *shape, v jsonscan.Value) {
	b.WriteString(s.name + "(")
	if s.name == "AttributeValue" {
		for i, name := range valueMembers {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(lower(name) + "=")
			var below *shape
			if j := memberIndex(s, name); j >= 0 {
				below = &shapes[s.members[j].shape]
			}
			printJava(b, below, field(v, name))
		}
		b.WriteByte(')')
		return
	}
	for i, m := range s.members {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(lower(m.name) + "=")
		printJava(b, &shapes[m.shape], field(v, m.name))
	}
	if name := hidden[s.name]; name != "" {
		b.WriteString(", " + name + "=null")
	}
	b.WriteByte(')')
}
