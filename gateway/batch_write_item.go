package gateway

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"shvm-db/internal/capacity"
	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
)

const maxBatchWrite = 25

// writesOf is what one batch writes to one table.
type writesOf struct {
	name   string // as the request has it
	t      *catalog.Table
	writes []*batched
}

// batched is one write of a batch, and what came of it.
type batched struct {
	body    jsonscan.Value // the WriteRequest
	c       *command.Command
	hash    item.Map // for ItemCollectionMetrics
	outcome *command.Outcome
	refused *fault.Error // throttled, or held by a transaction
}

func batchWriteItem(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	ask := readAnswering(r.Body)
	asked, err := readBatchWrite(r)
	if err != nil {
		return nil, err
	}
	for _, a := range asked {
		if err := a.resolve(g, ask.metrics); err != nil {
			return nil, err
		}
	}
	if err := g.writeAll(ctx, asked); err != nil {
		return nil, err
	}
	if f := allThrottled(asked); f != nil {
		return nil, f
	}
	return appendBatchWrite(dst, asked, ask), nil
}

// readBatchWrite reads what needs no schema.
func readBatchWrite(r *Request) ([]*writesOf, error) {
	tables, _ := r.Body.Field("RequestItems")
	var asked []*writesOf
	total := 0
	for name, list := range tables.Members() {
		a := &writesOf{name: name}
		asked = append(asked, a)
		for v := range list.Elems() {
			w, err := readBatched(r, v)
			if err != nil {
				return nil, err
			}
			a.writes = append(a.writes, w)
			total++
		}
	}
	if total > maxBatchWrite {
		return nil, fault.TooManyInBatch("BatchWriteItem")
	}
	return asked, nil
}

func readBatched(r *Request, v jsonscan.Value) (*batched, error) {
	put, isPut := member(v, "PutRequest")
	del, isDelete := member(v, "DeleteRequest")
	w := &batched{body: v}
	var err error
	switch {
	case isPut && isDelete:
		return nil, fault.TwoTypes().Bare()
	case isPut:
		w.c = r.command(command.Put)
		if w.c.Item, err = older.items(put, "Item"); err != nil {
			return nil, err
		}
		if w.c.ItemSize() > check.MaxItem {
			return nil, fault.ItemTooLarge()
		}
	case isDelete:
		w.c = r.command(command.Delete)
		if w.c.KeyItem, err = older.items(del, "Key"); err != nil {
			return nil, err
		}
	default:
		return nil, fault.NoType().Bare()
	}
	return w, nil
}

// resolve finds the table and holds the writes against its schema.
func (a *writesOf) resolve(g *Gateway, metrics bool) (err error) {
	if a.t, err = g.table(a.name); err != nil {
		return err
	}
	seen := make(map[string]bool, len(a.writes))
	for _, w := range a.writes {
		if err := w.locate(a.t); err != nil {
			return err
		}
		if seen[string(w.c.Key)] {
			return fault.DuplicateKeys()
		}
		seen[string(w.c.Key)] = true
		w.hash = collectionKey(a.t, w.c, metrics)
	}
	return nil
}

func (w *batched) locate(t *catalog.Table) (err error) {
	if w.c.Op == command.Delete {
		return locate(t, w.c)
	}
	if f := check.BatchItem(t.Key, t.Local, t.Global, w.c.Item); f != nil {
		return f
	}
	if w.c.Key, err = key.Encode(t.Key, w.c.Item); err != nil {
		return err
	}
	route(t, w.c)
	return nil
}

// writeAll does the writes side by side, so that they share a commit.
func (g *Gateway) writeAll(ctx context.Context, asked []*writesOf) error {
	var all errgroup.Group
	for _, a := range asked {
		for _, w := range a.writes {
			all.Go(func() error {
				o, err := g.do(ctx, a.t, w.c)
				var f *fault.Error
				if errors.As(err, &f) && (len(f.Throttling) > 0 || f.Type == fault.Transacted().Type) {
					w.refused = f
					return nil
				}
				w.outcome = o
				return err
			})
		}
	}
	return all.Wait()
}

// allThrottled is the answer when not one write of a batch was done for want of
// capacity.
func allThrottled(asked []*writesOf) *fault.Error {
	var last *fault.Error
	for _, a := range asked {
		for _, w := range a.writes {
			if w.refused == nil || len(w.refused.Throttling) == 0 {
				return nil
			}
			last = w.refused
		}
	}
	return last
}

func appendBatchWrite(dst []byte, asked []*writesOf, ask answering) []byte {
	dst = append(dst, `{"UnprocessedItems":{`...)
	from := len(dst)
	for _, a := range asked {
		dst = a.appendRefused(dst, from)
	}
	dst = append(dst, '}')
	if ask.metrics {
		dst = append(dst, `,"ItemCollectionMetrics":{`...)
		from = len(dst)
		for _, a := range asked {
			dst = a.appendCollections(dst, from)
		}
		dst = append(dst, '}')
	}
	if ask.detail != capacity.None {
		dst = append(dst, `,"ConsumedCapacity":[`...)
		for i, a := range asked {
			if i > 0 {
				dst = append(dst, ',')
			}
			used := capacity.Consumed{TableName: a.t.Name}
			for _, w := range a.writes {
				if w.outcome != nil {
					used.AddWrite(w.outcome, 1, localIn(a.t))
				}
			}
			dst = used.Append(dst, ask.detail)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendRefused appends the writes that were not done, as a request; from is
// where the first table of the object would stand.
func (a *writesOf) appendRefused(dst []byte, from int) []byte {
	first := true
	for _, w := range a.writes {
		if w.refused == nil {
			continue
		}
		if first {
			dst = append(item.AppendString(comma(dst, from), a.name), ":["...)
			first = false
		}
		dst = append(separate(dst), w.body.Raw()...)
	}
	if first {
		return dst
	}
	return append(dst, ']')
}

// appendCollections appends the metrics of the collections that were written:
// one of each.
func (a *writesOf) appendCollections(dst []byte, from int) []byte {
	seen := map[string]bool{}
	first := true
	for _, w := range a.writes {
		if w.outcome == nil || w.hash == nil {
			continue
		}
		name := string(item.AppendJSON(nil, w.hash))
		if seen[name] {
			continue
		}
		seen[name] = true
		if first {
			dst = append(item.AppendString(comma(dst, from), a.name), ":["...)
			first = false
		}
		dst = appendCollection(separate(dst), w.hash, w.outcome.Collection)
	}
	if first {
		return dst
	}
	return append(dst, ']')
}
