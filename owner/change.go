package owner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/change"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
)

// trimStep is the most records that one Trim forgets, so that it holds up no
// write for long.
const trimStep = 10_000

// turnStream opens or ends a partition's change stream as a Schema command
// says.
func (a *actor) turnStream(c *command.Command) error {
	var was *catalog.Stream
	if s := a.file.Schema(); s != nil {
		was = s.Stream
	}
	now := c.Schema.Stream
	if was != nil && (now == nil || now.Label != was.Label) {
		if _, err := a.endShard(c.Stamp); err != nil {
			return err
		}
	}
	if now != nil && (was == nil || now.Label != was.Label) {
		return a.openShard(now.Label, "", c.Stamp)
	}
	return nil
}

// endShard closes the open shard, if there is one, and gives its ID.
func (a *actor) endShard(stamp int64) (id string, err error) {
	shard, ok, err := a.file.OpenShard()
	if err != nil || !ok {
		return "", err
	}
	shard.Closed, shard.Ended = true, max(stamp, shard.Opened)
	last := a.file.Mark().Change
	shard.Last, shard.Empty = max(shard.First, last), last < shard.First
	return shard.ID(), a.file.PutShard(shard)
}

func (a *actor) openShard(label, parent string, stamp int64) error {
	all, err := a.file.Shards()
	if err != nil {
		return err
	}
	number := uint64(1)
	if n := len(all); n > 0 {
		number = all[n-1].Number + 1
		stamp = max(stamp, all[n-1].Ended)
	}
	return a.file.PutShard(change.Shard{
		Number: number, Partition: a.id, Label: label, Parent: parent, First: a.file.Mark().Change + 1, Opened: stamp,
	})
}

// roll ends the open shard and opens its child. The records go on in the child.
func (a *actor) roll(stamp int64) error {
	shard, ok, err := a.file.OpenShard()
	if err != nil || !ok {
		return err
	}
	parent, err := a.endShard(stamp)
	if err != nil {
		return err
	}
	return a.openShard(shard.Label, parent, stamp)
}

// trim forgets what is older than a day.
func (a *actor) trim(stamp int64) error {
	_, err := a.file.TrimChanges(stamp-catalog.StreamRetention.Milliseconds(), trimStep)
	return err
}

// finished says that nothing of the partition is needed any more: it was
// dropped, and its change stream has been trimmed.
func (a *actor) finished() (bool, error) {
	if !a.dropped {
		return false, nil
	}
	shards, err := a.file.Shards()
	return len(shards) == 0, err
}

// unchanged says that the item stays as it was, which leaves no trace.
func (w *write) unchanged() bool {
	if w.next == nil || w.oldItem == nil {
		return w.next == nil && !w.found
	}
	return string(w.old.Item) == string(w.nextJSON) || w.old.Size == w.nextSize && item.EqualMap(w.oldItem, w.next)
}

// record keeps the change of the item in the partition's change stream, if it
// has one.
func (w *write) record() error {
	if w.schema.Stream == nil {
		return nil
	}
	shard, ok, err := w.file.OpenShard()
	if err != nil {
		return err
	}
	if !ok {
		return corrupt(w.file, errors.New("the change stream has no open shard"))
	}
	m := w.file.Mark()
	m.Change++
	w.file.SetMark(m)
	r := change.Record{
		Number: m.Change, Shard: shard.Number, Event: change.Modify,
		Stamp: w.c.Stamp, Service: w.c.Op == command.Expire,
	}
	some := w.next
	switch {
	case w.next == nil:
		r.Event, some = change.Remove, w.oldItem
	case !w.found:
		r.Event = change.Insert
	}
	keys := keysOf(w.schema.Key, some)
	r.Carry(w.schema.Stream.View, change.Image{JSON: item.AppendJSON(nil, keys), Size: item.Size(keys)},
		change.Image{JSON: w.old.Item, Size: w.old.Size}, change.Image{JSON: w.nextJSON, Size: w.nextSize})
	return w.file.AddChange(&r)
}

// keysOf are an item's key attributes.
func keysOf(k catalog.Key, m item.Map) item.Map {
	out := make(item.Map, 0, len(k.Hash)+len(k.Range))
	for _, attrs := range [][]catalog.KeyAttr{k.Hash, k.Range} {
		for _, a := range attrs {
			if v, ok := m.Get(a.Name); ok {
				out = append(out, item.Attr{Name: a.Name, Value: v})
			}
		}
	}
	return out
}

// streamed gives a partition's actor for the reading of its change stream,
// which outlives the partition. ok is false if there is nothing left of it.
func (o *Owner) streamed(id catalog.PartitionID) (a *actor, ok bool, err error) {
	if err := o.Err(); err != nil {
		return nil, false, err
	}
	a, err = o.wake(id, false)
	if errors.Is(err, ErrNoPartition) {
		return nil, false, nil
	}
	return a, err == nil, err
}

