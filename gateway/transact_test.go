package gateway

import (
	"fmt"
	"strings"
	"testing"
)

// cancelled is the answer to a transaction with these reasons: "" is a good
// action, otherwise "<code>: <message>".
func cancelled(reasons ...string) string {
	var codes, list []string
	for _, r := range reasons {
		code, message, _ := strings.Cut(r, ": ")
		if r == "" {
			code = "None"
		}
		codes = append(codes, code)
		one := `{"Code":"` + code + `"`
		if message != "" {
			one += `,"Message":"` + message + `"`
		}
		list = append(list, one+"}")
	}
	return "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [" +
		strings.Join(codes, ", ") + "] " + strings.Join(list, " ")
}

func transact(rest string, actions ...string) string {
	return `{"TransactItems":[` + strings.Join(actions, ",") + `]` + rest + `}`
}

func txPut(table, item, rest string) string {
	return `{"Put":{"TableName":"` + table + `","Item":` + item + rest + `}}`
}

func txOn(kind, table, key, rest string) string {
	return `{"` + kind + `":{"TableName":"` + table + `","Key":` + key + rest + `}}`
}

const (
	condFailed = "ConditionalCheckFailed: The conditional request failed"
	noPK       = `,"ConditionExpression":"attribute_not_exists(pk)"`
	hasPK      = `,"ConditionExpression":"attribute_exists(pk)"`
	setX       = `,"UpdateExpression":"SET x = :v","ExpressionAttributeValues":{":v":{"S":"x"}}`
)

func TestTransactWriteItemsAnswers(t *testing.T) {
	s := goldenServer(t, 3, nil)
	k := func(pk string) string { return `{"pk":{"S":"` + pk + `"}}` }
	check200(t, s, []golden{
		{"puts", "TransactWriteItems", transact("", txPut("hash", `{"pk":{"S":"a"},"x":{"S":"1"}}`, ""), txPut("hash", `{"pk":{"S":"b"}}`, noPK)), `{}`},
		{"every kind, in two tables", "TransactWriteItems", transact(`,"ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE"`,
			txOn("ConditionCheck", "hash", k("b"), hasPK), txOn("Update", "hash", k("c"), setX), txOn("Delete", "hash", k("a"), ""),
			txPut("indexed", `{"pk":{"S":"p"},"sk":{"S":"1"},"gpk":{"S":"g"}}`, "")),
			`{"ConsumedCapacity":[{"CapacityUnits":6,"WriteCapacityUnits":6,"TableName":"hash","Table":{"CapacityUnits":6,"WriteCapacityUnits":6}},` +
				`{"CapacityUnits":3,"WriteCapacityUnits":3,"TableName":"indexed","Table":{"CapacityUnits":2,"WriteCapacityUnits":2},"GlobalSecondaryIndexes":{"gall":{"CapacityUnits":1,"WriteCapacityUnits":1}}}],` +
				`"ItemCollectionMetrics":{"indexed":[{"ItemCollectionKey":{"pk":{"S":"p"}},"SizeEstimateRangeGB":[0,1]}]}}`},
		{"updated", "GetItem", `{"TableName":"hash","Key":` + k("c") + `}`, `{"Item":{"pk":{"S":"c"},"x":{"S":"x"}}}`},
		{"deleted", "GetItem", `{"TableName":"hash","Key":` + k("a") + `}`, `{}`},
		{"reasons by position", "TransactWriteItems", transact("", txPut("hash", `{"pk":{"S":"new"}}`, noPK), txPut("hash", `{"pk":{"S":"b"}}`, noPK)), cancelled("", condFailed)},
		{"and nothing was done", "GetItem", `{"TableName":"hash","Key":` + k("new") + `}`, `{}`},
		{"the item beside the reason", "TransactWriteItems", transact("", txOn("Delete", "hash", k("c"), noPK+`,"ReturnValuesOnConditionCheckFailure":"ALL_OLD"`)),
			strings.Replace(cancelled(condFailed), `request failed"}`, `request failed","Item":{"pk":{"S":"c"},"x":{"S":"x"}}}`, 1)},
	})
}

