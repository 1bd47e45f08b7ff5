package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/throttle"
)

const duplicates = valid + "Provided list of item keys contains duplicates"

func TestBatchWriteItemAnswers(t *testing.T) {
	s := goldenServer(t, 1, nil)
	put := func(item string) string { return `{"PutRequest":{"Item":` + item + `}}` }
	del := func(key string) string { return `{"DeleteRequest":{"Key":` + key + `}}` }
	batch := func(table, rest string, writes ...string) string {
		return `{"RequestItems":{"` + table + `":[` + strings.Join(writes, ",") + `]}` + rest + `}`
	}
	var many []string
	for i := range 13 {
		many = append(many, put(fmt.Sprintf(`{"pk":{"S":"%d"}}`, i)))
	}
	check200(t, s, []golden{
		{"puts and deletes", "BatchWriteItem", batch("hash", "", put(`{"pk":{"S":"a"},"x":{"N":"1"}}`), del(`{"pk":{"S":"b"}}`)), `{"UnprocessedItems":{}}`},
		{"they are there", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}}}`, `{"Item":{"pk":{"S":"a"},"x":{"N":"1"}}}`},
		{"several tables, with what they cost", "BatchWriteItem", `{"RequestItems":{"hash":[` + put(`{"pk":{"S":"a"}}`) + `,` + put(`{"pk":{"S":"c"}}`) + `],"indexed":[` +
			put(`{"pk":{"S":"a"},"sk":{"S":"1"},"gpk":{"S":"g"}}`) + `,` + put(`{"pk":{"S":"a"},"sk":{"S":"2"}}`) + `]},"ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE"}`,
			`{"UnprocessedItems":{},"ItemCollectionMetrics":{"indexed":[{"ItemCollectionKey":{"pk":{"S":"a"}},"SizeEstimateRangeGB":[0,1]}]},` +
				`"ConsumedCapacity":[{"CapacityUnits":2,"TableName":"hash","Table":{"CapacityUnits":2}},{"CapacityUnits":3,"TableName":"indexed","Table":{"CapacityUnits":2},"GlobalSecondaryIndexes":{"gall":{"CapacityUnits":1}}}]}`},
		// Sources: paritysuite, error-messages/batchWriteItem and valueLayers.
		{"one key twice", "BatchWriteItem", batch("hash", "", put(`{"pk":{"S":"a"}}`), del(`{"pk":{"S":"a"}}`)), duplicates},
		{"no such table", "BatchWriteItem", batch("none", "", put(`{"pk":{"S":"a"}}`)), missing},
		{"key of another type", "BatchWriteItem", batch("hash", "", put(`{"pk":{"N":"5"}}`)), badKey},
		{"no key", "BatchWriteItem", batch("hash", "", put(`{"other":{"S":"x"}}`)), badKey},
		{"delete without key", "BatchWriteItem", batch("hash", "", del(`{"other":{"S":"x"}}`)), badKey},
		{"empty key", "BatchWriteItem", batch("hash", "", put(`{"pk":{"S":""}}`)), emptyPK},
		{"empty binary key", "BatchWriteItem", batch("binary", "", del(`{"pk":{"B":""}}`)), strings.Replace(emptyPK, "string", "binary", 1)},
		{"older wording of a number", "BatchWriteItem", batch("hash", "", put(`{"pk":{"S":"a"},"n":{"N":"1e2147483647"}}`)), valid + "Number underflow. Attempting to store a number with magnitude smaller than supported range"},
		{"older wording of a set", "BatchWriteItem", batch("hash", "", del(`{"pk":{"SS":["b","a","b"]}}`)), valid + inv + "Input collection [b, a, b] contains duplicates."},
		{"too large", "BatchWriteItem", batch("hash", "", put(`{"pk":{"S":"a"},"x":{"S":"`+strings.Repeat("x", 409_600)+`"}}`)), valid + "Item size has exceeded the maximum allowed size"},
		// Sources: dynalite's tests.
		{"no item", "BatchWriteItem", batch("hash", "", put(`{"pk":{"S":"a"}}`), `{"PutRequest":{}}`), one + "Value null at 'requestItems.hash.member.2.member.putRequest.item' failed to satisfy constraint: Member must not be null"},
		{"neither", "BatchWriteItem", batch("hash", "", `{}`), valid + "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
		{"both", "BatchWriteItem", batch("hash", "", `{"PutRequest":{"Item":{"pk":{"S":"a"}}},"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}`), valid + "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"},
		{"more than 25 in all", "BatchWriteItem", `{"RequestItems":{"hash":[` + strings.Join(many, ",") + `],"range":[` + strings.Join(many, ",") + `]}}`, valid + "Too many items requested for the BatchWriteItem call"},
	})
}

