package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// sdk is an unmodified AWS SDK client of a node.
func sdk(t *testing.T, url string) *dynamodb.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String(url), Region: "local", RetryMaxAttempts: 1,
		HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
		}),
	})
}

type attributes = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func createTable(t *testing.T, c *dynamodb.Client, name string) {
	t.Helper()
	if _, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String(name), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
	}); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, c *dynamodb.Client, table, key string) string {
	t.Helper()
	got, err := c.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(table), Key: attributes{"pk": text(key)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := got.Item["v"].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func TestAnSDKWritesAndReadsThroughAStop(t *testing.T) {
	for _, partitions := range []int{1, 7} {
		t.Run(fmt.Sprint(partitions, " partitions"), func(t *testing.T) {
			config := testConfig(t)
			config.Partitions = partitions
			p := start(t, config)
			c := sdk(t, p.URL())
			createTable(t, c, "things")
			for i := range 50 {
				if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{
					TableName: aws.String("things"), Item: attributes{"pk": text(fmt.Sprint(i)), "v": text(fmt.Sprint("value ", i))},
				}); err != nil {
					t.Fatal(err)
				}
			}
			_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{
				TableName: aws.String("things"), Item: attributes{"pk": text("7"), "v": text("stale")},
				ConditionExpression: aws.String("attribute_not_exists(pk)"),
			})
			if failed := new(types.ConditionalCheckFailedException); !errors.As(err, &failed) {
				t.Errorf("the stale write: %v", err)
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			c = sdk(t, start(t, config).URL())
			for i := range 50 {
				if got := read(t, c, "things", fmt.Sprint(i)); got != fmt.Sprint("value ", i) {
					t.Errorf("%d is %q", i, got)
				}
			}
		})
	}
}

func TestWhatWasAnsweredWhileTheNodeStoppedIsThere(t *testing.T) {
	config := testConfig(t)
	p := start(t, config)
	c := sdk(t, p.URL())
	createTable(t, c, "things")
	var mu sync.Mutex
	answered := map[string]bool{}
	var all sync.WaitGroup
	underWay := make(chan struct{}, 1)
	for id := range 8 {
		all.Go(func() {
			for n := 0; ; n++ {
				key := fmt.Sprint(id, "-", n)
				_, err := c.PutItem(context.Background(), &dynamodb.PutItemInput{
					TableName: aws.String("things"), Item: attributes{"pk": text(key), "v": text(key)},
				})
				if err != nil {
					return
				}
				mu.Lock()
				answered[key] = true
				if len(answered) == 200 {
					underWay <- struct{}{}
				}
				mu.Unlock()
			}
		})
	}
	<-underWay
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	c = sdk(t, start(t, config).URL())
	for key := range answered {
		if got := read(t, c, "things", key); got != key {
			t.Errorf("%s was answered, and is %q", key, got)
		}
	}
}

func TestAPartitionThatSleptAnswersAsBefore(t *testing.T) {
	config := testConfig(t)
	config.Sleep = 1 // as soon as it is left alone
	p := start(t, config)
	c := sdk(t, p.URL())
	createTable(t, c, "things")
	for i := range 20 {
		if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String("things"), Item: attributes{"pk": text("k"), "v": text(fmt.Sprint(i))},
		}); err != nil {
			t.Fatal(err)
		}
		if got := read(t, c, "things", "k"); got != fmt.Sprint(i) {
			t.Fatalf("%q, want %d", got, i)
		}
	}
}

func TestTheMeasuresSayWhenEveryPartitionSleeps(t *testing.T) {
	config := testConfig(t)
	config.Sleep = 10 * time.Millisecond
	config.Partitions = 16
	p := start(t, config)
	createTable(t, sdk(t, p.URL()), "things")
	deadline := time.Now().Add(45 * time.Second)
	for {
		_, body := get(t, p.URL()+"/metrics")
		if strings.Contains(body, "\nshvm_partitions_awake 0\n") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("partitions stay awake")
		}
		time.Sleep(20 * time.Millisecond)
	}
}
