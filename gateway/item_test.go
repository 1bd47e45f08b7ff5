package gateway

import (
	"strings"
	"testing"
)

const (
	valid   = "ValidationException: "
	one     = valid + "1 validation error detected: "
	badKey  = valid + "The provided key element does not match the schema"
	inv     = "One or more parameter values were invalid: "
	failed  = "ConditionalCheckFailedException: The conditional request failed"
	missing = "ResourceNotFoundException: Requested resource not found"
	emptyPK = valid + "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"
)

func TestPutItemAnswers(t *testing.T) {
	s := goldenServer(t, 1, nil)
	check200(t, s, []golden{
		{"a new item", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"N":"1.0"}}}`, `{}`},
		{"old of none", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"b"}},"ReturnValues":"ALL_OLD"}`, `{}`},
		{"old of one", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"N":"2"}},"ReturnValues":"ALL_OLD"}`,
			`{"Attributes":{"pk":{"S":"a"},"n":{"N":"1"}}}`},
		{"a condition that fails", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)"}`, failed},
		{"the item that failed it", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`,
			failed + ` Item {"pk":{"S":"a"},"n":{"N":"2"}}`},
		{"a condition that holds", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"N":"3"}},"ConditionExpression":"n = :n","ExpressionAttributeValues":{":n":{"N":"2"}}}`, `{}`},
		{"capacity", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"x":{"S":"` + strings.Repeat("x", 1100) + `"}},"ReturnConsumedCapacity":"TOTAL"}`,
			`{"ConsumedCapacity":{"CapacityUnits":2.0,"TableName":"hash"}}`},
		{"capacity by the larger item", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ReturnConsumedCapacity":"INDEXES"}`,
			`{"ConsumedCapacity":{"CapacityUnits":2.0,"TableName":"hash","Table":{"CapacityUnits":2.0}}}`},
		{"no such table", "PutItem", `{"TableName":"none","Item":{"pk":{"S":"a"}}}`, missing},
		{"a table that is being made", "PutItem", `{"TableName":"creating","Item":{"pk":{"S":"a"}}}`, missing},
		{"a table by its ARN", "PutItem", `{"TableName":"arn:aws:dynamodb:eu-west-2:123456789012:table/hash","Item":{"pk":{"S":"arn"}}}`, `{}`},

		// Sources: paritysuite, error-messages/putItem (eu-west-2, October 2026).
		{"no key", "PutItem", `{"TableName":"hash","Item":{"x":{"S":"a"}}}`, valid + inv + "Missing the key pk in the item"},
		{"key of another type", "PutItem", `{"TableName":"hash","Item":{"pk":{"N":"5"}}}`, valid + inv + "Type mismatch for key pk expected: S actual: N"},
		{"empty key", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":""}}}`, emptyPK},
		{"empty binary key", "PutItem", `{"TableName":"binary","Item":{"pk":{"B":""}}}`, strings.Replace(emptyPK, "string", "binary", 1)},
		{"mixed parameters", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"Expected":{"pk":{"Exists":false}},"ConditionExpression":"attribute_not_exists(pk)"}`,
			one + "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"},
		{"values alone", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":v":{"S":"x"}}}`,
			one + "ExpressionAttributeValues can only be specified when using expressions"},
		{"names alone", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ExpressionAttributeNames":{"#a":"a"}}`,
			one + "ExpressionAttributeNames can only be specified when using expressions"},
		{"no values", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(a)","ExpressionAttributeValues":{}}`,
			one + "ExpressionAttributeValues must not be empty"},
		{"no names", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(a)","ExpressionAttributeNames":{}}`,
			one + "ExpressionAttributeNames must not be empty"},
		{"empty expression", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":""}`,
			one + "Invalid ConditionExpression: The expression can not be empty;"},
		{"returning what is new", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ReturnValues":"ALL_NEW"}`,
			one + "ReturnValues can only be ALL_OLD or NONE"},
		{"an unused value", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(a)","ExpressionAttributeValues":{":v":{"S":"x"}}}`,
			one + "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"},
		{"a bad number", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"N":"1e2147483647"}}}`,
			one + "Number overflow. Attempting to store a number with magnitude larger than supported range"},
		{"a bad number in a value", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":"n = :v","ExpressionAttributeValues":{":v":{"N":"abc"}}}`,
			one + "The parameter cannot be converted to a numeric value: abc"},
		{"a set with a repeated number", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"s":{"NS":["2","1","2"]}}}`,
			one + inv + "Input collection contains duplicates."},
		{"null that is false", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"x":{"NULL":false}}}`,
			one + inv + "Null attribute value types must have the value of true"},
		{"an item over 400 KB", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"x":{"S":"` + strings.Repeat("x", 409_597) + `"}}}`,
			valid + "Item size has exceeded the maximum allowed size"},
		{"an item of 400 KB", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"x":{"S":"` + strings.Repeat("x", 409_596) + `"}}}`, `{}`},
	})
}

