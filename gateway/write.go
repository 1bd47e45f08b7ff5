package gateway

import (
	"context"

	"shvm-db/internal/capacity"
	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
	"shvm-db/internal/throttle"
)

// answering is what a write was asked to answer.
type answering struct {
	values  string // ReturnValues
	detail  capacity.Detail
	metrics bool
}

func readAnswering(body jsonscan.Value) answering {
	return answering{
		values:  text(body, "ReturnValues"),
		detail:  capacity.ParseDetail(text(body, "ReturnConsumedCapacity")),
		metrics: text(body, "ReturnItemCollectionMetrics") == "SIZE",
	}
}

// command is an empty command with a request's stamps.
func (r *Request) command(op command.Op) *command.Command {
	return &command.Command{Op: op, Stamp: r.Stamp(), NotAfter: r.NotAfter()}
}

// route sets the partition of a command from its key.
func route(t *catalog.Table, c *command.Command) {
	c.Partition = t.PartitionOf("", key.HashOf(c.Key))
}

// oldOnFailure reads ReturnValuesOnConditionCheckFailure.
func oldOnFailure(body jsonscan.Value) bool {
	return text(body, "ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
}

// write does one command and appends the answer.
func (g *Gateway) write(ctx context.Context, t *catalog.Table, c *command.Command, ask answering, dst []byte) ([]byte, error) {
	ask.want(c)
	hash := collectionKey(t, c, ask.metrics)
	o, err := g.do(ctx, t, c)
	if err != nil {
		return nil, err
	}
	dst = append(dst, '{')
	empty := len(dst)
	if returned := ask.image(o); len(returned) > 0 {
		dst = append(dst, `"Attributes":`...)
		dst = item.AppendJSON(dst, returned)
	}
	if ask.detail != capacity.None {
		used := capacity.Consumed{TableName: t.Name}
		used.AddWrite(o, 1, localIn(t))
		dst = comma(dst, empty)
		dst = used.Append(append(dst, `"ConsumedCapacity":`...), ask.detail)
	}
	if hash != nil {
		dst = comma(dst, empty)
		dst = appendCollection(append(dst, `"ItemCollectionMetrics":`...), hash, o.Collection)
	}
	return append(dst, '}'), nil
}

// comma separates the members of an object whose first one would stand at
// from.
func comma(dst []byte, from int) []byte {
	if len(dst) > from {
		return append(dst, ',')
	}
	return dst
}

// do does one command, within the limits of its table. What the command was
// refused for is an error.
func (g *Gateway) do(ctx context.Context, t *catalog.Table, c *command.Command) (*command.Outcome, error) {
	limited := g.Limits != nil && g.Limits.Active(t)
	if limited {
		if f := g.admitWrite(t, c); f != nil {
			return nil, f
		}
	}
	partition := c.Partition
	o, err := g.Data.Do(ctx, c)
	if err != nil {
		return nil, err
	}
	if limited {
		g.chargeWrite(t, partition, o, 1)
	}
	if o.Fault != nil {
		return nil, o.Fault
	}
	return o, nil
}

// admitWrite asks for the capacity of a table and of the global indexes that
// the write may touch: a put, only those it has the keys of.
func (g *Gateway) admitWrite(t *catalog.Table, c *command.Command) error {
	if f := g.Limits.Admit(throttle.Target{Table: t, Partition: c.Partition, Write: true}); f != nil {
		return f
	}
	if c.Op == command.Check {
		return nil
	}
	for i := range t.Global {
		if c.Op == command.Put && !hasKeys(&t.Global[i], c.Item) {
			continue
		}
		if f := g.Limits.Admit(throttle.Target{Table: t, Index: t.Global[i].Name, Write: true}); f != nil {
			return f
		}
	}
	return nil
}

func hasKeys(ix *catalog.Index, m item.Map) bool {
	for _, attrs := range [][]catalog.KeyAttr{ix.Key.Hash, ix.Key.Range} {
		for _, a := range attrs {
			if _, ok := m.Get(a.Name); !ok {
				return false
			}
		}
	}
	return true
}

// chargeWrite takes what a write cost. Local indexes live on the table's units.
func (g *Gateway) chargeWrite(t *catalog.Table, p catalog.PartitionID, o *command.Outcome, factor capacity.Units) {
	units := factor * capacity.Write(o.OldSize, o.NewSize)
	for _, change := range o.Indexes {
		if t.LocalIndex(change.Name) != nil {
			units += capacity.IndexWrite(change)
			continue
		}
		g.Limits.Charge(throttle.Target{Table: t, Index: change.Name, Write: true}, capacity.IndexWrite(change))
	}
	g.Limits.Charge(throttle.Target{Table: t, Partition: p, Write: true}, units)
}

// want asks a command for the image that ReturnValues needs.
func (a answering) want(c *command.Command) {
	switch a.values {
	case "ALL_OLD", "UPDATED_OLD":
		c.Want = command.OldImage
	case "ALL_NEW", "UPDATED_NEW":
		c.Want = command.NewImage
	}
}

// image is what ReturnValues asks for.
func (a answering) image(o *command.Outcome) item.Map {
	switch a.values {
	case "ALL_OLD":
		return o.Old
	case "ALL_NEW":
		return o.New
	case "UPDATED_OLD":
		return expr.ProjectionOf(o.Touched).Project(o.Old)
	case "UPDATED_NEW":
		return expr.ProjectionOf(o.Touched).Project(o.New)
	}
	return nil
}

// collectionKey is the partition key of a command, if the answer has to tell
// the size of the item's collection: only tables with local indexes have any.
func collectionKey(t *catalog.Table, c *command.Command, wanted bool) item.Map {
	if !wanted || len(t.Local) == 0 {
		return nil
	}
	from := c.KeyItem
	if c.Op == command.Put {
		from = c.Item
	}
	name := t.Key.Hash[0].Name
	v, _ := from.Get(name)
	return item.Map{{Name: name, Value: v}}
}

// appendCollection appends an ItemCollectionMetrics: the range of whole
// gigabytes that the collection's size falls in.
func appendCollection(dst []byte, hash item.Map, bytes int64) []byte {
	dst = item.AppendJSON(append(dst, `{"ItemCollectionKey":`...), hash)
	gigabytes := capacity.Units(2 * (bytes >> 30))
	dst = capacity.AppendUnits(append(dst, `,"SizeEstimateRangeGB":[`...), gigabytes)
	dst = capacity.AppendUnits(append(dst, ','), gigabytes+2)
	return append(dst, ']', '}')
}

// localIn tells the local indexes of a table from its global ones.
func localIn(t *catalog.Table) func(string) bool {
	return func(index string) bool { return t.LocalIndex(index) != nil }
}
