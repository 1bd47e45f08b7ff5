package gateway

import (
	"context"
	"strings"
	"testing"
	"time"

	"shvm-db/internal/catalog"
)

const (
	provisioned = `"TableName":"prov","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],` +
		`"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5},` +
		`"GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}}]`
	newIndex = `"AttributeDefinitions":[{"AttributeName":"n","AttributeType":"N"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"new","KeySchema":[{"AttributeName":"n","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}}]`
	invalid_ = "ValidationException: One or more parameter values were invalid: "
)

func TestUpdateTableRefuses(t *testing.T) {
	s, _, r := control(t, nil)
	ask(t, s, "CreateTable", `{`+provisioned+`}`)
	ask(t, s, "CreateTable", `{`+users+`}`)
	before, _ := r.Table("prov")
	for _, test := range []struct{ request, want string }{
		{`{"TableName":"users"}`, "ValidationException: At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"},
		{`{"TableName":"none","BillingMode":"PAY_PER_REQUEST"}`, "ResourceNotFoundException: Requested resource not found: Table: none not found"},
		{`{"TableName":"prov","BillingMode":"PAY_PER_REQUEST","ProvisionedThroughput":{"ReadCapacityUnits":6,"WriteCapacityUnits":5}}`, invalid_ + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
		{`{"TableName":"users","ProvisionedThroughput":{"ReadCapacityUnits":6,"WriteCapacityUnits":5}}`, invalid_ + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
		{`{"TableName":"users","BillingMode":"PROVISIONED"}`, invalid_ + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
		{`{"TableName":"prov","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}}`,
			"ValidationException: The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."},
		{`{"TableName":"prov","ProvisionedThroughput":{"ReadCapacityUnits":0,"WriteCapacityUnits":5}}`, "ValidationException: 1 validation error detected: Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{`{"TableName":"prov","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"none"}}]}`, "ResourceNotFoundException: Requested resource not found"},
		{`{"TableName":"prov","GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"none","ProvisionedThroughput":{"ReadCapacityUnits":6,"WriteCapacityUnits":5}}}]}`, "ResourceNotFoundException: Requested resource not found"},
		{`{"TableName":"prov","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"gsi"}},{"Create":{"IndexName":"new","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`,
			"LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"},
		{`{"TableName":"prov","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"gsi"}},{"Delete":{"IndexName":"gsi"}}]}`, invalid_ + "Only one global secondary index update per index is allowed simultaneously. Index: gsi"},
		{`{"TableName":"prov","GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"gsi","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`, "ValidationException: Attempting to create an index which already exists"},
		{`{"TableName":"users","GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"bad","KeySchema":[{"AttributeName":"unknownAttr","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`,
			invalid_ + "Some index key attributes are not defined in AttributeDefinitions. Keys: [unknownAttr], AttributeDefinitions: [pk]"},
		{`{"TableName":"users","WarmThroughput":{"ReadUnitsPerSecond":13000},` + newIndex + `}`, "ValidationException: Create global secondary index cannot be specified when updating WarmThroughput"},
		{`{"TableName":"users","WarmThroughput":{"ReadUnitsPerSecond":11000}}`, invalid_ + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than the current value. Requested: 11000, current: 12000"},
		{`{"TableName":"users","TableClass":"X"}`, "ValidationException: Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS]."},
		{`{"TableName":"users","StreamSpecification":{"StreamEnabled":false}}`, "ValidationException: Table already has a disabled stream: TableName: users"},
	} {
		if got := ask(t, s, "UpdateTable", test.request); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.request, got, test.want)
		}
	}
	if after, _ := r.Table("prov"); after != before {
		t.Errorf("a refusal changed the table: %+v", after)
	}
}

// has says whether the description of a table contains a text.
func has(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("no %s in %s", want, got)
	}
}

func hasNot(t *testing.T, got, unwanted string) {
	t.Helper()
	if strings.Contains(got, unwanted) {
		t.Errorf("%s in %s", unwanted, got)
	}
}

