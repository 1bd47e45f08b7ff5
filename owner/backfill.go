package owner

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
	"shvm-db/owner/store"
)

// A fill walks through the items that a partition had before an index was
// made, or before time to live was enabled. Each step is a command in the
// partition's journal: what it says of an item is right at that place among
// the writes, so an item that was deleted before a step is not in it, and one
// that is deleted after it is taken out by a higher version. Writes wait for
// one step at most.
//
// How far a walk has come is part of the partition's state.
const (
	fillItems = 200
	fillBytes = 512 << 10
	// expiries is the index of the walk that notes expiry times.
	expiries catalog.PartitionID = 0
)

// ErrNoIndex: the partition's schema has no such index.
var ErrNoIndex = errors.New("there is no such index")

// walk is how far a fill has come: the key it goes on from, or done, and the
// number of the last change it put in the outbox.
type walk struct {
	done   bool
	number int64
	next   []byte
}

func walkValue(index catalog.PartitionID) string {
	return "fill " + strconv.FormatUint(uint64(index), 10)
}

func walkOf(f *store.Store, index catalog.PartitionID) (walk, error) {
	b, ok, err := f.Value(walkValue(index))
	if err != nil || !ok {
		return walk{}, err
	}
	if len(b) < 9 {
		return walk{}, corrupt(f, fmt.Errorf("%s has %d bytes", walkValue(index), len(b)))
	}
	return walk{b[0] == 1, int64(binary.LittleEndian.Uint64(b[1:])), b[9:]}, nil
}

func (w walk) save(f *store.Store, index catalog.PartitionID) error {
	b := []byte{0}
	if w.done {
		b[0] = 1
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(w.number))
	return f.SetValue(walkValue(index), append(b, w.next...))
}

// fill applies one step of a walk. A step that does not begin where the walk
// stands was applied before.
func (a *actor) fill(c *command.Walk, seq uint64) error {
	f, schema := a.file, a.file.Schema()
	at, err := walkOf(f, c.Index)
	if err != nil || at.done || !bytes.Equal(at.next, c.From) {
		return err
	}
	var ix *catalog.Index
	if c.Index != expiries {
		if ix = indexOf(schema, c.Index); ix == nil {
			return nil
		}
	}
	records, next, err := f.Walk(c.From, c.Limit, c.Bytes)
	if err != nil {
		return err
	}
	for i := range records {
		r := &records[i]
		m, err := item.Decode(r.Item)
		if err != nil {
			return corrupt(f, err)
		}
		if ix == nil {
			if at := expiry(schema.TTL, m); at != r.Expires {
				r.Expires = at
				if err := f.Put(r); err != nil {
					return err
				}
			}
		} else if e := entryOf(schema.Key, ix, m); e.key != nil {
			if err := a.out.push(f, changeOf(seq, ix, r.Key, r.Version, nil, e)); err != nil {
				return err
			}
		}
	}
	return walk{done: next == nil, number: f.Mark().Outbox, next: next}.save(f, c.Index)
}

func indexOf(schema *catalog.Schema, id catalog.PartitionID) *catalog.Index {
	for i := range schema.Global {
		if schema.Global[i].ID == id {
			return &schema.Global[i]
		}
	}
	return nil
}

// setSchema applies a Schema command: beside the schema, what follows from what
// it changes.
func (a *actor) setSchema(next *catalog.Schema) error {
	was := a.file.Schema()
	if err := a.file.SetSchema(next); err != nil {
		return err
	}
	if was == nil {
		// There is nothing to walk through.
		return walk{done: true}.save(a.file, expiries)
	}
	for i := range was.Global {
		if id := was.Global[i].ID; indexOf(next, id) == nil {
			if err := a.file.SetValue(walkValue(id), nil); err != nil {
				return err
			}
		}
	}
	if was.TTL == next.TTL {
		return nil
	}
	if err := a.file.ForgetExpiries(); err != nil {
		return err
	}
	if next.TTL == "" {
		return walk{done: true}.save(a.file, expiries)
	}
	return a.file.SetValue(walkValue(expiries), nil)
}

// Fill brings what a partition of a table held before a global index was made
// into the index, and returns when all of it is there. The partition's schema
// must have the index, by its ID. It goes on where an earlier Fill was
// interrupted, and may be called again when it is done.
func (o *Owner) Fill(ctx context.Context, base, index catalog.PartitionID) error {
	for {
		at, sent, err := o.walked(base, index)
		switch {
		case err != nil:
			return err
		case sent && at.done:
			return nil
		case sent:
			// One step at a time is under way: the outbox stays small.
			if err := o.step(ctx, base, index, at.next); err != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-o.ctx.Done():
			return ErrClosed
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// walked says how far a walk has come, and whether its changes are delivered.
func (o *Owner) walked(base, index catalog.PartitionID) (at walk, sent bool, err error) {
	a, err := o.reader(base)
	if err != nil {
		return walk{}, false, err
	}
	defer a.mu.Unlock()
	if index != expiries && indexOf(a.file.Schema(), index) == nil {
		return walk{}, false, fmt.Errorf("partition %d: index %d: %w", base, index, ErrNoIndex)
	}
	if at, err = walkOf(a.file, index); err != nil {
		return walk{}, false, o.fail(a, err)
	}
	return at, at.number <= a.out.low, nil
}

func (o *Owner) step(ctx context.Context, base, index catalog.PartitionID, from []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sendDeadline)
	defer cancel()
	now := time.Now()
	out, err := o.Do(ctx, &command.Command{Op: command.Fill, Partition: base, Stamp: now.UnixMilli(),
		NotAfter: now.Add(sendDeadline).UnixMilli(),
		Fill:     &command.Walk{Index: index, From: from, Limit: fillItems, Bytes: fillBytes}})
	if err != nil {
		return err
	}
	if out.Fault != nil {
		return out.Fault
	}
	return nil
}
