package item

import (
	"strings"

	"shvm-db/internal/number"
)

// Equal is whether two values are the same to a condition: same type; numbers
// by value; sets and maps in any order.
func Equal(a, b Value) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case S, N, B:
		return a.Text == b.Text
	case BOOL:
		return a.Bool == b.Bool
	case NULL:
		return true
	case M:
		return EqualMap(a.Map, b.Map)
	case L:
		if len(a.List) != len(b.List) {
			return false
		}
		for i := range a.List {
			if !Equal(a.List[i], b.List[i]) {
				return false
			}
		}
		return true
	case SS, NS, BS:
		return equalSet(a.Set, b.Set)
	}
	return false
}

// EqualMap is whether two maps have the same attributes, in any order.
func EqualMap(a, b Map) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		// Most often the order is the same.
		if b[i].Name == a[i].Name {
			if !Equal(a[i].Value, b[i].Value) {
				return false
			}
			continue
		}
		v, ok := b.Get(a[i].Name)
		if !ok || !Equal(a[i].Value, v) {
			return false
		}
	}
	return true
}

func equalSet(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) <= 16 {
		for _, e := range a {
			if !contains(b, e) {
				return false
			}
		}
		return true
	}
	has := make(map[string]struct{}, len(b))
	for _, e := range b {
		has[e] = struct{}{}
	}
	for _, e := range a {
		if _, ok := has[e]; !ok {
			return false
		}
	}
	return true
}

func contains(set []string, text string) bool {
	for _, e := range set {
		if e == text {
			return true
		}
	}
	return false
}

// Compare orders two values of the same type S, N or B: -1, 0 or 1. Text and
// binary compare as unsigned bytes. It panics for other types.
func Compare(a, b Value) int {
	if a.Kind == b.Kind {
		switch a.Kind {
		case S, B:
			return strings.Compare(a.Text, b.Text)
		case N:
			return number.Compare(a.Text, b.Text)
		}
	}
	panic("item: " + a.Kind.String() + " and " + b.Kind.String() + " have no order")
}
