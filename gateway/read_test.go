package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const startInvalid = valid + "The provided starting key is invalid"

// q is a Query on a table by a key condition.
func q(table, condition, values, rest string) string {
	out := `{"TableName":"` + table + `","KeyConditionExpression":"` + condition + `","ExpressionAttributeValues":{` + values + `}`
	if rest != "" {
		out += "," + rest
	}
	return out + "}"
}

func TestQueryAnswers(t *testing.T) {
	for _, partitions := range []int{1, 3} {
		s := goldenServer(t, partitions, nil)
		for i := range 6 {
			ask(t, s, "PutItem", fmt.Sprintf(`{"TableName":"numbers","Item":{"pk":{"S":"a"},"sk":{"N":"%d"},"even":{"BOOL":%v}}}`, i*5-10, i%2 == 0))
		}
		ask(t, s, "PutItem", `{"TableName":"numbers","Item":{"pk":{"S":"b"},"sk":{"N":"0"}}}`)
		row := func(n int) string { return fmt.Sprintf(`{"pk":{"S":"a"},"sk":{"N":"%d"}}`, n) }
		list := func(count, scanned int, rows ...string) string {
			return fmt.Sprintf(`{"Items":[%s],"Count":%d,"ScannedCount":%d}`, strings.Join(rows, ","), count, scanned)
		}
		p := `":p":{"S":"a"}`
		only := `"ProjectionExpression":"pk,sk"`
		check200(t, s, []golden{
			{"all, in the order of numbers", "Query", q("numbers", "pk = :p", p, only), list(6, 6, row(-10), row(-5), row(0), row(5), row(10), row(15))},
			{"backwards", "Query", q("numbers", "pk = :p", p, only+`,"ScanIndexForward":false,"Limit":2`),
				`{"Items":[` + row(15) + `,` + row(10) + `],"Count":2,"ScannedCount":2,"LastEvaluatedKey":` + row(10) + `}`},
			{"on, backwards", "Query", q("numbers", "pk = :p", p, only+`,"ScanIndexForward":false,"ExclusiveStartKey":`+row(10)), list(4, 4, row(5), row(0), row(-5), row(-10))},
			{"on", "Query", q("numbers", "pk = :p", p, only+`,"ExclusiveStartKey":`+row(5)), list(2, 2, row(10), row(15))},
			{"on from a key that is not there", "Query", q("numbers", "pk = :p", p, only+`,"ExclusiveStartKey":`+row(7)), list(2, 2, row(10), row(15))},
			{"one", "Query", q("numbers", "pk = :p AND sk = :s", p+`,":s":{"N":"5.0"}`, only), list(1, 1, row(5))},
			{"less", "Query", q("numbers", "pk = :p AND sk < :s", p+`,":s":{"N":"-5"}`, only), list(1, 1, row(-10))},
			{"at most", "Query", q("numbers", "sk <= :s AND pk = :p", p+`,":s":{"N":"-5"}`, only), list(2, 2, row(-10), row(-5))},
			{"more", "Query", q("numbers", "pk = :p AND sk > :s", p+`,":s":{"N":"10"}`, only), list(1, 1, row(15))},
			{"at least, the value first", "Query", q("numbers", "pk = :p AND :s <= sk", p+`,":s":{"N":"10"}`, only), list(2, 2, row(10), row(15))},
			{"between", "Query", q("numbers", "pk = :p AND sk BETWEEN :s AND :t", p+`,":s":{"N":"-7"},":t":{"N":"5"}`, only), list(3, 3, row(-5), row(0), row(5))},
			{"none", "Query", q("numbers", "pk = :p", `":p":{"S":"none"}`, `"ReturnConsumedCapacity":"TOTAL"`), `{"Items":[],"Count":0,"ScannedCount":0,"ConsumedCapacity":{"CapacityUnits":0.5,"TableName":"numbers"}}`},
			{"limit before the filter", "Query", q("numbers", "pk = :p", p+`,":t":{"BOOL":true}`, only+`,"FilterExpression":"even = :t","Limit":3`),
				`{"Items":[` + row(-10) + `,` + row(0) + `],"Count":2,"ScannedCount":3,"LastEvaluatedKey":` + row(0) + `}`},
			{"a limit that is the end", "Query", q("numbers", "pk = :p AND sk > :s", p+`,":s":{"N":"10"}`, only+`,"Limit":1`),
				`{"Items":[` + row(15) + `],"Count":1,"ScannedCount":1,"LastEvaluatedKey":` + row(15) + `}`},
			{"counted", "Query", q("numbers", "pk = :p", p+`,":t":{"BOOL":true}`, `"Select":"COUNT","FilterExpression":"even = :t"`), `{"Count":3,"ScannedCount":6}`},
			{"older parameters", "Query", `{"TableName":"numbers","AttributesToGet":["pk","sk"],"KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]},"sk":{"ComparisonOperator":"GE","AttributeValueList":[{"N":"10"}]}},"QueryFilter":{"even":{"ComparisonOperator":"EQ","AttributeValueList":[{"BOOL":true}]}}}`,
				list(1, 2, row(10))},
			{"strong", "Query", q("numbers", "pk = :p", p, `"Select":"COUNT","ConsistentRead":true,"ReturnConsumedCapacity":"INDEXES"`),
				`{"Count":6,"ScannedCount":6,"ConsumedCapacity":{"CapacityUnits":1.0,"TableName":"numbers","Table":{"CapacityUnits":1.0}}}`},
		})
	}
}

