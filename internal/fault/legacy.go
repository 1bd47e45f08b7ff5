package fault

// The errors of the parameters that are older than expressions: Expected,
// AttributeUpdates, ConditionalOperator, KeyConditions, QueryFilter and
// ScanFilter. The wordings are those that dynalite's test suite recorded
// against the service.

// ListAndValue: a condition of Expected has both forms of its values.
func ListAndValue(attribute string) *Error {
	return Validation(invalid + "Value and AttributeValueList cannot be used together for Attribute: " + attribute)
}

// ExistsAndOperator: a condition of Expected has Exists and an operator.
func ExistsAndOperator(attribute string) *Error {
	return Validation(invalid + "Exists and ComparisonOperator cannot be used together for Attribute: " + attribute)
}

// OperatorWithoutValue: a condition of Expected has an operator only.
func OperatorWithoutValue(operator, attribute string) *Error {
	return Validation(invalid + "Value or AttributeValueList must be used with ComparisonOperator: " +
		operator + " for Attribute: " + attribute)
}

// ListWithoutOperator: a condition of Expected has a list of values only.
func ListWithoutOperator(attribute string) *Error {
	return Validation(invalid + "AttributeValueList can only be used with a ComparisonOperator for Attribute: " + attribute)
}

// ExistsWithoutValue: a condition of Expected lacks a value. exists is "true"
// or, if it is not there, "null".
func ExistsWithoutValue(exists, attribute string) *Error {
	return Validation(invalid + "Value must be provided when Exists is " + exists + " for Attribute: " + attribute)
}

// AbsentWithValue: a condition of Expected has a value and Exists false.
func AbsentWithValue(attribute string) *Error {
	return Validation(invalid + "Value cannot be used when Exists is false for Attribute: " + attribute)
}

// OperatorArguments: a ComparisonOperator has too many values, or too few.
func OperatorArguments(operator string) *Error {
	return Validation(invalid + "Invalid number of argument(s) for the " + operator + " ComparisonOperator")
}

// MixedArguments: the values of one condition differ in type.
func MixedArguments() *Error {
	return Validation(invalid + "AttributeValues inside AttributeValueList must be of same type")
}

// OperatorArgumentType: a ComparisonOperator does not take values of a type.
func OperatorArgumentType(operator, tag string) *Error {
	return Validation(invalid + "ComparisonOperator " + operator + " is not valid for " + tag + " AttributeValue type")
}

// ReversedBounds: the lower bound of a BETWEEN is above the upper one.
func ReversedBounds() *Error {
	return Validation("The BETWEEN condition was provided a range where the lower bound is greater than the upper bound")
}

// OperatorAlone: ConditionalOperator without conditions.
func OperatorAlone() *Error {
	return Validation(invalid + "ConditionalOperator cannot be used without Filter or Expected")
}

// OperatorOfOne: ConditionalOperator with a single condition.
func OperatorOfOne() *Error {
	return Validation("ConditionalOperator can only be used when Filter or Expected has two or more elements")
}

// KeyConditionCount: KeyConditions with no condition, or more than any key has
// attributes.
func KeyConditionCount() *Error {
	return Validation("Conditions can be of length 1 or 2 only")
}

// KeyConditionNotIndexable: KeyConditions with an operator that no index helps.
func KeyConditionNotIndexable() *Error {
	return Validation("Attempted conditional constraint is not an indexable operation")
}

// UpdateWithoutValue: an action of AttributeUpdates other than DELETE has no
// value.
func UpdateWithoutValue() *Error {
	return Validation(invalid + "Only DELETE action is allowed when no attribute value is specified")
}

// DeleteOfType: AttributeUpdates deletes from an attribute what is not a set.
func DeleteOfType(tag string) *Error {
	return Validation(invalid + "DELETE action with value is not supported for the type " + tag)
}

// AddOfType: AttributeUpdates adds what can not be added.
func AddOfType(tag string) *Error {
	return Validation(invalid + "ADD action is not supported for the type " + tag)
}

// UpdateMismatch: AttributeUpdates adds to, or deletes from, an attribute of
// another type.
func UpdateMismatch() *Error {
	return Validation("Type mismatch for attribute to update")
}
