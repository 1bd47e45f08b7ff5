package api

import (
	"regexp"
	"slices"
	"strings"
)

// kind is the type of a shape, by the model's words.
type kind uint8

const (
	structureKind kind = iota
	listKind
	mapKind
	stringKind
	blobKind
	booleanKind
	integerKind
	longKind
	doubleKind
	timestampKind
)

// shape is one type of the model with its constraints. The zero shape has
// none.
type shape struct {
	name           string
	kind           kind
	min, max       int64
	hasMin, hasMax bool
	pattern        string
	enum           []string
	members        []member
	// elem is the shape of a list's elements or a map's values, key that of a
	// map's keys.
	elem, key int

	// The rest is worked out at start.
	match func(string) bool
	// bare says that neither the shape nor anything in it is constrained.
	bare bool
	// order is that of the members in messages, by their place.
	order []int
	// attribute says that it is the attribute value, which most of a request is
	// made of.
	attribute bool
}

// member is one member of a structure.
type member struct {
	name     string
	shape    int
	required bool
}

func init() {
	newer()
	correct()
	for i := range shapes {
		s := &shapes[i]
		if len(s.members) > mostMembers {
			panic("api: " + s.name + " has too many members")
		}
		s.order = orderOf(s)
		s.match = matcher(s.pattern)
		s.attribute = s.name == "AttributeValue"
	}
	// A shape is bare if nothing below it is constrained: the fixed point of
	// "everything is bare" going down.
	for i := range shapes {
		shapes[i].bare = true
	}
	for changed := true; changed; {
		changed = false
		for i := range shapes {
			s := &shapes[i]
			if s.bare && constrained(s) {
				s.bare, changed = false, true
			}
		}
	}
}

func constrained(s *shape) bool {
	if s.hasMin || s.hasMax || s.pattern != "" || len(s.enum) > 0 {
		return true
	}
	switch s.kind {
	case listKind:
		return !shapes[s.elem].bare
	case mapKind:
		return !shapes[s.elem].bare || !shapes[s.key].bare
	case structureKind:
		for _, m := range s.members {
			if m.required || !shapes[m.shape].bare {
				return true
			}
		}
	}
	return false
}

// orderOf gives the order of a structure's members in messages: those with a
// known place first, then the model's.
func orderOf(s *shape) []int {
	var order []int
	for _, name := range messageOrder[s.name] {
		if i := memberIndex(s, name); i >= 0 {
			order = append(order, i)
		}
	}
	for i := range s.members {
		if !slices.Contains(order, i) {
			order = append(order, i)
		}
	}
	return order
}

func memberIndex(s *shape, name string) int {
	for i := range s.members {
		if s.members[i].name == name {
			return i
		}
	}
	return -1
}

// matcher compiles a pattern of the model, which means the whole text. Java's
// classes that Go does not know are translated.
func matcher(pattern string) func(string) bool {
	switch pattern {
	case "":
		return nil
	case namePattern:
		return isName
	}
	pattern = strings.ReplaceAll(pattern, `\p{Print}`, `[\x20-\x7E]`)
	pattern = strings.ReplaceAll(pattern, `[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]`, `[\x{20}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}\r\n\t]`)
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString
}

const namePattern = "[a-zA-Z0-9_.-]+"

// isName says whether a text is of the characters of table and index names.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return s != ""
}