func TestPutItemOrderOfRefusals(t *testing.T) {
	s := goldenServer(t, 1, nil)
	check200(t, s, []golden{
		{"syntax before the table", "PutItem", `{"TableName":"none","Item":{"pk":{"S":"a"}},"ConditionExpression":"a = = b"}`,
			one + `Invalid ConditionExpression: Syntax error; token: "=", near: "= = b"`},
		{"unused before the table", "PutItem", `{"TableName":"none","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(a)","ExpressionAttributeNames":{"#v":"x"}}`,
			one + "Value provided in ExpressionAttributeNames unused in expressions: keys: {#v}"},
		{"the table before its key", "PutItem", `{"TableName":"none","Item":{}}`, missing},
		{"mixing before syntax", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"Expected":{},"ConditionExpression":"a = = b"}`,
			one + "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"},
		{"the item before its condition", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"N":"x"}},"ConditionExpression":"a = = b"}`,
			one + "The parameter cannot be converted to a numeric value: x"},
		{"the key before the condition fails", "PutItem", `{"TableName":"hash","Item":{"pk":{"N":"1"}},"ConditionExpression":"attribute_exists(a)"}`,
			valid + inv + "Type mismatch for key pk expected: S actual: N"},
	})
}

// The numbers are those recorded in eu-west-2 on 2026-08-12 (nubo-db,
// putItem/indexConsumedCapacity).
func TestIndexWritesAreChargedForWhatTheyStore(t *testing.T) {
	s := goldenServer(t, 1, nil)
	put := func(item string) string {
		return `{"TableName":"indexed","ReturnConsumedCapacity":"INDEXES","Item":{"pk":{"S":"a"},"sk":{"S":"1"}` + item + `}}`
	}
	update := func(expression, values string) string {
		return `{"TableName":"indexed","ReturnConsumedCapacity":"INDEXES","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"UpdateExpression":"` + expression + `"` + values + `}`
	}
	used := func(total, table, local, global string) string {
		out := `{"ConsumedCapacity":{"CapacityUnits":` + total + `,"TableName":"indexed","Table":{"CapacityUnits":` + table + `}`
		if local != "" {
			out += `,"LocalSecondaryIndexes":{` + local + `}`
		}
		if global != "" {
			out += `,"GlobalSecondaryIndexes":{` + global + `}`
		}
		return out + `}}`
	}
	arm := func(name, units string) string { return `"` + name + `":{"CapacityUnits":` + units + `}` }
	full := `,"gpk":{"S":"g"},"num":{"N":"1"},"lsk":{"S":"l"},"proj":{"S":"p"},"extra":{"S":"o"}`
	check200(t, s, []golden{
		{"sparse", "PutItem", put(`,"extra":{"S":"o"}`), used("1.0", "1.0", "", "")},
		{"every index", "PutItem", put(full), used("5.0", "1.0", arm("lall", "1.0")+","+arm("lkeys", "1.0"), arm("gall", "1.0")+","+arm("ginc", "1.0"))},
		{"the same again", "PutItem", put(full), used("1.0", "1.0", "", "")},
		{"an attribute that some project", "UpdateItem", update("SET extra = :v", `,"ExpressionAttributeValues":{":v":{"S":"q"}}`),
			used("3.0", "1.0", arm("lall", "1.0"), arm("gall", "1.0"))},
		{"an index key that moves", "UpdateItem", update("SET gpk = :v", `,"ExpressionAttributeValues":{":v":{"S":"h"}}`),
			used("6.0", "1.0", arm("lall", "1.0"), arm("gall", "2.0")+","+arm("ginc", "2.0"))},
		{"an index key that goes", "UpdateItem", update("REMOVE gpk", ""),
			used("4.0", "1.0", arm("lall", "1.0"), arm("gall", "1.0")+","+arm("ginc", "1.0"))},
		{"a delete", "DeleteItem", `{"TableName":"indexed","ReturnConsumedCapacity":"INDEXES","Key":{"pk":{"S":"a"},"sk":{"S":"1"}}}`,
			used("3.0", "1.0", arm("lall", "1.0")+","+arm("lkeys", "1.0"), "")},
		{"total", "PutItem", `{"TableName":"indexed","ReturnConsumedCapacity":"TOTAL","Item":{"pk":{"S":"b"},"sk":{"S":"1"},"lsk":{"S":"l"}}}`,
			`{"ConsumedCapacity":{"CapacityUnits":2.0,"TableName":"indexed"}}`},
		{"collection", "PutItem", `{"TableName":"indexed","ReturnItemCollectionMetrics":"SIZE","Item":{"pk":{"S":"b"},"sk":{"S":"2"}}}`,
			`{"ItemCollectionMetrics":{"ItemCollectionKey":{"pk":{"S":"b"}},"SizeEstimateRangeGB":[0.0,1.0]}}`},
		{"no collections without local indexes", "PutItem", `{"TableName":"hash","ReturnItemCollectionMetrics":"SIZE","Item":{"pk":{"S":"b"}}}`, `{}`},
		{"index key of another type", "PutItem", put(`,"num":{"S":"x"}`), valid + inv + "Type mismatch for Index Key num Expected: N Actual: S IndexName: ginc"},
		{"index key empty", "PutItem", put(`,"gpk":{"S":""}`), valid + "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: gall, IndexKey: gpk"},
		{"index key set to another type", "UpdateItem", update("SET num = :v", `,"ExpressionAttributeValues":{":v":{"S":"x"}}`),
			valid + "The update expression attempted to update the secondary index key to unsupported type"},
	})
}

