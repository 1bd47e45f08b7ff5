package gateway

import (
	"fmt"
	"testing"
)

// The parameters that are older than expressions, through each operation that
// has them. What they mean is tested in package expr; the wordings here are
// those of dynalite's tests, in the layer of the operation.

const mixed = "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "

func TestExpectedGuardsEveryWrite(t *testing.T) {
	s := goldenServer(t, 1, nil)
	key := `"TableName":"hash","Key":{"pk":{"S":"a"}}`
	check200(t, s, []golden{
		{"absent", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"N":"1"}},"Expected":{"pk":{"Exists":false}}}`, `{}`},
		{"no longer absent", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"Expected":{"pk":{"Exists":false}}}`, failed},
		{"another value", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"Expected":{"n":{"Value":{"N":"2"}}}}`, failed},
		{"one of two", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"N":"2"}},"Expected":{"n":{"Value":{"N":"1.0"}},"m":{"Value":{"N":"1"}}},"ConditionalOperator":"OR"}`, `{}`},
		{"both of two", "DeleteItem", "{" + key + `,"Expected":{"n":{"Value":{"N":"2"}},"m":{"Value":{"N":"1"}}},"ConditionalOperator":"AND"}`, failed},
		{"an operator", "UpdateItem", "{" + key + `,"AttributeUpdates":{"n":{"Action":"ADD","Value":{"N":"5"}}},"Expected":{"n":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"N":"2"}]}},"ReturnValues":"ALL_NEW"}`,
			`{"Attributes":{"pk":{"S":"a"},"n":{"N":"7"}}}`},
		{"the item that failed it", "DeleteItem", "{" + key + `,"Expected":{"n":{"ComparisonOperator":"NULL"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`,
			failed + ` Item {"pk":{"S":"a"},"n":{"N":"7"}}`},
		{"deleted", "DeleteItem", "{" + key + `,"Expected":{"n":{"Value":{"N":"7"}}},"ReturnValues":"ALL_OLD"}`,
			`{"Attributes":{"pk":{"S":"a"},"n":{"N":"7"}}}`},

		{"no value", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"Expected":{"a":{}}}`,
			one + inv + "Value must be provided when Exists is null for Attribute: a"},
		{"an empty set", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"Expected":{"a":{"Value":{"SS":[]}}}}`,
			one + inv + "An string set  may not be empty"},
		{"mixed", "DeleteItem", "{" + key + `,"Expected":{},"ConditionalOperator":"AND","ConditionExpression":"a = b"}`,
			one + mixed + "{Expected, ConditionalOperator} Expression parameters: {ConditionExpression}"},
		{"mixed", "UpdateItem", "{" + key + `,"Expected":{},"UpdateExpression":"SET a = b","ConditionExpression":"a = b"}`,
			one + mixed + "{Expected} Expression parameters: {UpdateExpression, ConditionExpression}"},
	})
}

