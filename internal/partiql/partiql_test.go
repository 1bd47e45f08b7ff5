package partiql

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shvm-db/internal/catalog"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

func TestStatementsArePrintedInTheirFullForm(t *testing.T) {
	for _, c := range [][2]string{
		{`select * from Music`, `SELECT * FROM "Music"`},
		{`SELECT a, b.c[1]."d e", "select" FROM "t"."ix" WHERE pk = 'it''s' AND sk BETWEEN 1 AND ?`,
			`SELECT "a", "b"."c"[1]."d e", "select" FROM "t"."ix" WHERE "pk" = 'it''s' AND "sk" BETWEEN 1 AND ?`},
		{`SELECT * FROM t WHERE NOT (a = 1 OR b <> 2) AND c IN [1, ?] AND d NOT IN ('x') AND e NOT BETWEEN -1 AND +2`,
			`SELECT * FROM "t" WHERE NOT ("a" = 1 OR "b" <> 2) AND "c" IN [1, ?] AND NOT "d" IN ['x'] AND NOT "e" BETWEEN -1 AND 2`},
		{`SELECT * FROM t WHERE a IS NOT MISSING AND b is null AND begins_with(c, 'x') AND SIZE(d) > 3 ORDER BY pk DESC, sk`,
			`SELECT * FROM "t" WHERE NOT "a" IS MISSING AND "b" IS NULL AND begins_with("c", 'x') AND size("d") > 3 ORDER BY "pk" DESC, "sk" ASC`},
		{`SELECT year, title FROM Movies WHERE year = ?`, `SELECT "year", "title" FROM "Movies" WHERE "year" = ?`},
		{"-- a note\nSELECT * /* b */ FROM t;", `SELECT * FROM "t"`},
		{`INSERT INTO t VALUE {'pk': 'a', "n": -.5e1, 'l': [1, [], {}], 's': <<'a', 'b'>>, 'x': null, 'y': TRUE}`,
			`INSERT INTO "t" VALUE {'pk': 'a', 'n': -.5e1, 'l': [1, [], {}], 's': <<'a', 'b'>>, 'x': NULL, 'y': TRUE}`},
		{`UPDATE t SET a = a + 1, b.c = list_append(b.c, [?]) REMOVE d, e[0] WHERE pk = 'x' RETURNING modified new *`,
			`UPDATE "t" SET "a" = "a" + 1 SET "b"."c" = list_append("b"."c", [?]) REMOVE "d" REMOVE "e"[0] WHERE "pk" = 'x' RETURNING MODIFIED NEW *`},
		{`FROM t WHERE pk = 1 SET a = 2`, `UPDATE "t" SET "a" = 2 WHERE "pk" = 1`},
		{`DELETE FROM t WHERE pk = 1 AND (a = 1 OR b = 2) RETURNING ALL OLD *`,
			`DELETE FROM "t" WHERE "pk" = 1 AND ("a" = 1 OR "b" = 2) RETURNING ALL OLD *`},
		{`EXISTS(SELECT * FROM t WHERE pk = 1 AND a = 2)`, `EXISTS(SELECT * FROM "t" WHERE "pk" = 1 AND "a" = 2)`},
		{`SELECT * FROM t WHERE a['b c'] = 1`, `SELECT * FROM "t" WHERE "a"."b c" = 1`},
	} {
		s, _, err := Parse(c[0])
		if err != nil {
			t.Errorf("%s: %v", c[0], err)
			continue
		}
		if got := s.String(); got != c[1] {
			t.Errorf("%s:\n got %s\nwant %s", c[0], got, c[1])
		}
	}
}

