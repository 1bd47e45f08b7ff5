// Package parity holds a real node against the gateway over memory: the same
// random requests, pages, restarts and partitions, and every answer equal.
package parity

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// table is a random table, as CreateTable asks for it.
type table struct {
	name        string
	ranged      bool
	local, wide int // numbers of local and of global indexes
}

// The attributes that keys and indexes are made of: few names with few values,
// so that requests meet.
var attributes = []string{"pk", "sk", "x", "y", "z"}

// create is the CreateTable request. Local indexes are by x, then y; global
// ones by y and z, by z alone, by x and sk.
func (t table) create() string {
	used := map[string]string{"pk": "S"}
	element := func(name, role string) string {
		return fmt.Sprintf(`{"AttributeName":"%s","KeyType":"%s"}`, name, role)
	}
	schema := []string{element("pk", "HASH")}
	if t.ranged {
		schema = append(schema, element("sk", "RANGE"))
		used["sk"] = "N"
	}
	var local, global []string
	projections := []string{`{"ProjectionType":"ALL"}`, `{"ProjectionType":"KEYS_ONLY"}`, `{"ProjectionType":"INCLUDE","NonKeyAttributes":["v"]}`}
	for i := range t.local {
		by := []string{"x", "y"}[i]
		used[by] = kindOf(by)
		local = append(local, fmt.Sprintf(`{"IndexName":"local%d","KeySchema":[%s,%s],"Projection":%s}`, i, element("pk", "HASH"), element(by, "RANGE"), projections[(i+1)%3]))
	}
	for i := range t.wide {
		keys := [][]string{{"y", "z"}, {"z"}, {"x", "y"}}[i]
		var parts []string
		for j, name := range keys {
			used[name] = kindOf(name)
			parts = append(parts, element(name, []string{"HASH", "RANGE"}[j]))
		}
		global = append(global, fmt.Sprintf(`{"IndexName":"global%d","KeySchema":[%s],"Projection":%s}`, i, strings.Join(parts, ","), projections[i%3]))
	}
	var definitions []string
	for _, name := range attributes {
		if kind, ok := used[name]; ok {
			definitions = append(definitions, fmt.Sprintf(`{"AttributeName":"%s","AttributeType":"%s"}`, name, kind))
		}
	}
	out := fmt.Sprintf(`{"TableName":"%s","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[%s],"KeySchema":[%s]`,
		t.name, strings.Join(definitions, ","), strings.Join(schema, ","))
	if local != nil {
		out += `,"LocalSecondaryIndexes":[` + strings.Join(local, ",") + `]`
	}
	if global != nil {
		out += `,"GlobalSecondaryIndexes":[` + strings.Join(global, ",") + `]`
	}
	return out + "}"
}

func kindOf(name string) string {
	if name == "sk" || name == "y" {
		return "N"
	}
	return "S"
}

var (
	texts   = rapid.SampledFrom([]string{"a", "b", "é", "a\\u0000", "zz"})
	numbers = rapid.SampledFrom([]string{"0", "-1", "1.0", "1e2", "-0.5", "12345678901234567890"})
	maybe   = rapid.Bool()
)

func drawValue(t *rapid.T, name string) string {
	if kindOf(name) == "N" {
		return `{"N":"` + numbers.Draw(t, name) + `"}`
	}
	return `{"S":"` + texts.Draw(t, name) + `"}`
}

func (t table) drawKey(r *rapid.T) string {
	key := `{"pk":` + drawValue(r, "pk")
	if t.ranged {
		key += `,"sk":` + drawValue(r, "sk")
	}
	return key + "}"
}

// drawItem is an item with some of the index keys, and now and then a value of
// a type that its index does not take.
func (t table) drawItem(r *rapid.T) string {
	out := strings.TrimSuffix(t.drawKey(r), "}")
	for _, name := range []string{"x", "y", "z"} {
		switch rapid.IntRange(0, 11).Draw(r, name+" is there") {
		case 0, 1, 2:
		case 3:
			out += `,"` + name + `":{"L":[{"BOOL":true}]}`
		default:
			out += `,"` + name + `":` + drawValue(r, name)
		}
	}
	if maybe.Draw(r, "v is there") {
		out += `,"v":{"N":"` + numbers.Draw(r, "v") + `"}`
	}
	if maybe.Draw(r, "m is there") {
		out += `,"m":{"M":{"p":{"S":"` + strings.Repeat("q", rapid.IntRange(0, 3000).Draw(r, "size")) + `"},"l":{"L":[{"N":"1"},{"SS":["a","b"]}]}}}`
	}
	return out + "}"
}

