package expr

import (
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
)

// The parameters that came before expressions say the same things in JSON.
// They become the same trees; see the Developer Guide, "Legacy DynamoDB
// conditional parameters". All functions here take the parameter's own JSON,
// whose shape has been checked against the API's model, and give errors of
// package fault: values that are none are a *fault.ValueError, which the
// operation has to word.

// FromExpected makes a condition of Expected; operator is ConditionalOperator,
// "" if it is not there. No conditions are a nil Condition.
func FromExpected(expected jsonscan.Value, operator string) (*Condition, error) {
	return fromConditions(expected, operator, true)
}

// FromFilter makes a filter of QueryFilter or ScanFilter.
func FromFilter(filter jsonscan.Value, operator string) (*Condition, error) {
	return fromConditions(filter, operator, false)
}

func fromConditions(conditions jsonscan.Value, operator string, expected bool) (*Condition, error) {
	var root node
	count := 0
	for name, v := range conditions.Members() {
		var c oldCondition
		var err error
		if expected {
			c, err = readExpected(name, v)
		} else {
			c, err = readCondition(v)
		}
		if err != nil {
			return nil, err
		}
		n := c.node(name)
		switch {
		case root == nil:
			root = n
		case operator == "OR":
			root = &either{root, n}
		default:
			root = &both{root, n}
		}
		count++
	}
	switch {
	case operator != "" && count == 0:
		return nil, fault.OperatorAlone()
	case operator != "" && count == 1:
		return nil, fault.OperatorOfOne()
	case root == nil:
		return nil, nil
	}
	return &Condition{root}, nil
}

// FromKeyConditions makes a key condition of KeyConditions.
func FromKeyConditions(conditions jsonscan.Value) (*KeyCondition, error) {
	k := new(KeyCondition)
	indexable := true
	for name, v := range conditions.Members() {
		c, err := readCondition(v)
		if err != nil {
			return nil, err
		}
		op, ok := keyOperators[c.operator]
		indexable = indexable && ok
		k.Terms = append(k.Terms, Term{Name: name, Op: op, Values: c.values})
	}
	if len(k.Terms) == 0 || len(k.Terms) > maxKeyTerms {
		return nil, fault.KeyConditionCount()
	}
	if !indexable {
		return nil, fault.KeyConditionNotIndexable()
	}
	return k, nil
}

// maxKeyTerms is the most attributes a key can have: four and four.
const maxKeyTerms = 8

var keyOperators = map[string]string{
	"EQ": "=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">=",
	"BETWEEN": "BETWEEN", "BEGINS_WITH": "begins_with",
}

// oldCondition is a condition on one attribute.
type oldCondition struct {
	operator string // EQ, NOT_NULL and so on
	values   []item.Value
}

// given is a member that is there and not null.
func given(v jsonscan.Value, name string) (jsonscan.Value, bool) {
	m, ok := v.Field(name)
	return m, ok && m.Kind() != jsonscan.Null
}

// readCondition reads a condition of a filter or of KeyConditions.
func readCondition(v jsonscan.Value) (oldCondition, error) {
	var c oldCondition
	operator, _ := given(v, "ComparisonOperator")
	c.operator = operator.Str()
	if list, ok := given(v, "AttributeValueList"); ok {
		for e := range list.Elems() {
			value, err := item.ValueFromJSON(e)
			if err != nil {
				return c, err
			}
			c.values = append(c.values, value)
		}
	}
	return c, c.check()
}

// readExpected reads a condition of Expected, which has two forms: an operator
// with values, or a value or its absence.
func readExpected(name string, v jsonscan.Value) (oldCondition, error) {
	operator, hasOperator := given(v, "ComparisonOperator")
	list, hasList := given(v, "AttributeValueList")
	value, hasValue := given(v, "Value")
	exists, hasExists := given(v, "Exists")
	switch {
	case hasValue && hasList:
		return oldCondition{}, fault.ListAndValue(name)
	case hasOperator && hasExists:
		return oldCondition{}, fault.ExistsAndOperator(name)
	case hasOperator:
		op := operator.Str()
		if op != "NULL" && op != "NOT_NULL" && !hasList && !hasValue {
			return oldCondition{}, fault.OperatorWithoutValue(op, name)
		}
		if hasList {
			return readCondition(v)
		}
		c := oldCondition{operator: op}
		if hasValue {
			only, err := item.ValueFromJSON(value)
			if err != nil {
				return c, err
			}
			c.values = append(c.values, only)
		}
		return c, c.check()
	case hasList && list.Kind() == jsonscan.Array:
		return oldCondition{}, fault.ListWithoutOperator(name)
	}
	absent := hasExists && !exists.Bool()
	switch {
	case absent && hasValue:
		return oldCondition{}, fault.AbsentWithValue(name)
	case absent:
		return oldCondition{operator: "NULL"}, nil
	case !hasValue:
		said := "null"
		if hasExists {
			said = "true"
		}
		return oldCondition{}, fault.ExistsWithoutValue(said, name)
	}
	only, err := item.ValueFromJSON(value)
	return oldCondition{"EQ", []item.Value{only}}, err
}

