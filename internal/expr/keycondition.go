package expr

import (
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// KeyCondition is a key condition expression, or the older KeyConditions:
// terms that all have to hold, at most one for each attribute.
type KeyCondition struct{ Terms []Term }

// Term is the condition on one attribute.
type Term struct {
	Name string
	// Op is one of = < <= > >= BETWEEN begins_with.
	Op string
	// Values are two for BETWEEN, otherwise one.
	Values []item.Value
}

// Find gives the term of an attribute; nil if there is none.
func (k *KeyCondition) Find(name string) *Term {
	for i := range k.Terms {
		if k.Terms[i].Name == name {
			return &k.Terms[i]
		}
	}
	return nil
}

// ParseKeyCondition parses a key condition expression. What needs the table's
// schema is not looked at. Errors are *fault.Error.
func ParseKeyCondition(text string, ph *Placeholders) (*KeyCondition, error) {
	p := newParser(conditions, KeyConditionExpression, text, ph)
	root, err := p.condition()
	if err != nil {
		return nil, err
	}
	k := new(KeyCondition)
	if err := k.collect(root); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *KeyCondition) collect(n node) *fault.Error {
	switch n := n.(type) {
	case *both:
		if err := k.collect(n.x); err != nil {
			return err
		}
		return k.collect(n.y)
	case *either:
		return fault.KeyConditionOperator("OR")
	case *not:
		return fault.KeyConditionOperator("NOT")
	case *in:
		return fault.KeyConditionOperator("IN")
	case *compare:
		if n.op == "<>" {
			return fault.KeyConditionOperator("<>")
		}
		return k.add(n.op, n.x, n.y)
	case *between:
		if n.x.path == nil {
			return fault.KeyConditionFirst("BETWEEN")
		}
		return k.add("BETWEEN", n.x, n.lo, n.hi)
	case *call:
		if n.fn != beginsWith {
			return fault.KeyConditionOperator(n.fn.name)
		}
		if n.args[0].path == nil {
			return fault.KeyConditionFirst(n.fn.name)
		}
		return k.add(n.fn.name, n.args...)
	}
	return fault.KeyConditionNoName()
}

// add makes a term of an operator and its operands.
func (k *KeyCondition) add(op string, operands ...operand) *fault.Error {
	t := Term{Op: op}
	for i := range operands {
		switch o := &operands[i]; {
		case o.call != nil:
			return fault.KeyConditionNested()
		case o.value != nil:
			t.Values = append(t.Values, *o.value)
		case t.Name != "":
			return fault.KeyConditionNames()
		case len(o.path) > 1:
			return fault.KeyConditionPath()
		default:
			t.Name = o.path[0].Name
			if i > 0 {
				t.Op = mirrored(op)
			}
		}
	}
	if t.Name == "" {
		return fault.KeyConditionNoName()
	}
	if k.Find(t.Name) != nil {
		return fault.KeyConditionTwice()
	}
	k.Terms = append(k.Terms, t)
	return nil
}

// mirrored is the comparison with its sides exchanged.
func mirrored(op string) string {
	switch op {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return op
}