// Sources: nubo-db and paritysuite, error-messages/query, queryKeyCondition-
// Operands, select and indexReads; the starting keys are dynalite's tests.
func TestQueryRefusals(t *testing.T) {
	s := goldenServer(t, 1, nil)
	p := `":p":{"S":"a"}`
	schema := valid + inv + "Condition parameter type does not match schema type"
	check200(t, s, []golden{
		{"no such table", "Query", q("none", "pk = :p", p, ""), missing},
		{"no conditions", "Query", `{"TableName":"range"}`, valid + "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."},
		{"empty", "Query", q("range", "", p, ""), valid + "Invalid KeyConditionExpression: The expression can not be empty;"},
		{"no hash", "Query", q("range", "sk = :p", p, ""), valid + "Query condition missed key schema element: pk"},
		{"another attribute", "Query", q("range", "attr1 = :p", p, ""), valid + "Query condition missed key schema element: pk"},
		{"no range", "Query", q("range", "pk = :p AND c = :p", p, ""), valid + "Query condition missed key schema element: sk"},
		{"too many", "Query", q("numbers", "pk = :p AND sk > :a AND extra = :b", p+`,":a":{"N":"1"},":b":{"N":"5"}`, ""), valid + "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"},
		{"hash not equal", "Query", q("hash", "pk > :p", p, ""), valid + "Query key condition not supported"},
		{"hash of another type", "Query", q("hash", "pk > :p", `":p":{"N":"1"}`, ""), schema},
		{"range of another type", "Query", q("numbers", "pk = :p AND sk = :s", p+`,":s":{"BOOL":true}`, ""), schema},
		{"begins_with on a number", "Query", q("numbers", "pk = :p AND begins_with(sk, :s)", p+`,":s":{"S":"a"}`, ""), schema},
		{"operand type", "Query", q("none", "pk = :p AND begins_with(sk, :s)", p+`,":s":{"N":"1"}`, ""), valid + "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
		{"empty hash", "Query", q("range", "pk = :p", `":p":{"S":""}`, ""), emptyPK},
		{"unused", "Query", q("range", "pk = :p", p, `"ExpressionAttributeNames":{"#unused":"x"}`), valid + "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}"},
		{"undefined", "Query", q("range", "pk = :p", p, `"FilterExpression":"#missing = :p"`), valid + "Invalid FilterExpression: An expression attribute name used in the document path is not defined; attribute name: #missing"},
		{"filter on the key", "Query", q("range", "pk = :p", p, `"FilterExpression":"sk = :p"`), valid + "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"},
		{"a bad number in the filter", "Query", q("hash", "pk = :p", p+`,":v":{"N":"abc"}`, `"FilterExpression":"n = :v"`), valid + "The parameter cannot be converted to a numeric value: abc"},
		{"specific without attributes", "Query", q("range", "pk = :p", p, `"Select":"SPECIFIC_ATTRIBUTES"`), valid + "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"},
		{"all with a projection", "Query", q("range", "pk = :p", p, `"Select":"ALL_ATTRIBUTES","ProjectionExpression":"sk"`), valid + "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"},
		{"count with a projection", "Query", q("range", "pk = :p", p, `"Select":"COUNT","ProjectionExpression":"sk"`), valid + "Cannot specify the ProjectionExpression when choosing to get only the Count"},
		{"projected without an index", "Query", q("range", "pk = :p", p, `"Select":"ALL_PROJECTED_ATTRIBUTES"`), valid + "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
		{"no such index", "Query", q("range", "pk = :p", p, `"IndexName":"nope"`), valid + "The table does not have the specified index: nope"},
		{"strong on a global index", "Query", q("indexed", "gpk = :p", p, `"IndexName":"gall","ConsistentRead":true`), valid + "Consistent reads are not supported on global secondary indexes"},
		{"all of a narrow index", "Query", q("indexed", "gpk = :p", p, `"IndexName":"ginc","Select":"ALL_ATTRIBUTES"`), valid + inv + "Select type ALL_ATTRIBUTES is not supported for global secondary index ginc because its projection type is not ALL"},
		{"more than a narrow index has", "Query", q("indexed", "gpk = :p", p, `"IndexName":"ginc","ProjectionExpression":"pk,proj,x,y"`), valid + inv + "Global secondary index ginc does not project [x, y]"},
		{"a path into a key", "Query", q("range", "pk = :p", p, `"ProjectionExpression":"sk.x"`), valid + "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: sk"},

		{"start key too short", "Query", q("range", "pk = :p", p, `"ExclusiveStartKey":{"pk":{"S":"a"}}`), startInvalid},
		{"start key of an index without the table's", "Query", q("indexed", "gpk = :p", p, `"IndexName":"gall","ExclusiveStartKey":{"gpk":{"S":"a"}}`), startInvalid},
		{"start key with other attributes", "Query", q("range", "pk = :p", p, `"ExclusiveStartKey":{"pk":{"S":"a"},"x":{"S":"a"}}`), startInvalid},
		{"start key of another type", "Query", q("range", "pk = :p", p, `"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"N":"1"}}`), badKey},
		{"start key of an index, table's part of another type", "Query", q("indexed", "gpk = :p", p, `"IndexName":"gall","ExclusiveStartKey":{"gpk":{"S":"a"},"pk":{"S":"a"},"sk":{"N":"1"}}`), startInvalid + ": The provided key element does not match the schema"},
		{"start key of another hash", "Query", q("range", "pk = :p", p, `"ExclusiveStartKey":{"pk":{"S":"b"},"sk":{"S":"a"}}`), valid + "The provided starting key is outside query boundaries based on provided conditions"},
		{"start key outside the range", "Query", q("range", "pk = :p AND sk > :s", p+`,":s":{"S":"a"}`, `"ExclusiveStartKey":{"pk":{"S":"b"},"sk":{"S":"a"}}`), valid + "The provided starting key does not match the range key predicate"},
		{"start key of another hash in the range", "Query", q("range", "pk = :p AND sk > :s", p+`,":s":{"S":"a"}`, `"ExclusiveStartKey":{"pk":{"S":"b"},"sk":{"S":"b"}}`), valid + "The query can return at most one row and cannot be restarted"},
		{"start key with a repeated element", "Query", q("hash", "pk = :p", p, `"ExclusiveStartKey":{"pk":{"SS":["b","a","b"]}}`), valid + inv + `Input collection ["a", "b", "b"] contains duplicates.`},
	})
}

func TestLocalIndexReads(t *testing.T) {
	s := goldenServer(t, 1, nil)
	for i, lsk := range []string{"c", "a", "b", ""} {
		item := fmt.Sprintf(`{"pk":{"S":"a"},"sk":{"S":"%d"},"x":{"S":"x%d"}`, i, i)
		if lsk != "" {
			item += `,"lsk":{"S":"` + lsk + `"},"num":{"N":"` + fmt.Sprint(-i) + `"}`
		}
		ask(t, s, "PutItem", `{"TableName":"indexed","Item":`+item+`}}`)
	}
	p := `":p":{"S":"a"}`
	check200(t, s, []golden{
		{"whole items in the index's order", "Query", q("indexed", "pk = :p", p, `"IndexName":"lall"`),
			`{"Items":[{"pk":{"S":"a"},"sk":{"S":"1"},"x":{"S":"x1"},"lsk":{"S":"a"},"num":{"N":"-1"}},{"pk":{"S":"a"},"sk":{"S":"2"},"x":{"S":"x2"},"lsk":{"S":"b"},"num":{"N":"-2"}},{"pk":{"S":"a"},"sk":{"S":"0"},"x":{"S":"x0"},"lsk":{"S":"c"},"num":{"N":"0"}}],"Count":3,"ScannedCount":3}`},
		{"what is projected", "Query", q("indexed", "pk = :p AND num < :n", p+`,":n":{"N":"0"}`, `"IndexName":"lkeys","ReturnConsumedCapacity":"INDEXES"`),
			`{"Items":[{"pk":{"S":"a"},"sk":{"S":"2"},"num":{"N":"-2"}},{"pk":{"S":"a"},"sk":{"S":"1"},"num":{"N":"-1"}}],"Count":2,"ScannedCount":2,"ConsumedCapacity":{"CapacityUnits":0.5,"TableName":"indexed","Table":{"CapacityUnits":0.0},"LocalSecondaryIndexes":{"lkeys":{"CapacityUnits":0.5}}}}`},
		{"what is not, is fetched", "Query", q("indexed", "pk = :p", p, `"IndexName":"lkeys","ProjectionExpression":"x","Limit":2,"ConsistentRead":true,"ReturnConsumedCapacity":"INDEXES"`),
			`{"Items":[{"x":{"S":"x2"}},{"x":{"S":"x1"}}],"Count":2,"ScannedCount":2,"LastEvaluatedKey":{"pk":{"S":"a"},"sk":{"S":"1"},"num":{"N":"-1"}},"ConsumedCapacity":{"CapacityUnits":3.0,"TableName":"indexed","Table":{"CapacityUnits":2.0},"LocalSecondaryIndexes":{"lkeys":{"CapacityUnits":1.0}}}}`},
		{"on from there", "Query", q("indexed", "pk = :p", p, `"IndexName":"lkeys","ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"S":"1"},"num":{"N":"-1"}}`),
			`{"Items":[{"pk":{"S":"a"},"sk":{"S":"0"},"num":{"N":"0"}}],"Count":1,"ScannedCount":1}`},
		{"fetched for the filter alone", "Query", q("indexed", "pk = :p", p+`,":x":{"S":"x1"}`, `"IndexName":"lkeys","FilterExpression":"x = :x"`),
			`{"Items":[{"pk":{"S":"a"},"sk":{"S":"1"},"num":{"N":"-1"}}],"Count":1,"ScannedCount":3}`},
		{"everything", "Query", q("indexed", "pk = :p AND num = :n", p+`,":n":{"N":"0"}`, `"IndexName":"lkeys","Select":"ALL_ATTRIBUTES"`),
			`{"Items":[{"pk":{"S":"a"},"sk":{"S":"0"},"x":{"S":"x0"},"lsk":{"S":"c"},"num":{"N":"0"}}],"Count":1,"ScannedCount":1}`},
		{"counted without fetching", "Query", q("indexed", "pk = :p", p, `"IndexName":"lkeys","Select":"COUNT","ReturnConsumedCapacity":"TOTAL"`),
			`{"Count":3,"ScannedCount":3,"ConsumedCapacity":{"CapacityUnits":0.5,"TableName":"indexed"}}`},
		{"a scan of it", "Scan", `{"TableName":"indexed","IndexName":"lkeys","Limit":1}`,
			`{"Items":[{"pk":{"S":"a"},"sk":{"S":"2"},"num":{"N":"-2"}}],"Count":1,"ScannedCount":1,"LastEvaluatedKey":{"pk":{"S":"a"},"sk":{"S":"2"},"num":{"N":"-2"}}}`},
	})
}

func TestGlobalIndexReads(t *testing.T) {
	for _, partitions := range []int{1, 4} {
		s := goldenServer(t, partitions, nil)
		for i := range 4 {
			ask(t, s, "PutItem", fmt.Sprintf(`{"TableName":"indexed","Item":{"pk":{"S":"p%d"},"sk":{"S":"s"},"gpk":{"S":"g"},"num":{"N":"%d"},"proj":{"S":"q%d"},"x":{"S":"x"}}}`, i, i, i))
		}
		ask(t, s, "PutItem", `{"TableName":"indexed","Item":{"pk":{"S":"sparse"},"sk":{"S":"s"},"gpk":{"S":"g"}}}`)
		entry := func(i int) string {
			return fmt.Sprintf(`{"pk":{"S":"p%d"},"sk":{"S":"s"},"gpk":{"S":"g"},"num":{"N":"%d"},"proj":{"S":"q%d"}}`, i, i, i)
		}
		position := func(i int) string {
			return fmt.Sprintf(`{"pk":{"S":"p%d"},"sk":{"S":"s"},"gpk":{"S":"g"},"num":{"N":"%d"}}`, i, i)
		}
		g := `":g":{"S":"g"}`
		all := ask(t, s, "Query", q("indexed", "gpk = :g", g, `"IndexName":"ginc","ReturnConsumedCapacity":"INDEXES"`))
		var page struct {
			Items            []json.RawMessage
			Count            int
			ConsumedCapacity json.RawMessage
		}
		if err := json.Unmarshal([]byte(all), &page); err != nil || page.Count != 4 {
			t.Fatalf("%s", all)
		}
		if want := `{"CapacityUnits":0.5,"TableName":"indexed","Table":{"CapacityUnits":0.0},"GlobalSecondaryIndexes":{"ginc":{"CapacityUnits":0.5}}}`; compare(want, string(page.ConsumedCapacity)) != "" {
			t.Errorf("%s", page.ConsumedCapacity)
		}
		check200(t, s, []golden{
			{"a range of it", "Query", q("indexed", "gpk = :g AND num > :n", g+`,":n":{"N":"1"}`, `"IndexName":"ginc","Limit":1,"ScanIndexForward":false`),
				`{"Items":[` + entry(3) + `],"Count":1,"ScannedCount":1,"LastEvaluatedKey":` + position(3) + `}`},
			{"on from there", "Query", q("indexed", "gpk = :g AND num > :n", g+`,":n":{"N":"1"}`, `"IndexName":"ginc","Limit":1,"ScanIndexForward":false,"ExclusiveStartKey":`+position(3)),
				`{"Items":[` + entry(2) + `],"Count":1,"ScannedCount":1,"LastEvaluatedKey":` + position(2) + `}`},
			{"a scan", "Scan", `{"TableName":"indexed","IndexName":"ginc","Select":"COUNT"}`, `{"Count":4,"ScannedCount":4}`},
			{"the other index has the sparse one too", "Scan", `{"TableName":"indexed","IndexName":"gall","Select":"COUNT"}`, `{"Count":5,"ScannedCount":5}`},
		})
	}
}

// Source: paritysuite, query/multiAttributeGsiKey.
func TestMultiAttributeKeys(t *testing.T) {
	s := goldenServer(t, 1, nil)
	for _, v := range [][5]string{{"p1", "T", "live", "b", "r1"}, {"p2", "T", "live", "a", "r2"}, {"p3", "T", "live", "a", "r1"},
		{"p4", "T", "draft", "c", "r1"}, {"p5", "F", "live", "a", "r0"}} {
		ask(t, s, "PutItem", fmt.Sprintf(`{"TableName":"many","Item":{"h":{"S":"o1"},"pk":{"S":"%s"},"a":{"S":"%s"},"b":{"S":"%s"},"c":{"S":"%s"},"d":{"S":"%s"}}}`, v[0], v[1], v[2], v[3], v[4]))
	}
	ask(t, s, "PutItem", `{"TableName":"many","Item":{"h":{"S":"o1"},"pk":{"S":"p6"},"a":{"S":"T"},"b":{"S":"live"},"d":{"S":"r1"}}}`)
	values := map[string]string{":h": "o1", ":a": "T", ":b": "live", ":c": "a", ":d": "r", ":x": "r1", ":y": "r1"}
	query := func(condition, rest string) string {
		var used []string
		for name, v := range values {
			if strings.Contains(condition, name) {
				used = append(used, `"`+name+`":{"S":"`+v+`"}`)
			}
		}
		return q("many", condition, strings.Join(used, ","), `"IndexName":"multi","ProjectionExpression":"pk"`+rest)
	}
	pks := func(names ...string) string {
		rows := make([]string, len(names))
		for i, n := range names {
			rows[i] = `{"pk":{"S":"` + n + `"}}`
		}
		return fmt.Sprintf(`{"Items":[%s],"Count":%d,"ScannedCount":%d}`, strings.Join(rows, ","), len(rows), len(rows))
	}
	gap := func(missing, name string) string {
		return valid + "RANGE key attributes " + missing + " must have equality conditions specified in the query because a condition is present on key attribute " + name
	}
	check200(t, s, []golden{
		{"hash", "Query", query("h = :h", ""), pks("p5", "p4", "p3", "p2", "p1")},
		{"one", "Query", query("h = :h AND a = :a", ""), pks("p4", "p3", "p2", "p1")},
		{"backwards", "Query", query("h = :h AND a = :a", `,"ScanIndexForward":false`), pks("p1", "p2", "p3", "p4")},
		{"three", "Query", query("h = :h AND a = :a AND b = :b AND c = :c", ""), pks("p3", "p2")},
		{"a range on the last", "Query", query("h = :h AND a = :a AND b = :b AND c > :c", ""), pks("p1")},
		{"begins_with", "Query", query("h = :h AND a = :a AND b = :b AND c = :c AND begins_with(d, :d)", ""), pks("p3", "p2")},
		{"between", "Query", query("h = :h AND a = :a AND b = :b AND c = :c AND d BETWEEN :x AND :y", ""), pks("p3")},
		{"a range on the second", "Query", query("h = :h AND a = :a AND b < :b", ""), pks("p4")},
		{"any order", "Query", query("b = :b AND h = :h AND a = :a", ""), pks("p3", "p2", "p1")},
		{"a page", "Query", query("h = :h AND a = :a", `,"Limit":2`), `{"Items":[{"pk":{"S":"p4"}},{"pk":{"S":"p3"}}],"Count":2,"ScannedCount":2,"LastEvaluatedKey":{"pk":{"S":"p3"},"h":{"S":"o1"},"a":{"S":"T"},"b":{"S":"live"},"c":{"S":"a"},"d":{"S":"r1"}}}`},
		{"a gap", "Query", query("h = :h AND a = :a AND c = :c", ""), gap("b", "c")},
		{"a range before the last", "Query", query("h = :h AND a = :a AND b > :b AND c = :c", ""), gap("b", "c")},
		{"the first one skipped", "Query", query("h = :h AND b = :b", ""), gap("a", "b")},
	})
}

func TestScanWalksEveryPartitionOnce(t *testing.T) {
	const items = 60
	for _, partitions := range []int{1, 5} {
		s := goldenServer(t, partitions, nil)
		for i := range items {
			ask(t, s, "PutItem", fmt.Sprintf(`{"TableName":"hash","Item":{"pk":{"S":"%d"}}}`, i))
		}
		for _, segments := range []int{1, 2, 7} {
			for _, limit := range []int{0, 1, 13} {
				seen := map[string]int{}
				for segment := range segments {
					walkScan(t, func(start string) string {
						request := fmt.Sprintf(`{"TableName":"hash","Segment":%d,"TotalSegments":%d`, segment, segments)
						if limit > 0 {
							request += fmt.Sprintf(`,"Limit":%d`, limit)
						}
						return ask(t, s, "Scan", request+start+"}")
					}, seen)
				}
				for i := range items {
					if n := seen[fmt.Sprint(i)]; n != 1 {
						t.Errorf("%d partitions, %d segments, limit %d: item %d was seen %d times", partitions, segments, limit, i, n)
					}
				}
			}
		}
	}
}

// walkScan follows LastEvaluatedKey to the end and counts the items it sees.
func walkScan(t *testing.T, page func(start string) string, seen map[string]int) {
	t.Helper()
	for start := ""; ; {
		var p struct {
			Items            []map[string]map[string]string
			LastEvaluatedKey json.RawMessage
		}
		got := page(start)
		if err := json.Unmarshal([]byte(got), &p); err != nil {
			t.Fatal(got)
		}
		for _, item := range p.Items {
			seen[item["pk"]["S"]]++
		}
		if p.LastEvaluatedKey == nil {
			return
		}
		start = `,"ExclusiveStartKey":` + string(p.LastEvaluatedKey)
	}
}

func TestScanRefusals(t *testing.T) {
	s := goldenServer(t, 1, nil)
	scan := func(rest string) string { return `{"TableName":"hash",` + rest + `}` }
	check200(t, s, []golden{
		// Source: nubo-db, error-messages/scan.
		{"segment alone", "Scan", scan(`"Segment":0`), valid + "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"},
		{"total alone", "Scan", scan(`"TotalSegments":4`), valid + "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"},
		{"segment too high", "Scan", scan(`"Segment":5,"TotalSegments":5`), valid + "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 5 is not less than TotalSegments: 5"},
		{"no such table", "Scan", `{"TableName":"none"}`, missing},
		{"older wording of a value", "Scan", scan(`"FilterExpression":"n = :v","ExpressionAttributeValues":{":v":{"N":""}}`), valid + "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value for key :v"},
		{"operator of one", "Scan", scan(`"ScanFilter":{"a":{"ComparisonOperator":"NULL"}},"ConditionalOperator":"AND"`), valid + "ConditionalOperator can only be used when Filter or Expected has two or more elements"},
		// Sources: dynalite's tests.
		{"values alone", "Scan", scan(`"ExpressionAttributeValues":{":v":{"N":"1"}}`), valid + "ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null"},
		{"start key of another type", "Scan", scan(`"ExclusiveStartKey":{"pk":{"N":"1"}}`), startInvalid + ": The provided key element does not match the schema"},
		{"start key too long", "Scan", scan(`"ExclusiveStartKey":{"pk":{"S":"1"},"x":{"S":"1"}}`), startInvalid + ": The provided key element does not match the schema"},
		{"start key of another segment", "Scan", scan(`"Segment":1,"TotalSegments":2,"ExclusiveStartKey":{"pk":{"S":"3"}}`), startInvalid + ": Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1"},
	})
}

func TestAPageEndsAtOneMegabyteBeforeTheFilter(t *testing.T) {
	s := goldenServer(t, 1, nil)
	for i := range 5 {
		ask(t, s, "PutItem", fmt.Sprintf(`{"TableName":"range","Item":{"pk":{"S":"a"},"sk":{"S":"%d"},"x":{"S":"%s"}}}`, i, strings.Repeat("x", 300_000)))
	}
	p := `":p":{"S":"a"}`
	check200(t, s, []golden{
		{"the item that reaches it is the last", "Query", q("range", "pk = :p", p, `"Select":"COUNT","ReturnConsumedCapacity":"TOTAL"`),
			`{"Count":4,"ScannedCount":4,"LastEvaluatedKey":{"pk":{"S":"a"},"sk":{"S":"3"}},"ConsumedCapacity":{"CapacityUnits":146.5,"TableName":"range"}}`},
		{"whatever the filter leaves", "Scan", `{"TableName":"range","FilterExpression":"attribute_not_exists(x)"}`,
			`{"Items":[],"Count":0,"ScannedCount":4,"LastEvaluatedKey":{"pk":{"S":"a"},"sk":{"S":"3"}}}`},
		{"the rest", "Query", q("range", "pk = :p", p, `"Select":"COUNT","ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"S":"3"}}`), `{"Count":1,"ScannedCount":1}`},
	})
}