// Sources: paritysuite, error-messages/partiql, partiqlGrammar, partiqlFunctions
// and partiqlIndexQualifier (eu-west-2, October 2026).
func TestStatementsThatAreNotWellFormed(t *testing.T) {
	const not = "Statement wasn't well formed, can't be processed: "
	const left = not + "Unexpected token after expression"
	for _, c := range [][2]string{
		{`SLECT * FROM "t"`, not + "Expected data manipulation"},
		{`SELECT * FROM "t" WHERE`, not + "Unexpected term"},
		{`SELECT * FROM "t" WHERE pk = 1 foo`, left},
		{`SELECT * FROM "t" WHERE pk = 1 e5`, left},
		{`INSERT INTO "t" VALUE {'pk': 970001} foo`, left},
		{`UPDATE "t" SET a = 9 WHERE pk = 970002 foo`, left},
		{`DELETE FROM "t" WHERE pk = 970003 foo`, left},
		{`SELECT * FROM "t" WHERE pk = 1)`, left},
		{`DELETE FROM "t" WHERE pk = 970004 ORDER BY pk`, left},
		{`SELECT * FROM "t" ORDER BY pk WHERE pk = 1`, left},
		{`INSERT INTO "t" x VALUE {'pk': 'x'}`, left},
		{`SELECT * FROM "t" WHERE pk = 1e2147483648`, not},
		{`SELECT * FROM "t" WHERE pk = 1e99999999999`, not},
		{`SELECT * FROM "t" WHERE pk = 1.5e-2147483647`, not},
		{`SELECT * FROM "t" WHERE pk = 1 # note`, not},
		{`SELECT * FROM "t" WHERE pk = 1 /* note`, not},
		{`SELECT * FROM "t`, not},
		{`SELECT * FROM "t" t WHERE pk = 'x'`, "Aliasing is not supported"},
		{`SELECT * FROM "t" AS t WHERE pk = 'x'`, "Aliasing is not supported"},
		{`UPDATE "t" t SET a = 3 WHERE pk = 'x'`, "Aliasing is not supported"},
		{`DELETE FROM "t" t WHERE pk = 'x'`, "Aliasing is not supported"},
		{`SELECT * FROM "t" WHERE attribute_exists(m.inner)`, not + "Invalid path dot component"},
		{`UPDATE "t" SET m.inner = set_add(m.inner, <<'y'>>) WHERE pk = 'x'`, not + "Invalid path dot component"},
		{`SELECT attribute_exists(ss) FROM "t"`, "Unexpected path component at 1:8:16"},
		{`DELETE FROM "t" WHERE pk = 'x' RETURNING MODIFIED OLD *`,
			"Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements."},
		{`DELETE FROM "t" WHERE pk = 'x' RETURNING ALL NEW *`,
			"Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements."},
		{`SELECT * FROM "t"."ix"."extra" WHERE pk = 'p'`, "A path may contain at most 2 components in the FROM clause"},
		{`SELECT * FROM "t"."" WHERE pk = 'p'`, "Path component cannot be an empty string"},
		{`SELECT * FROM "" WHERE pk = 'p'`, "Path component cannot be an empty string"},
		{`INSERT INTO "t"."ix" VALUE {'pk': 'w1'}`, "FROM clause may only contain a single table name"},
	} {
		_, _, err := Parse(c[0])
		expectFault(t, c[0], err, c[1])
	}
}

func expectFault(t *testing.T, what string, err error, message string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Type != "ValidationException" || f.Message != message {
		t.Errorf("%s:\n got %v\nwant %s", what, err, message)
	}
}