func TestBillingModesChange(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s, _, _ := control(t, func(o *Options) { o.Clock = func() time.Time { return now } })
	ask(t, s, "CreateTable", `{`+provisioned+`}`)
	got := ask(t, s, "UpdateTable", `{"TableName":"prov","ProvisionedThroughput":{"ReadCapacityUnits":9,"WriteCapacityUnits":4}}`)
	has(t, got, `"TableStatus":"UPDATING"`)
	has(t, got, `"ProvisionedThroughput":{"LastDecreaseDateTime":1.7723232E9,"LastIncreaseDateTime":1.7723232E9,"NumberOfDecreasesToday":1,"ReadCapacityUnits":9,"WriteCapacityUnits":4}`)
	// Warm throughput never falls.
	has(t, got, `"WarmThroughput":{"ReadUnitsPerSecond":9,"Status":"ACTIVE","WriteUnitsPerSecond":5}}`)

	got = ask(t, s, "UpdateTable", `{"TableName":"prov","BillingMode":"PAY_PER_REQUEST"}`)
	has(t, got, `"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST","LastUpdateToPayPerRequestDateTime":1.7723232E9}`)
	has(t, got, `"ReadCapacityUnits":0,"WriteCapacityUnits":0}`)
	got = ask(t, s, "UpdateTable", `{"TableName":"prov","BillingMode":"PAY_PER_REQUEST"}`)
	has(t, got, `"BillingMode":"PAY_PER_REQUEST"`)

	if got := ask(t, s, "UpdateTable", `{"TableName":"prov","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}`); got != invalid_+"ProvisionedThroughput must be specified for index: gsi" {
		t.Error(got)
	}
	got = ask(t, s, "UpdateTable", `{"TableName":"prov","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":2},
		"GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"gsi","ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4}}}]}`)
	has(t, got, `"BillingMode":"PROVISIONED"`)
	has(t, got, `"ReadCapacityUnits":1,"WriteCapacityUnits":2}`)
	has(t, got, `"ReadCapacityUnits":3,"WriteCapacityUnits":4}`)
	has(t, got, `"WarmThroughput":{"ReadUnitsPerSecond":12000,"Status":"ACTIVE","WriteUnitsPerSecond":4000}}`)
}

func TestOnDemandMaximaComeAndGo(t *testing.T) {
	s, _, _ := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`,"OnDemandThroughput":{"MaxReadRequestUnits":10,"MaxWriteRequestUnits":5}}`)
	got := ask(t, s, "UpdateTable", `{"TableName":"users","OnDemandThroughput":{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":6}}`)
	has(t, got, `"OnDemandThroughput":{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":6}`)
	got = ask(t, s, "DescribeTable", `{"TableName":"users"}`)
	has(t, got, `"OnDemandThroughput":{"MaxWriteRequestUnits":6}`)
	ask(t, s, "UpdateTable", `{"TableName":"users","OnDemandThroughput":{"MaxWriteRequestUnits":-1}}`)
	hasNot(t, ask(t, s, "DescribeTable", `{"TableName":"users"}`), "OnDemandThroughput")
}

func TestTableClassIsToldOnceItWasChanged(t *testing.T) {
	s, _, _ := control(t, func(o *Options) { o.Clock = frozen })
	ask(t, s, "CreateTable", `{`+users+`}`)
	hasNot(t, ask(t, s, "UpdateTable", `{"TableName":"users","TableClass":"STANDARD"}`), "TableClassSummary")
	has(t, ask(t, s, "UpdateTable", `{"TableName":"users","TableClass":"STANDARD_INFREQUENT_ACCESS"}`),
		`"TableClassSummary":{"LastUpdateDateTime":1.767225600123E9,"TableClass":"STANDARD_INFREQUENT_ACCESS"}`)
	has(t, ask(t, s, "UpdateTable", `{"TableName":"users","TableClass":"STANDARD"}`), `"TableClass":"STANDARD"`)
}

func TestEncryptionIsTurnedOnByItsType(t *testing.T) {
	s, _, _ := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`}`)
	has(t, ask(t, s, "UpdateTable", `{"TableName":"users","SSESpecification":{"SSEType":"KMS"}}`), `"SSEDescription":{"KMSMasterKeyArn":"arn:aws:kms:local:000000000000:key/`)
	hasNot(t, ask(t, s, "UpdateTable", `{"TableName":"users","SSESpecification":{"Enabled":false}}`), "SSEDescription")
}

