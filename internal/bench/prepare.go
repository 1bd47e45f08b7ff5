package bench

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// patience is how long preparing may take.
const patience = 5 * time.Minute

// prepare makes the row's table, anew if the server has one, and fills it.
func (o *Options) prepare(ctx context.Context, p *process, r row) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	w, err := dial(p.address)
	if err != nil {
		return err
	}
	defer w.close()
	if p.cmd == nil { // a server that may have been measured before
		if status, _, err := w.ask("DeleteTable", []byte(`{"TableName":"`+tableName+`"}`)); err != nil {
			return err
		} else if isOK(status) {
			if err := awaitTable(ctx, w, func(status int, _ []byte) bool { return !isOK(status) }); err != nil {
				return err
			}
		}
	}
	if status, answer, err := w.ask("CreateTable", r.Table.definition()); err != nil {
		return err
	} else if !isOK(status) && status < 500 { // thousands of partitions outlast the request
		return fmt.Errorf("CreateTable was answered %d %s", status, answer)
	}
	if err := awaitTable(ctx, w, func(status int, answer []byte) bool {
		return isOK(status) && bytes.Contains(answer, []byte(`"TableStatus":"ACTIVE"`))
	}); err != nil {
		return err
	}
	if !r.Table.Filled {
		return nil
	}
	return o.fill(ctx, p, r)
}

func (t table) definition() []byte {
	d := []byte(`{"TableName":"` + tableName + `","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}`)
	if t.Range {
		d = append(d, `,{"AttributeName":"sk","AttributeType":"N"}`...)
	}
	for g := range min(t.Global, 2) {
		d = fmt.Appendf(d, `,{"AttributeName":"g%d","AttributeType":"S"}`, g)
	}
	d = append(d, `],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}`...)
	if t.Range {
		d = append(d, `,{"AttributeName":"sk","KeyType":"RANGE"}`...)
	}
	d = append(d, ']')
	for i := range t.Global {
		if i == 0 {
			d = append(d, `,"GlobalSecondaryIndexes":[`...)
		} else {
			d = append(d, ',')
		}
		d = fmt.Appendf(d, `{"IndexName":"index-%d","KeySchema":[{"AttributeName":"g%d","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}`, i, i%2)
	}
	if t.Global > 0 {
		d = append(d, ']')
	}
	if t.Stream {
		d = append(d, `,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}`...)
	}
	return append(d, '}')
}

// awaitTable asks DescribeTable until the answer is as it should be.
func awaitTable(ctx context.Context, w *wire, done func(status int, answer []byte) bool) error {
	for {
		status, answer, err := w.ask("DescribeTable", []byte(`{"TableName":"`+tableName+`"}`))
		if err != nil {
			return err
		}
		if done(status, answer) {
			return nil
		}
		wait(ctx, 20*time.Millisecond)
		if ctx.Err() != nil {
			return fmt.Errorf("the table does not become what it should be: %d %s", status, answer)
		}
	}
}

// fill puts Items items in, 25 at a time over 16 connections.
func (o *Options) fill(ctx context.Context, p *process, r row) error {
	fmt.Fprintf(o.Progress, "  putting %d items in\n", o.Items)
	pad := padding(o.ItemBytes)
	var taken atomic.Int64
	all, ctx := errgroup.WithContext(ctx)
	for range 16 {
		all.Go(func() error {
			w, err := dial(p.address)
			if err != nil {
				return err
			}
			defer w.close()
			random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
			var body []byte
			for ctx.Err() == nil {
				from := int(taken.Add(25)) - 25
				if from >= o.Items {
					return nil
				}
				body = append(body[:0], `{"RequestItems":{"`+tableName+`":[`...)
				for i := from; i < min(from+25, o.Items); i++ {
					if i > from {
						body = append(body, ',')
					}
					body = append(body, `{"PutRequest":{"Item":{"pk":{"S":"`...)
					if r.Table.Range {
						body = appendKey(body, scramble(i/10))
						body = append(body, `"},"sk":{"N":"`...)
						body = strconv.AppendInt(body, int64(i%10), 10)
					} else {
						body = appendKey(body, scramble(i))
					}
					body = append(body, `"}`...)
					body = append(appendItem(body, random, pad), `}}}`...)
				}
				body = append(body, `]}}`...)
				status, answer, err := w.ask("BatchWriteItem", body)
				if err != nil {
					return err
				}
				if !isOK(status) || !bytes.Contains(answer, []byte(`"UnprocessedItems":{}`)) {
					return fmt.Errorf("BatchWriteItem was answered %d %.400s", status, answer)
				}
			}
			return ctx.Err()
		})
	}
	return all.Wait()
}