func TestBatchGetItemAnswers(t *testing.T) {
	s := goldenServer(t, 3, nil)
	for i := range 3 {
		ask(t, s, "PutItem", fmt.Sprintf(`{"TableName":"hash","Item":{"pk":{"S":"%d"},"x":{"N":"%d"},"y":{"S":"y"}}}`, i, i))
	}
	get := func(table, rest string, keys ...string) string {
		return `{"RequestItems":{"` + table + `":{"Keys":[` + strings.Join(keys, ",") + `]` + rest + `}}}`
	}
	k := func(pk string) string { return `{"pk":{"S":"` + pk + `"}}` }
	check200(t, s, []golden{
		{"what is there", "BatchGetItem", get("hash", `,"ProjectionExpression":"pk, x"`, k("2"), k("none"), k("0")),
			`{"Responses":{"hash":[{"pk":{"S":"2"},"x":{"N":"2"}},{"pk":{"S":"0"},"x":{"N":"0"}}]},"UnprocessedKeys":{}}`},
		{"several tables, with what they cost", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[` + k("1") + `,` + k("none") + `],"AttributesToGet":["x"]},"range":{"Keys":[{"pk":{"S":"a"},"sk":{"S":"b"}}],"ConsistentRead":true}},"ReturnConsumedCapacity":"TOTAL"}`,
			`{"Responses":{"hash":[{"x":{"N":"1"}}],"range":[]},"UnprocessedKeys":{},"ConsumedCapacity":[{"CapacityUnits":1,"TableName":"hash"},{"CapacityUnits":1,"TableName":"range"}]}`},
		// Sources: paritysuite, error-messages/batchGetItem and valueLayers.
		{"one key twice", "BatchGetItem", get("hash", "", k("a"), k("a")), duplicates},
		{"no such table", "BatchGetItem", get("none", "", k("a")), missing},
		{"mixed", "BatchGetItem", get("hash", `,"AttributesToGet":["pk"],"ProjectionExpression":"pk"`, k("a")),
			valid + "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"},
		{"mixed over tables", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[` + k("a") + `],"ProjectionExpression":"pk"},"range":{"Keys":[{"pk":{"S":"a"},"sk":{"S":"b"}}],"AttributesToGet":["pk"]}}}`,
			valid + "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"},
		{"empty binary key", "BatchGetItem", get("binary", "", `{"pk":{"B":""}}`), strings.Replace(emptyPK, "string", "binary", 1)},
		{"overlap", "BatchGetItem", get("hash", `,"ProjectionExpression":"a, a.b"`, k("a")),
			valid + "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]"},
		{"a repeated element", "BatchGetItem", get("hash", "", `{"pk":{"SS":["b","a","b"]}}`), valid + inv + `Input collection ["a", "b", "b"] contains duplicates.`},
		{"half a key", "BatchGetItem", get("range", "", k("a")), badKey},
	})
}

