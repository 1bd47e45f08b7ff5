// Package model is DynamoDB in memory, as plainly as it can be written: tables
// whose items are maps, scans over all of them, numbers as big rationals. A
// property test asks a real node and the model the same things and compares.
//
// It shares no code with the program: a mistake would otherwise agree with
// itself.
package model

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Value is an attribute value as encoding/json reads it: one tag, and what is
// behind it.
type Value = map[string]any

// Item maps attribute names to values.
type Item = map[string]any

// S, N and B make values.
func S(text string) Value { return Value{"S": text} }

// N is described at S.
func N(text string) Value { return Value{"N": text} }

// B is described at S; raw is not base64.
func B(raw string) Value { return Value{"B": base64.StdEncoding.EncodeToString([]byte(raw))} }

// tag gives a value's type and content.
func tag(v any) (string, any) {
	for t, inner := range v.(Value) {
		return t, inner
	}
	panic("a value without a type")
}

func rational(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic("not a number: " + text)
	}
	return r
}

// plainNumber is a number without exponent or needless zeros.
func plainNumber(text string) string {
	out := rational(text).FloatString(40)
	out = strings.TrimRight(out, "0")
	return strings.TrimSuffix(out, ".")
}

// normal is the value as the service answers it: numbers in normal form.
func normal(v any) Value {
	switch t, inner := tag(v); t {
	case "N":
		return N(plainNumber(inner.(string)))
	case "NS":
		out := []any{}
		for _, e := range inner.([]any) {
			out = append(out, plainNumber(e.(string)))
		}
		return Value{t: out}
	case "L":
		out := []any{}
		for _, e := range inner.([]any) {
			out = append(out, normal(e))
		}
		return Value{t: out}
	case "M":
		return Value{t: normalItem(inner.(Item))}
	default:
		return Value{t: inner}
	}
}

func normalItem(m Item) Item {
	out := Item{}
	for name, v := range m {
		out[name] = normal(v)
	}
	return out
}

// text is a value written so that equal values are equal strings: sets and maps
// have no order. Numbers must be in normal form, which so is checked too.
func text(v any) string {
	switch t, inner := tag(v); inner := inner.(type) {
	case []any:
		parts := make([]string, len(inner))
		for i, e := range inner {
			if t == "L" {
				parts[i] = text(e)
			} else {
				parts[i] = fmt.Sprintf("%q", e)
			}
		}
		if t != "L" {
			slices.Sort(parts)
		}
		return t + "[" + strings.Join(parts, " ") + "]"
	case Item:
		return t + itemText(inner)
	default:
		return fmt.Sprintf("%s:%q", t, fmt.Sprint(inner))
	}
}

func itemText(m Item) string {
	if m == nil {
		return "none"
	}
	parts := make([]string, 0, len(m))
	for name, v := range m {
		parts = append(parts, fmt.Sprintf("%q=%s", name, text(v)))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, " ") + "}"
}

// compare orders two values of the same type S, N or B; ok is false for others.
func compare(a, b any) (order int, ok bool) {
	if a == nil || b == nil {
		return 0, false
	}
	ta, va := tag(a)
	tb, vb := tag(b)
	if ta != tb {
		return 0, false
	}
	switch ta {
	case "N":
		return rational(va.(string)).Cmp(rational(vb.(string))), true
	case "S":
		return strings.Compare(va.(string), vb.(string)), true
	case "B":
		return strings.Compare(raw(va), raw(vb)), true
	}
	return 0, false
}

func raw(encoded any) string {
	b, err := base64.StdEncoding.DecodeString(encoded.(string))
	if err != nil {
		panic(err)
	}
	return string(b)
}

func equal(a, b any) bool { return a != nil && b != nil && text(a) == text(b) }
