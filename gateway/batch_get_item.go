package gateway

import (
	"context"
	"errors"

	"shvm-db/internal/capacity"
	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
)

const (
	maxBatchGet   = 100
	batchGetBytes = 16 << 20 // of a whole answer
)

// keysOf is what one batch asks of one table.
type keysOf struct {
	name    string // as the request has it
	body    jsonscan.Value
	t       *catalog.Table
	keys    []item.Map
	project *expr.Projection
	strong  bool

	found    []byte // items, separated by commas
	used     capacity.Consumed
	left     []jsonscan.Value // keys that were not read
	throttle *fault.Error
}

func batchGetItem(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	asked, err := readBatchGet(r)
	if err != nil {
		return nil, err
	}
	for _, a := range asked {
		if err := a.resolve(g); err != nil {
			return nil, err
		}
	}
	room, served := batchGetBytes, 0
	var throttled *fault.Error
	for _, a := range asked {
		n, err := a.read(g, ctx, &room)
		if err != nil {
			return nil, err
		}
		served += n
		if a.throttle != nil {
			throttled = a.throttle
		}
	}
	if served == 0 && throttled != nil {
		return nil, throttled
	}
	return appendBatchGet(dst, asked, capacity.ParseDetail(text(r.Body, "ReturnConsumedCapacity"))), nil
}

// readBatchGet reads what needs no schema.
func readBatchGet(r *Request) ([]*keysOf, error) {
	tables, _ := r.Body.Field("RequestItems")
	var asked []*keysOf
	total := 0
	expressions, legacy := false, false
	for name, block := range tables.Members() {
		if err := projectionGrammar.check(block); err != nil {
			return nil, err
		}
		a := &keysOf{name: name, body: block, strong: flag(block, "ConsistentRead")}
		asked = append(asked, a)
		keys, _ := block.Field("Keys")
		for v := range keys.Elems() {
			k, err := item.FromJSON(v)
			if err != nil {
				return nil, bare.word(err)
			}
			a.keys = append(a.keys, k)
		}
		total += len(a.keys)
		var err error
		if a.project, err = bare.projected(block); err != nil {
			return nil, err
		}
		_, given := member(block, expr.ProjectionExpression)
		_, old := member(block, "AttributesToGet")
		expressions, legacy = expressions || given, legacy || old
	}
	if expressions && legacy {
		return nil, fault.Mixed([]string{"AttributesToGet"}, []string{expr.ProjectionExpression})
	}
	if total > maxBatchGet {
		return nil, fault.TooManyInBatch("BatchGetItem")
	}
	for _, a := range asked {
		for _, k := range a.keys {
			if f := check.Empty(k); f != nil {
				return nil, f
			}
		}
	}
	return asked, nil
}

// resolve finds the table and holds the keys against its schema.
func (a *keysOf) resolve(g *Gateway) (err error) {
	if a.t, err = g.table(a.name); err != nil {
		return err
	}
	if f := checkPaths(a.t, a.project); f != nil {
		return f
	}
	seen := make(map[string]bool, len(a.keys))
	for _, k := range a.keys {
		if f := check.Key(a.t.Key, k); f != nil {
			return f
		}
		encoded, err := key.Encode(a.t.Key, k)
		if err != nil {
			return err
		}
		if seen[string(encoded)] {
			return fault.DuplicateKeys()
		}
		seen[string(encoded)] = true
	}
	a.used.TableName = a.t.Name
	return nil
}

// read reads items until the answer has no room; it says how many.
func (a *keysOf) read(g *Gateway, ctx context.Context, room *int) (served int, err error) {
	keys, _ := a.body.Field("Keys")
	at := 0
	for raw := range keys.Elems() {
		k := a.keys[at]
		at++
		if *room <= 0 || a.throttle != nil {
			a.left = append(a.left, raw)
			continue
		}
		row, found, err := g.get(ctx, a.t, k, a.strong)
		if f := throttled(err); f != nil {
			a.throttle = f
			a.left = append(a.left, raw)
			continue
		}
		if err != nil {
			return served, err
		}
		if found && row.Size > *room {
			*room = 0
			a.left = append(a.left, raw)
			continue
		}
		served++
		a.used.Table += capacity.Read(row.Size, a.strong)
		if !found {
			continue
		}
		*room -= row.Size
		if len(a.found) > 0 {
			a.found = append(a.found, ',')
		}
		if a.found, err = appendProjected(a.found, row.Item, a.project); err != nil {
			return served, err
		}
	}
	return served, nil
}

// throttled is the refusal of a limit, if that is what an error is.
func throttled(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) && len(f.Throttling) > 0 {
		return f
	}
	return nil
}

func appendBatchGet(dst []byte, asked []*keysOf, d capacity.Detail) []byte {
	dst = append(dst, `{"Responses":{`...)
	for i, a := range asked {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(item.AppendString(dst, a.name), ":["...)
		dst = append(append(dst, a.found...), ']')
	}
	dst = append(dst, `},"UnprocessedKeys":{`...)
	from := len(dst)
	for _, a := range asked {
		if len(a.left) > 0 {
			dst = a.appendLeft(comma(dst, from))
		}
	}
	dst = append(dst, '}')
	if d != capacity.None {
		dst = append(dst, `,"ConsumedCapacity":[`...)
		for i, a := range asked {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = a.used.Append(dst, d)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendLeft appends the part of the request that was not done, as a request.
func (a *keysOf) appendLeft(dst []byte) []byte {
	dst = append(item.AppendString(dst, a.name), `:{"Keys":[`...)
	for i, k := range a.left {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, k.Raw()...)
	}
	dst = append(dst, ']')
	for name, v := range a.body.Members() {
		if name == "Keys" || v.Kind() == jsonscan.Null {
			continue
		}
		dst = append(item.AppendString(append(dst, ','), name), ':')
		dst = append(dst, v.Raw()...)
	}
	return append(dst, '}')
}