// check refuses values that the operator does not take.
func (c *oldCondition) check() error {
	least, most := 1, 1
	switch c.operator {
	case "NULL", "NOT_NULL":
		least, most = 0, 0
	case "BETWEEN":
		least, most = 2, 2
	case "IN":
		most = len(c.values)
	}
	if len(c.values) < least || len(c.values) > most {
		return fault.OperatorArguments(c.operator)
	}
	for i := range c.values {
		if c.values[i].Kind != c.values[0].Kind {
			return fault.MixedArguments()
		}
	}
	for i := range c.values {
		if k := c.values[i].Kind; !c.takes(k) {
			return fault.OperatorArgumentType(c.operator, k.String())
		}
	}
	if c.operator == "BETWEEN" && order(&c.values[0], &c.values[1]) > 0 {
		return fault.ReversedBounds()
	}
	return nil
}

// takes says whether the operator compares with values of a type.
func (c *oldCondition) takes(k item.Kind) bool {
	switch c.operator {
	case "LE", "LT", "GE", "GT", "IN", "BETWEEN":
		return isOrdered(k)
	case "CONTAINS", "NOT_CONTAINS":
		return isOrdered(k) || k == item.BOOL || k == item.NULL
	case "BEGINS_WITH":
		return k == item.S || k == item.B
	}
	return true
}

// node is the condition as a tree.
func (c *oldCondition) node(name string) node {
	path := operand{path: Path{{Name: name}}}
	values := make([]operand, len(c.values))
	for i := range c.values {
		values[i].value = &c.values[i]
	}
	switch c.operator {
	case "NOT_NULL":
		return newCall(attributeExists, path)
	case "NULL":
		return newCall(attributeNotExists, path)
	case "CONTAINS":
		return newCall(contains, path, values[0])
	case "NOT_CONTAINS":
		// What is missing neither contains a thing nor lacks it.
		return &both{
			newCall(attributeExists, path),
			&not{newCall(contains, path, values[0])},
		}
	case "BEGINS_WITH":
		return newCall(beginsWith, path, values[0])
	case "IN":
		return &in{path, values}
	case "BETWEEN":
		return &between{path, values[0], values[1]}
	}
	op := "<>"
	if o, ok := keyOperators[c.operator]; ok {
		op = o
	}
	return &compare{op, path, values[0]}
}

// FromAttributeUpdates makes an update of AttributeUpdates. No actions are an
// update that changes nothing.
func FromAttributeUpdates(updates jsonscan.Value) (*Update, error) {
	u := new(Update)
	for name, v := range updates.Members() {
		c, err := readAction(v)
		if err != nil {
			return nil, err
		}
		c.path = Path{{Name: name}}
		u.clauses = append(u.clauses, c)
	}
	return u, nil
}

func readAction(v jsonscan.Value) (clause, error) {
	action := "PUT"
	if a, ok := given(v, "Action"); ok {
		action = a.Str()
	}
	value, ok := given(v, "Value")
	if !ok {
		if action != "DELETE" {
			return clause{}, fault.UpdateWithoutValue()
		}
		return clause{verb: remove}, nil
	}
	w, err := item.ValueFromJSON(value)
	if err != nil {
		return clause{}, err
	}
	c := clause{verb: set, value: operand{value: &w}}
	isSet := w.Kind == item.SS || w.Kind == item.NS || w.Kind == item.BS
	switch {
	case action == "DELETE" && !isSet:
		return clause{}, fault.DeleteOfType(w.Kind.String())
	case action == "ADD" && !isSet && w.Kind != item.N && w.Kind != item.L:
		return clause{}, fault.AddOfType(w.Kind.String())
	case action == "DELETE":
		c.verb = oldDelete
	case action == "ADD":
		c.verb = oldAdd
	}
	return c, nil
}