// Sources: paritysuite and nubo-db, error-messages/transactWriteItems,
// limits/itemSizeBySurface.
func TestTransactWriteItemsRefusals(t *testing.T) {
	s := goldenServer(t, 1, nil)
	mismatch := "ValidationError: The provided key element does not match the schema"
	n5, list := `{"pk":{"N":"5"}}`, `{"pk":{"L":[{"S":"x"}]}}`
	empty, emptyB := `{"pk":{"S":""}}`, `{"pk":{"B":""}}`
	emptyBinary := strings.Replace(emptyPK, "string", "binary", 1)
	steps := []golden{
		{"one item twice", "TransactWriteItems", transact("", txPut("hash", `{"pk":{"S":"a"}}`, ""), txPut("hash", `{"pk":{"S":"a"}}`, "")), valid + "Transaction request cannot include multiple operations on one item"},
		{"no such table", "TransactWriteItems", transact("", txPut("none", `{"pk":{"S":"a"}}`, "")), missing},
		{"put with a key of another type", "TransactWriteItems", transact("", txPut("hash", n5, "")), cancelled("ValidationError: " + inv + "Type mismatch for key pk expected: S actual: N")},
		{"put with a list for a key", "TransactWriteItems", transact("", txPut("hash", list, "")), cancelled("ValidationError: " + inv + "Type mismatch for key pk expected: S actual: L")},
		{"put with an empty key", "TransactWriteItems", transact("", txPut("hash", empty, "")), emptyPK},
		{"put with an empty binary key", "TransactWriteItems", transact("", txPut("binary", emptyB, "")), emptyBinary},
		{"put with an index key of another type", "TransactWriteItems", transact("", txPut("indexed", `{"pk":{"S":"a"},"sk":{"S":"b"},"gpk":{"N":"1"}}`, "")), cancelled("ValidationError: " + inv + "Type mismatch for Index Key gpk Expected: S Actual: N IndexName: gall")},
		{"put with an empty index key", "TransactWriteItems", transact("", txPut("indexed", `{"pk":{"S":"a"},"sk":{"S":"b"},"gpk":{"S":""}}`, "")), valid + "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: gall, IndexKey: gpk"},
		{"update with an empty index key", "TransactWriteItems", transact("", txOn("Update", "indexed", `{"pk":{"S":"a"},"sk":{"S":"b"}}`, `,"UpdateExpression":"SET gpk = :v","ExpressionAttributeValues":{":v":{"S":""}}`)),
			valid + "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value."},
		{"put too large", "TransactWriteItems", transact("", txPut("hash", `{"pk":{"S":"a"},"x":{"S":"`+strings.Repeat("x", 409_600)+`"}}`, "")), valid + "Item size has exceeded the maximum allowed size"},
		{"update too large", "TransactWriteItems", transact("", txOn("Update", "hash", `{"pk":{"S":"a"}}`, `,"UpdateExpression":"SET x = :v","ExpressionAttributeValues":{":v":{"S":"`+strings.Repeat("x", 409_600)+`"}}`)), cancelled("ValidationError: Item size to update has exceeded the maximum allowed size")},
		{"two actions in one", "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"hash","Item":{"pk":{"S":"a"}}},"Delete":{"TableName":"hash","Key":{"pk":{"S":"b"}}}}]}`, valid + "TransactItems can only contain one of Check, Put, Update or Delete"},
		{"no action", "TransactWriteItems", `{"TransactItems":[{}]}`, valid + "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"},
		{"a bad number, in the wording of eu-west-2", "TransactWriteItems", transact("", txPut("hash", `{"pk":{"S":"a"},"n":{"N":""}}`, "")), valid + "The parameter cannot be converted to a numeric value: "},
		{"a repeated element in a value", "TransactWriteItems", transact("", txOn("ConditionCheck", "hash", `{"pk":{"S":"a"}}`, `,"ConditionExpression":"s = :t","ExpressionAttributeValues":{":t":{"NS":["2","1","2"]}}`)), valid + inv + "Input collection contains duplicates."},
	}
	for kind, rest := range map[string]string{"Update": setX, "Delete": "", "ConditionCheck": noPK} {
		steps = append(steps,
			golden{kind + ", key of another type", "TransactWriteItems", transact("", txOn(kind, "hash", n5, rest)), cancelled(mismatch)},
			golden{kind + ", a list for a key", "TransactWriteItems", transact("", txOn(kind, "hash", list, rest)), cancelled(mismatch)},
			golden{kind + ", an empty key", "TransactWriteItems", transact("", txOn(kind, "hash", empty, rest)), emptyPK},
			golden{kind + ", an empty binary key", "TransactWriteItems", transact("", txOn(kind, "binary", emptyB, rest)), emptyBinary})
	}
	check200(t, s, steps)
}

// Sources: paritysuite, validation-ordering/transactions and deepRequests.
func TestTransactWriteItemsOrderOfRefusals(t *testing.T) {
	s := goldenServer(t, 1, nil)
	deep := func(n int) string {
		return strings.Repeat(`{"M":{"n":`, n) + `{"S":"leaf"}` + strings.Repeat("}}", n)
	}
	nested := valid + "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
	syntax := valid + `Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "("`
	equals := valid + `Invalid ConditionExpression: Syntax error; token: "=", near: "= = b"`
	unused := valid + "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"
	bad := txOn("ConditionCheck", "hash", `{"pk":{"S":"a"}}`, `,"ConditionExpression":"attribute_not_exists("`)
	spare := txOn("ConditionCheck", "hash", `{"pk":{"S":"a"}}`, noPK+`,"ExpressionAttributeValues":{":v":{"S":"x"}}`)
	tooDeep := txPut("hash", `{"pk":{"S":"b"},"d":`+deep(32)+`}`, "")
	check200(t, s, []golden{
		{"syntax before a table that is missing", "TransactWriteItems", transact("", txPut("none", `{"pk":{"S":"a"}}`, ""), bad), syntax},
		{"syntax, then depth", "TransactWriteItems", transact("", bad, tooDeep), syntax},
		// Source: paritysuite, limits/nestingDepth (September 2026).
		{"the depth of an update's value", "TransactWriteItems", transact("", txOn("Update", "hash", `{"pk":{"S":"deep"}}`,
			`,"UpdateExpression":"SET d = :d","ExpressionAttributeValues":{":d":`+deep(32)+`}`)),
			cancelled("ValidationError: " + strings.TrimPrefix(nested, valid))},
		{"the depth of a check's value", "TransactWriteItems", transact("", txOn("ConditionCheck", "hash", `{"pk":{"S":"deep"}}`,
			`,"ConditionExpression":"d = :d","ExpressionAttributeValues":{":d":`+deep(32)+`}`)), cancelled(condFailed)},
		{"depth, then syntax", "TransactWriteItems", transact("", tooDeep, bad), nested},
		{"unused before a table that is missing", "TransactWriteItems", transact("", txPut("none", `{"pk":{"S":"a"}}`, ""), spare), unused},
		{"unused before one item twice", "TransactWriteItems", transact("", txPut("hash", `{"pk":{"S":"a"}}`, ""), spare), unused},
		{"an empty name before a later depth", "TransactWriteItems", transact("", txPut("none", `{"pk":{"S":"a"},"":{"S":"x"}}`, ""), tooDeep), valid + "Empty attribute name"},
		{"syntax before the depth of the same key", "TransactWriteItems", transact("", txOn("Delete", "none", `{"pk":`+deep(40)+`}`, `,"ConditionExpression":"a = = b"`)), equals},
		{"the depth of a key before a later syntax", "TransactWriteItems", transact("", txOn("Delete", "none", `{"pk":`+deep(40)+`}`, ""), txPut("none", `{"pk":{"S":"a"}}`, `,"ConditionExpression":"a = = b"`)), nested},
	})
}

func TestATokenMakesARepeatASuccessWithoutEffect(t *testing.T) {
	s := goldenServer(t, 1, nil)
	rest := `,"ClientRequestToken":"once","ReturnConsumedCapacity":"TOTAL"`
	add := txOn("Update", "hash", `{"pk":{"S":"a"}}`, `,"UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"N":"1"}}`)
	more := strings.Replace(add, `"N":"1"`, `"N":"2"`, 1)
	check200(t, s, []golden{
		{"first", "TransactWriteItems", transact(rest, add), `{"ConsumedCapacity":[{"CapacityUnits":2,"WriteCapacityUnits":2,"TableName":"hash"}]}`},
		{"again", "TransactWriteItems", transact(rest, add), `{"ConsumedCapacity":[{"CapacityUnits":2,"ReadCapacityUnits":2,"TableName":"hash"}]}`},
		{"once", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}}}`, `{"Item":{"pk":{"S":"a"},"n":{"N":"1"}}}`},
		{"another request", "TransactWriteItems", transact(rest, more), "IdempotentParameterMismatchException: The request uses the same client token as a previous, but non-identical request."},
		{"another token", "TransactWriteItems", transact(`,"ClientRequestToken":"twice"`, add), `{}`},
		{"twice", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}}}`, `{"Item":{"pk":{"S":"a"},"n":{"N":"2"}}}`},
	})
}

