// Package api is what the service's own model says of its operations: their
// members, and what is demanded of them before anything else is looked at.
package api

import (
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// Check says whether a request's body fits its operation: first the types of
// JSON, then the constraints of its members, which are answered together. Its
// errors are *fault.Error. Members that the model does not know are ignored,
// and null is as good as absent.
func Check(operation string, body jsonscan.Value) error {
	if body.Kind() != jsonscan.Object {
		return fault.NotJSON()
	}
	i, ok := inputs[operation]
	if !ok {
		return fault.UnknownOperation()
	}
	if f := checkType(&shapes[i], body, false); f != nil {
		return f
	}
	c := checker{operation: operation, plain: newStyle[operation]}
	if f := c.input(&shapes[i], body); f != nil {
		return f
	}
	return nil
}

// Operations are all operations of the model, in no order.
func Operations() []string {
	var names []string
	for name := range inputs {
		names = append(names, name)
	}
	return names
}
