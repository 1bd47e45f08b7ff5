package api

import (
	"strconv"
	"strings"

	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// The wordings of the service's JSON reader, which is written in Java. Those
// of strings, numbers, lists, maps and structures were recorded by dynalite's
// tests; those of timestamps are not recorded.
const (
	notExpected  = "Start of structure or map found where not expected"
	castMessage  = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')"
	modelPackage = "com.amazonaws.dynamodb.v20120810."
)

// checkType checks the JSON types of a value and all it holds, in the order of
// the text. nested says that the value is an element of a list or map, rather
// than a member of a structure.
func checkType(s *shape, v jsonscan.Value, nested bool) *fault.Error {
	k := v.Kind()
	if k == jsonscan.Null {
		return nil
	}
	switch s.kind {
	case structureKind:
		return checkStructure(s, v, nested)
	case listKind:
		switch k {
		case jsonscan.Array:
			elem := &shapes[s.elem]
			for e := range v.Elems() {
				if f := checkType(elem, e, true); f != nil {
					return f
				}
			}
			return nil
		case jsonscan.Object:
			return fault.Serialization(notExpected)
		}
		return scalar(nested)
	case mapKind:
		switch k {
		case jsonscan.Object:
			elem := &shapes[s.elem]
			for c := v.Cursor(); c.Next(); {
				if f := checkType(elem, c.Value(), true); f != nil {
					return f
				}
			}
			return nil
		case jsonscan.Array:
			return fault.Serialization("Unrecognized collection type " + javaType(s))
		}
		return scalar(nested)
	}
	switch k {
	case jsonscan.Array:
		return fault.Serialization("Unrecognized collection type " + javaType(s))
	case jsonscan.Object:
		return fault.Serialization(notExpected)
	}
	return checkScalar(s, v, k)
}

func scalar(nested bool) *fault.Error {
	if nested {
		return fault.Serialization(castMessage)
	}
	return fault.Serialization("Unexpected field type")
}

func checkStructure(s *shape, v jsonscan.Value, nested bool) *fault.Error {
	switch v.Kind() {
	case jsonscan.Object:
	case jsonscan.Array:
		return fault.Serialization("Unrecognized collection type " + javaType(s))
	default:
		if nested {
			return fault.Serialization("Unexpected value type in payload")
		}
		return fault.Serialization("Unexpected field type")
	}
	for c := v.Cursor(); c.Next(); {
		name := c.Name()
		if s.attribute && (name == "S" || name == "N") && c.Value().Kind() == jsonscan.String {
			continue // the common case
		}
		if i := memberIndex(s, name); i >= 0 {
			if f := checkType(&shapes[s.members[i].shape], c.Value(), false); f != nil {
				return f
			}
		}
	}
	return nil
}

func checkScalar(s *shape, v jsonscan.Value, k jsonscan.Kind) *fault.Error {
	switch s.kind {
	case stringKind:
		if k != jsonscan.String {
			return fault.Serialization(token(v, k) + " cannot be converted to String")
		}
	case blobKind:
		if k != jsonscan.String {
			return fault.Serialization("only base-64-encoded strings are convertible to bytes")
		}
		return checkBase64(v.Str())
	case booleanKind:
		switch {
		case k == jsonscan.String:
			return fault.Serialization("Unexpected token received from parser")
		case k == jsonscan.Number && isWhole(v.Number()):
			return fault.Serialization("NUMBER_VALUE cannot be converted to Boolean")
		}
	case timestampKind:
		if k != jsonscan.Number {
			return fault.Serialization(token(v, k) + " cannot be converted to Date")
		}
	default:
		if k != jsonscan.Number {
			return fault.Serialization(token(v, k) + " cannot be converted to " + javaName[s.kind])
		}
	}
	return nil
}

// token is what the service's parser calls a scalar.
func token(v jsonscan.Value, k jsonscan.Kind) string {
	switch {
	case k == jsonscan.Bool && v.Bool():
		return "TRUE_VALUE"
	case k == jsonscan.Bool:
		return "FALSE_VALUE"
	case k == jsonscan.String:
		return "STRING_VALUE"
	case isWhole(v.Number()):
		return "NUMBER_VALUE"
	}
	return "DECIMAL_VALUE"
}

func isWhole(number string) bool { return !strings.ContainsAny(number, ".eE") }

var javaName = map[kind]string{
	stringKind: "String", booleanKind: "Boolean", integerKind: "Integer", longKind: "Long", doubleKind: "Double",
}

// javaType is the type as Java prints it.
func javaType(s *shape) string {
	switch s.kind {
	case structureKind:
		return "class " + modelPackage + s.name
	case listKind, mapKind:
		return parameterized(s)
	case blobKind:
		return "class java.nio.ByteBuffer"
	case timestampKind:
		return "class java.util.Date"
	}
	return "class java.lang." + javaName[s.kind]
}

func parameterized(s *shape) string {
	switch s.kind {
	case listKind:
		return "java.util.List<" + parameterized(&shapes[s.elem]) + ">"
	case mapKind:
		return "java.util.Map<java.lang.String, " + parameterized(&shapes[s.elem]) + ">"
	}
	return strings.TrimPrefix(javaType(s), "class ")
}

// checkBase64 checks the text of a binary value.
func checkBase64(s string) *fault.Error {
	if len(s)%4 != 0 {
		return fault.Serialization("Base64 encoded length is expected a multiple of 4 bytes but found: " + strconv.Itoa(len(s)))
	}
	if s == "" {
		return nil
	}
	body := strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	var last int
	for i := 0; i < len(body); i++ {
		last = base64Digit(body[i])
		if last < 0 {
			return fault.Serialization("Invalid Base64 character: '" + body[i:i+1] + "'")
		}
	}
	if spare := (1 << (2 * (len(s) - len(body)))) - 1; last&spare != 0 {
		return fault.Serialization("Invalid last non-pad Base64 character dectected")
	}
	return nil
}

func base64Digit(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}