func TestTransactGetItemsAnswers(t *testing.T) {
	s := goldenServer(t, 2, nil)
	for i := range 2 {
		ask(t, s, "PutItem", fmt.Sprintf(`{"TableName":"hash","Item":{"pk":{"S":"%d"},"x":{"N":"%d"}}}`, i, i))
	}
	get := func(table, key, rest string) string {
		return `{"Get":{"TableName":"` + table + `","Key":` + key + rest + `}}`
	}
	k := func(pk string) string { return `{"pk":{"S":"` + pk + `"}}` }
	mismatch := "ValidationError: The provided key element does not match the schema"
	check200(t, s, []golden{
		{"by position", "TransactGetItems", transact("", get("hash", k("1"), ""), get("hash", k("none"), ""), get("hash", k("0"), `,"ProjectionExpression":"x"`)),
			`{"Responses":[{"Item":{"pk":{"S":"1"},"x":{"N":"1"}}},{},{"Item":{"x":{"N":"0"}}}]}`},
		{"what they cost", "TransactGetItems", transact(`,"ReturnConsumedCapacity":"TOTAL"`, get("hash", k("1"), ""), get("hash", k("2"), ""), get("range", `{"pk":{"S":"a"},"sk":{"S":"b"}}`, "")),
			`{"Responses":[{"Item":{"pk":{"S":"1"},"x":{"N":"1"}}},{},{}],"ConsumedCapacity":[{"CapacityUnits":4,"ReadCapacityUnits":4,"TableName":"hash"},{"CapacityUnits":2,"ReadCapacityUnits":2,"TableName":"range"}]}`},
		// Sources: paritysuite, error-messages/transactGetItems.
		{"no such table", "TransactGetItems", transact("", get("none", k("a"), "")), missing},
		{"syntax", "TransactGetItems", transact("", get("hash", k("a"), `,"ProjectionExpression":"!!!"`)), valid + `Invalid ProjectionExpression: Syntax error; token: "!", near: "!!"`},
		{"no key", "TransactGetItems", transact("", get("hash", k("a"), ""), get("hash", `{}`, "")), cancelled("", mismatch)},
		{"one item twice", "TransactGetItems", transact("", get("hash", k("a"), ""), get("hash", k("a"), "")), valid + "Transaction request cannot include multiple operations on one item"},
		{"an empty key", "TransactGetItems", transact("", get("hash", k(""), "")), emptyPK},
		{"a bad number", "TransactGetItems", transact("", get("hash", `{"pk":{"N":"abc"}}`, "")), valid + "The parameter cannot be converted to a numeric value: abc"},
	})
}
