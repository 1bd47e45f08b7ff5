package item

import (
	"strings"

	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// The Java types of the service, as its serialization errors name them.
const (
	javaValue = "class com.amazonaws.dynamodb.v20120810.AttributeValue"
	javaMap   = "java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"
	javaBytes = "class java.nio.ByteBuffer"
)

// checkMap, checkValue and the rest look only at the JSON types of a value, and
// give the SerializationException for the first wrong one. They are called when
// something is known to be wrong, and to find out what wins.
func checkMap(v jsonscan.Value) error {
	switch v.Kind() {
	case jsonscan.Null:
		return nil
	case jsonscan.Array:
		return fault.UnrecognizedCollection(javaMap)
	case jsonscan.Object:
		for _, value := range v.Members() {
			if err := checkValue(value); err != nil {
				return err
			}
		}
		return nil
	}
	return fault.UnexpectedField()
}

func checkValue(v jsonscan.Value) error {
	switch v.Kind() {
	case jsonscan.Null:
		return nil
	case jsonscan.Array:
		return fault.UnrecognizedCollection(javaValue)
	case jsonscan.Object:
	default:
		return fault.UnexpectedValueType()
	}
	for tag, inner := range v.Members() {
		if inner.Kind() == jsonscan.Null {
			continue
		}
		var err error
		switch kindOf(tag) {
		case S, N:
			err = checkString(inner)
		case B:
			err = checkBase64(inner)
		case BOOL, NULL:
			err = checkBool(inner)
		case M:
			err = checkMap(inner)
		case L:
			err = checkEach(inner, checkValue)
		case SS, NS:
			err = checkEach(inner, checkString)
		case BS:
			err = checkEach(inner, checkBase64)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkEach(v jsonscan.Value, check func(jsonscan.Value) error) error {
	if err := checkList(v); err != nil {
		return err
	}
	for e := range v.Elems() {
		if e.Kind() == jsonscan.Null {
			continue
		}
		if err := check(e); err != nil {
			return err
		}
	}
	return nil
}

func checkList(v jsonscan.Value) error {
	switch v.Kind() {
	case jsonscan.Array:
		return nil
	case jsonscan.Object:
		return fault.UnexpectedStructure()
	}
	return fault.UnexpectedField()
}

func checkString(v jsonscan.Value) error {
	switch v.Kind() {
	case jsonscan.String:
		return nil
	case jsonscan.Array:
		return fault.UnrecognizedCollection("class java.lang.String")
	case jsonscan.Object:
		return fault.UnexpectedStructure()
	}
	return fault.NotConvertible(token(v), "String")
}

func checkBool(v jsonscan.Value) error {
	switch v.Kind() {
	case jsonscan.Bool:
		return nil
	case jsonscan.String:
		switch strings.ToLower(v.Str()) {
		case "true", "false", "yes", "no":
			return nil
		}
		return fault.UnexpectedToken()
	case jsonscan.Array:
		return fault.UnrecognizedCollection("class java.lang.Boolean")
	case jsonscan.Object:
		return fault.UnexpectedStructure()
	}
	return fault.NotConvertible(token(v), "Boolean")
}

// checkBytes looks at the type only, checkBase64 at the text too.
func checkBytes(v jsonscan.Value) error {
	switch v.Kind() {
	case jsonscan.String:
		return nil
	case jsonscan.Array:
		return fault.UnrecognizedCollection(javaBytes)
	case jsonscan.Object:
		return fault.UnexpectedStructure()
	}
	return fault.NotBase64()
}

func checkBase64(v jsonscan.Value) error {
	_, err := parseBytes(v)
	return err
}

// token is the service's name of a JSON scalar.
func token(v jsonscan.Value) string {
	switch v.Kind() {
	case jsonscan.Bool:
		if v.Bool() {
			return "TRUE_VALUE"
		}
		return "FALSE_VALUE"
	case jsonscan.Number:
		if strings.ContainsAny(v.Number(), ".eE") {
			return "DECIMAL_VALUE"
		}
		return "NUMBER_VALUE"
	}
	return "STRING_VALUE"
}
