package expr

import (
	"encoding/base64"
	"strings"

	"shvm-db/internal/item"
)

// bound is a bound of BETWEEN as error messages show it: {S:a}.
func bound(v *item.Value) string {
	return "{" + v.Kind.String() + ":" + content(v) + "}"
}

// content is a value without its type. Only strings, numbers and binaries are
// recorded.
func content(v *item.Value) string {
	switch v.Kind {
	case item.B:
		return base64.StdEncoding.EncodeToString([]byte(v.Text))
	case item.S, item.N:
		return v.Text
	case item.BOOL:
		if v.Bool {
			return "true"
		}
		return "false"
	case item.NULL:
		return "true"
	case item.SS, item.NS:
		return "[" + strings.Join(v.Set, ", ") + "]"
	case item.BS:
		parts := make([]string, len(v.Set))
		for i, e := range v.Set {
			parts[i] = base64.StdEncoding.EncodeToString([]byte(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case item.L:
		parts := make([]string, len(v.List))
		for i := range v.List {
			parts[i] = bound(&v.List[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	parts := make([]string, len(v.Map))
	for i := range v.Map {
		parts[i] = v.Map[i].Name + "=" + bound(&v.Map[i].Value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
