package api

import (
	"errors"
	"strings"
	"testing"

	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

func check(t *testing.T, operation, body string) string {
	t.Helper()
	doc, err := jsonscan.Parse([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	defer doc.Release()
	err = Check(operation, doc.Root())
	if err == nil {
		return ""
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("%T is not a fault", err)
	}
	if (f.Type == "SerializationException") != f.Capital && f.Message != "" {
		t.Errorf("the spelling of message in %v", f)
	}
	return f.Message
}

// Types are refused in the words that dynalite's tests recorded.
func TestTypesAreRefusedInJavaWords(t *testing.T) {
	const (
		cast    = castMessage
		struct_ = "Unexpected value type in payload"
	)
	for _, test := range []struct{ operation, body, want string }{
		{"ListTables", `{"Limit":"23"}`, "STRING_VALUE cannot be converted to Integer"},
		{"ListTables", `{"Limit":true}`, "TRUE_VALUE cannot be converted to Integer"},
		{"ListTables", `{"Limit":[]}`, "Unrecognized collection type class java.lang.Integer"},
		{"ListTables", `{"Limit":{}}`, "Start of structure or map found where not expected"},
		{"ListTables", `{"ExclusiveStartTableName":23}`, "NUMBER_VALUE cannot be converted to String"},
		{"ListTables", `{"ExclusiveStartTableName":-2147483649}`, "NUMBER_VALUE cannot be converted to String"},
		{"ListTables", `{"ExclusiveStartTableName":34.56}`, "DECIMAL_VALUE cannot be converted to String"},
		{"ListTables", `{"ExclusiveStartTableName":false}`, "FALSE_VALUE cannot be converted to String"},
		{"ListTables", `{"ExclusiveStartTableName":[]}`, "Unrecognized collection type class java.lang.String"},
		{"ListTables", `{"ExclusiveStartTableName":{}}`, "Start of structure or map found where not expected"},
		{"CreateTable", `{"KeySchema":"23"}`, "Unexpected field type"},
		{"CreateTable", `{"KeySchema":{}}`, "Start of structure or map found where not expected"},
		{"CreateTable", `{"KeySchema":["23"]}`, struct_},
		{"CreateTable", `{"KeySchema":[[]]}`, "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.KeySchemaElement"},
		{"CreateTable", `{"ProvisionedThroughput":23}`, "Unexpected field type"},
		{"CreateTable", `{"ProvisionedThroughput":[]}`, "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.ProvisionedThroughput"},
		{"CreateTable", `{"ProvisionedThroughput":{"ReadCapacityUnits":"1"}}`, "STRING_VALUE cannot be converted to Long"},
		{"CreateTable", `{"DeletionProtectionEnabled":"true"}`, "Unexpected token received from parser"},
		{"CreateTable", `{"DeletionProtectionEnabled":23}`, "NUMBER_VALUE cannot be converted to Boolean"},
		{"CreateTable", `{"DeletionProtectionEnabled":[]}`, "Unrecognized collection type class java.lang.Boolean"},
		{"PutItem", `{"Item":"23"}`, "Unexpected field type"},
		{"PutItem", `{"Item":[]}`, "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"},
		{"PutItem", `{"Item":{"a":"23"}}`, struct_},
		{"PutItem", `{"Item":{"a":{"S":true}}}`, "TRUE_VALUE cannot be converted to String"},
		{"PutItem", `{"Item":{"a":{"N":23}}}`, "NUMBER_VALUE cannot be converted to String"},
		{"PutItem", `{"Item":{"a":{"B":23}}}`, "only base-64-encoded strings are convertible to bytes"},
		{"PutItem", `{"Item":{"a":{"B":[]}}}`, "Unrecognized collection type class java.nio.ByteBuffer"},
		{"PutItem", `{"Item":{"a":{"B":"23456"}}}`, "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
		{"PutItem", `{"Item":{"a":{"BS":["abc!"]}}}`, "Invalid Base64 character: '!'"},
		{"PutItem", `{"Item":{"a":{"B":"+/+="}}}`, "Invalid last non-pad Base64 character dectected"},
		{"PutItem", `{"Item":{"a":{"SS":"b"}}}`, "Unexpected field type"},
		{"PutItem", `{"Item":{"a":{"L":[{"M":{"b":{"NULL":"true"}}}]}}}`, "Unexpected token received from parser"},
		{"BatchWriteItem", `{"RequestItems":{"a":"b"}}`, cast},
		{"BatchGetItem", `{"RequestItems":{"a":"b"}}`, struct_},
		{"BatchGetItem", `{"RequestItems":{"a":{"Keys":["b"]}}}`, cast},
		{"BatchWriteItem", `{"RequestItems":[]}`, "Unrecognized collection type java.util.Map<java.lang.String, java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>"},
		// The text's order decides, not the model's.
		{"PutItem", `{"ReturnValues":1,"TableName":true}`, "NUMBER_VALUE cannot be converted to String"},
	} {
		if got := check(t, test.operation, test.body); got != test.want {
			t.Errorf("%s %s\n got %s\nwant %s", test.operation, test.body, got, test.want)
		}
	}
}

// Recorded in eu-west-2 (captures of the conformance suite, September 2026),
// but for those marked as dynalite's.
func TestConstraintsAreToldTogether(t *testing.T) {
	long := strings.Repeat("a", 256)
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	const at = " failed to satisfy constraint: "
	for _, test := range []struct{ operation, body, want string }{
		{"PutItem", `{"Item":{}}`, "1 validation error detected: Value null at 'tableName'" + at + "Member must not be null"},
		{"PutItem", `{"TableName":"","ReturnValues":"INVALID","Item":{}}`, "1 validation error detected: Value at 'TableName'" + at + "Member must have length greater than or equal to 1"},
		{"UpdateItem", `{"TableName":"","Key":{}}`, "1 validation error detected: Value at 'TableName'" + at + "Member must have length greater than or equal to 1"},
		{"PutItem", `{"TableName":"` + long + `","Item":{}}`, "1 validation error detected: Value '" + long + "' at 'tableName'" + at + "Member must have length less than or equal to 255"},
		{"PutItem", `{"TableName":"bad table!@#","Item":{}}`, "1 validation error detected: Value 'bad table!@#' at 'tableName'" + at + "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"PutItem", `{"TableName":"arn:aws:dynamodb:eu-west-2:123456789012:table/abc","Item":{}}`, ""},
		{"PutItem", `{"TableName":"arn:aws:dynamodb:eu-west-2:123456789012:table/abc/index/def","Item":{}}`, ""},
		{"CreateTable", `{"TableName":"arn:aws:dynamodb:x:1:table/a b","AttributeDefinitions":[],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]}`,
			"1 validation error detected: Value 'arn:aws:dynamodb:x:1:table/a b' at 'tableName'" + at + "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"PutItem", `{"TableName":"arn:aws:s3:::abc","Item":{}}`,
			"1 validation error detected: Value 'arn:aws:s3:::abc' at 'tableName'" + at + "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"PutItem", `{"TableName":"abc","Item":{},"ReturnConsumedCapacity":"INVALID","ReturnItemCollectionMetrics":"INVALID","ReturnValues":"INVALID"}`,
			"3 validation errors detected: Value 'INVALID' at 'returnConsumedCapacity'" + at + "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; " +
				"Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]; " +
				"Value 'INVALID' at 'returnItemCollectionMetrics'" + at + "Member must satisfy enum value set: [SIZE, NONE]"},
		{"DeleteItem", `{"TableName":"abc","Key":{},"ReturnConsumedCapacity":"INVALID","ReturnValues":"INVALID"}`,
			"2 validation errors detected: Value 'INVALID' at 'returnConsumedCapacity'" + at + "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; " +
				"Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"},
		{"UpdateItem", `{"TableName":"abc","Key":{},"ReturnConsumedCapacity":"INVALID","ReturnValues":"INVALID"}`,
			"1 validation error detected: Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"},
		{"CreateTable", `{"AttributeDefinitions":[],"KeySchema":[]}`, "The parameter 'TableName' is required but was not present in the request"},
		{"CreateTable", `{"TableName":"ab","KeySchema":[]}`, "1 validation error detected: Value 'ab' at 'tableName'" + at + "Member must have length greater than or equal to 3"},
		{"CreateTable", `{"TableName":"abc","AttributeDefinitions":[],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"},{"AttributeName":"extra","KeyType":"RANGE"}]}`,
			"1 validation error detected: Value '[KeySchemaElement(attributeName=pk, keyType=HASH), KeySchemaElement(attributeName=sk, keyType=RANGE), KeySchemaElement(attributeName=extra, keyType=RANGE)]' at 'keySchema'" + at + "Member must have length less than or equal to 2"},
		{"CreateTable", `{"TableName":"abc","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"INVALID"}],"KeySchema":[{"AttributeName":"pk","KeyType":"INVALID"}]}`,
			"2 validation errors detected: Value 'INVALID' at 'attributeDefinitions.1.member.attributeType'" + at + "Member must satisfy enum value set: [B, N, S]; " +
				"Value 'INVALID' at 'keySchema.1.member.keyType'" + at + "Member must satisfy enum value set: [HASH, RANGE]"},
		// dynalite
		{"CreateTable", `{"TableName":"abc;","ProvisionedThroughput":{"ReadCapacityUnits":-1,"WriteCapacityUnits":-1}}`,
			"5 validation errors detected: Value null at 'attributeDefinitions'" + at + "Member must not be null; " +
				"Value 'abc;' at 'tableName'" + at + "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; " +
				"Value '-1' at 'provisionedThroughput.writeCapacityUnits'" + at + "Member must have value greater than or equal to 1; " +
				"Value '-1' at 'provisionedThroughput.readCapacityUnits'" + at + "Member must have value greater than or equal to 1; " +
				"Value null at 'keySchema'" + at + "Member must not be null"},
		{"CreateTable", `{"TableName":"abc","AttributeDefinitions":[],"KeySchema":[]}`,
			"1 validation error detected: Value '[]' at 'keySchema'" + at + "Member must have length greater than or equal to 1"},
		{"ListTables", `{"Limit":2147483647,"ExclusiveStartTableName":"89hls;;f;d"}`,
			"2 validation errors detected: Value '2147483647' at 'limit'" + at + "Member must have value less than or equal to 100; " +
				"Value '89hls;;f;d' at 'exclusiveStartTableName'" + at + "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"Scan", `{"TableName":"abc","Limit":0}`, "1 validation error detected: Value at 'Limit'" + at + "Member must have value greater than or equal to 1"},
		{"Scan", `{"TableName":"abc","Segment":-1,"TotalSegments":4}`, "1 validation error detected: Value at 'Segment'" + at + "Member must have value greater than or equal to 0"},
		{"Query", `{"TableName":"abc","Limit":0}`, "1 validation error detected: Value at 'Limit'" + at + "Member must have value greater than or equal to 1"},
		{"Query", `{"TableName":"abc","Select":"INVALID_VALUE"}`, "1 validation error detected: Value 'INVALID_VALUE' at 'select'" + at + "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"},
		{"BatchGetItem", `{"RequestItems":{}}`, "1 validation error detected: Value at 'RequestItems'" + at + "Member must have length greater than or equal to 1"},
		{"BatchGetItem", `{"RequestItems":{"abc":{"Keys":[` + many(101, `{"pk":{"S":"a"}}`) + `]}}}`, "1 validation error detected: Value at 'RequestItems.abc.member.Keys'" + at + "Member must have length less than or equal to 100"},
		{"BatchWriteItem", `{"RequestItems":{}}`, "The requestItems parameter is required for BatchWriteItem"},
		{"BatchWriteItem", `{"RequestItems":{"abc":[` + many(26, `{"PutRequest":{"Item":{"pk":{"S":"a"}}}}`) + `]}}`,
			"1 validation error detected: Value '{abc=[" + strings.ReplaceAll(many(26, `WriteRequest(putRequest=PutRequest(item={pk=AttributeValue(s=a, n=null, b=null, iNT=null, dECIMAL=null, dOUBLE=null, sS=null, nS=null, bS=null, iNTSET=null, dECIMALSET=null, dOUBLESET=null, m=null, l=null, nULL=null, bOOL=null)}, workloadProfileName=null), deleteRequest=null)`), "),W", "), W") +
				"]}' at 'requestItems'" + at + "Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"},
		{"TransactWriteItems", `{"TransactItems":[]}`, "1 validation error detected: Value '[]' at 'transactItems'" + at + "Member must have length greater than or equal to 1"},
		{"ListBackups", `{"TableName":"a b"}`, "1 validation error detected: Value 'a b' at 'tableName'" + at + "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"Query", `{"TableName":"abc","IndexName":null,"Unknown":[1,2]}`, ""},
	} {
		if got := check(t, test.operation, test.body); got != test.want {
			t.Errorf("%s %s\n got %s\nwant %s", test.operation, test.body, got, test.want)
		}
	}
}

// Whole numbers lose what is behind the point, as in Java.
func TestFractionsOfWholeNumbersAreDropped(t *testing.T) {
	if got := check(t, "ListTables", `{"Limit":1.9}`); got != "" {
		t.Error(got)
	}
	if got := check(t, "ListTables", `{"Limit":0.9}`); !strings.Contains(got, "greater than or equal to 1") {
		t.Error(got)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("PutItem", []byte(`{"TableName":"abc","Item":{"a":{"L":[{"S":""}]}}}`))
	f.Add("CreateTable", []byte(`{"TableName":"abc","KeySchema":[{"AttributeName":[]}]}`))
	f.Fuzz(func(t *testing.T, operation string, body []byte) {
		doc, err := jsonscan.Parse(body)
		if err != nil {
			return
		}
		defer doc.Release()
		var fe *fault.Error
		if err := Check(operation, doc.Root()); err != nil && !errors.As(err, &fe) {
			t.Errorf("%T is not a fault", err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	doc, err := jsonscan.Parse([]byte(`{"TableName":"Users","Item":{"PK":{"S":"user_123"},"SK":{"S":"profile"},"role":{"S":"engineer"},"n":{"N":"42"},"tags":{"SS":["a","b"]},"l":{"L":[{"S":"a"},{"M":{"x":{"B":"AAAA"}}}]}},"ConditionExpression":"ver = :v","ExpressionAttributeValues":{":v":{"N":"1"}},"ReturnConsumedCapacity":"TOTAL"}`))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := Check("PutItem", doc.Root()); err != nil {
			b.Fatal(err)
		}
	}
}
