package model

import "slices"

// The parameters that are older than expressions, for the conditions and
// updates that they can say.

var oldOperators = map[string]string{
	"attribute_exists": "NOT_NULL", "attribute_not_exists": "NULL",
	"=": "EQ", "<>": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE",
	"BETWEEN": "BETWEEN", "IN": "IN", "begins_with": "BEGINS_WITH", "contains": "CONTAINS",
}

// expected writes the condition as Expected; ok is false if it cannot.
func (c *Condition) expected() (expected map[string]any, operator string, ok bool) {
	if c.Op == "AND" || c.Op == "OR" {
		if c.Kids[0].Kids != nil || c.Kids[1].Kids != nil || c.Kids[0].Attr == c.Kids[1].Attr {
			return nil, "", false
		}
		both := map[string]any{}
		for _, k := range c.Kids {
			one, _, ok := k.expected()
			if !ok {
				return nil, "", false
			}
			both[k.Attr] = one[k.Attr]
		}
		return both, c.Op, true
	}
	if c.Kids != nil {
		return nil, "", false
	}
	var kinds []string
	for _, v := range c.Values {
		kind, _ := tag(v)
		kinds = append(kinds, kind)
	}
	scalar := !slices.ContainsFunc(kinds, func(k string) bool { return k != "S" && k != "N" && k != "B" })
	if (c.Op == "IN" || c.Op == "contains") && !scalar || len(slices.Compact(kinds)) > 1 {
		return nil, "", false
	}
	one := map[string]any{"ComparisonOperator": oldOperators[c.Op]}
	if c.Values != nil {
		one["AttributeValueList"] = c.Values
	}
	return map[string]any{c.Attr: one}, "", true
}

// attributeUpdates writes the clauses as AttributeUpdates; ok is false if it
// cannot.
func attributeUpdates(clauses []Clause) (updates map[string]any, ok bool) {
	updates = map[string]any{}
	for _, c := range clauses {
		if c.Plus != "" || c.Default {
			return nil, false
		}
		one := map[string]any{}
		switch c.Verb {
		case "SET":
			one["Action"] = "PUT"
		case "REMOVE":
			one["Action"] = "DELETE"
		default:
			one["Action"] = c.Verb
		}
		if c.Value != nil {
			one["Value"] = c.Value
		}
		updates[c.Attr] = one
	}
	return updates, true
}
