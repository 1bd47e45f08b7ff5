package gateway

import (
	"fmt"
	"strings"
	"testing"
)

// Source: paritysuite, error-messages/valueLayers, recorded in four regions in
// October 2026. Where eu-west-2 differs (transactions), it is eu-west-2.
func TestValuesAreWordedByTheLayerOfTheirOperation(t *testing.T) {
	const (
		over  = "Number overflow. Attempting to store a number with magnitude larger than supported range"
		under = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
		not   = "The parameter cannot be converted to a numeric value"
	)
	shapes := []string{`{"N":"abc"}`, `{"N":""}`, `{"N":"1e126"}`, `{"N":"1e2147483647"}`,
		`{"SS":["b","a","b"]}`, `{"BS":["/w==","AA==","AA=="]}`, `{"NS":["2","1","2"]}`}
	current := []string{not + ": abc", not + ": ", over, over,
		inv + `Input collection ["a", "b", "b"] contains duplicates.`,
		inv + `Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.`,
		inv + "Input collection contains duplicates."}
	before := []string{not + ": abc", not, over, under,
		inv + "Input collection [b, a, b] contains duplicates.",
		inv + "Input collection [/w==, AA==, AA==]of type BS contains duplicates.",
		"Input collection contains duplicates"}
	key := `"TableName":"hash","Key":{"pk":{"S":"a"}}`
	values := `"ExpressionAttributeValues":{":v":%s}`
	s := goldenServer(t, 1, nil)
	var steps []golden
	for _, c := range []struct {
		op, request string
		words       []string
		head, tail  string
	}{
		{"PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":%s}}`, current, one, ""},
		{"PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"M":{"x":{"L":[%s]}}}}}`, current, one, ""},
		{"PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":"n = :v",` + values + `}`, current, one, ""},
		{"PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"Expected":{"n":{"Value":%s}}}`, current, one, ""},
		{"UpdateItem", `{` + key + `,"UpdateExpression":"SET n = :v",` + values + `}`, current, one, ""},
		{"UpdateItem", `{` + key + `,"AttributeUpdates":{"n":{"Action":"PUT","Value":%s}}}`, current, one, ""},
		{"UpdateItem", `{"TableName":"hash","Key":{"pk":%s}}`, current, one, ""},
		{"DeleteItem", `{` + key + `,"ConditionExpression":"n = :v",` + values + `}`, current, one, ""},
		{"DeleteItem", `{"TableName":"hash","Key":{"pk":%s}}`, current, one, ""},
		{"GetItem", `{"TableName":"hash","Key":{"pk":%s}}`, current, valid, ""},
		{"BatchGetItem", `{"RequestItems":{"hash":{"Keys":[{"pk":%s}]}}}`, current, valid, ""},
		{"Query", `{"TableName":"hash","KeyConditionExpression":"pk = :v",` + values + `}`, current, valid, ""},
		{"Query", `{"TableName":"hash","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"ExclusiveStartKey":{"pk":%s}}`, current, valid, ""},
		{"Query", `{"TableName":"hash","KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}},"QueryFilter":{"s":{"ComparisonOperator":"EQ","AttributeValueList":[%s]}}}`, current, valid, ""},
		{"Scan", `{"TableName":"hash","FilterExpression":"n = :v",` + values + `}`, before, valid + "ExpressionAttributeValues contains invalid value: ", " for key :v"},
		{"BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"a"},"n":%s}}}]}}`, before, valid, ""},
		{"BatchWriteItem", `{"RequestItems":{"hash":[{"DeleteRequest":{"Key":{"pk":%s}}}]}}`, before, valid, ""},
		{"TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"hash","Item":{"pk":{"S":"a"},"n":%s}}}]}`, current, valid, ""},
		{"TransactWriteItems", `{"TransactItems":[{"Update":{` + key + `,"UpdateExpression":"SET n = :v",` + values + `}}]}`, current, valid, ""},
		{"TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"hash","Key":{"pk":%s}}}]}`, current, valid, ""},
	} {
		for i, shape := range shapes {
			steps = append(steps, golden{"value " + shape, c.op, fmt.Sprintf(c.request, shape), c.head + c.words[i] + c.tail})
		}
	}
	check200(t, s, steps)
	if !strings.Contains(ask(t, s, "GetItem", `{`+key+`}`), "{}") {
		t.Error("something was written")
	}
}
