package fault

import (
	"errors"
	"strconv"
	"strings"
)

// ValueError is an attribute value that is not one. The service checks values
// in one of two layers, which word the same mistake differently: whoever reads
// the request knows which layer its operation has, and asks for that one.
//
//	Enveloped   PutItem, UpdateItem, DeleteItem: the newer words in an envelope,
//	            wherever in the request the value stands
//	Current     GetItem, BatchGetItem, Query, and the transactions in eu-west-2:
//	            the newer words
//	Bare        BatchWriteItem, Scan, and the parameters of PartiQL: the older
//	Within      a value of Scan's ExpressionAttributeValues: the older
//
// Source: the recordings of valueLayers and partiqlParameterNumbers in the
// public conformance suite of paritysuite, of October 2026 in eu-west-2.
type ValueError struct{ newer, older string }

func (e *ValueError) Error() string { return "invalid attribute value: " + e.newer }

// Enveloped is described at ValueError.
func (e *ValueError) Enveloped() *Error {
	return Validation("1 validation error detected: " + e.newer)
}

// Current is described at ValueError.
func (e *ValueError) Current() *Error { return Validation(e.newer) }

// Bare is described at ValueError.
func (e *ValueError) Bare() *Error { return Validation(e.older) }

// Within is described at ValueError. The placeholder is that of the value.
func (e *ValueError) Within(placeholder string) *Error {
	return Validation("ExpressionAttributeValues contains invalid value: " + e.older + " for key " + placeholder)
}

// Layers is one mistake that both layers see differently.
func Layers(newer, older *ValueError) *ValueError {
	return &ValueError{newer.newer, older.older}
}

func both(message string) *ValueError { return &ValueError{message, message} }

// NoType is a value without any of the types, for example {}.
func NoType() *ValueError {
	return both("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
}

// TwoTypes is a value with more than one type.
func TwoTypes() *ValueError {
	return both("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
}

// NullFalse is {"NULL": false}.
func NullFalse() *ValueError {
	return both(invalid + "Null attribute value types must have the value of true")
}

// EmptyStringSet is an SS without elements. The two spaces are the service's.
func EmptyStringSet() *ValueError {
	return both(invalid + "An string set  may not be empty")
}

// EmptyNumberSet is an NS without elements.
func EmptyNumberSet() *ValueError {
	return both(invalid + "An number set  may not be empty")
}

// EmptyBinarySet is a BS without elements.
func EmptyBinarySet() *ValueError {
	return both(invalid + "Binary sets should not be empty")
}

// DuplicateStrings is an SS with an element twice; elements are all of them, in
// the order of the request, and as the newer layer sorts them.
func DuplicateStrings(elements, sorted []string) *ValueError {
	return &ValueError{
		older: invalid + "Input collection [" + strings.Join(elements, ", ") + "] contains duplicates.",
		newer: invalid + `Input collection ["` + strings.Join(sorted, `", "`) + `"] contains duplicates.`,
	}
}

// DuplicateNumbers is an NS with a number twice, in whatever spelling.
func DuplicateNumbers() *ValueError {
	return &ValueError{
		older: "Input collection contains duplicates",
		newer: invalid + "Input collection contains duplicates.",
	}
}

// DuplicateBinaries is a BS with an element twice, in base64, as at
// DuplicateStrings. The missing spaces are the service's.
func DuplicateBinaries(elements, sorted []string) *ValueError {
	return &ValueError{
		older: invalid + "Input collection [" + strings.Join(elements, ", ") + "]of type BS contains duplicates.",
		newer: invalid + `Input collection ["` + strings.Join(sorted, `","`) + `"]of type BS contains duplicates.`,
	}
}

// NotNumber is an N or an element of an NS that is no number. Only the newer
// layer writes the colon when the text is empty.
func NotNumber(text string) *ValueError {
	const m = "The parameter cannot be converted to a numeric value"
	if text == "" {
		return &ValueError{older: m, newer: m + ": "}
	}
	return both(m + ": " + text)
}

// NumberOverflow is a number of 1E+126 or more.
func NumberOverflow() *ValueError {
	return both("Number overflow. Attempting to store a number with magnitude larger than supported range")
}

// NumberUnderflow is a number closer to zero than 1E-130.
func NumberUnderflow() *ValueError {
	return both("Number underflow. Attempting to store a number with magnitude smaller than supported range")
}

// NumberPrecision is a number of more than 38 digits.
func NumberPrecision() *ValueError {
	return both("Attempting to store more than 38 significant digits in a Number")
}

// TooDeep is a value nested deeper than 32 levels.
func TooDeep() *ValueError {
	return both("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
}

// The SerializationExceptions of values: JSON of the wrong type. Their messages
// are those of the Java server, recorded by public suites.

func serialization(message string) *Error {
	return &Error{Namespace: Coral, Type: "SerializationException", Status: 400, Message: message, Capital: true}
}

// NotConvertible is a JSON scalar where another was expected: token is
// "NUMBER_VALUE" and so on, target the Java type, for example "String".
func NotConvertible(token, target string) *Error {
	return serialization(token + " cannot be converted to " + target)
}

// UnexpectedToken is a string where a boolean was expected.
func UnexpectedToken() *Error { return serialization("Unexpected token received from parser") }

// UnrecognizedCollection is an array where the Java type stands.
func UnrecognizedCollection(javaType string) *Error {
	return serialization("Unrecognized collection type " + javaType)
}

// UnexpectedStructure is an object where a scalar or list was expected.
func UnexpectedStructure() *Error {
	return serialization("Start of structure or map found where not expected")
}

// UnexpectedField is a scalar where a list or map was expected.
func UnexpectedField() *Error { return serialization("Unexpected field type") }

// UnexpectedValueType is a scalar where an attribute value was expected.
func UnexpectedValueType() *Error { return serialization("Unexpected value type in payload") }

// NotBase64 is a scalar other than a string where bytes were expected.
func NotBase64() *Error {
	return serialization("only base-64-encoded strings are convertible to bytes")
}

// Base64Length is a base64 text whose length is no multiple of 4.
func Base64Length(n int) *Error {
	return serialization("Base64 encoded length is expected a multiple of 4 bytes but found: " + strconv.Itoa(n))
}

// Base64Text is a text that is not base64. The spelling is the service's.
func Base64Text() *Error {
	return serialization("Invalid last non-pad Base64 character dectected")
}

// AsEnveloped, AsCurrent and AsBare word what reading a value gave: a ValueError
// in the layer of that name, another fault as it is. Nil stays nil.
func AsEnveloped(err error) *Error { return worded(err, (*ValueError).Enveloped) }

// AsBare is described at AsEnveloped.
func AsBare(err error) *Error { return worded(err, (*ValueError).Bare) }

// AsCurrent is described at AsEnveloped.
func AsCurrent(err error) *Error { return worded(err, (*ValueError).Current) }

func worded(err error, word func(*ValueError) *Error) *Error {
	var value *ValueError
	var known *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &value):
		return word(value)
	case errors.As(err, &known):
		return known
	}
	panic("fault: reading a value gave " + err.Error())
}

// NullInSet is a JSON null in a set of a type: SS, NS or BS. The words for a
// string set are those of the service's own cache client; those for the others
// are not recorded.
func NullInSet(kind string) *ValueError {
	if kind == "BS" {
		return both(invalid + "Binary sets may not contain null values")
	}
	name := map[string]string{"SS": "string", "NS": "number"}[kind]
	return both(invalid + "An " + name + " set may not have a null string as a member")
}
