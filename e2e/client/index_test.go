//go:build clients

package client

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"shvm-db/e2e/node"
)

// The most indexes that a table may have, the last one with the most key
// attributes: each finds an item by its own key, and no longer once it moved.
func TestTwentyGlobalIndexesOneOfThemWithEightKeyAttributes(t *testing.T) {
	n := node.Start(t, node.Options{})
	c := node.Client(n.URL)
	var defined []types.AttributeDefinition
	attribute := func(name string) types.KeySchemaElement {
		defined = append(defined, types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS})
		return types.KeySchemaElement{AttributeName: &name}
	}
	as := func(k types.KeySchemaElement, role types.KeyType) types.KeySchemaElement {
		k.KeyType = role
		return k
	}
	in := &dynamodb.CreateTableInput{
		TableName: aws.String("wide"), BillingMode: types.BillingModePayPerRequest,
		KeySchema: []types.KeySchemaElement{as(attribute("id"), types.KeyTypeHash)},
	}
	for i := range 20 {
		ix := types.GlobalSecondaryIndex{
			IndexName:  aws.String(fmt.Sprintf("by-%d", i)),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}
		if i < 19 {
			ix.KeySchema = []types.KeySchemaElement{as(attribute(fmt.Sprintf("k%d", i)), types.KeyTypeHash)}
		} else {
			for j := range 4 {
				ix.KeySchema = append(ix.KeySchema, as(attribute(fmt.Sprintf("h%d", j)), types.KeyTypeHash))
			}
			for j := range 4 {
				ix.KeySchema = append(ix.KeySchema, as(attribute(fmt.Sprintf("r%d", j)), types.KeyTypeRange))
			}
		}
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, ix)
	}
	in.AttributeDefinitions = defined
	if _, err := c.CreateTable(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	put := func(version string) {
		t.Helper()
		item := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "one"}}
		for _, d := range defined[1:] {
			item[*d.AttributeName] = &types.AttributeValueMemberS{Value: *d.AttributeName + version}
		}
		if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: in.TableName, Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	// found counts the items that an index has under the key of a version.
	found := func(ix types.GlobalSecondaryIndex, version string) int {
		t.Helper()
		var terms []string
		values := map[string]types.AttributeValue{}
		for _, k := range ix.KeySchema {
			terms = append(terms, *k.AttributeName+" = :"+*k.AttributeName)
			values[":"+*k.AttributeName] = &types.AttributeValueMemberS{Value: *k.AttributeName + version}
		}
		out, err := c.Query(t.Context(), &dynamodb.QueryInput{
			TableName: in.TableName, IndexName: ix.IndexName, KeyConditionExpression: aws.String(strings.Join(terms, " AND ")),
			ExpressionAttributeValues: values,
		})
		if err != nil {
			t.Fatalf("index %s: %v", *ix.IndexName, err)
		}
		return int(out.Count)
	}
	await := func(version string, want int) {
		t.Helper()
		for _, ix := range in.GlobalSecondaryIndexes {
			for end := time.Now().Add(node.Patience); found(ix, version) != want; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("index %s has %d items of version %s, want %d", *ix.IndexName, found(ix, version), version, want)
				}
			}
		}
	}
	put("a")
	await("a", 1)
	put("b")
	await("b", 1)
	await("a", 0)
	_, err := c.UpdateTable(t.Context(), &dynamodb.UpdateTableInput{
		TableName: in.TableName, AttributeDefinitions: defined[:2],
		GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: &types.CreateGlobalSecondaryIndexAction{
			IndexName: aws.String("one-too-many"), Projection: in.GlobalSecondaryIndexes[0].Projection,
			KeySchema: in.GlobalSecondaryIndexes[0].KeySchema,
		}}},
	})
	if err == nil {
		t.Error("a table was given a 21st index")
	}
}
