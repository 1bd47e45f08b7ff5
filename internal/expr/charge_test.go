package expr

import (
	"strings"
	"testing"

	"shvm-db/internal/item"
)

// The cases are those recorded by the public conformance suite of paritysuite.
func TestAnUpdateIsChargedForWhatItsRequestWrites(t *testing.T) {
	ten := item.Value{Kind: item.S, Text: strings.Repeat("y", 10)}
	values := map[string]item.Value{
		":s": ten, ":one": {Kind: item.N, Text: "1"},
		":l": {Kind: item.L, List: []item.Value{ten}},
		":m": {Kind: item.M, Map: item.Map{{Name: "a", Value: item.Value{Kind: item.S, Text: strings.Repeat("y", 100)}}}},
	}
	const set1 = 19 + 1 // a SET of an attribute with a name of one byte
	for text, want := range map[string]int{
		"SET b = :s":                   set1 + 10,
		"SET c = abcdefghij":           set1 + 15 + 10,
		"SET c = m.z":                  set1 + 1 + 15 + 15,
		"SET c = l[10]":                set1 + 1 + 15 + 16,
		"SET d[0] = :s":                set1 + 4 + 1 + 10,
		"SET l = list_append(l, :l)":   set1 + 37 + 16 + 3 + 1 + 10,
		"SET c = if_not_exists(c, :m)": set1 + 39 + 16 + 3 + 1 + 1 + 100,
		"SET n = n + :one":             set1 + 34 + 16 + 2,
		"SET n = n - :one":             set1 + 37 + 16 + 2,
		"ADD n :one":                   set1 + 2,
		"REMOVE r":                     2,
		"REMOVE r, d.leaf":             2 + 1 + 1 + 4 + 4,
		"SET b = :s, c = :s REMOVE r":  2*(set1+10) + 2,
		"SET c = if_not_exists(c, :s)": set1 + 39 + 16 + 10,
		"SET l = list_append(:l, :l)":  set1 + 37 + 2*(3+1+10),
	} {
		used := map[string]item.Value{}
		for name, v := range values {
			if strings.Contains(text, name) {
				used[name] = v
			}
		}
		u, err := ParseUpdate(text, &Placeholders{Values: used})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := u.Charge(); got != chargeUpdate+want {
			t.Errorf("%s: %d, want %d", text, got, chargeUpdate+want)
		}
	}
}
