package expr

import (
	"slices"
	"sort"

	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// Placeholders are the ExpressionAttributeNames and ExpressionAttributeValues
// of a request, and which of them its expressions have used so far. One
// Placeholders serves all the expressions of a request, or of one action of a
// transaction.
type Placeholders struct {
	Names  map[string]string     // by "#name"
	Values map[string]item.Value // by ":value"

	usedNames, usedValues []string
	room                  [8]string // the first of both, so that few need no memory
}

// Check refuses keys that no expression could use. What is empty but there is
// the caller's to refuse: a nil map and an empty one look alike here.
func (ph *Placeholders) Check() error {
	for _, k := range sorted(ph.Names) {
		if !isPlaceholder(k, '#') {
			return fault.InvalidNameKey(k)
		}
	}
	for _, k := range sorted(ph.Names) {
		if ph.Names[k] == "" {
			return fault.InvalidNameValue(k)
		}
	}
	for _, k := range sorted(ph.Values) {
		if !isPlaceholder(k, ':') {
			return fault.InvalidValueKey(k)
		}
	}
	return nil
}

func isPlaceholder(key string, sign byte) bool {
	return len(key) > 1 && key[0] == sign && wordEnd(key, 1) == len(key)
}

// Unused refuses names, then values, that no expression parsed with ph has
// used. Call it after the last expression of the request.
func (ph *Placeholders) Unused() error {
	if len(ph.usedNames) < len(ph.Names) {
		return fault.UnusedNames(missing(ph.Names, ph.usedNames))
	}
	if len(ph.usedValues) < len(ph.Values) {
		return fault.UnusedValues(missing(ph.Values, ph.usedValues))
	}
	return nil
}

func missing[V any](all map[string]V, used []string) []string {
	return slices.DeleteFunc(sorted(all), func(k string) bool { return slices.Contains(used, k) })
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// name resolves "#name".
func (ph *Placeholders) name(key string) (string, bool) {
	if ph == nil {
		return "", false
	}
	name, ok := ph.Names[key]
	if ok && !slices.Contains(ph.usedNames, key) {
		if ph.usedNames == nil {
			ph.usedNames = ph.room[:0:4]
		}
		ph.usedNames = append(ph.usedNames, key)
	}
	return name, ok
}

// value resolves ":value" to a copy that the tree may keep.
func (ph *Placeholders) value(key string) (*item.Value, bool) {
	if ph == nil {
		return nil, false
	}
	v, ok := ph.Values[key]
	if !ok {
		return nil, false
	}
	if !slices.Contains(ph.usedValues, key) {
		if ph.usedValues == nil {
			ph.usedValues = ph.room[4:4]
		}
		ph.usedValues = append(ph.usedValues, key)
	}
	kept := new(item.Value)
	*kept = v
	return kept, true
}
