package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestCapacityIsHeldUnlessItIsSwitchedOff(t *testing.T) {
	for _, throttled := range []bool{true, false} {
		config := testConfig(t)
		config.Throttle = throttled
		c := sdk(t, start(t, config).URL())
		if _, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
			TableName:             aws.String("slow"),
			ProvisionedThroughput: &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1)},
			AttributeDefinitions:  []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
			KeySchema:             []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		}); err != nil {
			t.Fatal(err)
		}
		// The first write costs more than the 300 units of the burst, and more
		// than a slow machine's minute brings back.
		put := func(v string) error {
			_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("slow"), Item: attributes{"pk": text("a"), "v": text(v)}})
			return err
		}
		if err := put(strings.Repeat("x", 390<<10)); err != nil {
			t.Fatal(err)
		}
		err := put("x")
		var exceeded *types.ProvisionedThroughputExceededException
		if throttled != errors.As(err, &exceeded) || !throttled && err != nil {
			t.Errorf("throttled %v: %v", throttled, err)
		}
		if exceeded != nil && (len(exceeded.ThrottlingReasons) != 1 || aws.ToString(exceeded.ThrottlingReasons[0].Reason) != "TableWriteProvisionedThroughputExceeded") {
			t.Errorf("reasons %+v", exceeded.ThrottlingReasons)
		}
	}
}
