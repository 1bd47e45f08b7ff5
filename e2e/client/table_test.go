//go:build clients

package client

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"shvm-db/e2e/node"
)

func usersTable() *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName: aws.String("Users"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("PK"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("PK"), KeyType: types.KeyTypeHash}},
	}
}

// eventually waits for a condition on the table; nil is that there is none.
func eventually(t *testing.T, c *dynamodb.Client, what string, ok func(*types.TableDescription) bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		out, err := c.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("Users")})
		var missing *types.ResourceNotFoundException
		switch {
		case errors.As(err, &missing):
			if ok(nil) {
				return
			}
		case err != nil:
			t.Fatal(err)
		case ok(out.Table):
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s never came to be", what)
		}
	}
}

func active(t *types.TableDescription) bool {
	return t != nil && t.TableStatus == types.TableStatusActive
}

// A table's settings and a new index, as the SDK for Go asks for them, through
// a kill of the node.
func TestTheLifeOfATable(t *testing.T) {
	n := node.Start(t, node.Options{Args: []string{"--partitions", "3"}})
	c := node.Client(n.URL)
	ctx := t.Context()
	made, err := c.CreateTable(ctx, usersTable())
	if err != nil {
		t.Fatal(err)
	}
	arn := made.TableDescription.TableArn
	if err := dynamodb.NewTableExistsWaiter(c).Wait(ctx, &dynamodb.DescribeTableInput{TableName: arn}, time.Minute); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		if _, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: arn, Item: attributes{"PK": text(fmt.Sprint(i)), "city": text(fmt.Sprint(i % 3))}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.TagResource(ctx, &dynamodb.TagResourceInput{ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{TableName: arn,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("ttl"), Enabled: aws.Bool(true)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: arn,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("city"), AttributeType: types.ScalarAttributeTypeS}},
		GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: &types.CreateGlobalSecondaryIndexAction{
			IndexName: aws.String("city"), KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("city"), KeyType: types.KeyTypeHash}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}}}}}); err != nil {
		t.Fatal(err)
	}
	n.Kill()
	n.Restart()
	c = node.Client(n.URL)
	eventually(t, c, "the index", func(d *types.TableDescription) bool {
		return active(d) && len(d.GlobalSecondaryIndexes) == 1 && d.GlobalSecondaryIndexes[0].IndexStatus == types.IndexStatusActive
	})
	found, err := c.Query(ctx, &dynamodb.QueryInput{TableName: arn, IndexName: aws.String("city"), KeyConditionExpression: aws.String("city = :c"),
		ExpressionAttributeValues: attributes{":c": text("1")}})
	if err != nil || found.Count != 20 {
		t.Errorf("the index has %d items of 20: %v", found.Count, err)
	}
	eventually(t, c, "the count", func(d *types.TableDescription) bool { return aws.ToInt64(d.ItemCount) == 60 })
	tags, err := c.ListTagsOfResource(ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: arn})
	if err != nil || len(tags.Tags) != 1 {
		t.Error(tags, err)
	}
	ttl, err := c.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: arn})
	if err != nil || ttl.TimeToLiveDescription.TimeToLiveStatus != types.TimeToLiveStatusEnabled {
		t.Error(ttl, err)
	}
	if _, err := c.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: arn}); err != nil {
		t.Fatal(err)
	}
	if err := dynamodb.NewTableNotExistsWaiter(c).Wait(ctx, &dynamodb.DescribeTableInput{TableName: arn}, time.Minute); err != nil {
		t.Error(err)
	}
	// The name again, with nothing of the old table.
	if _, err := c.CreateTable(ctx, usersTable()); err != nil {
		t.Fatal(err)
	}
	all, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: arn})
	if err != nil || all.Count != 0 {
		t.Error(all, err)
	}
}

// A node that is killed between two statuses brings the table to the second
// one when it starts again.
func TestAKilledNodeSettlesItsTables(t *testing.T) {
	slow := []string{"--status-delay", "10m"}
	n := node.Start(t, node.Options{Args: slow})
	c := node.Client(n.URL)
	if _, err := c.CreateTable(t.Context(), usersTable()); err != nil {
		t.Fatal(err)
	}
	eventually(t, c, "CREATING", func(d *types.TableDescription) bool { return d != nil && d.TableStatus == types.TableStatusCreating })
	n.Kill()
	n.Restart()
	c = node.Client(n.URL)
	eventually(t, c, "ACTIVE", active)
	if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: attributes{"PK": text("a")}}); err != nil {
		t.Error(err)
	}
	if _, err := c.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("Users")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, c, "DELETING", func(d *types.TableDescription) bool { return d != nil && d.TableStatus == types.TableStatusDeleting })
	n.Kill()
	n.Restart()
	c = node.Client(n.URL)
	eventually(t, c, "the end", func(d *types.TableDescription) bool { return d == nil })
}