func TestABatchAnswersUpTo16MegabytesAndGivesTheRestBack(t *testing.T) {
	s := goldenServer(t, 1, nil)
	var keys []string
	for i := range 45 {
		ask(t, s, "PutItem", fmt.Sprintf(`{"TableName":"hash","Item":{"pk":{"S":"%02d"},"x":{"S":"%s"}}}`, i, strings.Repeat("x", 400_000)))
		keys = append(keys, fmt.Sprintf(`{"pk":{"S":"%02d"}}`, i))
	}
	var got struct {
		Responses       map[string][]json.RawMessage
		UnprocessedKeys map[string]json.RawMessage
	}
	answer := ask(t, s, "BatchGetItem", `{"RequestItems":{"hash":{"ConsistentRead":true,"Keys":[`+strings.Join(keys, ",")+`]}}}`)
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		t.Fatal(abridge(answer))
	}
	if n := len(got.Responses["hash"]); n != 41 {
		t.Errorf("%d items of 400,006 bytes, want as many as fit in 16 MB", n)
	}
	if want := `{"ConsistentRead":true,"Keys":[` + strings.Join(keys[41:], ",") + `]}`; compare(want, string(got.UnprocessedKeys["hash"])) != "" {
		t.Errorf("left: %s", got.UnprocessedKeys["hash"])
	}
}

// held is a Data in which a transaction holds the items whose keys end in "x".
type held struct{ Data }

func (h held) Do(ctx context.Context, c *command.Command) (*command.Outcome, error) {
	if strings.HasSuffix(string(c.Key), "x\x00\x01") {
		return &command.Outcome{Fault: fault.Transacted()}, nil
	}
	return h.Data.Do(ctx, c)
}

func TestWritesThatMeetATransaction(t *testing.T) {
	s := goldenServer(t, 1, func(o *Options) { o.Data = held{o.Data} })
	check200(t, s, []golden{
		{"alone", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"x"}}}`, "TransactionConflictException: Transaction is ongoing for the item"},
		{"in a batch", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"x"}}}}]},"ReturnConsumedCapacity":"TOTAL"}`,
			`{"UnprocessedItems":{"hash":[{"DeleteRequest":{"Key":{"pk":{"S":"x"}}}}]},"ConsumedCapacity":[{"CapacityUnits":1,"TableName":"hash"}]}`},
	})
}

func TestProvisionedTablesAreThrottled(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	s := goldenServer(t, 1, func(o *Options) {
		o.Limits = throttle.New(throttle.Options{Tables: true, Clock: func() time.Time { return now }})
		for _, name := range []string{"hash", "indexed"} {
			_, err := o.Registry.Update(context.Background(), name, func(table *catalog.Table) error {
				table.OnDemandBilling = false
				table.Throughput = catalog.Throughput{Read: 1, Write: 1}
				for i := range table.Global {
					table.Global[i].Throughput = catalog.Throughput{Read: 1, Write: 1}
				}
				if name == "indexed" {
					table.Throughput.Write = 1000
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	refused := func(kind, limit string) string {
		const more = "Consider increasing your provisioning level "
		if kind == "index" {
			return "ProvisionedThroughputExceededException: The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. " + more + "for the under-provisioned global secondary indexes with the UpdateTable API"
		}
		return "ProvisionedThroughputExceededException: The level of configured provisioned throughput for the table was exceeded. " + more + "with the UpdateTable API."
	}
	large := strings.Repeat("x", 310<<10)
	check200(t, s, []golden{
		{"a write larger than the burst", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"x":{"S":"` + large + `"}}}`, `{}`},
		{"has used it up", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"b"}}}`, refused("table", "write")},
		{"a whole batch", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}}]}}`, refused("table", "write")},
		{"a part of a batch", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}}],"range":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}}]}}`,
			`{"UnprocessedItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}}]}}`},
		{"reads go on", "Scan", `{"TableName":"hash","Select":"COUNT"}`, `{"Count":1,"ScannedCount":1}`},
		{"an index", "PutItem", `{"TableName":"indexed","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"gpk":{"S":"g"},"x":{"S":"` + large + `"}}}`, `{}`},
		{"holds back the writes that reach it", "PutItem", `{"TableName":"indexed","Item":{"pk":{"S":"a"},"sk":{"S":"c"},"gpk":{"S":"g"}}}`, refused("index", "write")},
		{"and no others", "PutItem", `{"TableName":"indexed","Item":{"pk":{"S":"a"},"sk":{"S":"c"}}}`, `{}`},
	})
}