func TestAttributeUpdates(t *testing.T) {
	s := goldenServer(t, 1, nil)
	update := func(members string) string {
		return `{"TableName":"hash","Key":{"pk":{"S":"u"}},` + members + `,"ReturnValues":"ALL_NEW"}`
	}
	check200(t, s, []golden{
		{"made", "UpdateItem", update(`"AttributeUpdates":{"a":{"Value":{"S":"x"}},"n":{"Action":"ADD","Value":{"N":"2"}},"s":{"Action":"ADD","Value":{"SS":["p","q"]}},"gone":{"Action":"DELETE"}}`),
			`{"Attributes":{"pk":{"S":"u"},"a":{"S":"x"},"n":{"N":"2"},"s":{"SS":["p","q"]}}}`},
		{"changed", "UpdateItem", update(`"AttributeUpdates":{"a":{"Action":"DELETE"},"n":{"Action":"ADD","Value":{"N":"-5"}},"s":{"Action":"DELETE","Value":{"SS":["p"]}},"l":{"Action":"ADD","Value":{"L":[{"N":"1"}]}}}`),
			`{"Attributes":{"pk":{"S":"u"},"n":{"N":"-3"},"s":{"SS":["q"]},"l":{"L":[{"N":"1"}]}}}`},
		{"nothing asked", "UpdateItem", update(`"AttributeUpdates":{}`),
			`{"Attributes":{"pk":{"S":"u"},"n":{"N":"-3"},"s":{"SS":["q"]},"l":{"L":[{"N":"1"}]}}}`},
		{"what was changed", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"u"}},"AttributeUpdates":{"n":{"Action":"ADD","Value":{"N":"1"}},"s":{"Action":"DELETE"}},"ReturnValues":"UPDATED_OLD"}`,
			`{"Attributes":{"n":{"N":"-3"},"s":{"SS":["q"]}}}`},
		{"another type", "UpdateItem", update(`"AttributeUpdates":{"n":{"Action":"ADD","Value":{"SS":["a"]}}}`), valid + "Type mismatch for attribute to update"},
		{"part of the key", "UpdateItem", update(`"AttributeUpdates":{"pk":{"Value":{"S":"x"}}}`),
			valid + inv + "Cannot update attribute pk. This attribute is part of the key"},
		{"no value", "UpdateItem", update(`"AttributeUpdates":{"a":{"Action":"PUT"}}`),
			one + inv + "Only DELETE action is allowed when no attribute value is specified"},
		{"adding text", "UpdateItem", update(`"AttributeUpdates":{"a":{"Action":"ADD","Value":{"S":"x"}}}`),
			one + inv + "ADD action is not supported for the type S"},
		{"deleting a number", "UpdateItem", update(`"AttributeUpdates":{"a":{"Action":"DELETE","Value":{"N":"1"}}}`),
			one + inv + "DELETE action with value is not supported for the type N"},
	})
}

func TestOlderReads(t *testing.T) {
	s := goldenServer(t, 3, nil)
	for i := range 4 {
		ask(t, s, "PutItem", fmt.Sprintf(`{"TableName":"numbers","Item":{"pk":{"S":"a"},"sk":{"N":"%d"},"even":{"BOOL":%v}}}`, i, i%2 == 0))
	}
	eq := `"KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}}`
	query := func(members string) string { return `{"TableName":"numbers",` + members + "}" }
	even := `{"even":{"ComparisonOperator":"EQ","AttributeValueList":[{"BOOL":true}]}}`
	check200(t, s, []golden{
		{"key conditions beside expressions", "Query", query(eq + `,"ProjectionExpression":"sk","FilterExpression":"even = :e","ExpressionAttributeValues":{":e":{"BOOL":true}}`),
			`{"Items":[{"sk":{"N":"0"}},{"sk":{"N":"2"}}],"Count":2,"ScannedCount":4}`},
		{"filter and attributes", "Query", query(eq + `,"AttributesToGet":["sk"],"QueryFilter":` + even),
			`{"Items":[{"sk":{"N":"0"}},{"sk":{"N":"2"}}],"Count":2,"ScannedCount":4}`},
		{"a scan", "Scan", query(`"AttributesToGet":["sk"],"ScanFilter":{"even":{"ComparisonOperator":"NE","AttributeValueList":[{"BOOL":true}]},"sk":{"ComparisonOperator":"GT","AttributeValueList":[{"N":"1"}]}}`),
			`{"Items":[{"sk":{"N":"3"}}],"Count":1,"ScannedCount":4}`},
		{"mixed", "Query", query(eq + `,"QueryFilter":` + even + `,"ProjectionExpression":"sk"`),
			valid + mixed + "{QueryFilter} Expression parameters: {ProjectionExpression}"},
		{"mixed", "Query", query(eq + `,"KeyConditionExpression":"pk = :p","AttributesToGet":["a"]`),
			valid + mixed + "{AttributesToGet, KeyConditions} Expression parameters: {KeyConditionExpression}"},
		{"mixed", "Scan", query(`"ScanFilter":` + even + `,"ConditionalOperator":"OR","FilterExpression":"a = b"`),
			valid + mixed + "{ScanFilter, ConditionalOperator} Expression parameters: {FilterExpression}"},
		{"not a key operator", "Query", query(`"KeyConditions":{"pk":{"ComparisonOperator":"CONTAINS","AttributeValueList":[{"S":"a"}]}}`),
			valid + "Attempted conditional constraint is not an indexable operation"},
		{"too many values", "Query", query(`"KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"},{"S":"b"}]}}`),
			valid + inv + "Invalid number of argument(s) for the EQ ComparisonOperator"},
		{"no conditions", "Query", query(`"KeyConditions":{}`), valid + "Conditions can be of length 1 or 2 only"},
		{"a filter on the key", "Query", query(eq + `,"QueryFilter":{"sk":{"ComparisonOperator":"NOT_NULL"}}`),
			valid + "QueryFilter can only contain non-primary key attributes: Primary key attribute: sk"},
	})
}