func TestStreamsAreTurnedOnAndOff(t *testing.T) {
	now := frozen()
	s, j, r := control(t, func(o *Options) { o.Clock = func() time.Time { return now } })
	ask(t, s, "CreateTable", `{`+users+`}`)
	on := `{"TableName":"users","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}`
	has(t, ask(t, s, "UpdateTable", on), `"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}`)
	if got := ask(t, s, "UpdateTable", on); got != "ValidationException: Table already has an enabled stream: TableName: users" {
		t.Error(got)
	}
	table, _ := r.Table("users")
	if schema := j.alive()[table.Partitions[0].ID]; schema.Stream == nil || schema.Stream.View != "KEYS_ONLY" {
		t.Errorf("the partition was told %+v", schema)
	}
	got := ask(t, s, "UpdateTable", `{"TableName":"users","StreamSpecification":{"StreamEnabled":false}}`)
	hasNot(t, got, "StreamSpecification")
	has(t, got, `"LatestStreamLabel":"2026-01-01T00:00:00.123"`)
	now = now.Add(time.Second)
	has(t, ask(t, s, "UpdateTable", on), `"LatestStreamLabel":"2026-01-01T00:00:01.123"`)
	if all := r.Streams(); len(all) != 2 {
		t.Errorf("the streams are %+v", all)
	}
}

func TestIndexesComeAndGo(t *testing.T) {
	s, j, r := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`}`)
	got := ask(t, s, "UpdateTable", `{"TableName":"users",`+newIndex+`}`)
	has(t, got, `"Backfilling":false,"IndexArn"`)
	has(t, got, `"IndexStatus":"CREATING"`)
	got = ask(t, s, "DescribeTable", `{"TableName":"users"}`)
	has(t, got, `"IndexStatus":"ACTIVE"`)
	has(t, got, `{"AttributeName":"n","AttributeType":"N"}`)
	hasNot(t, got, "Backfilling")
	table, _ := r.Table("users")
	if len(j.alive()) != 2 || len(j.alive()[table.Partitions[0].ID].Global) != 1 {
		t.Errorf("the partitions were told %+v", j.alive())
	}
	has(t, ask(t, s, "UpdateTable", `{"TableName":"users","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"new"}}]}`), `"IndexStatus":"DELETING"`)
	got = ask(t, s, "DescribeTable", `{"TableName":"users"}`)
	hasNot(t, got, "GlobalSecondaryIndexes")
	hasNot(t, got, `"n"`)
	if len(j.alive()) != 1 || len(j.alive()[table.Partitions[0].ID].Global) != 0 {
		t.Errorf("the partitions were told %+v", j.alive())
	}
	ask(t, s, "UpdateTable", `{"TableName":"users",`+newIndex+`}`)
	again, _ := r.Table("users")
	if again.Global[0].ID == table.Global[0].ID {
		t.Error("an index that was made again has its old id")
	}
}

// An index is filled while the table goes on.
func TestAnIndexIsActiveWhenItIsFilled(t *testing.T) {
	full := make(chan struct{})
	s, _, r := control(t, func(o *Options) {
		o.Fill = func(ctx context.Context, _, _ catalog.PartitionID) error {
			select {
			case <-full:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	ask(t, s, "CreateTable", `{`+users+`}`)
	ask(t, s, "UpdateTable", `{"TableName":"users",`+newIndex+`}`)
	got := ask(t, s, "DescribeTable", `{"TableName":"users"}`)
	has(t, got, `"Backfilling":true`)
	has(t, got, `"IndexStatus":"CREATING"`)
	has(t, got, `"TableStatus":"ACTIVE"`)
	if got := ask(t, s, "UpdateTable", `{"TableName":"users","AttributeDefinitions":[{"AttributeName":"m","AttributeType":"N"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"more","KeySchema":[{"AttributeName":"m","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`); got != "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table" {
		t.Error(got)
	}
	close(full)
	until(t, func() bool {
		table, _ := r.Table("users")
		return table.Global[0].Status == "ACTIVE" && !table.Global[0].Backfilling
	})
}
