package gateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// statement is the body of an ExecuteStatement; more are further members, each
// with a comma before it.
func statementBody(statement string, more ...string) string {
	return `{"Statement":` + strconv.Quote(statement) + strings.Join(more, "") + `}`
}

func parameters(values string) string { return `,"Parameters":[` + values + `]` }

const (
	notFormed = valid + "Statement wasn't well formed, can't be processed: "
	noItems   = `{"Items":[]}`
)

// Sources: paritysuite, partiql/* and error-messages/partiql* (eu-west-2,
// September and October 2026).
func TestStatementsWrite(t *testing.T) {
	s := goldenServer(t, 3, nil)
	run := func(name, statement, want string, more ...string) golden {
		return golden{name, "ExecuteStatement", statementBody(statement, more...), want}
	}
	stored := func(pk, want string) golden {
		if want != "" {
			want = `"Item":` + want
		}
		return golden{"what is stored", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"` + pk + `"}}}`, `{` + want + `}`}
	}
	check200(t, s, []golden{
		run("an insert", `INSERT INTO "hash" VALUE {'pk': 'a', 'data': 'inserted', 'n': 7.32e6}`, noItems),
		stored("a", `{"pk":{"S":"a"},"data":{"S":"inserted"},"n":{"N":"7320000"}}`),
		run("an insert of what is there", `INSERT INTO "hash" VALUE {'pk': 'a'}`, "DuplicateItemException: Duplicate primary key exists in table"),
		run("an insert with parameters", `INSERT INTO "hash" VALUE {'pk': ?, 'data': ?}`, noItems, parameters(`{"S":"b"},{"BS":["AQ=="]}`)),
		stored("b", `{"pk":{"S":"b"},"data":{"BS":["AQ=="]}}`),
		run("an insert without the key", `INSERT INTO "hash" VALUE {'x': 'a'}`, valid+inv+"Missing the key pk in the item"),
		run("an insert of a key of another type", `INSERT INTO "hash" VALUE {'pk': 5}`, valid+inv+"Type mismatch for key pk expected: S actual: N"),
		run("an insert into an index", `INSERT INTO "indexed"."gall" VALUE {'pk': 'w'}`, valid+"FROM clause may only contain a single table name"),

		run("an update", `UPDATE "hash" SET data = 'after' SET m = {'x': [1]} WHERE pk = 'a'`, noItems),
		stored("a", `{"pk":{"S":"a"},"data":{"S":"after"},"n":{"N":"7320000"},"m":{"M":{"x":{"L":[{"N":"1"}]}}}}`),
		run("a sum and a removal", `FROM "hash" WHERE pk = ? SET n = n + 1, m.x[0] = ? REMOVE data`, noItems, parameters(`{"S":"a"},{"N":"2"}`)),
		stored("a", `{"pk":{"S":"a"},"n":{"N":"7320001"},"m":{"M":{"x":{"L":[{"N":"2"}]}}}}`),
		run("all that is new", `UPDATE "hash" SET n = 1 REMOVE m WHERE pk = 'a' RETURNING ALL NEW *`, `{"Items":[{"pk":{"S":"a"},"n":{"N":"1"}}]}`),
		run("all that was", `UPDATE "hash" SET n = 2 WHERE pk = 'a' RETURNING ALL OLD *`, `{"Items":[{"pk":{"S":"a"},"n":{"N":"1"}}]}`),
		run("what changed", `UPDATE "hash" SET n = 3 WHERE pk = 'a' RETURNING MODIFIED NEW *`, `{"Items":[{"n":{"N":"3"}}]}`),
		run("what was changed", `UPDATE "hash" SET n = 4 WHERE pk = 'a' RETURNING MODIFIED OLD *`, `{"Items":[{"n":{"N":"3"}}]}`),
		run("what is left of a removal", `UPDATE "hash" REMOVE n WHERE pk = 'a' RETURNING MODIFIED NEW *`, noItems),
		run("an update of what is not there", `UPDATE "hash" SET a = 1 WHERE pk = 'none'`, failed),
		run("even if that is asked for", `UPDATE "hash" SET a = 1 WHERE pk = 'none' AND attribute_not_exists(pk)`, failed),
		stored("none", ""),
		run("a condition that holds", `UPDATE "hash" SET z = 1 WHERE pk = 'a' AND n IS MISSING AND attribute_not_exists(z)`, noItems),
		run("a condition that fails", `UPDATE "hash" SET z = 2 WHERE pk = 'a' AND attribute_not_exists(z)`, failed),
		run("the item that failed it", `UPDATE "hash" SET z = 2 WHERE pk = 'a' AND z = 5`, failed+` Item {"pk":{"S":"a"},"z":{"N":"1"}}`,
			`,"ReturnValuesOnConditionCheckFailure":"ALL_OLD"`),
		run("an update without a key", `UPDATE "hash" SET a = 1 WHERE z = 1`, valid+"Where clause does not contain a mandatory equality on all key attributes"),
		run("an update without a condition", `UPDATE "hash" SET a = 1`, valid+"Where clause does not contain a mandatory equality on all key attributes"),
		run("an update of the key", `UPDATE "hash" SET pk = 'b' WHERE pk = 'a'`, valid+inv+"Cannot update attribute pk. This attribute is part of the key"),
		run("an update of an index", `UPDATE "indexed"."gall" SET a = 'z' WHERE pk = 'p' AND sk = 's1'`, valid+"This operation is not supported on an index"),
		run("a set of another type", `UPDATE "hash" SET z = set_add(z, <<1>>) WHERE pk = 'a'`, valid+"An operand in the update expression has an incorrect data type"),
		run("sets", `UPDATE "hash" SET s = set_add(s, <<'x', 'y'>>) WHERE pk = 'a' RETURNING MODIFIED NEW *`, `{"Items":[{"s":{"SS":["x","y"]}}]}`),
		run("the end of a set", `UPDATE "hash" SET s = set_delete(s, <<'x', 'y'>>) REMOVE z WHERE pk = 'a' RETURNING ALL NEW *`, `{"Items":[{"pk":{"S":"a"}}]}`),

		run("a deletion that fails", `DELETE FROM "hash" WHERE pk = 'a' AND attribute_exists(nope)`, failed),
		run("a deletion", `DELETE FROM "hash" WHERE pk = 'a' AND attribute_not_exists(nope)`, noItems),
		stored("a", ""),
		run("a deletion of nothing", `DELETE FROM "hash" WHERE pk = 'a'`, noItems),
		run("a deletion that returns", `DELETE FROM "hash" WHERE pk = 'b' RETURNING ALL OLD *`, `{"Items":[{"pk":{"S":"b"},"data":{"BS":["AQ=="]}}]}`),
		run("a deletion from an index", `DELETE FROM "indexed"."gall" WHERE pk = 'p' AND sk = 's1'`, valid+"This operation is not supported on an index"),
		run("capacity", `INSERT INTO "hash" VALUE {'pk': 'c'}`, `{"Items":[],"ConsumedCapacity":{"CapacityUnits":1.0,"TableName":"hash"}}`, `,"ReturnConsumedCapacity":"TOTAL"`),

		run("no statement", `SELECTT * FROMM "hash"`, notFormed+"Expected data manipulation"),
		run("no table", `SELECT * FROM "none" WHERE pk = 'x'`, missing),
		run("too many parameters", `SELECT * FROM "hash" WHERE pk = ?`, valid+"Number of parameters in request and statement don't match.", parameters(`{"S":"a"},{"S":"b"}`)),
		run("no parameters", `SELECT * FROM "hash" WHERE pk = ?`, valid+"Number of parameters in request and statement don't match."),
		run("a parameter beyond 32 bits", `SELECT * FROM "hash" WHERE pk = ?`, valid+"The parameter cannot be converted to a numeric value: 1e99999999999", parameters(`{"N":"1e99999999999"}`)),
		run("a parameter that wraps", `UPDATE "hash" SET n = ? WHERE pk = 'x'`, valid+"Number underflow. Attempting to store a number with magnitude smaller than supported range", parameters(`{"N":"1e2147483647"}`)),
		run("an empty number", `INSERT INTO "hash" VALUE {'pk': 'q', 'n': ?}`, valid+"The parameter cannot be converted to a numeric value", parameters(`{"N":""}`)),
		run("a parameter too deep", `SELECT * FROM "hash" WHERE pk = 'a' AND x = ? AND y = ?`,
			valid+"Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
			parameters(strings.Repeat(`{"M":{"n":`, 40)+`{"S":"leaf"}`+strings.Repeat(`}}`, 40)+`,{"N":"abc"}`)),
	})
}

// rows fills the table "indexed" with the items that index reads tell apart.
func rows(t *testing.T, put func(op, request string)) {
	t.Helper()
	for _, it := range []string{
		`"pk":{"S":"p"},"sk":{"S":"s1"},"gpk":{"S":"x"},"lsk":{"S":"l1"},"num":{"N":"1"},"proj":{"S":"proj1"},"non":{"S":"np1"}`,
		`"pk":{"S":"p"},"sk":{"S":"s2"},"gpk":{"S":"z"},"lsk":{"S":"l2"},"num":{"N":"2"},"proj":{"S":"proj2"},"non":{"S":"np2"}`,
		`"pk":{"S":"p"},"sk":{"S":"s3"},"non":{"S":"np3"}`,
		`"pk":{"S":"p"},"sk":{"S":"s4"},"gpk":{"S":"x"},"lsk":{"S":"l4"},"num":{"N":"4"},"proj":{"S":"proj4"},"non":{"S":"np4"}`,
		`"pk":{"S":"q"},"sk":{"S":"s5"},"gpk":{"S":"y"},"num":{"N":"5"},"proj":{"S":"proj5"},"non":{"S":"np5"}`,
	} {
		put("PutItem", `{"TableName":"indexed","Item":{`+it+`}}`)
	}
}

// Sources: as above.
func TestStatementsRead(t *testing.T) {
	for _, partitions := range []int{1, 5} {
		t.Run(fmt.Sprint(partitions), func(t *testing.T) {
			s := goldenServer(t, partitions, nil)
			rows(t, func(op, request string) {
				if got := ask(t, s, op, request); got != "{}" {
					t.Fatal(got)
				}
			})
			for _, c := range []struct{ statement, want string }{
				// The items are told by their sort keys, in order where there is one.
				{`SELECT * FROM "indexed" WHERE pk = 'p' AND sk = 's2'`, "s2"},
				{`SELECT pk, sk FROM "indexed" WHERE pk = 'p'`, "s1 s2 s3 s4"},
				{`SELECT * FROM "indexed" WHERE pk = 'p' ORDER BY sk DESC`, "s4 s3 s2 s1"},
				{`SELECT * FROM "indexed" WHERE pk = 'p' AND sk BETWEEN 's2' AND 's3' ORDER BY sk ASC`, "s2 s3"},
				{`SELECT * FROM "indexed" WHERE pk = 'p' AND begins_with(sk, 's') AND sk > 's2'`, "s3 s4"},
				{`SELECT * FROM "indexed" WHERE pk = 'p' AND num > 1`, "s2 s4"},
				{`SELECT * FROM "indexed" WHERE pk IN ['q', 'p', 'none'] ORDER BY pk DESC`, "s5 s1 s2 s3 s4"},
				{`SELECT * FROM "indexed" WHERE pk IN ['q', 'p'] ORDER BY pk, sk DESC`, "s4 s3 s2 s1 s5"},
				{`SELECT * FROM "indexed" WHERE pk = 'p' AND sk = 's1' OR pk = 'q'`, "s1 s5 (any order)"},
				{`SELECT * FROM "indexed" WHERE pk = 'p' AND NOT sk = 's1' OR pk = 'p' AND sk = 's2'`, "s2 s3 s4"},
				{`SELECT * FROM "indexed" WHERE pk = 'p' AND NOT sk IN ['s1', 's3'] OR pk = 'p' AND sk = 's2'`, "s2 s4"},
				{`SELECT * FROM "indexed" WHERE non = 'np3' OR num = 5`, "s3 s5 (any order)"},
				{`SELECT * FROM "indexed"`, "s1 s2 s3 s4 s5 (any order)"},
				{`SELECT * FROM "indexed" WHERE pk = 'none'`, ""},
				{`SELECT * FROM "indexed" WHERE pk = 'p' AND sk BETWEEN 's1' AND 's2' AND sk > 's1'`, "s2"},
				{`SELECT pk, sk FROM "indexed"."gall" WHERE gpk = 'x'`, "s1 s4 (any order)"},
				{`SELECT * FROM "indexed"."gall" WHERE pk = 'p' AND sk = 's2'`, "s2"},
				{`SELECT * FROM "indexed"."ginc" WHERE gpk = 'x' ORDER BY num DESC`, "s4 s1"},
				{`SELECT sk FROM "indexed"."ginc" WHERE gpk = 'x' AND proj = 'proj1'`, "s1"},
				{`SELECT sk FROM "indexed"."ginc" WHERE non = 'np1'`, ""},
				{`SELECT sk FROM "indexed"."ginc" WHERE NOT non = 'np1'`, "s1 s2 s4 s5 (any order)"},
				{`SELECT sk FROM "indexed"."ginc" WHERE (gpk = 'x' AND non = 'np1') OR (gpk = 'y')`, "s5"},
				{`SELECT sk FROM "indexed"."lkeys" WHERE pk = 'p' ORDER BY num DESC`, "s4 s2 s1"},
				{`SELECT sk FROM "indexed"."lkeys" WHERE non = 'np1'`, ""},
				{`SELECT sk FROM "indexed"."lall" WHERE pk = 'p' AND lsk >= 'l2'`, "s2 s4"},
			} {
				got := sortKeys(t, ask(t, s, "ExecuteStatement", statementBody(c.statement)))
				want, anyOrder := strings.CutSuffix(c.want, " (any order)")
				if anyOrder {
					slices.Sort(got)
				}
				if strings.Join(got, " ") != want {
					t.Errorf("%s: got %v, want %s", c.statement, got, c.want)
				}
			}
		})
	}
}

func sortKeys(t *testing.T, answer string) []string {
	t.Helper()
	var out struct {
		Items []struct{ SK struct{ S string } }
	}
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		t.Error(answer)
	}
	var keys []string
	for _, it := range out.Items {
		keys = append(keys, it.SK.S)
	}
	return keys
}

// Sources: as above.
func TestWhatStatementsReadOfItems(t *testing.T) {
	s := goldenServer(t, 1, nil)
	rows(t, func(op, request string) { ask(t, s, op, request) })
	run := func(name, statement, want string, more ...string) golden {
		return golden{name, "ExecuteStatement", statementBody(statement, more...), want}
	}
	const unprojected = valid + inv + "Secondary index ginc does not project one or more filter attributes: [non]"
	check200(t, s, []golden{
		{"a nested item", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"n"},"m":{"M":{"a":{"S":"deep"},"l":{"L":[{"N":"1"},{"N":"2"}]}}},"extra":{"S":"e"}}}`, `{}`},
		run("columns", `SELECT pk, m.a, m.l[1], nope FROM "hash" WHERE pk = 'n'`, `{"Items":[{"pk":{"S":"n"},"a":{"S":"deep"},"_3":{"N":"2"}}]}`),
		run("everything", `SELECT * FROM hash WHERE pk = 'n' AND extra = 'e'`, `{"Items":[{"pk":{"S":"n"},"m":{"M":{"a":{"S":"deep"},"l":{"L":[{"N":"1"},{"N":"2"}]}}},"extra":{"S":"e"}}]}`),
		run("nothing", `SELECT * FROM hash WHERE pk = 'none'`, noItems),
		run("what an index keeps", `SELECT * FROM "indexed"."ginc" WHERE gpk = 'y'`, `{"Items":[{"pk":{"S":"q"},"sk":{"S":"s5"},"gpk":{"S":"y"},"num":{"N":"5"},"proj":{"S":"proj5"}}]}`),
		run("what a local index keeps", `SELECT * FROM "indexed"."lkeys" WHERE pk = 'q'`,
			`{"Items":[{"pk":{"S":"q"},"sk":{"S":"s5"},"num":{"N":"5"}}],"ConsumedCapacity":{"CapacityUnits":0.5,"TableName":"indexed","Table":{"CapacityUnits":0.0},"LocalSecondaryIndexes":{"lkeys":{"CapacityUnits":0.5}}}}`,
			`,"ReturnConsumedCapacity":"INDEXES"`),
		run("what a local index reaches for", `SELECT non FROM "indexed"."lkeys" WHERE pk = 'q'`,
			`{"Items":[{"non":{"S":"np5"}}],"ConsumedCapacity":{"CapacityUnits":1.0,"TableName":"indexed","Table":{"CapacityUnits":0.5},"LocalSecondaryIndexes":{"lkeys":{"CapacityUnits":0.5}}}}`,
			`,"ReturnConsumedCapacity":"INDEXES"`),
		run("strong reads cost double", `SELECT pk FROM "indexed"."lall" WHERE pk = 'p'`,
			`{"Items":[{"pk":{"S":"p"}},{"pk":{"S":"p"}},{"pk":{"S":"p"}}],"ConsumedCapacity":{"CapacityUnits":1.0,"TableName":"indexed"}}`,
			`,"ReturnConsumedCapacity":"TOTAL","ConsistentRead":true`),

		run("columns that a global index does not keep", `SELECT alternate, non FROM "indexed"."ginc" WHERE gpk = 'y'`, valid+inv+"Global secondary index ginc does not project [alternate, non]"),
		run("in a scan too", `SELECT non FROM "indexed"."ginc"`, valid+inv+"Global secondary index ginc does not project [non]"),
		run("a filter that it does not keep", `SELECT pk FROM "indexed"."ginc" WHERE gpk = 'y' AND non = 'np1'`, unprojected),
		run("however it is said", `SELECT pk FROM "indexed"."ginc" WHERE gpk = 'y' AND NOT begins_with(non, 'np')`, unprojected),
		run("even if absent", `SELECT pk FROM "indexed"."ginc" WHERE gpk = 'y' AND non IS NOT MISSING`, unprojected),
		run("beside several keys", `SELECT pk FROM "indexed"."ginc" WHERE gpk IN ['y', 'z'] AND non = 'np1'`, unprojected),
		run("in a local index", `SELECT pk FROM "indexed"."lkeys" WHERE pk = 'p' AND num BETWEEN 1 AND 2 AND non = 'np1'`, strings.Replace(unprojected, "ginc", "lkeys", 1)),
		run("no such index", `SELECT * FROM "indexed"."nope" WHERE pk = 'p'`, valid+"The table does not have the specified index"),
		run("the table as an index", `SELECT * FROM "indexed"."indexed" WHERE pk = 'p'`, valid+"The table does not have the specified index"),
		run("a strong read of a global index", `SELECT * FROM "indexed"."gall" WHERE gpk = 'x'`, valid+"Strongly consistent read is not supported on Global Secondary Indexes", `,"ConsistentRead":true`),
		run("an index of many attributes", `SELECT * FROM "many"."multi" WHERE h = 5`,
			valid+"PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys."),
		run("an index of many attributes that is cut short", `SELECT * FROM "many"."multi" WHERE`, notFormed+"Unexpected term"),
		run("an order without a key", `SELECT * FROM "indexed" WHERE num = 1 ORDER BY sk`, valid+"Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."),
		run("an order of another attribute", `SELECT * FROM "indexed" WHERE pk = 'p' ORDER BY num`, valid+"Variable reference num in ORDER BY clause must be part of the primary key"),
		run("a key of another type", `SELECT * FROM "indexed" WHERE pk = 5`, valid+inv+"Condition parameter type does not match schema type"),
		run("an operand without an order", `SELECT pk FROM "hash" WHERE pk = 'x' AND val < ?`, valid+"Incorrect operand type for operator or function; operator or function: <, operand type: BOOL", parameters(`{"BOOL":true}`)),
	})
}

