package item

import (
	"encoding/base64"
	"slices"
	"strings"
	"unsafe"

	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/number"
)

// MaxDepth is how many levels an item may have: a scalar attribute has one, and
// each list or map around it one more.
const MaxDepth = 32

// Reader reads values from the JSON of a request. The zero Reader is the
// strictest. Errors are *fault.ValueError, which the caller words for its
// layer, or *fault.Error for JSON of the wrong type; the latter win, wherever
// in the value they stand, as the service reads types before it checks values.
type Reader struct {
	// AnyDepth does not limit the nesting. The service does not for the values of
	// a ConditionCheck.
	AnyDepth bool
}

// FromJSON reads an item, a key, or another map of attribute values with the
// zero Reader. JSON null is a nil Map.
func FromJSON(v jsonscan.Value) (Map, error) { return Reader{}.Map(v) }

// ValueFromJSON reads one attribute value with the zero Reader.
func ValueFromJSON(v jsonscan.Value) (Value, error) { return Reader{}.Value(v) }

// Map is described at FromJSON.
func (r Reader) Map(v jsonscan.Value) (Map, error) {
	m, err := r.attributes(v, 1)
	if err != nil {
		return nil, typesFirst(err, func() error { return checkMap(v) })
	}
	return m, nil
}

// Value is described at ValueFromJSON.
func (r Reader) Value(v jsonscan.Value) (Value, error) {
	out, err := r.value(v, 1)
	if err != nil {
		return Value{}, typesFirst(err, func() error { return checkValue(v) })
	}
	return out, nil
}

func typesFirst(err error, check func() error) error {
	if _, ok := err.(*fault.ValueError); ok {
		if wrong := check(); wrong != nil {
			return wrong
		}
	}
	return err
}

// attributes reads a map whose values are at a level.
func (r Reader) attributes(v jsonscan.Value, level int) (Map, error) {
	if v.Kind() == jsonscan.Null {
		return nil, nil
	}
	if v.Kind() != jsonscan.Object {
		return nil, checkMap(v)
	}
	m := make(Map, 0, v.Len())
	for c := v.Cursor(); c.Next(); {
		value, err := r.value(c.Value(), level)
		if err != nil {
			return nil, err
		}
		m = append(m, Attr{c.Name(), value})
	}
	return m, nil
}

func (r Reader) value(v jsonscan.Value, level int) (out Value, err error) {
	switch v.Kind() {
	case jsonscan.Null:
		return Value{}, fault.NoType()
	case jsonscan.Object:
	default:
		return Value{}, checkValue(v)
	}
	if level > MaxDepth && !r.AnyDepth {
		return Value{}, fault.TooDeep()
	}
	types := 0
	for c := v.Cursor(); c.Next(); {
		kind, inner := kindOf(c.Name()), c.Value()
		if kind == 0 || inner.Kind() == jsonscan.Null {
			continue
		}
		types++
		if out, err = r.typed(kind, inner, level); err != nil {
			return Value{}, err
		}
	}
	switch types {
	case 0:
		return Value{}, fault.NoType()
	case 1:
		return out, nil
	}
	return Value{}, fault.TwoTypes()
}

func kindOf(tag string) Kind {
	switch tag {
	case "S":
		return S
	case "N":
		return N
	case "B":
		return B
	case "BOOL":
		return BOOL
	case "NULL":
		return NULL
	case "M":
		return M
	case "L":
		return L
	case "SS":
		return SS
	case "NS":
		return NS
	case "BS":
		return BS
	}
	return 0
}

func (r Reader) typed(kind Kind, v jsonscan.Value, level int) (Value, error) {
	out := Value{Kind: kind}
	var err error
	switch kind {
	case S:
		if v.Kind() != jsonscan.String {
			return Value{}, checkString(v)
		}
		out.Text = v.Str()
	case N:
		if v.Kind() != jsonscan.String {
			return Value{}, checkString(v)
		}
		out.Text, err = parseNumber(v.Str())
	case B:
		out.Text, err = parseBytes(v)
	case BOOL:
		out.Bool, err = parseBool(v)
	case NULL:
		var yes bool
		if yes, err = parseBool(v); err == nil && !yes {
			err = fault.NullFalse()
		}
	case M:
		if out.Map, err = r.attributes(v, level+1); err == nil && level+1 > MaxDepth && !r.AnyDepth {
			err = fault.TooDeep()
		}
	case L:
		if v.Kind() != jsonscan.Array {
			return Value{}, checkList(v)
		}
		if level+1 > MaxDepth && !r.AnyDepth {
			return Value{}, fault.TooDeep()
		}
		out.List = make([]Value, 0, v.Len())
		for e := range v.Elems() {
			var inner Value
			if inner, err = r.value(e, level+1); err != nil {
				return Value{}, err
			}
			out.List = append(out.List, inner)
		}
	default:
		out.Set, err = parseSet(kind, v)
	}
	if err != nil {
		return Value{}, err
	}
	return out, nil
}

