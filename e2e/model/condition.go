package model

import (
	"fmt"
	"strings"
)

// Condition is a condition or filter on attributes at the top of an item.
type Condition struct {
	// Op is a comparison, one of the functions, BETWEEN, IN, AND, OR or NOT.
	Op     string
	Attr   string
	Values []Value
	Kids   []*Condition
}

// Holds says whether the condition holds for an item; nil is no item.
func (c *Condition) Holds(m Item) bool {
	if c == nil {
		return true
	}
	v := m[c.Attr]
	switch c.Op {
	case "AND":
		return c.Kids[0].Holds(m) && c.Kids[1].Holds(m)
	case "OR":
		return c.Kids[0].Holds(m) || c.Kids[1].Holds(m)
	case "NOT":
		return !c.Kids[0].Holds(m)
	case "attribute_exists":
		return v != nil
	case "attribute_not_exists":
		return v == nil
	case "=":
		return v != nil && equal(v, normal(c.Values[0]))
	case "<>":
		return v == nil || !equal(v, normal(c.Values[0]))
	case "IN":
		for _, w := range c.Values {
			if v != nil && equal(v, normal(w)) {
				return true
			}
		}
		return false
	case "contains":
		return holds(v, c.Values[0])
	}
	return inRange(c.Op, v, c.Values)
}

// inRange is the part that key conditions have too.
func inRange(op string, v any, values []Value) bool {
	if op == "begins_with" {
		if v == nil {
			return false
		}
		t, inner := tag(v)
		u, prefix := tag(values[0])
		switch {
		case t != u:
			return false
		case t == "S":
			return strings.HasPrefix(inner.(string), prefix.(string))
		case t == "B":
			return strings.HasPrefix(raw(inner), raw(prefix))
		}
		return false
	}
	d, ok := compare(v, values[0])
	if !ok {
		return false
	}
	switch op {
	case "=":
		return d == 0
	case "<":
		return d < 0
	case "<=":
		return d <= 0
	case ">":
		return d > 0
	case ">=":
		return d >= 0
	case "BETWEEN":
		e, ok := compare(v, values[1])
		return ok && d >= 0 && e <= 0
	}
	panic("no such operator: " + op)
}

func holds(v any, part Value) bool {
	if v == nil {
		return false
	}
	t, inner := tag(v)
	u, want := tag(normal(part))
	switch {
	case t == "S" && u == "S":
		return strings.Contains(inner.(string), want.(string))
	case t == "B" && u == "B":
		return strings.Contains(raw(inner), raw(want))
	case t == "L":
		for _, e := range inner.([]any) {
			if equal(e, normal(part)) {
				return true
			}
		}
	case t == u+"S":
		for _, e := range inner.([]any) {
			if e == want {
				return true
			}
		}
	}
	return false
}

// Placeholders collects the names and values of a request's expressions.
type Placeholders struct {
	Names  map[string]string
	Values map[string]Value
}

func (p *Placeholders) name(attr string) string {
	if p.Names == nil {
		p.Names = map[string]string{}
	}
	key := "#" + attr
	p.Names[key] = attr
	return key
}

func (p *Placeholders) value(v Value) string {
	if p.Values == nil {
		p.Values = map[string]Value{}
	}
	key := fmt.Sprintf(":v%d", len(p.Values))
	p.Values[key] = v
	return key
}

// into puts the placeholders into a request.
func (p *Placeholders) into(request map[string]any) {
	if p.Names != nil {
		request["ExpressionAttributeNames"] = p.Names
	}
	if p.Values != nil {
		request["ExpressionAttributeValues"] = p.Values
	}
}

// Text writes the condition.
func (c *Condition) Text(p *Placeholders) string {
	switch c.Op {
	case "AND", "OR":
		return c.Kids[0].enclosed(p) + " " + c.Op + " " + c.Kids[1].enclosed(p)
	case "NOT":
		return "NOT " + c.Kids[0].enclosed(p)
	case "attribute_exists", "attribute_not_exists":
		return c.Op + "(" + p.name(c.Attr) + ")"
	case "contains", "begins_with":
		return c.Op + "(" + p.name(c.Attr) + ", " + p.value(c.Values[0]) + ")"
	case "BETWEEN":
		return p.name(c.Attr) + " BETWEEN " + p.value(c.Values[0]) + " AND " + p.value(c.Values[1])
	case "IN":
		parts := make([]string, len(c.Values))
		for i, v := range c.Values {
			parts[i] = p.value(v)
		}
		return p.name(c.Attr) + " IN (" + strings.Join(parts, ", ") + ")"
	}
	return p.name(c.Attr) + " " + c.Op + " " + p.value(c.Values[0])
}

func (c *Condition) enclosed(p *Placeholders) string {
	if c.Kids == nil {
		return c.Text(p)
	}
	return "(" + c.Text(p) + ")"
}
