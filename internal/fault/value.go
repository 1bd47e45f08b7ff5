package fault

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ValueError is an attribute value that is not one. The service checks values
// in two layers, which word the same mistake differently: whoever reads the
// request knows which layer its operation belongs to, and asks for that one.
//
// Sources: recordings of 2026 against eu-west-2, where PutItem, UpdateItem and
// DeleteItem answer with an envelope and print sets with quotes, and recordings
// of earlier years, whose words the other operations still have.
type ValueError struct {
	// bare is the whole message of the older layer.
	bare string
	// enveloped is that of the newer one, after the envelope.
	enveloped string
}

func (e *ValueError) Error() string { return "invalid attribute value: " + e.bare }

// Enveloped is the answer of PutItem, UpdateItem and DeleteItem.
func (e *ValueError) Enveloped() *Error {
	return Validation("1 validation error detected: " + e.enveloped)
}

// Current is the newer layer without the envelope: the answer of GetItem,
// BatchGetItem, Query, and in eu-west-2 of the transactions.
func (e *ValueError) Current() *Error { return Validation(e.enveloped) }

// Bare is the answer of the older layer: BatchWriteItem and Scan.
func (e *ValueError) Bare() *Error { return Validation(e.bare) }

// Within is the bare answer for a value of ExpressionAttributeValues: it begins
// with the words that name the parameter and its placeholder.
func (e *ValueError) Within(placeholder string) *Error {
	return Validation("ExpressionAttributeValues contains invalid value: " + e.bare + " for key " + placeholder)
}

// EnvelopedWithin is Within in the layer of Enveloped.
func (e *ValueError) EnvelopedWithin(placeholder string) *Error {
	return Validation("1 validation error detected: ExpressionAttributeValues contains invalid value: " +
		e.enveloped + " for key " + placeholder)
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
// the order of the request.
func DuplicateStrings(elements []string) *ValueError {
	return &ValueError{
		bare:      invalid + "Input collection [" + strings.Join(elements, ", ") + "] contains duplicates.",
		enveloped: invalid + "Input collection " + quoted(elements, ", ", byText) + " contains duplicates.",
	}
}

// DuplicateNumbers is an NS with a number twice, in whatever spelling.
func DuplicateNumbers() *ValueError {
	const m = "Input collection contains duplicates"
	return &ValueError{bare: m, enveloped: invalid + m + "."}
}

// DuplicateBinaries is a BS with an element twice; elements are the base64
// texts of the request. The missing space is the service's.
func DuplicateBinaries(elements []string) *ValueError {
	return &ValueError{
		bare:      invalid + "Input collection [" + strings.Join(elements, ", ") + "]of type BS contains duplicates.",
		enveloped: invalid + "Input collection " + quoted(elements, ",", byBytes) + "of type BS contains duplicates.",
	}
}

// quoted lists the elements of a set as the newer layer does: sorted up to the
// first one that is there again, then that one, then the rest as sent.
func quoted(elements []string, separator string, compare func(a, b string) int) string {
	seen := make(map[string]bool, len(elements))
	at := 0
	for at < len(elements) && !seen[elements[at]] {
		seen[elements[at]] = true
		at++
	}
	list := slices.Clone(elements)
	slices.SortFunc(list[:at], compare)
	return `["` + strings.Join(list, `"`+separator+`"`) + `"]`
}

func byText(a, b string) int { return strings.Compare(a, b) }

// byBytes compares what base64 texts stand for.
func byBytes(a, b string) int {
	x, _ := base64.StdEncoding.DecodeString(a)
	y, _ := base64.StdEncoding.DecodeString(b)
	return bytes.Compare(x, y)
}

// NotNumber is an N or an element of an NS that is no number. Only the newer
// layer writes the colon when the text is empty.
func NotNumber(text string) *ValueError {
	const m = "The parameter cannot be converted to a numeric value"
	if text == "" {
		return &ValueError{bare: m, enveloped: m + ": "}
	}
	return both(m + ": " + text)
}

// NumberOverflow is a number of 1E+126 or more.
func NumberOverflow() *ValueError {
	return both("Number overflow. Attempting to store a number with magnitude larger than supported range")
}

// NumberWrapped is a number with the greatest exponent that Java reads: in the
// older layer it comes out as too small.
func NumberWrapped() *ValueError {
	return &ValueError{bare: NumberUnderflow().bare, enveloped: NumberOverflow().enveloped}
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

// AsEnveloped and AsBare word what reading a value gave: a ValueError in the
// layer of that name, another fault as it is. Nil stays nil.
func AsEnveloped(err error) *Error { return worded(err, (*ValueError).Enveloped) }

// AsBare is described at AsEnveloped.
func AsBare(err error) *Error { return worded(err, (*ValueError).Bare) }

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