func parse(t *testing.T, statement string) Statement {
	t.Helper()
	s, _, err := Parse(statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return s
}

func TestConditionsMatchItems(t *testing.T) {
	m := item.Map{
		{Name: "s", Value: item.Value{Kind: item.S, Text: "str"}}, {Name: "n", Value: item.Value{Kind: item.N, Text: "5"}},
		{Name: "ss", Value: item.Value{Kind: item.SS, Set: []string{"a", "b"}}}, {Name: "nul", Value: item.Value{Kind: item.NULL}},
		{Name: "flag", Value: item.Value{Kind: item.BOOL, Bool: true}},
		{Name: "m", Value: item.Value{Kind: item.M, Map: item.Map{{Name: "sub", Value: item.Value{Kind: item.S, Text: "x"}}}}},
	}
	params := []item.Value{{Kind: item.N, Text: "5"}}
	for where, want := range map[string]bool{
		`n = 5`: true, `5 = n`: true, `n = ?`: true, `n != 5`: false, `n > 4 AND n < 6`: true, `n = '5'`: false, `n BETWEEN 5 AND 6`: true,
		`s IN ['a', 'str']`: true, `s NOT IN ['a', 'str']`: false, `NOT s = 'x'`: true, `NOT NOT s = 'str'`: true, `x = 1 OR s = 'str'`: true,
		`attribute_exists(ss)`: true, `attribute_exists(nope)`: false, `ATTRIBUTE_NOT_EXISTS(nope)`: true, `attribute_exists(ss) = true`: true,
		`attribute_exists(ss) = false`: false, `attribute_exists(nope) <> true`: true, `(attribute_exists(nope) OR attribute_exists(ss))`: true,
		`attribute_exists("m".sub)`: true, `m.sub = 'x'`: true, `size(s) = 3`: true, `size(s) = 4`: false, `attribute_type(ss, 'SS')`: true,
		`attribute_type(ss, 'S')`: false, `nul IS NULL`: true, `s IS NULL`: false, `s IS NOT NULL`: true, `flag IS BOOL`: true, `s IS STRING`: true,
		`s IS BOOL`: false, `nope IS MISSING`: true, `s IS MISSING`: false, `s IS NOT MISSING`: true, `contains(ss, 'a')`: true,
		`begins_with(s, 'st')`: true, `ss = <<'b', 'a'>>`: true, `flag = TRUE`: true, `m = {'sub': 'x'}`: true, `nope = MISSING`: true,
		`(s = 'str' AND (n = 1 OR n = 5)) AND NOT (n = 6 OR n = 7)`: true,
	} {
		s := parse(t, `SELECT * FROM t WHERE `+where).(*Select)
		c, err := Condition(params, s.Where)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if got, err := c.Match(m); got != want || err != nil {
			t.Errorf("%s is %v, %v", where, got, err)
		}
	}
}

// Sources: as above.
func TestConditionsAreRefused(t *testing.T) {
	const path = "Operator or function requires a document path; operator or function: attribute_exists"
	for where, want := range map[string]string{
		`attribute_exists('ss')`:     path,
		`attribute_exists(?)`:        path,
		`attribute_exists()`:         "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 0",
		`attribute_exists(ss, ns)`:   "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2",
		`EXISTS(ss)`:                 "Unrecognized function: exists at 1:23:6",
		`set_add(ss, <<'x'>>) = ss`:  "Unrecognized function: set_add at 1:23:7",
		`val < true`:                 "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
		`val >= [1]`:                 "Incorrect operand type for operator or function; operator or function: >=, operand type: L",
		`val BETWEEN true AND false`: "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL",
		`pk = 1e126`:                 "Number overflow. Attempting to store a number with magnitude larger than supported range under root",
		`pk = 1e-131`:                "Number underflow. Attempting to store a number with magnitude smaller than supported range under root",
		`pk = 123456789012345678901234567890123456789`: "Attempting to store more than 38 significant digits in a Number under root",
	} {
		s := parse(t, `SELECT * FROM t WHERE `+where).(*Select)
		_, err := Condition([]item.Value{{Kind: item.S, Text: "ss"}}, s.Where)
		expectFault(t, where, err, want)
	}
}

func TestUpdatesChangeItems(t *testing.T) {
	m := item.Map{
		{Name: "n", Value: item.Value{Kind: item.N, Text: "5"}}, {Name: "ss", Value: item.Value{Kind: item.SS, Set: []string{"a", "b"}}},
		{Name: "l", Value: item.Value{Kind: item.L, List: []item.Value{{Kind: item.S, Text: "x"}}}},
	}
	for set, want := range map[string]string{
		`SET n = n + 1`:                                                          `{"n":{"N":"6"},"ss":{"SS":["a","b"]},"l":{"L":[{"S":"x"}]}}`,
		`SET n = 1 - n REMOVE l, ss`:                                             `{"n":{"N":"-4"}}`,
		`SET a = n, n = 1 REMOVE ss REMOVE l[0]`:                                 `{"n":{"N":"1"},"l":{"L":[]},"a":{"N":"5"}}`,
		`SET l = list_append(l, ['y']) REMOVE n, ss`:                             `{"l":{"L":[{"S":"x"},{"S":"y"}]}}`,
		`SET ss = set_add(ss, <<'c'>>) REMOVE n, l`:                              `{"ss":{"SS":["a","b","c"]}}`,
		`SET ss = SET_DELETE(ss, <<'a','b'>>) SET t = set_add(t, ?) REMOVE n, l`: `{"t":{"NS":["1"]}}`,
	} {
		s := parse(t, `UPDATE t `+set+` WHERE pk = 1`).(*Update)
		u, err := s.Update([]item.Value{{Kind: item.NS, Set: []string{"1"}}})
		if err != nil {
			t.Errorf("%s: %v", set, err)
			continue
		}
		out, _, err := u.Apply(m)
		if got := string(item.AppendJSON(nil, out)); got != want || err != nil {
			t.Errorf("%s: got %s, %v", set, got, err)
		}
	}
}

// Sources: as above.
func TestUpdatesAreRefused(t *testing.T) {
	for set, want := range map[string]string{
		`t = set_add(ss, <<'x'>>)`:           "The first argument to SET_ADD must equal the assignment value at 1:18:7",
		`ss = set_add(<<'a'>>, <<'b'>>)`:     "The first argument to SET_ADD must equal the assignment value at 1:19:7",
		`ss = set_add(ss, 'x')`:              "The second argument to SET_ADD must be a value with type SET at 1:27:2",
		`ss = set_add(ss, ['x'])`:            "The second argument to SET_ADD must be a value with type SET at 1:27:2",
		`ss = set_add(ss)`:                   "SET_ADD must have exactly two arguments at 1:19:7",
		`ss = set_add(ss, <<'x'>>, <<'y'>>)`: "SET_ADD must have exactly two arguments at 1:19:7",
		`ss = set_add(ss, <<'x', 'x'>>)`:     "One or more parameter values were invalid: Input collection [x, x] contains duplicates.",
		`ss = set_add(ss, <<>>)`:             "Empty bags are not supported",
		`t = set_delete(ss, <<'a'>>)`:        "The first argument to SET_DELETE must equal the assignment value at 1:18:10",
		`a = 1e-131`:                         "Number underflow. Attempting to store a number with magnitude smaller than supported range under root",
	} {
		s := parse(t, `UPDATE "t" SET `+set+` WHERE pk = 1`).(*Update)
		_, err := s.Update(nil)
		// The positions of the recordings are of other statements.
		expectFault(t, set, err, strings.NewReplacer("1:18:", "1:20:", "1:19:", "1:21:", "1:27:", "1:29:").Replace(want))
	}
}

// Sources: as above.
func TestItemsOfInserts(t *testing.T) {
	m, err := parse(t, `INSERT INTO t VALUE {'a': ?, 'b': {'c': [1.0, <<2>>]}, 'a': 'last'}`).(*Insert).Item([]item.Value{{Kind: item.NULL}})
	if got := string(item.AppendJSON(nil, m)); got != `{"a":{"S":"last"},"b":{"M":{"c":{"L":[{"N":"1"},{"NS":["2"]}]}}}}` || err != nil {
		t.Error(got, err)
	}
	const overflow = "Number overflow. Attempting to store a number with magnitude larger than supported range under "
	for value, want := range map[string]string{
		`{'pk': 1e126}`:                          overflow + "root",
		`{'pk': 970006, 'm': {'x': 1e126}}`:      overflow + "root.x",
		`{'pk': 970007, 'l': [1, 1e126]}`:        overflow + "root[1]",
		`{'pk': 'x', 'ss': set_add(<<'a'>>, 1)}`: "Unsupported data type: set_add under key root at 1:39:7",
		`{'pk': 'x', 'l': ` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `}`: "Nesting Levels have exceeded supported limits",
	} {
		_, err := parse(t, `INSERT INTO t VALUE `+value).(*Insert).Item(nil)
		expectFault(t, value, err, want)
	}
}

func TestPlans(t *testing.T) {
	k := catalog.Key{Hash: []catalog.KeyAttr{{Name: "pk", Kind: item.S}}, Range: []catalog.KeyAttr{{Name: "sk", Kind: item.N}}}
	for _, c := range []struct {
		where  string
		hashes int // -1 is any
		ranged bool
		rest   string
		keyed  bool
	}{
		{`pk = 'a'`, 1, false, ``, true},
		{`'a' = pk AND 5 > sk`, 1, true, ``, true},
		{`pk = 'a' AND sk BETWEEN 1 AND 2 AND x = 1`, 1, true, `"x" = 1`, true},
		{`pk = 'a' AND sk > 1 AND sk < 5`, 1, true, `"sk" < 5`, true},
		{`pk = 'a' AND pk = 'b'`, 1, false, `"pk" = 'b'`, true},
		{`pk IN ['a', 'b', 'a']`, 2, false, ``, true},
		{`pk IN ?`, 2, false, ``, true},
		{`pk = 'a' OR pk = 'b'`, 2, false, ``, true},
		{`(pk = 'a' AND x = 1) OR pk = 'b'`, 2, false, `"pk" = 'a' AND "x" = 1 OR "pk" = 'b'`, false},
		{`pk = 'a' OR x = 1`, -1, false, `"pk" = 'a' OR "x" = 1`, false},
		{`NOT pk = 'a'`, -1, false, `NOT "pk" = 'a'`, false},
		{`pk > 'a'`, -1, false, `"pk" > 'a'`, false},
		{`sk = 1`, -1, false, `"sk" = 1`, false},
		{`pk = 'a' AND sk = 'text'`, 1, false, `"sk" = 'text'`, true},
		{`pk = 'a' AND sk <> 1`, 1, false, `"sk" <> 1`, true},
		{`pk = x`, -1, false, `"pk" = "x"`, false},
	} {
		s := parse(t, `SELECT * FROM t WHERE `+c.where).(*Select)
		w, err := Plan(s.Where, k, []item.Value{{Kind: item.L, List: []item.Value{{Kind: item.S, Text: "x"}, {Kind: item.S, Text: "y"}}}})
		if err != nil {
			t.Errorf("%s: %v", c.where, err)
			continue
		}
		hashes := len(w.Hash)
		if w.Hash == nil {
			hashes = -1
		}
		var rest []string
		for _, e := range w.Rest {
			var p printer
			p.expr(e, bindOr)
			rest = append(rest, p.String())
		}
		if hashes != c.hashes || (w.Range != nil) != c.ranged || strings.Join(rest, " AND ") != c.rest || w.Keyed != c.keyed {
			t.Errorf("%s: %d hashes, range %v, rest %v, keyed %v", c.where, hashes, w.Range, rest, w.Keyed)
		}
	}
}

func TestTheItemThatAWhereNames(t *testing.T) {
	k := catalog.Key{Hash: []catalog.KeyAttr{{Name: "pk", Kind: item.S}}, Range: []catalog.KeyAttr{{Name: "sk", Kind: item.N}}}
	for where, want := range map[string]int{ // the number of further conditions; -1 is no item
		`pk = 'a' AND sk = 1`: 0, `x = 1 AND sk = 1 AND pk = 'a'`: 1, `pk = 'a'`: -1, `pk = 'a' AND sk > 1`: -1,
		`pk = 'a' AND sk = 1 AND pk = 'b'`: 1, `pk = 'a' OR sk = 1`: -1, `pk IN ['a'] AND sk = 1`: -1,
	} {
		s := parse(t, `SELECT * FROM t WHERE `+where).(*Select)
		_, rest, ok, err := Single(s.Where, k, nil)
		if err != nil || ok != (want >= 0) || ok && len(rest) != want {
			t.Errorf("%s: %v, %v, %v", where, rest, ok, err)
		}
	}
}

// anyExpr draws an expression that can stand in a WHERE.
func anyExpr(depth int) *rapid.Generator[Expr] {
	path := rapid.Custom(func(t *rapid.T) Expr {
		p := expr.Path{{Name: rapid.StringN(1, 5, -1).Draw(t, "name")}}
		for range rapid.IntRange(0, 2).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "index") {
				p = append(p, expr.Step{Index: rapid.IntRange(0, 99).Draw(t, "index")})
			} else {
				p = append(p, expr.Step{Name: rapid.StringN(1, 5, -1).Draw(t, "name")})
			}
		}
		return &Path{Path: p}
	})
	return rapid.Custom(func(t *rapid.T) Expr {
		inner := func() Expr { return anyExpr(depth-1).Draw(t, "inner") }
		kinds := []string{"text", "number", "bool", "null", "missing", "path"}
		if depth > 0 {
			kinds = append(kinds, "list", "bag", "struct", "call", "not", "binary", "between", "in", "is")
		}
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "text":
			return &Text{Value: rapid.String().Draw(t, "text")}
		case "number":
			return &Number{Text: rapid.StringMatching(`-?([0-9]{1,5}(\.[0-9]{0,3})?|\.[0-9]{1,3})([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")}
		case "bool":
			return &Bool{Value: rapid.Bool().Draw(t, "bool")}
		case "null":
			return &Null{}
		case "missing":
			return &Missing{}
		case "list":
			return &List{Elems: []Expr{inner(), inner()}}
		case "bag":
			return &Bag{Elems: []Expr{inner()}}
		case "struct":
			return &Struct{Fields: []Field{{rapid.String().Draw(t, "field"), inner()}}}
		case "call":
			return &Call{Name: rapid.SampledFrom([]string{"size", "begins_with", "x1"}).Draw(t, "function"), Args: []Expr{inner()}}
		case "not":
			return &Not{X: inner()}
		case "binary":
			return &Binary{rapid.SampledFrom([]string{"AND", "OR", "=", "<>", "<", "<=", ">", ">=", "+", "-"}).Draw(t, "op"), inner(), inner()}
		case "between":
			return &Between{inner(), inner(), inner()}
		case "in":
			return &In{inner(), &List{Elems: []Expr{inner()}}}
		case "is":
			return &Is{inner(), rapid.SampledFrom([]string{"NULL", "MISSING", "STRING"}).Draw(t, "type")}
		}
		return path.Draw(t, "path")
	})
}

// strip forgets the places of a tree by printing it, which never shows them.
func TestPrintedStatementsParseToTheSameTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Select{From: Name{rapid.StringN(1, 8, -1).Draw(t, "table"), rapid.String().Draw(t, "index")}, Where: anyExpr(4).Draw(t, "where")}
		text := s.String()
		again, _, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := again.String(); got != text {
			t.Fatalf("%s\nbecame\n%s", text, got)
		}
		a, b := shape(reflect.ValueOf(s.Where)), shape(reflect.ValueOf(again.(*Select).Where))
		if a != b {
			t.Fatalf("%s\n%s\n%s", text, a, b)
		}
	})
}

// shape writes a tree with all its nodes, without their places.
func shape(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return "nil"
		}
		return shape(v.Elem())
	case reflect.Struct:
		out := v.Type().Name() + "("
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "at" {
				out += shape(v.Field(i)) + " "
			}
		}
		return out + ")"
	case reflect.Slice:
		out := "["
		for i := range v.Len() {
			out += shape(v.Index(i)) + " "
		}
		return out + "]"
	case reflect.String:
		return v.String()
	case reflect.Bool:
		if v.Bool() {
			return "true"
		}
		return "false"
	}
	return strings.Repeat("i", int(v.Int()))
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`SELECT a, b.c[1] FROM "t"."ix" WHERE pk = 'x' AND begins_with(sk, ?) ORDER BY sk DESC`,
		`INSERT INTO t VALUE {'pk': 1, 's': <<'a'>>, 'l': [1.5e3, {'x': null}]}`,
		`UPDATE t SET a = a + 1 REMOVE b WHERE pk = 1 AND NOT x IS MISSING RETURNING ALL OLD *`,
		`DELETE FROM t WHERE pk IN (1, 2) OR a BETWEEN - 1 AND 2`, `EXISTS(SELECT * FROM t)`, `SELECT * FROM t -- x`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, n, err := Parse(text)
		if err != nil {
			return
		}
		again, _, err := Parse(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is printed as %q: %v", text, s.String(), err)
		}
		params := make([]item.Value, n)
		for i := range params {
			params[i] = item.Value{Kind: item.S, Text: "x"}
		}
		k := catalog.Key{Hash: []catalog.KeyAttr{{Name: "pk", Kind: item.S}}, Range: []catalog.KeyAttr{{Name: "sk", Kind: item.N}}}
		switch s := s.(type) {
		case *Select:
			_, _ = Condition(params, Conjuncts(s.Where)...)
			_, _ = Plan(s.Where, k, params)
		case *Update:
			_, _ = s.Update(params)
			_, _, _, _ = Single(s.Where, k, params)
		case *Insert:
			_, _ = s.Item(params)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse(`SELECT a, b FROM "table" WHERE pk = ? AND sk BETWEEN ? AND ? AND x = 'y'`); err != nil {
			b.Fatal(err)
		}
	}
}
