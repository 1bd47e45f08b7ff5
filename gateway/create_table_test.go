package gateway

import (
	"fmt"
	"strings"
	"testing"
)

// The wordings are those recorded by dynalite's tests and the conformance
// suite; internal/fault says which ones are not recorded.
func TestCreateTableRefuses(t *testing.T) {
	const (
		one     = `"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]`
		defs3   = `"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"N"},{"AttributeName":"c","AttributeType":"B"}]`
		both    = `"KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}]`
		demand  = `"BillingMode":"PAY_PER_REQUEST"`
		units   = `"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}`
		invalid = "ValidationException: One or more parameter values were invalid: "
	)
	local := func(keys, projection string) string {
		return `"LocalSecondaryIndexes":[{"IndexName":"idx","KeySchema":[` + keys + `],"Projection":{` + projection + `}}]`
	}
	global := func(name, keys, rest string) string {
		return `{"IndexName":"` + name + `","KeySchema":[` + keys + `],"Projection":{"ProjectionType":"ALL"}` + rest + `}`
	}
	hash := func(name string) string { return `{"AttributeName":"` + name + `","KeyType":"HASH"}` }
	ranged := func(name string) string { return `{"AttributeName":"` + name + `","KeyType":"RANGE"}` }
	many := func(n int, one func(i int) string) string {
		var all []string
		for i := range n {
			all = append(all, one(i))
		}
		return strings.Join(all, ",")
	}
	for _, test := range []struct{ request, want string }{
		{one, invalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
		{one + `,"BillingMode":"PROVISIONED"`, invalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
		{one + "," + demand + "," + units, invalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
		{one + `,"ProvisionedThroughput":{"ReadCapacityUnits":1000000000001,"WriteCapacityUnits":1000000000001}`, "ValidationException: Given value 1000000000001 for ReadCapacityUnits is out of bounds"},
		{one + `,"ProvisionedThroughput":{"ReadCapacityUnits":1000000000000,"WriteCapacityUnits":1000000000001}`, "ValidationException: Given value 1000000000001 for WriteCapacityUnits is out of bounds"},

		{`"AttributeDefinitions":[],"KeySchema":[` + hash("a") + `],` + demand, "ValidationException: Invalid KeySchema: Some index key attribute have no definition"},
		{`"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"KeySchema":[` + hash("a") + "," + ranged("a") + `],` + demand, "ValidationException: Invalid KeySchema: Some index key attribute have no definition"},
		{`"AttributeDefinitions":[{"AttributeName":"b","AttributeType":"S"}],"KeySchema":[` + hash("a") + `],` + demand, invalid + "Some index key attributes are not defined in AttributeDefinitions. Keys: [a], AttributeDefinitions: [b]"},
		{defs3 + `,"KeySchema":[` + hash("a") + "," + ranged("a") + `],` + demand, "ValidationException: Both the Hash Key and the Range Key element in the KeySchema have the same name"},
		{defs3 + `,"KeySchema":[` + ranged("a") + "," + hash("b") + `],` + demand, "ValidationException: Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
		{defs3 + `,"KeySchema":[` + hash("a") + "," + hash("b") + `],` + demand, "ValidationException: Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"},
		{defs3 + "," + both + "," + demand, invalid + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"},
		{defs3 + `,"KeySchema":[` + hash("a") + `],"GlobalSecondaryIndexes":[` + global("idx", hash("b"), "") + `],` + demand, invalid + "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c], keys used: [a, b]"},

		{defs3 + "," + both + `,"LocalSecondaryIndexes":[],` + demand, invalid + "List of LocalSecondaryIndexes is empty"},
		{one + "," + local(hash("a")+","+ranged("c"), `"ProjectionType":"ALL"`) + "," + demand, invalid + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"},
		{defs3 + "," + both + "," + local(hash("a")+","+ranged("d"), `"ProjectionType":"ALL"`) + "," + demand, invalid + "Some index key attributes are not defined in AttributeDefinitions. Keys: [a, d], AttributeDefinitions: [a, b, c]"},
		{defs3 + "," + both + "," + local(hash("a"), `"ProjectionType":"ALL"`) + "," + demand, invalid + "Index KeySchema does not have a range key for index: idx"},
		{defs3 + "," + both + "," + local(hash("c")+","+ranged("b"), `"ProjectionType":"ALL"`) + "," + demand, invalid + "Index KeySchema does not have the same leading hash key as table KeySchema for index: idx. index hash key: c, table hash key: a"},
		{defs3 + "," + both + "," + local(hash("a")+","+ranged("c"), "") + "," + demand, invalid + "Unknown ProjectionType: null"},
		{defs3 + "," + both + "," + local(hash("a")+","+ranged("c"), `"ProjectionType":"ALL","NonKeyAttributes":["x"]`) + "," + demand, invalid + "ProjectionType is ALL, but NonKeyAttributes is specified"},
		{defs3 + "," + both + "," + local(hash("a")+","+ranged("c"), `"ProjectionType":"INCLUDE"`) + "," + demand, invalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},
		{defs3 + "," + both + `,"LocalSecondaryIndexes":[` + many(6, func(i int) string { return global(fmt.Sprintf("idx%d", i), hash("a")+","+ranged("c"), "") }) + "]," + demand, invalid + "Number of LocalSecondaryIndexes exceeds per-table limit of 5"},
		{one + `,"GlobalSecondaryIndexes":[],` + demand, invalid + "List of GlobalSecondaryIndexes is empty"},
		{one + `,"GlobalSecondaryIndexes":[` + global("idx", hash("a"), "") + "," + global("idx", hash("a"), "") + `],` + demand, invalid + "Duplicate index name: idx"},
		{one + `,"GlobalSecondaryIndexes":[` + global("idx", hash("a"), "") + `],` + units, invalid + "ProvisionedThroughput must be specified for index: idx"},
		{one + `,"GlobalSecondaryIndexes":[` + global("idx", hash("a"), ","+units) + `],` + demand, invalid + "ProvisionedThroughput should not be specified for index: idx when BillingMode is PAY_PER_REQUEST"},
		{one + `,"GlobalSecondaryIndexes":[` + many(21, func(i int) string { return global(fmt.Sprintf("idx%d", i), hash("a"), "") }) + `],` + demand, invalid + "GlobalSecondaryIndex count exceeds the per-table limit of 20"},
		{defs3 + `,"KeySchema":[` + hash("a") + `],"GlobalSecondaryIndexes":[` + global("idx", hash("a")+","+ranged("b")+","+hash("c"), "") + `],` + demand, "ValidationException: Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"},

		{`"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"a","AttributeType":"N"}],"KeySchema":[` + hash("a") + `],` + demand, invalid + "Duplicate AttributeName in AttributeDefinitions: a"},
		{one + "," + demand + `,"TableClass":"GLACIER"`, "ValidationException: Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS]."},
		{one + "," + demand + `,"SSESpecification":{"KMSMasterKeyId":"x"}`, invalid + "SSEType KMS must be specified when KMSMasterKeyId is specified"},
		{one + "," + demand + `,"StreamSpecification":{"StreamEnabled":true}`, invalid + "StreamViewType must be specified when StreamEnabled is true"},
		{one + "," + demand + `,"StreamSpecification":{"StreamEnabled":false,"StreamViewType":"NEW_IMAGE"}`, invalid + "StreamViewType cannot be specified when StreamEnabled is false"},
		{one + "," + demand + `,"OnDemandThroughput":{"MaxReadRequestUnits":-1}`, invalid + "MaxReadRequestUnits must be greater than or equal to 1, but was -1"},
		{one + "," + units + `,"OnDemandThroughput":{"MaxReadRequestUnits":1}`, invalid + "OnDemandThroughput cannot be specified when BillingMode is PROVISIONED"},
		{one + "," + demand + `,"WarmThroughput":{"ReadUnitsPerSecond":11999}`, invalid + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than the current value. Requested: 11999, current: 12000"},
		{one + "," + demand + `,"BillingMode":"NEVER"`, "ValidationException: 1 validation error detected: Value 'NEVER' at 'billingMode' failed to satisfy constraint: Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]"},
	} {
		s, j, r := control(t, nil)
		if got := ask(t, s, "CreateTable", `{"TableName":"abc",`+test.request+`}`); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", abridge(test.request), got, test.want)
		}
		if len(r.Tables()) != 0 || len(j.alive()) != 0 {
			t.Errorf("%s: something was made", abridge(test.request))
		}
	}
}

// The whole description, as tools poll for it.
func TestATableIsDescribedInFull(t *testing.T) {
	s, j, r := control(t, func(o *Options) { o.Clock = frozen })
	got := ask(t, s, "CreateTable", `{"TableName":"full",
		"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"g","AttributeType":"B"}],
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
		"LocalSecondaryIndexes":[{"IndexName":"lsi","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"g","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],
		"GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x","y"]},"ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4}}],
		"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6},
		"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},
		"SSESpecification":{"SSEType":"KMS","KMSMasterKeyId":"arn:aws:kms:local:000000000000:key/k"},
		"TableClass":"STANDARD_INFREQUENT_ACCESS","DeletionProtectionEnabled":true,"WarmThroughput":{},
		"Tags":[{"Key":"a","Value":"1"}]}`)
	if !strings.HasPrefix(got, `{"TableDescription":{`) {
		t.Fatal(got)
	}
	table, _ := r.Table("full")
	want := `{"Table":{
		"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"g","AttributeType":"B"}],
		"CreationDateTime":1767225600.123,"DeletionProtectionEnabled":true,
		"GlobalSecondaryIndexes":[{"IndexArn":"arn:aws:dynamodb:local:000000000000:table/full/index/gsi","IndexName":"gsi","IndexSizeBytes":0,"IndexStatus":"ACTIVE","ItemCount":0,
			"KeySchema":[{"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
			"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x","y"]},
			"ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":3,"WriteCapacityUnits":4},
			"WarmThroughput":{"ReadUnitsPerSecond":3,"Status":"ACTIVE","WriteUnitsPerSecond":4}}],
		"ItemCount":0,"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
		"LatestStreamArn":"arn:aws:dynamodb:local:000000000000:table/full/stream/2026-01-01T00:00:00.123","LatestStreamLabel":"2026-01-01T00:00:00.123",
		"LocalSecondaryIndexes":[{"IndexArn":"arn:aws:dynamodb:local:000000000000:table/full/index/lsi","IndexName":"lsi","IndexSizeBytes":0,"ItemCount":0,
			"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"g","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],
		"ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":5,"WriteCapacityUnits":6},
		"SSEDescription":{"KMSMasterKeyArn":"arn:aws:kms:local:000000000000:key/k","SSEType":"KMS","Status":"ENABLED"},
		"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},
		"TableArn":"arn:aws:dynamodb:local:000000000000:table/full","TableClassSummary":{"TableClass":"STANDARD_INFREQUENT_ACCESS"},
		"TableId":"` + table.ID + `","TableName":"full","TableSizeBytes":0,"TableStatus":"ACTIVE",
		"WarmThroughput":{"ReadUnitsPerSecond":5,"Status":"ACTIVE","WriteUnitsPerSecond":6}}}`
	got = ask(t, s, "DescribeTable", `{"TableName":"full"}`)
	if diff := compare(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(got, `"CreationDateTime":1.767225600123E9`) {
		t.Errorf("the form of a time in %s", got)
	}
	if got := ask(t, s, "ListTagsOfResource", `{"ResourceArn":"arn:aws:dynamodb:local:000000000000:table/full","NextToken":"nonsense"}`); got != `{"Tags":[{"Key":"a","Value":"1"}]}` {
		t.Error(got)
	}
	for id, schema := range j.alive() {
		switch {
		case id == table.Partitions[0].ID:
			if schema.Index != nil || len(schema.Local) != 1 || len(schema.Global) != 1 || schema.Stream == nil {
				t.Errorf("the table's partition was told %+v", schema)
			}
		case schema.Index == nil || schema.Index.Name != "gsi" || schema.Index.ID != id:
			t.Errorf("the index's partition was told %+v", schema)
		}
	}
	if got := ask(t, s, "DeleteTable", `{"TableName":"full"}`); got != "ValidationException: Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first." {
		t.Error(got)
	}
}

func TestAnOnDemandTableIsDescribed(t *testing.T) {
	s, _, r := control(t, func(o *Options) { o.Clock = frozen })
	ask(t, s, "CreateTable", `{`+users+`,"TableClass":"STANDARD","SSESpecification":{"Enabled":false},"OnDemandThroughput":{"MaxWriteRequestUnits":7}}`)
	table, _ := r.Table("users")
	want := `{"Table":{"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
		"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST","LastUpdateToPayPerRequestDateTime":1767225600.123},
		"CreationDateTime":1767225600.123,"DeletionProtectionEnabled":false,"ItemCount":0,"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
		"OnDemandThroughput":{"MaxWriteRequestUnits":7},
		"ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":0,"WriteCapacityUnits":0},
		"TableArn":"arn:aws:dynamodb:local:000000000000:table/users","TableId":"` + table.ID + `","TableName":"users","TableSizeBytes":0,"TableStatus":"ACTIVE",
		"WarmThroughput":{"ReadUnitsPerSecond":12000,"Status":"ACTIVE","WriteUnitsPerSecond":4000}}}`
	if diff := compare(want, ask(t, s, "DescribeTable", `{"TableName":"users"}`)); diff != "" {
		t.Error(diff)
	}
}