func TestUpdateItemAnswers(t *testing.T) {
	s := goldenServer(t, 1, nil)
	update := func(rest string) string { return `{"TableName":"hash","Key":{"pk":{"S":"a"}},` + rest + `}` }
	v := func(value string) string { return `"ExpressionAttributeValues":{":v":` + value + `}` }
	check200(t, s, []golden{
		{"makes the item", "UpdateItem", update(`"UpdateExpression":"SET n = :v",` + v(`{"N":"1"}`) + `,"ReturnValues":"ALL_NEW"`), `{"Attributes":{"pk":{"S":"a"},"n":{"N":"1"}}}`},
		{"all old", "UpdateItem", update(`"UpdateExpression":"SET n = n + :v, m = :v",` + v(`{"N":"2"}`) + `,"ReturnValues":"ALL_OLD"`), `{"Attributes":{"pk":{"S":"a"},"n":{"N":"1"}}}`},
		{"updated new", "UpdateItem", update(`"UpdateExpression":"SET n = n + :v",` + v(`{"N":"4"}`) + `,"ReturnValues":"UPDATED_NEW"`), `{"Attributes":{"n":{"N":"7"}}}`},
		{"updated old", "UpdateItem", update(`"UpdateExpression":"SET n = :v",` + v(`{"N":"0"}`) + `,"ReturnValues":"UPDATED_OLD"`), `{"Attributes":{"n":{"N":"7"}}}`},
		{"updated old of none", "UpdateItem", update(`"UpdateExpression":"SET z = :v",` + v(`{"N":"0"}`) + `,"ReturnValues":"UPDATED_OLD"`), `{}`},
		{"updated new of what is gone", "UpdateItem", update(`"UpdateExpression":"REMOVE z","ReturnValues":"UPDATED_NEW"`), `{}`},
		{"only the path", "UpdateItem", update(`"UpdateExpression":"SET d = :v",` + v(`{"M":{"x":{"N":"1"},"y":{"N":"2"}}}`)), `{}`},
		{"updated new of a path", "UpdateItem", update(`"UpdateExpression":"SET d.x = :v",` + v(`{"N":"9"}`) + `,"ReturnValues":"UPDATED_NEW"`), `{"Attributes":{"d":{"M":{"x":{"N":"9"}}}}}`},
		{"a condition on nothing", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"none"}},"UpdateExpression":"SET n = :v","ConditionExpression":"attribute_exists(pk)",` + v(`{"N":"1"}`) + `}`, failed},
		{"which makes nothing", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"none"}}}`, `{}`},
		{"no expression makes the item", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"bare"}},"ReturnValues":"ALL_NEW"}`, `{"Attributes":{"pk":{"S":"bare"}}}`},
		// Sources: paritysuite, error-messages/updateItem and valueLayers.
		{"the key cannot change", "UpdateItem", update(`"UpdateExpression":"SET pk = :v",` + v(`{"S":"b"}`)), valid + inv + "Cannot update attribute pk. This attribute is part of the key"},
		{"syntax", "UpdateItem", update(`"UpdateExpression":"INVALID SYNTAX HERE"`), one + `Invalid UpdateExpression: Syntax error; token: "INVALID", near: "INVALID SYNTAX"`},
		{"an undefined value", "UpdateItem", update(`"UpdateExpression":"SET b = :w","ConditionExpression":"a = :v","ExpressionAttributeValues":{":w":{"S":"x"}}`),
			one + "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v"},
		{"mixed", "UpdateItem", update(`"UpdateExpression":"SET a = :v",` + v(`{"S":"b"}`) + `,"AttributeUpdates":{"a":{"Value":{"S":"v"},"Action":"PUT"}}`),
			one + "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}"},
		{"a bad number in the key", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"N":""}}}`, one + "The parameter cannot be converted to a numeric value: "},
		{"an empty key before the table", "UpdateItem", `{"TableName":"none","Key":{"pk":{"S":""}}}`, emptyPK},
		{"key of another type", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"N":"1"}}}`, badKey},
		{"more than the key", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"1"},"x":{"S":"1"}}}`, badKey},
		{"no such table", "UpdateItem", `{"TableName":"none","Key":{"pk":{"S":"1"}}}`, missing},
		{"too large", "UpdateItem", update(`"UpdateExpression":"SET x = :v",` + v(`{"S":"`+strings.Repeat("x", 409_590)+`"}`)), valid + "Item size to update has exceeded the maximum allowed size"},
	})
}

