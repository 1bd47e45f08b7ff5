package gateway

import (
	"strings"

	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
)

// A grammar says which parameters of an operation carry expressions and which
// are the older ones that say the same: both in one request are refused. The
// order is that of the service's message.
type grammar struct {
	expressions, legacy []string
	// valued are the expressions that take values. Where it is nil the message
	// about values without expressions does not name them.
	valued []string
}

// check refuses what the parameters say by being there together, whatever
// their values.
func (s *grammar) check(body jsonscan.Value) error {
	given, old := present(body, s.expressions), present(body, s.legacy)
	if given != nil && old != nil {
		return fault.Mixed(old, given)
	}
	if given == nil {
		if _, ok := member(body, "ExpressionAttributeNames"); ok {
			return fault.NamesWithoutExpression()
		}
	}
	if _, ok := member(body, "ExpressionAttributeValues"); ok {
		switch {
		case s.valued == nil && given == nil:
			return fault.ValuesWithoutExpression("")
		case s.valued != nil && present(body, s.valued) == nil:
			verb := " is null"
			if len(s.valued) > 1 {
				verb = " are null"
			}
			return fault.ValuesWithoutExpression(": " + strings.Join(s.valued, " and ") + verb)
		}
	}
	return nil
}

func present(body jsonscan.Value, names []string) []string {
	var out []string
	for _, name := range names {
		if _, ok := member(body, name); ok {
			out = append(out, name)
		}
	}
	return out
}

// placeholders reads ExpressionAttributeNames and ExpressionAttributeValues. It
// is nil if there are none.
func (l layer) placeholders(body jsonscan.Value) (*expr.Placeholders, error) {
	names, hasNames := member(body, "ExpressionAttributeNames")
	values, hasValues := member(body, "ExpressionAttributeValues")
	if !hasNames && !hasValues {
		return nil, nil
	}
	ph := new(expr.Placeholders)
	if hasNames {
		if names.Len() == 0 {
			return nil, l.word(fault.EmptyNames())
		}
		ph.Names = make(map[string]string, names.Len())
		for name, v := range names.Members() {
			ph.Names[name] = v.Str()
		}
	}
	if hasValues {
		if values.Len() == 0 {
			return nil, l.word(fault.EmptyValues())
		}
		ph.Values = make(map[string]item.Value, values.Len())
		reader := item.Reader{AnyDepth: l == unlimited}
		for name, v := range values.Members() {
			value, err := reader.Value(v)
			if err != nil {
				return nil, l.wordFor(err, name)
			}
			ph.Values[name] = value
		}
	}
	if err := ph.Check(); err != nil {
		return nil, l.word(err)
	}
	return ph, nil
}

// condition reads an expression that says yes or no; nil if it is not there.
func (l layer) condition(body jsonscan.Value, kind string, ph *expr.Placeholders) (*expr.Condition, error) {
	v, ok := member(body, kind)
	if !ok {
		return nil, nil
	}
	c, err := expr.ParseCondition(kind, v.Str(), ph)
	return c, l.word(err)
}

// projection reads ProjectionExpression; nil if it is not there.
func (l layer) projection(body jsonscan.Value, ph *expr.Placeholders) (*expr.Projection, error) {
	v, ok := member(body, expr.ProjectionExpression)
	if !ok {
		return nil, nil
	}
	p, err := expr.ParseProjection(v.Str(), ph)
	return p, l.word(err)
}

// unused refuses names and values that no expression has used.
func (l layer) unused(ph *expr.Placeholders) error {
	if ph == nil {
		return nil
	}
	return l.word(ph.Unused())
}

// attributesToGet reads the older form of a projection; nil if it is not there.
func (l layer) attributesToGet(body jsonscan.Value) (*expr.Projection, error) {
	v, ok := member(body, "AttributesToGet")
	if !ok {
		return nil, nil
	}
	names := make([]string, 0, v.Len())
	seen := make(map[string]bool, v.Len())
	for e := range v.Elems() {
		if seen[e.Str()] {
			return nil, l.word(fault.AttributeTwice(e.Str()))
		}
		seen[e.Str()] = true
		names = append(names, e.Str())
	}
	return expr.NewProjection(names), nil
}