// Shards lists a partition's shards in a stream, oldest first.
func (o *Owner) Shards(_ context.Context, id catalog.PartitionID, label string) ([]change.Shard, error) {
	a, ok, err := o.streamed(id)
	if !ok {
		return nil, err
	}
	defer a.mu.Unlock()
	all, err := a.file.Shards()
	if err != nil {
		return nil, o.fail(a, err)
	}
	var out []change.Shard
	for _, s := range all {
		if s.Label == label {
			out = append(out, s)
		}
	}
	return out, nil
}

// Records reads the records of one shard from a number on, at most limit of
// them, ending with the one that reaches bytes.
func (o *Owner) Records(_ context.Context, id catalog.PartitionID, shard, from uint64, limit, bytes int) (change.Batch, error) {
	a, ok, err := o.streamed(id)
	if !ok {
		return change.Batch{Next: from, End: true}, err
	}
	defer a.mu.Unlock()
	b, err := a.records(shard, from, limit, bytes)
	if err != nil {
		return change.Batch{}, o.fail(a, err)
	}
	return b, nil
}

func (a *actor) records(number, from uint64, limit, bytes int) (change.Batch, error) {
	s, ok, err := a.shard(number)
	if err != nil {
		return change.Batch{}, err
	}
	if !ok {
		return change.Batch{Next: from, End: true, Trimmed: true}, nil
	}
	oldest, err := a.oldest(s)
	if err != nil {
		return change.Batch{}, err
	}
	b := change.Batch{Next: from, Trimmed: max(from, s.First) < oldest}
	if b.Trimmed {
		return b, nil
	}
	if b.Records, err = a.file.Changes(number, from, limit, bytes); err != nil {
		return change.Batch{}, err
	}
	if n := len(b.Records); n > 0 {
		b.Next = b.Records[n-1].Number + 1
	}
	b.End = s.Closed && b.Next >= a.end(s)
	return b, nil
}

func (a *actor) shard(number uint64) (change.Shard, bool, error) {
	all, err := a.file.Shards()
	for _, s := range all {
		if s.Number == number {
			return s, true, err
		}
	}
	return change.Shard{}, false, err
}

// oldest is the number of the first record of a shard that is kept, or of the
// first that it will have.
func (a *actor) oldest(s change.Shard) (uint64, error) {
	first, ok, err := a.file.FirstChange()
	if err != nil {
		return 0, err
	}
	if !ok {
		first = a.file.Mark().Change + 1
	}
	return min(max(s.First, first), a.end(s)), nil
}

// end is the number after a shard's last record so far.
func (a *actor) end(s change.Shard) uint64 {
	if !s.Closed {
		return a.file.Mark().Change + 1
	}
	if s.Empty {
		return s.First
	}
	return s.Last + 1
}

// Seek is the number of the first record of a shard at or after a time in Unix
// milliseconds; the shard's next number if there is none.
func (o *Owner) Seek(_ context.Context, id catalog.PartitionID, shard uint64, stamp int64) (uint64, error) {
	a, ok, err := o.streamed(id)
	if !ok {
		return 0, err
	}
	defer a.mu.Unlock()
	n, err := a.seek(shard, stamp)
	if err != nil {
		return 0, o.fail(a, err)
	}
	return n, nil
}

func (a *actor) seek(number uint64, stamp int64) (uint64, error) {
	s, ok, err := a.shard(number)
	if err != nil || !ok {
		return 0, err
	}
	oldest, err := a.oldest(s)
	if err != nil {
		return 0, err
	}
	return a.file.SeekChange(oldest, a.end(s), stamp)
}

// Roll ends the open shard of a partition's change stream and opens its child.
func (o *Owner) Roll(ctx context.Context, id catalog.PartitionID) error {
	return o.tend(ctx, id, command.Roll)
}

// Trim forgets change records of a partition that are older than a day, some
// thousands at a time.
func (o *Owner) Trim(ctx context.Context, id catalog.PartitionID) error {
	return o.tend(ctx, id, command.Trim)
}

func (o *Owner) tend(ctx context.Context, id catalog.PartitionID, op command.Op) error {
	out, err := o.Do(ctx, &command.Command{Op: op, Partition: id, Stamp: time.Now().UnixMilli()})
	switch {
	case errors.Is(err, ErrNoPartition):
		return nil
	case err != nil:
		return err
	case out.Fault != nil:
		return fmt.Errorf("partition %d: %w", id, out.Fault)
	}
	return nil
}