// step is one request of a history.
type step struct {
	op, body string
	// late says that the answer may lag: it is of a global index.
	late bool
}

// draw makes a random request on the table.
func (t table) draw(r *rapid.T) step {
	tail := rapid.SampledFrom([]string{"", `,"ReturnConsumedCapacity":"INDEXES"`, `,"ReturnConsumedCapacity":"TOTAL"`}).Draw(r, "tail")
	head := `{"TableName":"` + t.name + `"`
	switch rapid.IntRange(0, 13).Draw(r, "kind") {
	case 0, 1, 2:
		return step{op: "PutItem", body: head + `,"Item":` + t.drawItem(r) + t.drawCondition(r) + t.drawReturn(r, "NONE", "ALL_OLD") + tail + "}"}
	case 3, 4:
		return step{op: "UpdateItem", body: head + `,"Key":` + t.drawKey(r) + t.drawUpdate(r) + t.drawReturn(r, "NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW") + tail + "}"}
	case 5:
		return step{op: "DeleteItem", body: head + `,"Key":` + t.drawKey(r) + t.drawCondition(r) + t.drawReturn(r, "NONE", "ALL_OLD") + tail + "}"}
	case 6:
		return step{op: "GetItem", body: head + `,"Key":` + t.drawKey(r) + `,"ConsistentRead":true,"ProjectionExpression":"pk, m.l[1], v"` + tail + "}"}
	case 7:
		return step{op: "BatchGetItem", body: `{"RequestItems":{"` + t.name + `":{"Keys":[` + t.drawKey(r) + `,` + t.drawKey(r) + `]}}` + tail + "}"}
	case 8:
		return step{op: "BatchWriteItem", body: `{"RequestItems":{"` + t.name + `":[{"PutRequest":{"Item":` + t.drawItem(r) + `}},{"DeleteRequest":{"Key":` + t.drawKey(r) + `}}]},"ReturnItemCollectionMetrics":"SIZE"` + tail + "}"}
	case 9:
		return step{op: "Scan", body: head + t.drawPage(r) + tail + "}"}
	case 10:
		actions := t.drawActions(r, head)
		if maybe.Draw(r, "tokened") {
			token := rapid.IntRange(1, 3).Draw(r, "token")
			tail += fmt.Sprintf(`,"ClientRequestToken":"%s-%d"`, t.name, token)
			if maybe.Draw(r, "the same") {
				// A request that tends to come again: of one token, always this one.
				actions = fmt.Sprintf(`{"Update":%s,"Key":%s,"UpdateExpression":"ADD v :n","ExpressionAttributeValues":{":n":{"N":"%d"}}}}`, head, t.plainKey(), token)
			}
		}
		return step{op: "TransactWriteItems", body: `{"TransactItems":[` + actions + `]` + tail + "}"}
	case 11:
		get := func() string {
			return `{"Get":` + head + `,"Key":` + t.drawKey(r) + `,"ProjectionExpression":"pk, v, m.p"}}`
		}
		return step{op: "TransactGetItems", body: `{"TransactItems":[` + get() + `,` + get() + `,` + get() + `]` + tail + "}"}
	}
	return t.drawRead(r, head, tail)
}

// plainKey is a key that other requests draw too.
func (t table) plainKey() string {
	if t.ranged {
		return `{"pk":{"S":"a"},"sk":{"N":"0"}}`
	}
	return `{"pk":{"S":"a"}}`
}

