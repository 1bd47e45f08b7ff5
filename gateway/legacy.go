package gateway

import (
	"shvm-db/internal/expr"
	"shvm-db/internal/jsonscan"
)

// The parameters that are older than expressions. A request that has them has
// no expressions: grammar.check has seen to it.

// expected reads Expected with its ConditionalOperator; nil if there are no
// conditions.
func (l layer) expected(body jsonscan.Value) (*expr.Condition, error) {
	v, _ := body.Field("Expected")
	c, err := expr.FromExpected(v, text(body, "ConditionalOperator"))
	return c, l.word(err)
}

// oldFilter reads QueryFilter or ScanFilter; nil if there are no conditions.
func (l layer) oldFilter(body jsonscan.Value, parameter string) (*expr.Condition, error) {
	v, _ := body.Field(parameter)
	c, err := expr.FromFilter(v, text(body, "ConditionalOperator"))
	return c, l.word(err)
}

// keyConditions reads KeyConditions; nil if it is not there.
func (l layer) keyConditions(body jsonscan.Value) (*expr.KeyCondition, error) {
	v, ok := member(body, "KeyConditions")
	if !ok {
		return nil, nil
	}
	c, err := expr.FromKeyConditions(v)
	return c, l.word(err)
}

// attributeUpdates reads AttributeUpdates; nil if it is not there.
func (l layer) attributeUpdates(body jsonscan.Value) (*expr.Update, error) {
	v, ok := member(body, "AttributeUpdates")
	if !ok {
		return nil, nil
	}
	u, err := expr.FromAttributeUpdates(v)
	return u, l.word(err)
}
