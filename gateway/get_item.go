package gateway

import (
	"context"

	"shvm-db/internal/capacity"
	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
	"shvm-db/internal/throttle"
)

var projectionGrammar = grammar{
	expressions: []string{expr.ProjectionExpression},
	legacy:      []string{"AttributesToGet"},
}

func getItem(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	p, err := bare.projected(r.Body)
	if err != nil {
		return nil, err
	}
	k, err := bare.items(r.Body, "Key")
	if err != nil {
		return nil, err
	}
	if f := check.Empty(k); f != nil {
		return nil, f
	}
	t, err := g.table(text(r.Body, "TableName"))
	if err != nil {
		return nil, err
	}
	if f := checkPaths(t, p); f != nil {
		return nil, f
	}
	if f := check.Key(t.Key, k); f != nil {
		return nil, f
	}
	strong := flag(r.Body, "ConsistentRead")
	row, found, err := g.get(ctx, t, k, strong)
	if err != nil {
		return nil, err
	}
	dst = append(dst, '{')
	empty := len(dst)
	if found {
		dst = append(dst, `"Item":`...)
		if dst, err = appendProjected(dst, row.Item, p); err != nil {
			return nil, err
		}
	}
	if d := capacity.ParseDetail(text(r.Body, "ReturnConsumedCapacity")); d != capacity.None {
		used := capacity.Consumed{TableName: t.Name, Table: capacity.Read(row.Size, strong)}
		dst = comma(dst, empty)
		dst = used.Append(append(dst, `"ConsumedCapacity":`...), d)
	}
	return append(dst, '}'), nil
}

// projected reads the projection of a read, in either form; nil is all
// attributes.
func (l layer) projected(body jsonscan.Value) (*expr.Projection, error) {
	if err := projectionGrammar.check(body); err != nil {
		return nil, l.word(err)
	}
	p, err := l.attributesToGet(body)
	if p != nil || err != nil {
		return p, err
	}
	ph, err := l.placeholders(body)
	if err != nil {
		return nil, err
	}
	if p, err = l.projection(body, ph); err != nil {
		return nil, err
	}
	return p, l.unused(ph)
}

// get reads one item by a key that has been checked, within the limits of its
// table.
func (g *Gateway) get(ctx context.Context, t *catalog.Table, k item.Map, strong bool) (command.Row, bool, error) {
	encoded, err := key.Encode(t.Key, k)
	if err != nil {
		return command.Row{}, false, err
	}
	p := t.PartitionOf("", key.HashOf(encoded))
	limited := g.Limits != nil && g.Limits.Active(t)
	target := throttle.Target{Table: t, Partition: p}
	if limited {
		if f := g.Limits.Admit(target); f != nil {
			return command.Row{}, false, f
		}
	}
	row, found, err := g.Data.Get(ctx, p, encoded)
	if err == nil && limited {
		g.Limits.Charge(target, capacity.Read(row.Size, strong))
	}
	return row, found, err
}

// appendProjected appends a stored item, or what a projection leaves of it.
// Without a projection the stored bytes are the answer.
func appendProjected(dst, stored []byte, p *expr.Projection) ([]byte, error) {
	if p == nil {
		return append(dst, stored...), nil
	}
	m, err := item.Decode(stored)
	if err != nil {
		return nil, err
	}
	return item.AppendJSON(dst, p.Project(m)), nil
}

// checkPaths refuses a projection that goes into a key attribute, which can
// only be a scalar.
func checkPaths(t *catalog.Table, p *expr.Projection) *fault.Error {
	if p == nil {
		return nil
	}
	return keyPaths(t, p.Paths())
}

func keyPaths(t *catalog.Table, paths []expr.Path) *fault.Error {
	for _, path := range paths {
		if len(path) < 2 {
			continue
		}
		name := path[0].Name
		if isKey(t.Key, name) {
			return fault.KeyPath("Key", name)
		}
		for _, indexes := range [][]catalog.Index{t.Global, t.Local} {
			for i := range indexes {
				if isKey(indexes[i].Key, name) {
					return fault.KeyPath("IndexKey", name)
				}
			}
		}
	}
	return nil
}

func isKey(k catalog.Key, name string) bool {
	for _, attrs := range [][]catalog.KeyAttr{k.Hash, k.Range} {
		for _, a := range attrs {
			if a.Name == name {
				return true
			}
		}
	}
	return false
}
