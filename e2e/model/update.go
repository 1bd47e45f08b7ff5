package model

import (
	"slices"
	"strings"
)

// Clause is one action of an update on an attribute at the top of an item.
type Clause struct {
	// Verb is SET, REMOVE, ADD or DELETE.
	Verb string
	Attr string
	// Value is what SET, ADD and DELETE take. With Plus, SET adds it to the
	// attribute of that name; with Default, it is what the attribute becomes
	// if it is missing.
	Value   Value
	Plus    string
	Default bool
}

// Update gives the item after the clauses; ok is false for an update that the
// item refuses. Every clause reads the item as it was.
func Update(m Item, clauses []Clause) (after Item, ok bool) {
	after = Item{}
	for name, v := range m {
		after[name] = v
	}
	for _, c := range clauses {
		old := m[c.Attr]
		switch c.Verb {
		case "REMOVE":
			delete(after, c.Attr)
		case "SET":
			switch {
			case c.Plus != "":
				sum, ok := add(m[c.Plus], c.Value)
				if m[c.Plus] == nil || !ok {
					return nil, false
				}
				after[c.Attr] = sum
			case c.Default && old != nil:
			default:
				after[c.Attr] = normal(c.Value)
			}
		case "ADD":
			if old == nil {
				after[c.Attr] = normal(c.Value)
				break
			}
			sum, ok := add(old, c.Value)
			if !ok {
				return nil, false
			}
			after[c.Attr] = sum
		case "DELETE":
			if old == nil {
				break
			}
			t, have := tag(old)
			u, gone := tag(normal(c.Value))
			if t != u {
				return nil, false
			}
			left := slices.DeleteFunc(slices.Clone(have.([]any)), func(e any) bool { return slices.Contains(gone.([]any), e) })
			if len(left) == 0 {
				delete(after, c.Attr)
			} else {
				after[c.Attr] = Value{t: left}
			}
		}
	}
	return after, true
}

// add is the sum of numbers or the union of sets.
func add(old any, v Value) (Value, bool) {
	if old == nil {
		return nil, false
	}
	t, have := tag(old)
	u, more := tag(normal(v))
	switch {
	case t != u:
		return nil, false
	case t == "N":
		a := rational(have.(string))
		return N(plainNumber(a.Add(a, rational(more.(string))).FloatString(40))), true
	case t == "SS" || t == "NS":
		union := slices.Clone(have.([]any))
		for _, e := range more.([]any) {
			if !slices.Contains(union, e) {
				union = append(union, e)
			}
		}
		return Value{t: union}, true
	}
	return nil, false
}

// updateText writes the clauses.
func updateText(clauses []Clause, p *Placeholders) string {
	var sections []string
	for _, verb := range []string{"SET", "REMOVE", "ADD", "DELETE"} {
		var parts []string
		for _, c := range clauses {
			if c.Verb != verb {
				continue
			}
			part := p.name(c.Attr)
			switch {
			case verb == "REMOVE":
			case verb != "SET":
				part += " " + p.value(c.Value)
			case c.Plus != "":
				part += " = " + p.name(c.Plus) + " + " + p.value(c.Value)
			case c.Default:
				part += " = if_not_exists(" + p.name(c.Attr) + ", " + p.value(c.Value) + ")"
			default:
				part += " = " + p.value(c.Value)
			}
			parts = append(parts, part)
		}
		if parts != nil {
			sections = append(sections, verb+" "+strings.Join(parts, ", "))
		}
	}
	return strings.Join(sections, " ")
}
