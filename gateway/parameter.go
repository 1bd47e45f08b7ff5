package gateway

import (
	"strconv"
	"strings"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// member is a member of a request that is there. A JSON null is as good as
// nothing.
func member(v jsonscan.Value, name string) (jsonscan.Value, bool) {
	m, ok := v.Field(name)
	return m, ok && m.Kind() != jsonscan.Null
}

// text is a member that is a string; "" if it is not there.
func text(v jsonscan.Value, name string) string {
	m, _ := v.Field(name)
	return m.Str()
}

// flag is a member that is a boolean; false if it is not there.
func flag(v jsonscan.Value, name string) bool {
	m, _ := v.Field(name)
	return m.Bool() || strings.EqualFold(m.Str(), "true")
}

// count is a member that is a whole number.
func count(v jsonscan.Value, name string) (n int, ok bool) {
	m, ok := member(v, name)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(m.Number(), 64)
	return int(f), err == nil
}

// tableName is the name of a table as a request gives it: a name or an ARN.
func tableName(given string) string {
	if !strings.HasPrefix(given, "arn:") {
		return given
	}
	_, name, _ := strings.Cut(given, ":table/")
	name, _, _ = strings.Cut(name, "/")
	return name
}

// table finds a table that takes requests for items.
func (g *Gateway) table(given string) (*catalog.Table, error) {
	t, ok := g.Registry.Table(tableName(given))
	if !ok || t.Status == "CREATING" || t.Status == "DELETING" {
		return nil, fault.TableNotFound()
	}
	return t, nil
}
