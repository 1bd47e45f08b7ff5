package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"shvm-db/internal/command"
)

// samples are requests that are in order, or nearly so.
var samples = map[string][]string{
	"CreateTable": {`{"TableName":"made","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"BillingMode":"PAY_PER_REQUEST",
		"LocalSecondaryIndexes":[{"IndexName":"lsi","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["a"]}}],
		"GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"sk","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},"OnDemandThroughput":{"MaxReadRequestUnits":1},"WarmThroughput":{"ReadUnitsPerSecond":13000}}],
		"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},"SSESpecification":{"Enabled":true,"SSEType":"KMS","KMSMasterKeyId":"k"},
		"Tags":[{"Key":"k","Value":"v"}],"TableClass":"STANDARD","DeletionProtectionEnabled":false,"WarmThroughput":{},"ResourcePolicy":"{}","OnDemandThroughput":{"MaxReadRequestUnits":1}}`},
	"UpdateTable": {`{"TableName":"hash","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],"BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1},
		"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"new","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}}]}`,
		`{"TableName":"many","GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"g","OnDemandThroughput":{"MaxReadRequestUnits":5}}}],"SSESpecification":{"Enabled":true},"OnDemandThroughput":{"MaxWriteRequestUnits":-1}}`},
	"TagResource":       {`{"ResourceArn":"arn:aws:dynamodb:local:000000000000:table/hash","Tags":[{"Key":"a","Value":"b"}]}`},
	"UpdateTimeToLive":  {`{"TableName":"hash","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ttl"}}`},
	"PutResourcePolicy": {`{"ResourceArn":"arn:aws:dynamodb:local:000000000000:table/hash","Policy":"{}","ExpectedRevisionId":"NO_POLICY"}`},
	"PutItem": {`{"TableName":"indexed","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"num":{"N":"1"},"gpk":{"S":"c"},"l":{"L":[{"M":{"x":{"BS":["AAAA"]}}}]},"set":{"NS":["1"]}},"ConditionExpression":"#a <> :v AND size(b.c[0]) > :v","ExpressionAttributeNames":{"#a":"a"},"ExpressionAttributeValues":{":v":{"N":"1"}},"ReturnValues":"ALL_OLD","ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE"}`,
		`{"TableName":"hash","Item":{"pk":{"S":"a"}},"Expected":{"b":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"N":"2"}]}},"ConditionalOperator":"OR"}`},
	"UpdateItem": {`{"TableName":"indexed","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"UpdateExpression":"SET a = if_not_exists(a, :v) + :v REMOVE b.c[1] ADD n :v DELETE s :s","ExpressionAttributeValues":{":v":{"N":"1"},":s":{"SS":["x"]}},"ReturnValues":"UPDATED_NEW"}`,
		`{"TableName":"hash","Key":{"pk":{"S":"a"}},"AttributeUpdates":{"n":{"Action":"ADD","Value":{"N":"1"}}}}`},
	"DeleteItem":     {`{"TableName":"hash","Key":{"pk":{"S":"a"}},"ReturnValues":"ALL_OLD","ConditionExpression":"attribute_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`},
	"GetItem":        {`{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"a[0].b, #c","ExpressionAttributeNames":{"#c":"c"},"ConsistentRead":true,"ReturnConsumedCapacity":"TOTAL"}`},
	"BatchGetItem":   {`{"RequestItems":{"hash":{"Keys":[{"pk":{"S":"a"}}],"AttributesToGet":["a"]}},"ReturnConsumedCapacity":"TOTAL"}`},
	"BatchWriteItem": {`{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}]}}`},
	"Query": {`{"TableName":"indexed","IndexName":"ginc","KeyConditionExpression":"gpk = :g AND num BETWEEN :a AND :b","FilterExpression":"proj = :g","ExpressionAttributeValues":{":g":{"S":"c"},":a":{"N":"0"},":b":{"N":"9"}},"Limit":5,"ScanIndexForward":false,"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"S":"b"},"gpk":{"S":"c"},"num":{"N":"1"}},"Select":"ALL_PROJECTED_ATTRIBUTES"}`,
		`{"TableName":"hash","KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}},"QueryFilter":{"a":{"ComparisonOperator":"NOT_NULL"}}}`},
	"Scan":               {`{"TableName":"indexed","Segment":0,"TotalSegments":4,"Limit":3,"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"S":"b"}},"FilterExpression":"a IN (:a)","ExpressionAttributeValues":{":a":{"S":"x"}}}`},
	"ListTables":         {`{"Limit":1,"ExclusiveStartTableName":"abc"}`},
	"TransactWriteItems": {`{"TransactItems":[{"Put":{"TableName":"hash","Item":{"pk":{"S":"a"}}}},{"Update":{"TableName":"hash","Key":{"pk":{"S":"b"}},"UpdateExpression":"SET a = :a","ExpressionAttributeValues":{":a":{"S":"x"}}}}],"ClientRequestToken":"t"}`},
	"TransactGetItems":   {`{"TransactItems":[{"Get":{"TableName":"hash","Key":{"pk":{"S":"a"}}}}]}`},
	"ExecuteStatement":   {`{"Statement":"SELECT * FROM hash WHERE pk = ?","Parameters":[{"S":"a"}],"Limit":3}`},
}

