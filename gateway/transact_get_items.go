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
	"shvm-db/internal/key"
	"shvm-db/internal/throttle"
)

// look is one Get of a TransactGetItems.
type look struct {
	name    string // of the table, as the request has it
	t       *catalog.Table
	key     item.Map
	project *expr.Projection
}

func transactGetItems(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	looks, err := readLooks(r)
	if err != nil {
		return nil, err
	}
	for i := range looks {
		if looks[i].t, err = g.table(looks[i].name); err != nil {
			return nil, err
		}
	}
	points, err := pointsOf(looks)
	if err != nil {
		return nil, err
	}
	sights, err := g.snapshot(ctx, looks, points)
	if err != nil {
		return nil, err
	}
	dst = append(dst, `{"Responses":[`...)
	for i := range sights {
		dst = append(separate(dst), '{')
		if sights[i].Found {
			if dst, err = appendProjected(append(dst, `"Item":`...), sights[i].Item, looks[i].project); err != nil {
				return nil, err
			}
		}
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
	if d := capacity.ParseDetail(text(r.Body, "ReturnConsumedCapacity")); d != capacity.None {
		dst = appendLooked(dst, looks, sights, d)
	}
	return append(dst, '}'), nil
}

// readLooks reads what needs no schema.
func readLooks(r *Request) ([]look, error) {
	list, _ := r.Body.Field("TransactItems")
	looks := make([]look, 0, list.Len())
	for v := range list.Elems() {
		get, _ := v.Field("Get")
		a := look{name: text(get, "TableName")}
		var err error
		if a.project, err = bare.projected(get); err != nil {
			return nil, err
		}
		if a.key, err = bare.items(get, "Key"); err != nil {
			return nil, err
		}
		looks = append(looks, a)
	}
	return looks, nil
}

// pointsOf holds the keys against the schemas of their tables.
func pointsOf(looks []look) ([]command.Point, error) {
	for i := range looks {
		if f := check.Empty(looks[i].key); f != nil {
			return nil, f
		}
	}
	points := make([]command.Point, len(looks))
	v, seen := newVerdict(len(looks)), targets{}
	twice := false
	for i := range looks {
		a := &looks[i]
		if f := check.Key(a.t.Key, a.key); f != nil {
			v.cancel(i, f)
			continue
		}
		if f := checkPaths(a.t, a.project); f != nil {
			v.cancel(i, f)
			continue
		}
		encoded, err := key.Encode(a.t.Key, a.key)
		if err != nil {
			return nil, err
		}
		twice = twice || !seen.add(a.t, encoded)
		points[i] = command.Point{Partition: a.t.PartitionOf("", key.HashOf(encoded)), Key: encoded}
	}
	if twice {
		return nil, fault.TransactedTwice()
	}
	return points, v.err()
}

// snapshot reads the items, within the limits of their tables.
func (g *Gateway) snapshot(ctx context.Context, looks []look, points []command.Point) ([]command.Sight, error) {
	v := newVerdict(len(looks))
	if g.Limits != nil {
		for i := range looks {
			if f := g.Limits.Admit(throttle.Target{Table: looks[i].t, Partition: points[i].Partition}); f != nil {
				v.cancel(i, f)
			}
		}
		if err := v.err(); err != nil {
			return nil, err
		}
	}
	sights, err := g.Transactions.Snapshot(ctx, points)
	if err != nil {
		return nil, err
	}
	size := 0
	for i := range sights {
		if sights[i].Held {
			v.cancel(i, fault.Transacted())
		}
		if g.Limits != nil {
			g.Limits.Charge(throttle.Target{Table: looks[i].t, Partition: points[i].Partition}, 2*capacity.Read(sights[i].Size, true))
		}
		size += sights[i].Size
	}
	if size > maxTransaction {
		return nil, fault.TransactionTooLarge()
	}
	return sights, v.err()
}

// appendLooked appends what each table was charged: twice a strong read of each
// item.
func appendLooked(dst []byte, looks []look, sights []command.Sight, d capacity.Detail) []byte {
	dst = append(dst, `,"ConsumedCapacity":[`...)
	var used []*capacity.Consumed
	byTable := map[*catalog.Table]*capacity.Consumed{}
	for i := range looks {
		c := byTable[looks[i].t]
		if c == nil {
			c = &capacity.Consumed{TableName: looks[i].t.Name, Side: capacity.Reads}
			byTable[looks[i].t] = c
			used = append(used, c)
		}
		c.Table += 2 * capacity.Read(sights[i].Size, true)
	}
	for _, c := range used {
		dst = c.Append(separate(dst), d)
	}
	return append(dst, ']')
}