func TestStatementsGoOnWhereTheyStopped(t *testing.T) {
	s := goldenServer(t, 4, nil)
	rows(t, func(op, request string) { ask(t, s, op, request) })
	for statement, want := range map[string]string{
		`SELECT * FROM "indexed"`:                                         "s1 s2 s3 s4 s5",
		`SELECT * FROM "indexed" WHERE pk = 'p'`:                          "s1 s2 s3 s4",
		`SELECT * FROM "indexed" WHERE pk = 'p' ORDER BY sk DESC`:         "s1 s2 s3 s4",
		`SELECT * FROM "indexed" WHERE pk IN ['p', 'q'] ORDER BY pk DESC`: "s1 s2 s3 s4 s5",
		`SELECT pk, sk FROM "indexed"."gall" WHERE gpk = 'x'`:             "s1 s4",
		`SELECT sk FROM "indexed"."lkeys" WHERE pk = 'p' AND num > 1`:     "s2 s4",
		`SELECT * FROM "indexed" WHERE num = 5`:                           "s5",
	} {
		var keys []string
		token, pages := "", 0
		for {
			more := `,"Limit":1`
			if token != "" {
				more += `,"NextToken":"` + token + `"`
			}
			answer := ask(t, s, "ExecuteStatement", statementBody(statement, more))
			got := sortKeys(t, answer)
			if len(got) > 1 {
				t.Errorf("%s: %d items on a page", statement, len(got))
			}
			keys = append(keys, got...)
			var out struct {
				NextToken        string
				LastEvaluatedKey json.RawMessage
			}
			_ = json.Unmarshal([]byte(answer), &out)
			if token = out.NextToken; token == "" {
				break
			}
			if out.LastEvaluatedKey == nil {
				t.Errorf("%s: no LastEvaluatedKey", statement)
			}
			if pages++; pages > 10 {
				t.Fatalf("%s does not end", statement)
			}
		}
		slices.Sort(keys)
		if strings.Join(keys, " ") != want {
			t.Errorf("%s: got %v, want %s", statement, keys, want)
		}
	}
	first := ask(t, s, "ExecuteStatement", statementBody(`SELECT sk FROM "indexed"."gall" WHERE gpk = 'x'`, `,"Limit":1`))
	var out struct{ NextToken string }
	_ = json.Unmarshal([]byte(first), &out)
	for _, token := range []string{out.NextToken, "%", "AAAA"} {
		got := ask(t, s, "ExecuteStatement", statementBody(`SELECT sk FROM "indexed"."ginc" WHERE gpk = 'x'`, `,"NextToken":"`+token+`"`))
		if got != valid+"Given NextToken is invalid" {
			t.Errorf("token %q: %s", token, got)
		}
	}
}

