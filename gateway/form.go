package gateway

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"

	"shvm-db/internal/jsonscan"
)

// The control plane is not in a hurry: its requests are read into structures
// and its answers written from them, by reflection.

// fill reads a request, whose types have been checked, into a structure: its
// fields have the members' names, and are pointers where absence matters.
// Fractions of whole numbers are lost, as in the service.
func fill(v jsonscan.Value, into any) { fillValue(v, reflect.ValueOf(into).Elem()) }

func fillValue(v jsonscan.Value, into reflect.Value) {
	if v.Kind() == jsonscan.Null {
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		fillValue(v, into.Elem())
	case reflect.Struct:
		for i := range into.NumField() {
			if m, ok := v.Field(into.Type().Field(i).Name); ok {
				fillValue(m, into.Field(i))
			}
		}
	case reflect.Slice:
		list := reflect.MakeSlice(into.Type(), 0, v.Len())
		for e := range v.Elems() {
			elem := reflect.New(into.Type().Elem()).Elem()
			fillValue(e, elem)
			list = reflect.Append(list, elem)
		}
		into.Set(list)
	case reflect.String:
		into.SetString(v.Str())
	case reflect.Bool:
		into.SetBool(v.Bool())
	case reflect.Int64:
		if n, err := strconv.ParseInt(v.Number(), 10, 64); err == nil {
			into.SetInt(n)
			return
		}
		f, _ := strconv.ParseFloat(v.Number(), 64) // out of range is infinity
		into.SetInt(int64(max(math.MinInt64, min(math.MaxInt64, math.Floor(f)))))
	}
}

// encode appends the JSON of an answer.
func encode(dst []byte, answer any) ([]byte, error) {
	b := bytes.NewBuffer(dst)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(answer); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// seconds is a time in Unix milliseconds, written as the service does: seconds
// in scientific notation.
type seconds int64

// MarshalJSON writes it.
func (s seconds) MarshalJSON() ([]byte, error) {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(float64(s)/1000, 'E', -1, 64), "E")
	n, err := strconv.Atoi(exponent)
	if err != nil {
		return nil, err
	}
	return []byte(mantissa + "E" + strconv.Itoa(n)), nil
}
