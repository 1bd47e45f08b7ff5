package gateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shvm-db/internal/item"
	"shvm-db/internal/partiql"
)

// anyWhere draws a WHERE over the attributes of the table "numbers" and one
// more, x.
func anyWhere(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		pk := func() string { return rapid.SampledFrom([]string{"'a'", "'b'", "'c'", "'d'"}).Draw(t, "pk") }
		n := func() string { return fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "n")) }
		op := func() string { return rapid.SampledFrom([]string{"=", "<", "<=", ">", ">=", "<>"}).Draw(t, "op") }
		inner := func() string { return anyWhere(depth-1).Draw(t, "inner") }
		shapes := 8
		if depth > 0 {
			shapes = 12
		}
		switch rapid.IntRange(0, shapes-1).Draw(t, "shape") {
		case 0, 1:
			return "pk = " + pk()
		case 2:
			return "pk IN [" + pk() + ", " + pk() + "]"
		case 3:
			return "sk " + op() + " " + n()
		case 4:
			return n() + " " + op() + " sk"
		case 5:
			low := rapid.IntRange(0, 4).Draw(t, "low")
			return fmt.Sprintf("sk BETWEEN %d AND %d", low, low+rapid.IntRange(0, 2).Draw(t, "width"))
		case 6:
			return "x " + op() + " " + n()
		case 7:
			return "x IS " + rapid.SampledFrom([]string{"", "NOT "}).Draw(t, "not") + "MISSING"
		case 8, 9:
			return "(" + inner() + " AND " + inner() + ")"
		case 10:
			return "(" + inner() + " OR " + inner() + ")"
		}
		return "NOT (" + inner() + ")"
	})
}

// However a SELECT is planned, in whatever pages and partitions: it gives just
// the items for which its WHERE holds, each once, and those of one partition key
// in the order asked for.
func TestPlansLoseNothingAndAddNothing(t *testing.T) {
	for _, partitions := range []int{1, 3} {
		s := goldenServer(t, partitions, nil)
		var items []item.Map
		for _, pk := range []string{"a", "b", "c"} {
			for sk := range 5 {
				m := item.Map{{Name: "pk", Value: item.Value{Kind: item.S, Text: pk}}, {Name: "sk", Value: item.Value{Kind: item.N, Text: fmt.Sprint(sk)}}}
				if (sk+len(items))%3 > 0 {
					m = append(m, item.Attr{Name: "x", Value: item.Value{Kind: item.N, Text: fmt.Sprint(len(items) % 5)}})
				}
				items = append(items, m)
				if got := ask(t, s, "PutItem", `{"TableName":"numbers","Item":`+string(item.AppendJSON(nil, m))+`}`); got != "{}" {
					t.Fatal(got)
				}
			}
		}
		rapid.Check(t, func(rt *rapid.T) {
			where := anyWhere(2).Draw(rt, "where")
			statement := `SELECT pk, sk FROM "numbers" WHERE ` + where
			tree, _, err := partiql.Parse(statement)
			if err != nil {
				rt.Fatalf("%s: %v", statement, err)
			}
			holds, err := partiql.Condition(nil, tree.(*partiql.Select).Where)
			if err != nil {
				rt.Fatalf("%s: %v", statement, err)
			}
			var want []string
			for _, m := range items {
				ok, err := holds.Match(m)
				if err != nil {
					rt.Fatal(err)
				}
				if ok {
					want = append(want, m[0].Value.Text+m[1].Value.Text)
				}
			}
			more := ""
			if n := rapid.IntRange(0, 7).Draw(rt, "limit"); n > 0 {
				more = fmt.Sprintf(`,"Limit":%d`, n)
			}
			descending := false
			if strings.HasPrefix(where, "pk ") && rapid.Bool().Draw(rt, "order") {
				descending = rapid.Bool().Draw(rt, "descending")
				statement += " ORDER BY pk, sk " + map[bool]string{true: "DESC", false: "ASC"}[descending]
			}
			got := selectAll(t, rt, statement, more, func(request string) string { return ask(t, s, "ExecuteStatement", request) })
			for i := 1; i < len(got); i++ {
				if got[i-1][0] == got[i][0] && (got[i-1] < got[i]) == descending {
					rt.Fatalf("%s: %v is out of order", statement, got)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				rt.Fatalf("%s%s in %d partitions: got %v, want %v", statement, more, partitions, got, want)
			}
		})
	}
}

// selectAll gives the keys of all pages of a SELECT.
func selectAll(t *testing.T, rt *rapid.T, statement, more string, send func(request string) string) []string {
	t.Helper()
	var keys []string
	token := ""
	for range 100 {
		rest := more
		if token != "" {
			rest += `,"NextToken":"` + token + `"`
		}
		var out struct {
			Items []struct {
				PK struct{ S string }
				SK struct{ N string }
			}
			NextToken string
		}
		answer := send(statementBody(statement, rest))
		if err := json.Unmarshal([]byte(answer), &out); err != nil {
			rt.Fatalf("%s: %s", statement, answer)
		}
		for _, it := range out.Items {
			keys = append(keys, it.PK.S+it.SK.N)
		}
		if token = out.NextToken; token == "" {
			return keys
		}
	}
	rt.Fatalf("%s does not end", statement)
	return nil
}
