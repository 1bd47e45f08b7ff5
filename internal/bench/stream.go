package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// reader stands in the open shard of the table's change stream.
type reader struct {
	w        *wire
	iterator string
}

// readStream makes a reader of a node's only shard.
func readStream(w *wire, from string) (*reader, error) {
	var table struct {
		Table struct{ LatestStreamArn string }
	}
	if err := call(w, "DescribeTable", map[string]any{"TableName": tableName}, &table); err != nil {
		return nil, err
	}
	arn := table.Table.LatestStreamArn
	var stream struct {
		StreamDescription struct{ Shards []struct{ ShardId string } }
	}
	if err := call(w, "DescribeStream", map[string]any{"StreamArn": arn}, &stream); err != nil {
		return nil, err
	}
	shards := stream.StreamDescription.Shards
	if len(shards) != 1 {
		return nil, fmt.Errorf("the stream has %d shards, not one", len(shards))
	}
	var at struct{ ShardIterator string }
	err := call(w, "GetShardIterator", map[string]any{"StreamArn": arn, "ShardId": shards[0].ShardId, "ShardIteratorType": from}, &at)
	return &reader{w, at.ShardIterator}, err
}

func call(w *wire, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	status, answer, err := w.ask(operation, body)
	if err != nil {
		return err
	}
	if !isOK(status) {
		return fmt.Errorf("%s was answered %d %s", operation, status, answer)
	}
	return json.Unmarshal(answer, out)
}

// next reads once and gives the answer, which is good until the next call, and
// how many records it has.
func (r *reader) next() (answer []byte, records int, err error) {
	status, answer, err := r.w.ask("GetRecords", fmt.Appendf(nil, `{"ShardIterator":"%s"}`, r.iterator))
	if err != nil {
		return nil, 0, err
	}
	if !isOK(status) {
		return nil, 0, fmt.Errorf("GetRecords was answered %d %s", status, answer)
	}
	const member = `"NextShardIterator":"`
	at := bytes.Index(answer, []byte(member))
	if at < 0 {
		return nil, 0, errors.New("the shard ended")
	}
	rest := answer[at+len(member):]
	r.iterator = string(rest[:bytes.IndexByte(rest, '"')])
	return answer, bytes.Count(answer, []byte(`"eventID"`)), nil
}

// streamVisible is the time from the answer of a write to the arrival of its
// record, while others write at full speed.
func (o *Options) streamVisible(ctx context.Context) ([]Figure, error) {
	p, err := startNode(ctx, o, row{Durability: "fsync", Partitions: 1})
	if err != nil {
		return nil, err
	}
	defer p.stop()
	if err := o.prepare(ctx, p, row{Table: table{Stream: true}}); err != nil {
		return nil, err
	}
	w, err := dial(p.address)
	if err != nil {
		return nil, err
	}
	defer w.close()
	follow, err := readStream(w, "LATEST")
	if err != nil {
		return nil, err
	}
	others := make(chan error, 1)
	go func() {
		_, err := drive(ctx, p, 16, o.Duration, newPut(o, tableName))
		others <- err
	}()
	h := newHistogram()
	for {
		select {
		case err := <-others:
			if err != nil {
				return nil, err
			}
			return []Figure{
				figure("stream-visible-p50", "from a write's answer to its record, p50", float64(h.ValueAtQuantile(50))/1000, "ms", 50),
				figure("stream-visible-p99", "from a write's answer to its record, p99", float64(h.ValueAtQuantile(99))/1000, "ms", 50),
			}, nil
		default:
		}
		mark := fmt.Sprintf("marked-%x", rand.Uint64())
		status, answer, err := w.ask("PutItem", []byte(`{"TableName":"`+tableName+`","Item":{"pk":{"S":"`+mark+`"}}}`))
		if err != nil {
			return nil, err
		}
		if !isOK(status) {
			return nil, fmt.Errorf("PutItem was answered %d %s", status, answer)
		}
		answered := time.Now()
		for {
			answer, _, err := follow.next()
			if err != nil {
				return nil, err
			}
			if bytes.Contains(answer, []byte(mark)) {
				break
			}
		}
		h.RecordValue(time.Since(answered).Microseconds())
	}
}

// streamRead is the time that GetRecords takes for each record of one shard.
func (o *Options) streamRead(ctx context.Context) ([]Figure, error) {
	p, err := startNode(ctx, o, row{Durability: "process", Partitions: 1})
	if err != nil {
		return nil, err
	}
	defer p.stop()
	small := *o
	small.Items = min(o.Items, 100_000)
	if err := small.prepare(ctx, p, row{Table: table{Stream: true, Filled: true}}); err != nil {
		return nil, err
	}
	w, err := dial(p.address)
	if err != nil {
		return nil, err
	}
	defer w.close()
	follow, err := readStream(w, "TRIM_HORIZON")
	if err != nil {
		return nil, err
	}
	began, read := time.Now(), 0
	for read < small.Items {
		_, n, err := follow.next()
		if err != nil {
			return nil, err
		}
		read += n
	}
	each := time.Since(began).Seconds() / float64(read) * 1e6
	return []Figure{figure("stream-read", "GetRecords over one connection, each record", each, "µs", 0)}, nil
}
