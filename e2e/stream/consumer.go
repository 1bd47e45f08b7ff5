package stream

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/smithy-go"

	"shvm-db/e2e/lineage"
)

// Client is an AWS SDK client of an endpoint's change streams.
func Client(url string) *dynamodbstreams.Client {
	return dynamodbstreams.New(dynamodbstreams.Options{
		BaseEndpoint: aws.String(url),
		Region:       "local",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
		}),
		RetryMaxAttempts: 1,
	})
}

// Patiently calls until there is an answer: the node may be down for a while.
// An answer that refuses is an error at once.
func Patiently[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	for end := time.Now().Add(time.Minute); ; {
		out, err := call(ctx)
		var answer smithy.APIError
		refused := errors.As(err, &answer) && answer.ErrorFault() == smithy.FaultClient
		if err == nil || refused || ctx.Err() != nil || time.Now().After(end) {
			return out, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Consume follows a stream to its end and hands over each record.
func Consume(ctx context.Context, c *dynamodbstreams.Client, arn string, record func(lineage.Record) error) error {
	iterators, done := map[string]*string{}, map[string]bool{}
	for {
		shards, status, err := describe(ctx, c, arn)
		if err != nil {
			return err
		}
		listed := map[string]bool{}
		for _, s := range shards {
			listed[*s.ShardId] = true
		}
		read, left := 0, 0
		for _, s := range shards {
			id := *s.ShardId
			if done[id] {
				continue
			}
			left++
			if parent := aws.ToString(s.ParentShardId); listed[parent] && !done[parent] {
				continue
			}
			if iterators[id] == nil {
				out, err := Patiently(ctx, func(ctx context.Context) (*dynamodbstreams.GetShardIteratorOutput, error) {
					return c.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
						StreamArn: &arn, ShardId: &id, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
					})
				})
				if err != nil {
					return err
				}
				iterators[id] = out.ShardIterator
			}
			out, err := Patiently(ctx, func(ctx context.Context) (*dynamodbstreams.GetRecordsOutput, error) {
				return c.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: iterators[id]})
			})
			if err != nil {
				return err
			}
			for _, r := range out.Records {
				l, err := line(id, r)
				if err == nil {
					err = record(l)
				}
				if err != nil {
					return err
				}
			}
			read += len(out.Records)
			if iterators[id] = out.NextShardIterator; iterators[id] == nil {
				done[id] = true
				left--
			}
		}
		if status == types.StreamStatusDisabled && left == 0 {
			return nil
		}
		if read == 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

func describe(ctx context.Context, c *dynamodbstreams.Client, arn string) (shards []types.Shard, status types.StreamStatus, err error) {
	in := &dynamodbstreams.DescribeStreamInput{StreamArn: &arn}
	for {
		out, err := Patiently(ctx, func(ctx context.Context) (*dynamodbstreams.DescribeStreamOutput, error) {
			return c.DescribeStream(ctx, in)
		})
		if err != nil {
			return nil, "", err
		}
		shards = append(shards, out.StreamDescription.Shards...)
		if out.StreamDescription.LastEvaluatedShardId == nil {
			return shards, out.StreamDescription.StreamStatus, nil
		}
		in.ExclusiveStartShardId = out.StreamDescription.LastEvaluatedShardId
	}
}

func line(shard string, r types.Record) (lineage.Record, error) {
	keys, err := document(r.Dynamodb.Keys)
	if err != nil {
		return lineage.Record{}, err
	}
	old, err := document(r.Dynamodb.OldImage)
	if err != nil {
		return lineage.Record{}, err
	}
	new, err := document(r.Dynamodb.NewImage)
	return lineage.Record{
		ID: aws.ToString(r.EventID), Event: string(r.EventName), Sequence: aws.ToString(r.Dynamodb.SequenceNumber),
		Shard: shard, Keys: keys, Old: old, New: new,
	}, err
}

// document is an item as JSON; nil if there is none.
func document(item map[string]types.AttributeValue) (json.RawMessage, error) {
	if item == nil {
		return nil, nil
	}
	out := map[string]map[string]string{}
	for name, v := range item {
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			out[name] = map[string]string{"S": v.Value}
		case *types.AttributeValueMemberN:
			out[name] = map[string]string{"N": v.Value}
		case *types.AttributeValueMemberB:
			out[name] = map[string]string{"B": base64.StdEncoding.EncodeToString(v.Value)}
		default:
			return nil, fmt.Errorf("attribute %s has a type that these tests do not write: %T", name, v)
		}
	}
	return json.Marshal(out)
}