// Sources: paritysuite, partiql/batchExecuteStatement (eu-west-2, September
// 2026).
func TestBatchesOfStatements(t *testing.T) {
	s := goldenServer(t, 1, nil)
	rows(t, func(op, request string) { ask(t, s, op, request) })
	batch := func(name, want string, bodies ...string) golden {
		return golden{name, "BatchExecuteStatement", `{"Statements":[` + strings.Join(bodies, ",") + `]}`, want}
	}
	const needsKey = `{"Error":{"Code":"ValidationError","Message":"Select statements within BatchExecuteStatement must specify the primary key in the where clause."}}`
	check200(t, s, []golden{
		batch("writes", `{"Responses":[{"TableName":"hash"},{"TableName":"hash"},{"TableName":"hash","Item":{"pk":{"S":"b"},"v":{"N":"2"}}}]}`,
			statementBody(`INSERT INTO "hash" VALUE {'pk': 'a', 'v': 1}`), statementBody(`INSERT INTO "hash" VALUE {'pk': ?}`, parameters(`{"S":"b"}`)),
			statementBody(`UPDATE "hash" SET v = 2 WHERE pk = 'b' RETURNING ALL NEW *`)),
		batch("reads", `{"Responses":[{"TableName":"hash","Item":{"pk":{"S":"a"},"v":{"N":"1"}}},{"TableName":"hash"},{"TableName":"indexed","Item":{"non":{"S":"np1"}}}]}`,
			statementBody(`SELECT * FROM "hash" WHERE pk = 'a'`), statementBody(`SELECT * FROM "hash" WHERE pk = 'none'`),
			statementBody(`SELECT non FROM "indexed" WHERE sk = 's1' AND pk = 'p'`)),
		batch("statements that fail alone", `{"Responses":[
			{"Error":{"Code":"ValidationError","Message":"Statement wasn't well formed, can't be processed: Expected data manipulation"}},
			{"TableName":"hash","Item":{"pk":{"S":"a"},"v":{"N":"1"}}},
			{"Error":{"Code":"ResourceNotFound","Message":"Requested resource not found"}},`+needsKey+`,`+needsKey+`,`+needsKey+`,
			{"Error":{"Code":"ValidationError","Message":"PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys."}},
			{"Error":{"Code":"ValidationError","Message":"The parameter cannot be converted to a numeric value: 1e99999999999"}}]}`,
			statementBody(`SLECT * FROM "hash" WHERE pk = 'a'`), statementBody(`SELECT * FROM "hash" WHERE pk = 'a'`), statementBody(`SELECT * FROM "none" WHERE pk = 'a'`),
			statementBody(`SELECT * FROM "hash" WHERE v = 1`), statementBody(`SELECT * FROM "indexed"."gall" WHERE pk = 'p' AND sk = 's1' AND gpk = 'x'`),
			statementBody(`SELECT * FROM "hash" WHERE pk = 'a' AND attribute_exists(v)`), statementBody(`SELECT * FROM "many"."multi" WHERE h = 'x'`),
			statementBody(`SELECT * FROM "hash" WHERE pk = ?`, parameters(`{"N":"1e99999999999"}`))),
		batch("writes that fail at their table", `{"Responses":[
			{"Error":{"Code":"ConditionalCheckFailed","Message":"The conditional request failed"},"TableName":"hash"},
			{"Error":{"Code":"DuplicateItem","Message":"Duplicate primary key exists in table"},"TableName":"hash"},
			{"Error":{"Code":"ValidationError","Message":"Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements."}},
			{"TableName":"hash"},{"TableName":"hash","Item":{"pk":{"S":"b"}}}]}`,
			statementBody(`UPDATE "hash" SET t = 'yes' WHERE pk = ? AND v = ?`, parameters(`{"S":"a"},{"S":"wrong"}`), `,"ReturnValuesOnConditionCheckFailure":"ALL_OLD"`),
			statementBody(`INSERT INTO "hash" VALUE {'pk': 'a'}`), statementBody(`DELETE FROM "hash" WHERE pk = 'x' RETURNING MODIFIED OLD *`),
			statementBody(`UPDATE "hash" REMOVE v WHERE pk = 'b' RETURNING MODIFIED NEW *`), statementBody(`DELETE FROM "hash" WHERE pk = 'b' RETURNING ALL OLD *`)),
		{"capacity", "BatchExecuteStatement", `{"ReturnConsumedCapacity":"TOTAL","Statements":[` + statementBody(`SELECT * FROM "hash" WHERE pk = 'a'`, `,"ConsistentRead":true`) + `,` +
			statementBody(`SELECT * FROM "hash" WHERE pk = 'b'`) + `]}`,
			`{"Responses":[{"TableName":"hash","Item":{"pk":{"S":"a"},"v":{"N":"1"}}},{"TableName":"hash"}],"ConsumedCapacity":[{"CapacityUnits":1.5,"TableName":"hash"}]}`},
	})
}