// drawActions are the actions of a transaction, sometimes two of one item.
func (t table) drawActions(r *rapid.T, head string) string {
	var actions []string
	for range rapid.IntRange(1, 4).Draw(r, "actions") {
		switch rapid.IntRange(0, 3).Draw(r, "action") {
		case 0:
			actions = append(actions, `{"Put":`+head+`,"Item":`+t.drawItem(r)+`}}`)
		case 1:
			actions = append(actions, `{"Delete":`+head+`,"Key":`+t.drawKey(r)+`}}`)
		case 2:
			actions = append(actions, `{"Update":`+head+`,"Key":`+t.drawKey(r)+
				`,"UpdateExpression":"SET v = if_not_exists(v, :n) + :n, x = :x","ExpressionAttributeValues":{":n":{"N":"1"},":x":`+drawValue(r, "x")+`}}}`)
		default:
			actions = append(actions, `{"ConditionCheck":`+head+`,"Key":`+t.drawKey(r)+
				`,"ConditionExpression":"attribute_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}`)
		}
	}
	return strings.Join(actions, ",")
}

func (t table) drawCondition(r *rapid.T) string {
	return rapid.SampledFrom([]string{"", "",
		`,"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"`,
		`,"ConditionExpression":"v >= :v OR size(m.p) < :v","ExpressionAttributeValues":{":v":{"N":"1"}}`,
		`,"Expected":{"y":{"ComparisonOperator":"NOT_NULL"}}`}).Draw(r, "condition")
}

func (t table) drawReturn(r *rapid.T, choices ...string) string {
	return `,"ReturnValues":"` + rapid.SampledFrom(choices).Draw(r, "returned") + `"`
}

func (t table) drawUpdate(r *rapid.T) string {
	return rapid.SampledFrom([]string{"",
		`,"UpdateExpression":"SET v = if_not_exists(v, :n) + :n","ExpressionAttributeValues":{":n":{"N":"1"}}`,
		`,"UpdateExpression":"SET x = :x REMOVE y","ExpressionAttributeValues":{":x":` + drawValue(r, "x") + `}`,
		`,"UpdateExpression":"SET y = :y, z = :z","ExpressionAttributeValues":{":y":` + drawValue(r, "y") + `,":z":` + drawValue(r, "z") + `}`,
		`,"UpdateExpression":"ADD y :y, tags :t","ExpressionAttributeValues":{":y":{"N":"2.50"},":t":{"SS":["` + texts.Draw(r, "tag") + `"]}}`,
		`,"UpdateExpression":"REMOVE m.l[0] DELETE tags :t","ExpressionAttributeValues":{":t":{"SS":["a","b"]}}`,
		`,"AttributeUpdates":{"v":{"Action":"ADD","Value":{"N":"1"}},"z":{"Action":"DELETE"}}`}).Draw(r, "update")
}

func (t table) drawPage(r *rapid.T) string {
	return rapid.SampledFrom([]string{"", `,"Limit":1`, `,"Limit":3`, `,"Select":"COUNT"`, `,"FilterExpression":"attribute_exists(v)"`}).Draw(r, "page")
}

// drawRead is a Query of the table or of an index, or a Scan of an index.
func (t table) drawRead(r *rapid.T, head, tail string) step {
	pages := t.drawPage(r) + rapid.SampledFrom([]string{"", `,"ScanIndexForward":false`}).Draw(r, "direction")
	choice := rapid.IntRange(0, t.local+t.wide).Draw(r, "index")
	hash, ranged := "pk", "sk"
	var index string
	switch {
	case choice == 0:
		if !t.ranged {
			ranged = ""
		}
	case choice <= t.local:
		index, ranged = fmt.Sprintf("local%d", choice-1), []string{"x", "y"}[choice-1]
	default:
		i := choice - t.local - 1
		index = fmt.Sprintf("global%d", i)
		hash = []string{"y", "z", "x"}[i]
		ranged = []string{"z", "", "y"}[i]
	}
	if index != "" {
		head += `,"IndexName":"` + index + `"`
	}
	condition, values := hash+" = :h", `":h":`+drawValue(r, hash)
	if ranged != "" && maybe.Draw(r, "sort key") {
		op := rapid.SampledFrom([]string{"=", "<", "<=", ">", ">="}).Draw(r, "op")
		condition += " AND " + ranged + " " + op + " :r"
		values += `,":r":` + drawValue(r, ranged)
	}
	return step{op: "Query", late: strings.HasPrefix(index, "global"),
		body: head + `,"KeyConditionExpression":"` + condition + `","ExpressionAttributeValues":{` + values + `}` + pages + tail + "}"}
}
