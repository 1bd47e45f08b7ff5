package gateway

import (
	"errors"

	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
)

// layer is one of the ways in which the service words what is wrong with a
// request before it looks at the table. Which operation has which was recorded
// in October 2026 (public conformance suite of paritysuite, "value layers").
type layer uint8

const (
	// bare is the current wording as it is: GetItem, BatchGetItem, Query, and in
	// eu-west-2 the transactions.
	bare layer = iota
	// enveloped is the current wording after "1 validation error detected: ":
	// PutItem, UpdateItem, DeleteItem.
	enveloped
	// older is the wording of before: BatchWriteItem and Scan.
	older
	// unlimited is bare for expressions whose values may nest at will: those of
	// ConditionCheck and Update in transactions.
	unlimited
)

// word puts an error into the layer's words.
func (l layer) word(err error) error {
	if err == nil {
		return nil
	}
	var v *fault.ValueError
	if errors.As(err, &v) {
		switch l {
		case enveloped:
			return v.Enveloped()
		case older:
			return v.Bare()
		}
		return v.Current()
	}
	var f *fault.Error
	if l == enveloped && errors.As(err, &f) {
		return fault.Enveloped(f)
	}
	return err
}

// wordFor is word for a value of ExpressionAttributeValues.
func (l layer) wordFor(err error, placeholder string) error {
	var v *fault.ValueError
	if l == older && errors.As(err, &v) {
		return v.Within(placeholder)
	}
	return l.word(err)
}

// items reads a member that is an item or a key.
func (l layer) items(body jsonscan.Value, name string) (item.Map, error) {
	v, _ := body.Field(name)
	m, err := item.FromJSON(v)
	if err != nil {
		return nil, l.word(err)
	}
	for i := range m {
		if m[i].Name == "" {
			return nil, l.word(fault.EmptyAttributeName())
		}
	}
	return m, nil
}
