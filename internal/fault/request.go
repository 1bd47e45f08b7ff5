package fault

import "strings"

// Wordings of this file are recorded in dynalite's tests or in the public
// conformance suite of paritysuite.

// Mixed is the answer to older parameters beside expressions.
func Mixed(legacy, expressions []string) *Error {
	return Validation("Can not use both expression and non-expression parameters in the same request: " +
		"Non-expression parameters: {" + strings.Join(legacy, ", ") +
		"} Expression parameters: {" + strings.Join(expressions, ", ") + "}")
}

// NamesWithoutExpression is the answer to names that nothing could use.
func NamesWithoutExpression() *Error {
	return Validation("ExpressionAttributeNames can only be specified when using expressions")
}

// ValuesWithoutExpression is the answer to values that nothing could use. The
// tail, which some operations have, names the expressions that are missing.
func ValuesWithoutExpression(tail string) *Error {
	return Validation("ExpressionAttributeValues can only be specified when using expressions" + tail)
}

// EmptyAttributeName is the answer to an item with an attribute named "".
func EmptyAttributeName() *Error { return Validation("Empty attribute name") }

// AttributeTwice is the answer to an attribute twice in AttributesToGet.
func AttributeTwice(name string) *Error {
	return Validation(invalid + "Duplicate value in attribute name: " + name)
}

// OnlyOldOrNone is the answer to another ReturnValues than ALL_OLD and NONE
// where there is nothing new to return.
func OnlyOldOrNone() *Error { return Validation("ReturnValues can only be ALL_OLD or NONE") }

// DuplicateKeys is the answer to a batch with a key twice.
func DuplicateKeys() *Error { return Validation("Provided list of item keys contains duplicates") }

// TooManyInBatch is the answer to a batch over the number of requests that it
// may hold in all tables together.
func TooManyInBatch(operation string) *Error {
	return Validation("Too many items requested for the " + operation + " call")
}
