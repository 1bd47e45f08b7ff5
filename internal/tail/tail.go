// Package tail follows the change stream of a table and prints its records,
// through the DynamoDB Streams API of any endpoint. It drains a parent shard
// before its children, so the changes of an item come in their order.
package tail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Options say what to follow.
type Options struct {
	// Endpoint is the base URL of the API.
	Endpoint string
	Table    string
	// Start is where the shards that are there at first are read from: "latest"
	// or "trim-horizon".
	Start string
	// JSON prints each record as the API gives it, one a line; otherwise a line
	// for people.
	JSON bool
	Out  io.Writer
	// Every is the pause after a look that found nothing; 0 is 200 ms.
	Every time.Duration
}

// ErrNoStream: the table has no stream that is on.
var ErrNoStream = errors.New("the table has no stream; turn one on with UpdateTable and StreamSpecification")

type shard struct {
	ShardId       string
	ParentShardId string
}

// reader stands in one shard.
type reader struct {
	iterator string
	done     bool
}

// Follow prints records until the context ends, which is no error, or the
// stream does.
func Follow(ctx context.Context, o Options) error {
	if o.Every == 0 {
		o.Every = 200 * time.Millisecond
	}
	start, ok := map[string]string{"": "LATEST", "latest": "LATEST", "trim-horizon": "TRIM_HORIZON"}[o.Start]
	if !ok {
		return fmt.Errorf("start at latest or at trim-horizon, not at %q", o.Start)
	}
	t := &tail{o: o, readers: map[string]*reader{}}
	err := t.follow(ctx, start)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

type tail struct {
	o       Options
	arn     string
	readers map[string]*reader
}

func (t *tail) follow(ctx context.Context, start string) error {
	if err := t.find(ctx); err != nil {
		return err
	}
	for first := true; ; first = false {
		shards, on, err := t.describe(ctx)
		if err != nil {
			return err
		}
		listed := map[string]bool{}
		for _, s := range shards {
			listed[s.ShardId] = true
		}
		read, left := 0, 0
		for _, s := range shards {
			r := t.readers[s.ShardId]
			if r == nil {
				r = &reader{}
				t.readers[s.ShardId] = r
				kind := "TRIM_HORIZON"
				if first {
					kind = start
				}
				if r.iterator, err = t.iterator(ctx, s.ShardId, kind); err != nil {
					return err
				}
			}
			if r.done {
				continue
			}
			if parent := t.readers[s.ParentShardId]; parent != nil && listed[s.ParentShardId] && !parent.done {
				left++
				continue
			}
			n, err := t.records(ctx, r)
			if err != nil {
				return err
			}
			read += n
			if !r.done {
				left++
			}
		}
		if !on && left == 0 {
			return nil
		}
		if read > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(t.o.Every):
		}
	}
}

// find takes the table's stream that is on.
func (t *tail) find(ctx context.Context) error {
	var table struct {
		Table struct{ LatestStreamArn string }
	}
	if err := t.call(ctx, "DynamoDB_20120810.DescribeTable", map[string]any{"TableName": t.o.Table}, &table); err != nil {
		return err
	}
	if t.arn = table.Table.LatestStreamArn; t.arn == "" {
		return ErrNoStream
	}
	return nil
}

func (t *tail) describe(ctx context.Context) (shards []shard, on bool, err error) {
	in := map[string]any{"StreamArn": t.arn}
	for {
		var out struct {
			StreamDescription struct {
				StreamStatus         string
				Shards               []shard
				LastEvaluatedShardId string
			}
		}
		if err := t.call(ctx, "DynamoDBStreams_20120810.DescribeStream", in, &out); err != nil {
			return nil, false, err
		}
		d := out.StreamDescription
		shards = append(shards, d.Shards...)
		if d.LastEvaluatedShardId == "" {
			return shards, d.StreamStatus != "DISABLED", nil
		}
		in["ExclusiveStartShardId"] = d.LastEvaluatedShardId
	}
}

func (t *tail) iterator(ctx context.Context, id, kind string) (string, error) {
	var out struct{ ShardIterator string }
	err := t.call(ctx, "DynamoDBStreams_20120810.GetShardIterator",
		map[string]any{"StreamArn": t.arn, "ShardId": id, "ShardIteratorType": kind}, &out)
	return out.ShardIterator, err
}

// records reads once, prints, and moves on.
func (t *tail) records(ctx context.Context, r *reader) (int, error) {
	var out struct {
		NextShardIterator string
		Records           []json.RawMessage
	}
	if err := t.call(ctx, "DynamoDBStreams_20120810.GetRecords", map[string]any{"ShardIterator": r.iterator}, &out); err != nil {
		return 0, err
	}
	for _, record := range out.Records {
		if err := t.print(record); err != nil {
			return 0, err
		}
	}
	r.iterator, r.done = out.NextShardIterator, out.NextShardIterator == ""
	return len(out.Records), nil
}

func (t *tail) print(raw json.RawMessage) error {
	if t.o.JSON {
		_, err := fmt.Fprintf(t.o.Out, "%s\n", raw)
		return err
	}
	var r struct {
		EventName string `json:"eventName"`
		Dynamodb  struct {
			ApproximateCreationDateTime float64
			Keys, OldImage, NewImage    map[string]json.RawMessage
		} `json:"dynamodb"`
		UserIdentity *struct{ PrincipalID string } `json:"userIdentity"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("a record that is not JSON: %w", err)
	}
	line := fmt.Sprintf("%s %-6s %s", time.Unix(int64(r.Dynamodb.ApproximateCreationDateTime), 0).Format(time.TimeOnly), r.EventName, plain(r.Dynamodb.Keys))
	switch {
	case r.Dynamodb.NewImage != nil:
		line += " -> " + plain(r.Dynamodb.NewImage)
	case r.Dynamodb.OldImage != nil:
		line += " was " + plain(r.Dynamodb.OldImage)
	}
	if r.UserIdentity != nil {
		line += " (time to live)"
	}
	_, err := fmt.Fprintln(t.o.Out, line)
	return err
}

// plain is an item in one line; JSON sorts its names.
func plain(m map[string]json.RawMessage) string {
	b, err := json.Marshal(m)
	if err != nil {
		return "?"
	}
	return string(b)
}

// call sends one request. What is not an answer is tried again for a while: a
// node may be starting.
func (t *tail) call(ctx context.Context, target string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var last error
	for try := range 20 {
		if try > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(min(time.Duration(try)*100*time.Millisecond, time.Second)):
			}
		}
		retry, err := t.once(ctx, target, body, out)
		if err == nil || !retry {
			return err
		}
		last = err
	}
	return last
}

func (t *tail) once(ctx context.Context, target string, body []byte, out any) (retry bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(t.o.Endpoint, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", target)
	req.Header.Set("X-Amz-Date", time.Now().UTC().Format("20060102T150405Z"))
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=tail/"+time.Now().UTC().Format("20060102")+"/local/dynamodb/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("0", 64))
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return true, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return true, err
	}
	if answer.StatusCode == http.StatusOK {
		return false, json.Unmarshal(raw, out)
	}
	var fault struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(raw, &fault)
	_, name, _ := strings.Cut(fault.Type, "#")
	err = fmt.Errorf("%s: %s: %s", strings.TrimPrefix(target, "DynamoDB"), name, fault.Message)
	return answer.StatusCode >= 500 || strings.Contains(name, "Throttling"), err
}
