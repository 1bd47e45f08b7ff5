package fault

import "strings"

// Wordings of this file are recorded in dynalite's tests or in the public
// conformance suite of paritysuite.

// NoIndex is the answer to a read of an index that the table does not have.
func NoIndex(name string) *Error {
	return Validation("The table does not have the specified index: " + name)
}

// IndexBackfilling is the answer to a read of an index that is being filled.
func IndexBackfilling(name string) *Error {
	return Validation("Cannot read from backfilling global secondary index: " + name)
}

// StrongIndex is the answer to a consistent read of a global index.
func StrongIndex() *Error {
	return Validation("Consistent reads are not supported on global secondary indexes")
}

// SelectWith is the answer to a list of attributes beside a Select that rules
// it out: parameter is AttributesToGet or ProjectionExpression.
func SelectWith(parameter, choice string) *Error {
	if choice == "COUNT" {
		return Validation("Cannot specify the " + parameter + " when choosing to get only the Count")
	}
	return Validation("Cannot specify the " + parameter + " when choosing to get " + choice)
}

// SelectWithout is the answer to SPECIFIC_ATTRIBUTES without any.
func SelectWithout() *Error {
	return Validation("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
}

// SelectProjected is the answer to ALL_PROJECTED_ATTRIBUTES without an index:
// doing is "Querying" or "Scanning".
func SelectProjected(doing string) *Error {
	return Validation("ALL_PROJECTED_ATTRIBUTES can be used only when " + doing + " using an IndexName")
}

// SelectAllOfIndex is the answer to ALL_ATTRIBUTES of a global index that does
// not have them.
func SelectAllOfIndex(index string) *Error {
	return Validation(invalid + "Select type ALL_ATTRIBUTES is not supported for global secondary index " +
		index + " because its projection type is not ALL")
}

// NotProjected is the answer to attributes that a global index does not have.
func NotProjected(index string, names []string) *Error {
	return Validation(invalid + "Global secondary index " + index + " does not project [" + strings.Join(names, ", ") + "]")
}

// StartKey is the answer to a starting key that cannot be one; why is "" or
// what is wrong with the key of the table.
func StartKey(why string) *Error {
	const message = "The provided starting key is invalid"
	if why != "" {
		return Validation(message + ": " + why)
	}
	return Validation(message)
}

// StartKeyOutside is the answer to a starting key of another partition key.
func StartKeyOutside() *Error {
	return Validation("The provided starting key is outside query boundaries based on provided conditions")
}

// StartKeyPredicate is the answer to a starting key that the condition on the
// sort key rules out.
func StartKeyPredicate() *Error {
	return Validation("The provided starting key does not match the range key predicate")
}

// StartKeySingle is the answer to a starting key of another partition key
// beside a condition on the sort key.
func StartKeySingle() *Error {
	return Validation("The query can return at most one row and cannot be restarted")
}

// NoKeyConditions is the answer to a Query without conditions.
func NoKeyConditions() *Error {
	return Validation("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
}

// KeyConditionMissing is the answer to key conditions without one of the key's
// attributes.
func KeyConditionMissing(name string) *Error {
	return Validation("Query condition missed key schema element: " + name)
}

// KeyConditionUnsupported is the answer to a partition key that is not compared
// with =.
func KeyConditionUnsupported() *Error { return Validation("Query key condition not supported") }

// KeyConditionGap is the answer to a condition on a sort attribute of a
// multi-attribute key whose predecessors are not all compared with =.
func KeyConditionGap(missing []string, name string) *Error {
	return Validation("RANGE key attributes " + strings.Join(missing, ", ") +
		" must have equality conditions specified in the query because a condition is present on key attribute " + name)
}

// KeyConditionType is the answer to a value of another type than the key's.
func KeyConditionType() *Error {
	return Validation(invalid + "Condition parameter type does not match schema type")
}

// FilterOnKey is the answer to a filter of a Query that mentions its key:
// parameter is "Filter Expression" or "QueryFilter".
func FilterOnKey(parameter, name string) *Error {
	return Validation(parameter + " can only contain non-primary key attributes: Primary key attribute: " + name)
}

// KeyPath is the answer to a path that goes into a key attribute: what is "Key"
// or "IndexKey".
func KeyPath(what, name string) *Error {
	return Validation("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: " +
		what + ": " + name)
}

// SegmentMissing is the answer to TotalSegments alone.
func SegmentMissing() *Error {
	return Validation("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
}

// TotalSegmentsMissing is the answer to Segment alone.
func TotalSegmentsMissing() *Error {
	return Validation("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
}

// SegmentRange is the answer to a segment that is not below their number.
func SegmentRange(segment, total string) *Error {
	return Validation("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
		segment + " is not less than TotalSegments: " + total)
}

// SegmentStartKey is the answer to a starting key of another segment.
func SegmentStartKey(segment, total string) *Error {
	return Validation("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey " +
		"with correct Segment. TotalSegments: " + total + " Segment: " + segment)
}