// Source: paritysuite, limits/itemSizeBySurface (eu-west-2): UpdateItem alone
// holds the request to what it writes, with a cost for each clause.
func TestAnItemThatUpdateItemCannotWriteOthersCan(t *testing.T) {
	s := goldenServer(t, 1, nil)
	full := `{"S":"` + strings.Repeat("p", 409_600-len("pkX")-len("p")) + `"}`
	set := `"TableName":"hash","Key":{"pk":{"S":"X"}},"UpdateExpression":"SET p = :p","ExpressionAttributeValues":{":p":` + full + `}`
	check200(t, s, []golden{
		{"UpdateItem", "UpdateItem", `{` + set + `}`, valid + "Item size to update has exceeded the maximum allowed size"},
		{"whatever its condition says", "UpdateItem", `{` + set + `,"ConditionExpression":"attribute_exists(pk)"}`, valid + "Item size to update has exceeded the maximum allowed size"},
		{"a transaction", "TransactWriteItems", `{"TransactItems":[{"Update":{` + set + `}}]}`, `{}`},
		{"a put", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"X"},"p":` + full + `}}`, `{}`},
	})
}

func TestDeleteItemAnswers(t *testing.T) {
	s := goldenServer(t, 1, nil)
	check200(t, s, []golden{
		{"nothing there", "DeleteItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ReturnValues":"ALL_OLD","ReturnConsumedCapacity":"TOTAL"}`, `{"ConsumedCapacity":{"CapacityUnits":1.0,"TableName":"hash"}}`},
		{"setup", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"x":{"BOOL":true}}}`, `{}`},
		{"a condition that fails", "DeleteItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ConditionExpression":"x = :v","ExpressionAttributeValues":{":v":{"BOOL":false}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`,
			failed + ` Item {"pk":{"S":"a"},"x":{"BOOL":true}}`},
		{"old", "DeleteItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ReturnValues":"ALL_OLD"}`, `{"Attributes":{"pk":{"S":"a"},"x":{"BOOL":true}}}`},
		{"gone", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}}}`, `{}`},
		// Source: paritysuite, error-messages/deleteItem.
		{"returning what is new", "DeleteItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ReturnValues":"UPDATED_NEW"}`, one + "ReturnValues can only be ALL_OLD or NONE"},
		{"half a key", "DeleteItem", `{"TableName":"range","Key":{"pk":{"S":"a"}}}`, badKey},
		{"values alone", "DeleteItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":v":{"S":"x"}}}`, one + "ExpressionAttributeValues can only be specified when using expressions"},
		{"a repeated element in the key", "DeleteItem", `{"TableName":"hash","Key":{"pk":{"SS":["b","a","b"]}}}`, one + inv + `Input collection ["a", "b", "b"] contains duplicates.`},
	})
}

