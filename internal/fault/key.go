package fault

import "strconv"

// The wordings of this file are those that the public conformance suite of
// paritysuite recorded in eu-west-2, and dynalite's tests before it, unless a
// comment says otherwise.

const invalid = "One or more parameter values were invalid: "

// KeyMismatch is the answer to a key with other attributes, or of other types,
// than the table's.
func KeyMismatch() *Error {
	return Validation("The provided key element does not match the schema")
}

// KeyMissing is PutItem's answer to an item without a key attribute.
func KeyMissing(name string) *Error {
	return Validation(invalid + "Missing the key " + name + " in the item")
}

// KeyType is PutItem's answer to a key attribute of another type.
func KeyType(name, expected, actual string) *Error {
	return Validation(invalid + "Type mismatch for key " + name + " expected: " + expected + " actual: " + actual)
}

// KeyEmpty is the answer to an empty value of a key attribute: what is "string"
// or "binary".
func KeyEmpty(name, what string) *Error {
	return Validation("One or more parameter values are not valid. The AttributeValue for a key attribute " +
		"cannot contain an empty " + what + " value. Key: " + name)
}

// HashTooLong is the answer to a partition key over 2,048 bytes. The missing
// space is the service's.
func HashTooLong() *Error {
	return Validation(invalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes")
}

// RangeTooLong is the answer to a sort key over 1,024 bytes.
func RangeTooLong() *Error {
	return Validation(invalid + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
}

// IndexKeyType is the answer to an item that has an attribute of another type
// than an index keys it by.
func IndexKeyType(name, expected, actual, index string) *Error {
	return Validation(invalid + "Type mismatch for Index Key " + name + " Expected: " + expected +
		" Actual: " + actual + " IndexName: " + index)
}

// IndexKeyEmpty is the answer to an item whose index key is empty.
func IndexKeyEmpty(name, what, index string) *Error {
	return Validation("One or more parameter values are not valid. A value specified for a secondary index key " +
		"is not supported. The AttributeValue for a key attribute cannot contain an empty " + what +
		" value. IndexName: " + index + ", IndexKey: " + name)
}

// UpdatedIndexKeyType is UpdateItem's answer where IndexKeyType is PutItem's.
func UpdatedIndexKeyType() *Error {
	return Validation("The update expression attempted to update the secondary index key to unsupported type")
}

// UpdatedIndexKeyEmpty is UpdateItem's answer where IndexKeyEmpty is PutItem's.
func UpdatedIndexKeyEmpty(what string) *Error {
	return Validation("One or more parameter values are not valid. The update expression attempted to update a " +
		"secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot " +
		"contain an empty " + what + " value.")
}

// KeyUpdated is the answer to an update of a key attribute.
func KeyUpdated(name string) *Error {
	return Validation(invalid + "Cannot update attribute " + name + ". This attribute is part of the key")
}

// ItemTooLarge is the answer to a put of an item over 409,600 bytes.
func ItemTooLarge() *Error {
	return Validation("Item size has exceeded the maximum allowed size")
}

// UpdatedItemTooLarge is the answer to an update that leads to such an item.
func UpdatedItemTooLarge() *Error {
	return Validation("Item size to update has exceeded the maximum allowed size")
}

// ConditionFailed is the answer to a write whose condition does not hold. The
// item is that which was found, if it was asked for.
func ConditionFailed(item []byte) *Error {
	return &Error{Namespace: DynamoDB, Type: "ConditionalCheckFailedException", Status: 400,
		Message: "The conditional request failed", Item: item}
}

// Transacted is the answer to a write of an item that a transaction holds.
func Transacted() *Error {
	return &Error{Namespace: DynamoDB, Type: "TransactionConflictException", Status: 400,
		Message: "Transaction is ongoing for the item"}
}

// CollectionTooLarge is the answer to a write that takes an item collection
// over 10 GB.
func CollectionTooLarge() *Error {
	return &Error{Namespace: DynamoDB, Type: "ItemCollectionSizeLimitExceededException", Status: 400,
		Message: "Item collection size limit of 10240MB exceeded"} // not recorded
}

// Enveloped is the error as the single-item writes word what they find in the
// request itself, before they look at the table. Only validations have an
// envelope, and only one.
func Enveloped(e *Error) *Error {
	const one = "1 validation error detected: "
	if e.Type != "ValidationException" || isEnveloped(e.Message) {
		return e
	}
	out := *e
	out.Message = one + e.Message
	return &out
}

// isEnveloped recognises "N validation error(s) detected: ".
func isEnveloped(message string) bool {
	i := 0
	for i < len(message) && '0' <= message[i] && message[i] <= '9' {
		i++
	}
	if i == 0 {
		return false
	}
	const tail = " validation error"
	return len(message) > i+len(tail) && message[i:i+len(tail)] == tail
}

// QueryConditions is the answer to more key conditions than the key has
// attributes.
func QueryConditions(have, most int) *Error {
	return Validation("The number of query conditions (" + strconv.Itoa(have) +
		") exceeds the number of key attributes defined in the schema (" + strconv.Itoa(most) + ")")
}