// Sources: paritysuite, partiql/executeTransaction, partiql/writeResponses and
// error-messages/partiql* (eu-west-2, September and October 2026). The code
// DuplicateItem is not recorded.
func TestTransactionsOfStatements(t *testing.T) {
	s := goldenServer(t, 3, nil)
	rows(t, func(op, request string) { ask(t, s, op, request) })
	run := func(name, want string, bodies ...string) golden {
		more := ""
		if rest, ok := strings.CutPrefix(bodies[len(bodies)-1], ","); ok {
			more, bodies = ","+rest, bodies[:len(bodies)-1]
		}
		return golden{name, "ExecuteTransaction", `{"TransactStatements":[` + strings.Join(bodies, ",") + `]` + more + `}`, want}
	}
	stored := func(pk, want string) golden {
		return golden{"what is stored", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"` + pk + `"}}}`, want}
	}
	in0 := func(message string) string { return valid + "Validation failed in TransactStatements[0]: " + message }
	const needsKey = "Select statements within ExecuteTransaction must specify the primary key in the where clause."
	count := statementBody(`UPDATE "hash" SET n = n + 1 WHERE pk = 'a'`)
	check200(t, s, []golden{
		run("writes", `{"Responses":[]}`, statementBody(`INSERT INTO "hash" VALUE {'pk': 'a', 'n': 1}`), statementBody(`INSERT INTO "hash" VALUE {'pk': ?}`, parameters(`{"S":"b"}`)),
			statementBody(`DELETE FROM "hash" WHERE pk = 'none'`)),
		run("all or nothing", cancelled("DuplicateItem: Duplicate primary key exists in table", "", condFailed),
			statementBody(`INSERT INTO "hash" VALUE {'pk': 'a'}`), statementBody(`INSERT INTO "hash" VALUE {'pk': 'c'}`), statementBody(`UPDATE "hash" SET n = 2 WHERE pk = 'none'`)),
		stored("c", `{}`),
		run("a check that holds", `{"Responses":[]}`, statementBody(`EXISTS(SELECT * FROM "hash" WHERE pk = 'a' AND n = 1)`), statementBody(`UPDATE "hash" SET m = 1 WHERE pk = 'b'`)),
		run("a check that fails", cancelled(condFailed, ""), statementBody(`EXISTS(SELECT * FROM "hash" WHERE pk = 'a' AND n = 2)`), statementBody(`UPDATE "hash" SET m = 2 WHERE pk = 'b'`)),
		stored("b", `{"Item":{"pk":{"S":"b"},"m":{"N":"1"}}}`),
		run("reads", `{"Responses":[{"Item":{"pk":{"S":"b"},"m":{"N":"1"}}},{"Item":{"n":{"N":"1"}}},{}]}`, statementBody(`SELECT * FROM "hash" WHERE pk = 'b'`),
			statementBody(`SELECT n FROM "hash" WHERE pk = 'a'`), statementBody(`SELECT * FROM "indexed" WHERE pk = 'p' AND sk = 'none'`)),
		run("with a token", `{"Responses":[],"ConsumedCapacity":[{"CapacityUnits":2.0,"WriteCapacityUnits":2.0,"TableName":"hash"}]}`, count, `,"ClientRequestToken":"once","ReturnConsumedCapacity":"TOTAL"`),
		run("with the token again", `{"Responses":[],"ConsumedCapacity":[{"CapacityUnits":2.0,"ReadCapacityUnits":2.0,"TableName":"hash"}]}`, count, `,"ClientRequestToken":"once","ReturnConsumedCapacity":"TOTAL"`),
		stored("a", `{"Item":{"pk":{"S":"a"},"n":{"N":"2"}}}`),
		run("an item twice", valid+"Transaction request cannot include multiple operations on one item", count, count),

		run("RETURNING", in0("RETURNING clause is not supported in ExecuteTransaction."), statementBody(`UPDATE "hash" SET d = 'v' WHERE pk = 'x' RETURNING ALL NEW *`)),
		run("an index", in0("Reads on indices are not supported within transactions."), statementBody(`SELECT * FROM "indexed"."gall" WHERE gpk = 'x'`)),
		run("more than the key", in0(needsKey), statementBody(`SELECT * FROM "hash" WHERE pk = 'a' AND attribute_exists(ss)`)),
		run("less than the key", in0(needsKey), statementBody(`SELECT * FROM "indexed" WHERE pk = 'a'`)),
		run("a check of nothing", in0("EXISTS() must contain a single item read with additional condition"),
			statementBody(`EXISTS(SELECT * FROM "hash" WHERE pk = 'a')`), statementBody(`UPDATE "hash" SET z = 1 WHERE pk = 'q'`)),
		run("a number that is none", valid+"The parameter cannot be converted to a numeric value: 1e99999999999",
			statementBody(`UPDATE "hash" SET n = ? WHERE pk = 'a'`, parameters(`{"N":"1e99999999999"}`))),
		run("no table", missing, statementBody(`UPDATE "none" SET n = 1 WHERE pk = 'a'`)),
		{"a check alone", "ExecuteStatement", statementBody(`EXISTS(SELECT * FROM "hash" WHERE pk = 'a' AND n = 2)`), valid + "EXISTS() is only supported within ExecuteTransaction"},
	})
}