// oddities take the place of every value of every sample in turn.
var oddities = []any{nil, true, 0, -1, 1e30, "", "x", strings.Repeat("y", 300), "arn:aws:dynamodb:::table/", []any{}, map[string]any{},
	[]any{nil}, map[string]any{"": nil}, map[string]any{"S": "a", "N": "1"}, []any{map[string]any{"M": map[string]any{}}}}

// variants gives a value with each of its parts replaced by each oddity,
// taken away, or without its name.
func variants(v any, yield func(any)) {
	for _, o := range oddities {
		yield(o)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			whole := v[k]
			variants(whole, func(o any) {
				v[k] = o
				yield(v)
			})
			delete(v, k)
			yield(v)
			if _, taken := v[""]; !taken {
				v[""] = whole
				yield(v)
				delete(v, "")
			}
			v[k] = whole
		}
	case []any:
		for i := range v {
			whole := v[i]
			variants(whole, func(o any) {
				v[i] = o
				yield(v)
			})
			v[i] = whole
		}
		yield(append(slices.Clone(v), v...))
	}
}

// withSchemas is a Data that also takes the commands of the control plane.
type withSchemas struct{ Data }

func (w withSchemas) Do(ctx context.Context, c *command.Command) (*command.Outcome, error) {
	if c.Op == command.Schema || c.Op == command.Drop {
		return &command.Outcome{}, nil
	}
	return w.Data.Do(ctx, c)
}

// Whatever a client sends is its own mistake, and never an internal error.
func TestNoRequestIsAnInternalError(t *testing.T) {
	for _, op := range slices.Sorted(maps.Keys(samples)) {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			o := goldenOptions(t, 1, nil)
			o.Data, o.Logger = withSchemas{o.Data}, slog.New(slog.DiscardHandler)
			g := New(o)
			defer g.Close()
			n := 0
			for _, sample := range samples[op] {
				var v any
				if err := json.Unmarshal([]byte(sample), &v); err != nil {
					t.Fatal(err)
				}
				variants(v, func(v any) {
					body, err := json.Marshal(v)
					if err != nil {
						t.Fatal(err)
					}
					r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
					r.Header.Set("Content-Type", jsonType)
					r.Header.Set("X-Amz-Target", target+op)
					r.Header.Set("X-Amz-Date", "20260101T000000Z")
					r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c")
					w := httptest.NewRecorder()
					g.ServeHTTP(w, r)
					n++
					if w.Code >= 500 {
						t.Errorf("%s\n%d %s", body, w.Code, w.Body)
					}
				})
			}
			if n < 40 {
				t.Errorf("only %d requests", n)
			}
		})
	}
}