func TestGetItemAnswers(t *testing.T) {
	s := goldenServer(t, 1, nil)
	check200(t, s, []golden{
		{"setup", "PutItem", `{"TableName":"range","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"m":{"M":{"x":{"N":"1"},"y":{"L":[{"S":"p"},{"S":"q"}]}}},"é":{"S":"<&>\u2028"}}}`, `{}`},
		{"found", "GetItem", `{"TableName":"range","Key":{"sk":{"S":"1"},"pk":{"S":"a"}}}`, `{"Item":{"pk":{"S":"a"},"sk":{"S":"1"},"m":{"M":{"x":{"N":"1"},"y":{"L":[{"S":"p"},{"S":"q"}]}}},"é":{"S":"<&>\u2028"}}}`},
		{"not found", "GetItem", `{"TableName":"range","Key":{"pk":{"S":"a"},"sk":{"S":"2"}}}`, `{}`},
		{"projected", "GetItem", `{"TableName":"range","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"ProjectionExpression":"#p, m.y[1], nothing","ExpressionAttributeNames":{"#p":"pk"}}`,
			`{"Item":{"pk":{"S":"a"},"m":{"M":{"y":{"L":[{"S":"q"}]}}}}}`},
		{"projected to nothing", "GetItem", `{"TableName":"range","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"ProjectionExpression":"nothing"}`, `{"Item":{}}`},
		{"attributes to get", "GetItem", `{"TableName":"range","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"AttributesToGet":["sk","none"]}`, `{"Item":{"sk":{"S":"1"}}}`},
		{"capacity", "GetItem", `{"TableName":"range","Key":{"pk":{"S":"a"},"sk":{"S":"2"}},"ReturnConsumedCapacity":"TOTAL"}`, `{"ConsumedCapacity":{"CapacityUnits":0.5,"TableName":"range"}}`},
		{"strong capacity", "GetItem", `{"TableName":"range","Key":{"pk":{"S":"a"},"sk":{"S":"2"}},"ConsistentRead":true,"ReturnConsumedCapacity":"INDEXES"}`,
			`{"ConsumedCapacity":{"CapacityUnits":1.0,"TableName":"range","Table":{"CapacityUnits":1.0}}}`},
		// Sources: nubo-db, error-messages/getItem; paritysuite, valueLayers.
		{"half a key", "GetItem", `{"TableName":"range","Key":{"pk":{"S":"a"}}}`, badKey},
		{"no such table", "GetItem", `{"TableName":"none","Key":{"pk":{"S":"a"}}}`, missing},
		{"syntax", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"!!! INVALID !!!"}`, valid + `Invalid ProjectionExpression: Syntax error; token: "!", near: "!!"`},
		{"a bad number", "GetItem", `{"TableName":"hash","Key":{"pk":{"N":""}}}`, valid + "The parameter cannot be converted to a numeric value: "},
		{"a repeated element", "GetItem", `{"TableName":"hash","Key":{"pk":{"NS":["2","1","2"]}}}`, valid + inv + "Input collection contains duplicates."},
		{"empty binary", "GetItem", `{"TableName":"binary","Key":{"pk":{"B":""}}}`, strings.Replace(emptyPK, "string", "binary", 1)},
		{"mixed", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"a","AttributesToGet":["a"]}`,
			valid + "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"},
	})
}