func parseNumber(text string) (string, error) {
	normal, err := number.Parse(text)
	if err != nil {
		return "", fault.Layers(numberFault(text, err), numberFault(text, number.Older(text)))
	}
	return normal, nil
}

func numberFault(text string, err error) *fault.ValueError {
	switch err {
	case number.ErrOverflow:
		return fault.NumberOverflow()
	case number.ErrUnderflow:
		return fault.NumberUnderflow()
	case number.ErrPrecision:
		return fault.NumberPrecision()
	}
	return fault.NotNumber(text)
}

func parseBytes(v jsonscan.Value) (string, error) {
	if err := checkBytes(v); err != nil {
		return "", err
	}
	return decodeBase64(v.Str())
}

// strict refuses bits that do not matter, as the service does.
var strict = base64.StdEncoding.Strict()

func decodeBase64(text string) (string, error) {
	if len(text)%4 != 0 {
		return "", fault.Base64Length(len(text))
	}
	// The standard decoder would pass over line ends.
	if strings.ContainsAny(text, "\r\n") {
		return "", fault.Base64Text()
	}
	out, err := strict.DecodeString(text)
	if err != nil {
		return "", fault.Base64Text()
	}
	return unsafe.String(unsafe.SliceData(out), len(out)), nil
}

// parseBool takes the words of a boolean as a string too, as the service does.
func parseBool(v jsonscan.Value) (bool, error) {
	if err := checkBool(v); err != nil {
		return false, err
	}
	if v.Kind() == jsonscan.Bool {
		return v.Bool(), nil
	}
	word := strings.ToLower(v.Str())
	return word == "true" || word == "yes", nil
}

func parseSet(kind Kind, v jsonscan.Value) ([]string, error) {
	if v.Kind() != jsonscan.Array {
		return nil, checkList(v)
	}
	if v.Len() == 0 {
		switch kind {
		case SS:
			return nil, fault.EmptyStringSet()
		case NS:
			return nil, fault.EmptyNumberSet()
		}
		return nil, fault.EmptyBinarySet()
	}
	set := make([]string, 0, v.Len())
	for e := range v.Elems() {
		var text string
		var err error
		switch {
		case e.Kind() == jsonscan.Null:
			err = fault.NullInSet(kind.String())
		case kind == BS:
			text, err = parseBytes(e)
		case e.Kind() != jsonscan.String:
			err = checkString(e)
		case kind == NS:
			text, err = parseNumber(e.Str())
		default:
			text = e.Str()
		}
		if err != nil {
			return nil, err
		}
		set = append(set, text)
	}
	if !duplicates(set) {
		return set, nil
	}
	return nil, duplicateFault(kind, set)
}

// duplicateFault words a set with a repeated element. The newer layer prints
// the elements before the first repeat in byte order, and the rest as written.
func duplicateFault(kind Kind, set []string) error {
	if kind == NS {
		return fault.DuplicateNumbers()
	}
	first := 1
	for !contains(set[:first], set[first]) {
		first++
	}
	sorted := slices.Clone(set)
	slices.Sort(sorted[:first])
	if kind == SS {
		return fault.DuplicateStrings(set, sorted)
	}
	return fault.DuplicateBinaries(base64s(set), base64s(sorted))
}

func base64s(set []string) []string {
	out := make([]string, len(set))
	for i, e := range set {
		out[i] = base64.StdEncoding.EncodeToString([]byte(e))
	}
	return out
}

// duplicates says whether a text is there twice.
func duplicates(set []string) bool {
	if len(set) <= 16 {
		for i := range set {
			for j := range i {
				if set[i] == set[j] {
					return true
				}
			}
		}
		return false
	}
	seen := make(map[string]struct{}, len(set))
	for _, s := range set {
		seen[s] = struct{}{}
	}
	return len(seen) != len(set)
}
