package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"shvm-db/internal/capacity"
	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
)

// action is one action of a TransactWriteItems.
type action struct {
	name string // of the table, as the request has it
	t    *catalog.Table
	c    *command.Command
	hash item.Map // for ItemCollectionMetrics
	// deep says that a value of an Update's expressions nests too deep.
	deep bool
}

func transactWriteItems(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	ask := readAnswering(r.Body)
	actions, err := readTransaction(r)
	if err != nil {
		return nil, err
	}
	for i := range actions {
		if actions[i].t, err = g.table(actions[i].name); err != nil {
			return nil, err
		}
	}
	if err := checkTransaction(actions); err != nil {
		return nil, err
	}
	list, _ := r.Body.Field("TransactItems")
	digest := sha256.Sum256(list.Raw())
	c := r.command(command.Transact)
	c.Transaction = &command.Transaction{Token: text(r.Body, "ClientRequestToken"), Digest: digest[:]}
	for i := range actions {
		c.Transaction.Actions = append(c.Transaction.Actions, actions[i].c)
		actions[i].hash = collectionKey(actions[i].t, actions[i].c, ask.metrics)
	}
	o, err := g.transact(ctx, c, actions)
	if err != nil {
		return nil, err
	}
	return appendTransacted(dst, actions, o, ask), nil
}

// sizes fills in the sizes of the items of a transaction that had been done
// before: a repeat is charged for reading them.
func (g *Gateway) sizes(ctx context.Context, o *command.Outcome, actions []action) error {
	points := make([]command.Point, len(actions))
	for i := range actions {
		points[i] = command.Point{Partition: actions[i].t.PartitionOf("", key.HashOf(actions[i].c.Key)), Key: actions[i].c.Key}
	}
	sights, err := g.Transactions.Snapshot(ctx, points)
	if err != nil {
		return err
	}
	o.Actions = make([]*command.Outcome, len(sights))
	for i := range sights {
		o.Actions[i] = &command.Outcome{OldSize: sights[i].Size}
	}
	return nil
}

// readTransaction reads what needs no schema: one action after the other, the
// first problem wins (paritysuite, validation-ordering/deepRequests).
func readTransaction(r *Request) ([]action, error) {
	list, _ := r.Body.Field("TransactItems")
	actions := make([]action, 0, list.Len())
	for v := range list.Elems() {
		a, err := readAction(r, v)
		if err != nil {
			return nil, err
		}
		actions = append(actions, a)
	}
	return actions, nil
}

var actionKinds = []struct {
	member string
	op     command.Op
	values layer
	read   func(l layer, body jsonscan.Value, c *command.Command) error
}{
	{"ConditionCheck", command.Check, unlimited, layer.conditioned},
	{"Put", command.Put, bare, layer.conditioned},
	{"Delete", command.Delete, bare, layer.conditioned},
	{"Update", command.Update, unlimited, layer.updated},
}

func readAction(r *Request, v jsonscan.Value) (action, error) {
	const l = bare
	var a action
	for _, kind := range actionKinds {
		body, ok := member(v, kind.member)
		if !ok {
			continue
		}
		if a.c != nil {
			return a, fault.TransactionOfMany()
		}
		a.name, a.c = text(body, "TableName"), r.command(kind.op)
		if err := transactGrammar.check(body); err != nil {
			return a, err
		}
		if err := kind.read(kind.values, body, a.c); err != nil {
			return a, err
		}
		var err error
		a.deep = kind.op == command.Update && tooDeep(body)
		if kind.op == command.Put {
			a.c.Item, err = l.items(body, "Item")
		} else {
			a.c.KeyItem, err = l.items(body, "Key")
		}
		if err != nil {
			return a, err
		}
	}
	if a.c == nil {
		return a, fault.TransactionOfNone()
	}
	return a, nil
}

// tooDeep says whether a value of ExpressionAttributeValues nests deeper than
// an item may.
func tooDeep(body jsonscan.Value) bool {
	values, _ := body.Field("ExpressionAttributeValues")
	for _, v := range values.Members() {
		// Each level of a value opens a brace at least.
		if bytes.Count(v.Raw(), []byte{'{'}) < item.MaxDepth {
			continue
		}
		if _, err := item.ValueFromJSON(v); err != nil {
			return true
		}
	}
	return false
}

var transactGrammar = grammar{expressions: []string{expr.UpdateExpression, expr.ConditionExpression}}

// checkTransaction holds the actions against the schemas of their tables. What
// a request alone can tell to be too large or empty refuses it as a whole; other
// bad keys cancel the transaction.
func checkTransaction(actions []action) error {
	size := 0
	for i := range actions {
		a := &actions[i]
		if f := a.refusal(); f != nil {
			return f
		}
		size += a.c.ItemSize() + item.Size(a.c.KeyItem)
	}
	if size > maxTransaction {
		return fault.TransactionTooLarge()
	}
	v, seen := newVerdict(len(actions)), targets{}
	twice := false
	for i := range actions {
		a := &actions[i]
		err := a.locate()
		if a.deep {
			err = fault.TooDeep().Current()
		}
		var f *fault.Error
		switch {
		case errors.As(err, &f):
			v.cancel(i, f)
		case err != nil:
			return err
		default:
			twice = twice || !seen.add(a.t, a.c.Key)
		}
	}
	if twice {
		return fault.TransactedTwice()
	}
	return v.err()
}

// refusal finds what refuses the whole request.
func (a *action) refusal() *fault.Error {
	if a.c.Op == command.Put {
		if a.c.ItemSize() > check.MaxItem {
			return fault.ItemTooLarge()
		}
		if isEmptyKey(a.t.Key, a.c.Item) {
			return check.Item(a.t.Key, nil, nil, a.c.Item)
		}
		for _, indexes := range [][]catalog.Index{a.t.Global, a.t.Local} {
			for i := range indexes {
				if isEmptyKey(indexes[i].Key, a.c.Item) {
					one := indexes[i : i+1]
					return check.Item(catalog.Key{}, nil, one, a.c.Item)
				}
			}
		}
		return nil
	}
	if f := check.Empty(a.c.KeyItem); f != nil {
		return f
	}
	if f := checkWritten(a.t, a.c.Update); f != nil && f.Message != fault.UpdatedIndexKeyType().Message {
		return f
	}
	return nil
}

// locate holds an action against its table's schema and encodes its key.
func (a *action) locate() (err error) {
	if a.c.Op != command.Put {
		if err := locate(a.t, a.c); err != nil {
			return err
		}
		if f := checkTargets(a.t.Key, a.c.Update); f != nil {
			return f
		}
		if f := checkWritten(a.t, a.c.Update); f != nil {
			return f
		}
		return nil
	}
	if f := check.Item(a.t.Key, a.t.Local, a.t.Global, a.c.Item); f != nil {
		return f
	}
	if a.c.Key, err = key.Encode(a.t.Key, a.c.Item); err != nil {
		return err
	}
	route(a.t, a.c)
	return nil
}

// transact does a transaction, within the limits of its tables.
func (g *Gateway) transact(ctx context.Context, c *command.Command, actions []action) (*command.Outcome, error) {
	v := newVerdict(len(actions))
	if g.Limits != nil {
		for i := range actions {
			err := g.admitWrite(actions[i].t, actions[i].c)
			if f := throttled(err); f != nil {
				v.cancel(i, f)
			}
		}
		if err := v.err(); err != nil {
			return nil, err
		}
	}
	partitions := make([]catalog.PartitionID, len(actions))
	for i := range actions {
		partitions[i] = actions[i].c.Partition
	}
	o, err := g.Transactions.Transact(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case o.Fault != nil:
		return nil, o.Fault
	}
	if o.Repeated {
		return o, g.sizes(ctx, o, actions)
	}
	for i, one := range o.Actions {
		if one.Fault != nil {
			v.cancel(i, one.Fault)
		}
		if g.Limits != nil {
			g.chargeWrite(actions[i].t, partitions[i], one, 2)
		}
	}
	return o, v.err()
}

// appendTransacted appends the answer to a transaction that was done, or that
// had been done before.
func appendTransacted(dst []byte, actions []action, o *command.Outcome, ask answering) []byte {
	dst = append(dst, '{')
	from := len(dst)
	if ask.detail != capacity.None {
		dst = append(dst, `"ConsumedCapacity":[`...)
		for _, t := range tablesOf(actions) {
			used := capacity.Consumed{TableName: t.Name, Side: capacity.Writes}
			if o.Repeated {
				used.Side = capacity.Reads
			}
			for i := range actions {
				switch {
				case actions[i].t != t:
				case o.Repeated:
					// A repeat reads the items instead, as transactions read.
					used.Table += 2 * capacity.Read(o.Actions[i].OldSize, true)
				default:
					used.AddWrite(o.Actions[i], 2, localIn(t))
				}
			}
			dst = used.Append(separate(dst), ask.detail)
		}
		dst = append(dst, ']')
	}
	if ask.metrics && !o.Repeated {
		if list := appendCollectionsOf(nil, actions, o); len(list) > 0 {
			dst = append(append(append(comma(dst, from), `"ItemCollectionMetrics":{`...), list...), '}')
		}
	}
	return append(dst, '}')
}

// tablesOf are the tables of a transaction in the order in which they first
// come.
func tablesOf(actions []action) []*catalog.Table {
	var tables []*catalog.Table
	for i := range actions {
		if !slices.Contains(tables, actions[i].t) {
			tables = append(tables, actions[i].t)
		}
	}
	return tables
}

// appendCollectionsOf appends, for each table, the metrics of the collections
// that were written: the latest of each.
func appendCollectionsOf(dst []byte, actions []action, o *command.Outcome) []byte {
	for _, t := range tablesOf(actions) {
		var names []string
		latest := map[string]int{}
		for i := range actions {
			if actions[i].t != t || actions[i].hash == nil || actions[i].c.Op == command.Check {
				continue
			}
			name := string(item.AppendJSON(nil, actions[i].hash))
			if _, ok := latest[name]; !ok {
				names = append(names, name)
			}
			latest[name] = i
		}
		if names == nil {
			continue
		}
		dst = append(item.AppendString(comma(dst, 0), t.Name), ":["...)
		for _, name := range names {
			i := latest[name]
			dst = appendCollection(separate(dst), actions[i].hash, o.Actions[i].Collection)
		}
		dst = append(dst, ']')
	}
	return dst
}
