package owner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/key"
)

// Tables is the catalog as the owner needs it.
type Tables interface {
	Table(name string) (*catalog.Table, bool)
	Tables() []*catalog.Table
}

// errUndelivered: a change of a global index is not where it belongs yet.
var errUndelivered = errors.New("changes of a global index are not delivered yet")

const (
	// A sender takes up to sendCount changes, or sendBytes, at once.
	sendCount = 1024
	sendBytes = 2 << 20
	// sendDeadline is how long one delivery may take before it is tried again.
	sendDeadline = 10 * time.Second
	// sendLinger is how long a sender with nothing left waits for more before it
	// tells the index partitions that they may forget.
	sendLinger = 300 * time.Millisecond
	sendRetry  = time.Second
)

// kick sees that a locked actor's outbox is being sent.
func (o *Owner) kick(a *actor) {
	if a.out.empty() || o.o.Tables == nil || o.replaying {
		return
	}
	if a.out.sending {
		select {
		case a.out.more <- struct{}{}:
		default:
		}
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ctx.Err() != nil {
		return
	}
	a.out.sending, a.out.more = true, make(chan struct{}, 1)
	o.loops.Add(1)
	go o.send(a, a.out.more)
}

// sender is one run of sending a partition's outbox, in order: a round takes
// what there is, delivers it to all partitions at once, and confirms it when
// all have applied it.
type sender struct {
	o    *Owner
	a    *actor
	more <-chan struct{}
	// marks are the index partitions that remember items without an entry, by
	// the number of the last such item, until they hear of a low water above it.
	marks map[catalog.PartitionID]int64
}

func (o *Owner) send(a *actor, more <-chan struct{}) {
	defer o.loops.Done()
	s := &sender{o: o, a: a, more: more, marks: map[catalog.PartitionID]int64{}}
	wait := time.Millisecond
	for {
		did, err := s.round()
		switch {
		case err != nil:
			if wait == sendRetry {
				o.log.Warn("changes of a global index cannot be delivered and will be tried again", "partition", a.id, "error", err)
			}
			if !s.pause(wait, nil) {
				s.end()
				return
			}
			wait = min(2*wait, sendRetry)
		case did:
			wait = time.Millisecond
		case len(s.marks) > 0 && s.pause(sendLinger, more):
			// There is more, or it is time to tell the low water.
			s.tell()
		default:
			if s.end() {
				return
			}
		}
	}
}

// pause waits, no longer than until there is more. It says whether the owner
// is still open.
func (s *sender) pause(d time.Duration, more <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.o.ctx.Done():
		return false
	case <-more:
	case <-timer.C:
	}
	return true
}

// end says whether the run is over: nothing is left, or the owner closes.
func (s *sender) end() bool {
	s.a.mu.Lock()
	defer s.a.mu.Unlock()
	if s.o.ctx.Err() == nil && !s.a.gone && !s.a.out.empty() {
		return false
	}
	s.a.out.sending = false
	return true
}

// tell brings the low water to the partitions that wait for it, if nothing
// came in the meantime. It may fail: the next entries bring it too.
func (s *sender) tell() {
	s.a.mu.Lock()
	low, idle := s.a.out.low, s.a.out.empty() && !s.a.gone
	s.a.mu.Unlock()
	if !idle {
		return
	}
	feeds := map[catalog.PartitionID]*command.Entries{}
	for id := range s.marks {
		feeds[id] = &command.Entries{Source: s.a.id, Low: low}
	}
	_ = s.deliver(feeds)
	clear(s.marks)
}

// round sends what there is, once; false is nothing.
func (s *sender) round() (bool, error) {
	s.a.mu.Lock()
	if s.a.file == nil {
		err, gone := s.a.broken, s.a.gone
		s.a.mu.Unlock()
		if gone {
			return false, nil
		}
		return false, fmt.Errorf("the table's partition is closed: %w", errors.Join(err, ErrUnavailable))
	}
	if len(s.a.out.list) == 0 && s.a.out.spilled {
		if err := s.a.out.refill(s.a.file, s.a.out.low); err != nil {
			err = s.o.fail(s.a, err)
			s.a.mu.Unlock()
			return false, err
		}
	}
	schema, low := s.a.file.Schema(), s.a.out.low
	n, size := 0, 0
	for n < len(s.a.out.list) && n < sendCount && size < sendBytes {
		size += len(s.a.out.list[n].entry.Item) + len(s.a.out.list[n].entry.Base)
		n++
	}
	list := append([]outgoing(nil), s.a.out.list[:n]...)
	s.a.mu.Unlock()
	if n == 0 {
		return false, nil
	}
	feeds, err := s.route(schema, list, low)
	if err == nil {
		err = s.deliver(feeds)
	}
	if err != nil {
		return false, err
	}
	last := list[n-1].entry.Number
	s.a.mu.Lock()
	s.a.out.confirm(last)
	s.a.mu.Unlock()
	for id, f := range feeds {
		if number, ok := s.marks[id]; ok && number <= f.Low {
			delete(s.marks, id)
		}
		for i := range f.List {
			if f.List[i].Key == nil {
				s.marks[id] = f.List[i].Number
			}
		}
	}
	return true, nil
}

// route sorts changes by the partitions that they belong to. Those of an index
// that is not there any more belong nowhere.
func (s *sender) route(schema *catalog.Schema, list []outgoing, low int64) (map[catalog.PartitionID]*command.Entries, error) {
	feeds := map[catalog.PartitionID]*command.Entries{}
	if schema == nil {
		return feeds, nil
	}
	table, ok := s.o.o.Tables.Table(schema.Table)
	if !ok || table.ID != schema.TableID {
		return feeds, nil
	}
	add := func(id catalog.PartitionID, e command.Entry) {
		f := feeds[id]
		if f == nil {
			f = &command.Entries{Source: s.a.id, Low: low}
			feeds[id] = f
		}
		f.List = append(f.List, e)
	}
	for i := range list {
		m := &list[i]
		ix := table.GlobalIndex(m.name)
		if ix == nil || ix.ID != m.index {
			continue
		}
		var to catalog.PartitionID
		if m.entry.Key != nil {
			if to = table.PartitionOf(m.name, key.HashOf(m.entry.Key)); to == 0 {
				return nil, fmt.Errorf("index %s of table %s has no partition for a hash", m.name, table.Name)
			}
			add(to, m.entry)
		}
		if !m.leaves {
			continue
		}
		switch from := table.PartitionOf(m.name, m.left); from {
		case 0:
			return nil, fmt.Errorf("index %s of table %s has no partition for a hash", m.name, table.Name)
		case to:
			// The new entry takes the old one's place.
		default:
			add(from, command.Entry{Number: m.entry.Number, Base: m.entry.Base, Version: m.entry.Version})
		}
	}
	return feeds, nil
}

// deliver brings entries to their partitions and returns when all have applied
// them.
func (s *sender) deliver(feeds map[catalog.PartitionID]*command.Entries) error {
	ctx, cancel := context.WithTimeout(s.o.ctx, sendDeadline)
	defer cancel()
	now := time.Now()
	one := func(id catalog.PartitionID, f *command.Entries) error {
		out, err := s.o.Do(ctx, &command.Command{Op: command.Feed, Partition: id, Stamp: now.UnixMilli(),
			NotAfter: now.Add(sendDeadline).UnixMilli(), Feed: f})
		if err == nil && out.Fault != nil {
			err = out.Fault
		}
		if err != nil {
			return fmt.Errorf("index partition %d: %w", id, err)
		}
		return nil
	}
	if len(feeds) == 1 {
		for id, f := range feeds {
			return one(id, f)
		}
	}
	var all errgroup.Group
	for id, f := range feeds {
		all.Go(func() error { return one(id, f) })
	}
	return all.Wait()
}

// delivered waits until the changes that a partition's outbox got by messages
// up to seq are confirmed: the journal may not forget those messages before.
func (o *Owner) delivered(ctx context.Context, id catalog.PartitionID, seq uint64) error {
	deadline := time.Now().Add(sendDeadline)
	for {
		a := o.lookup(id)
		behind := a.out.behind(seq)
		o.release(a)
		switch {
		case !behind:
			return nil
		case o.o.Tables == nil, time.Now().After(deadline):
			return fmt.Errorf("partition %d: %w", id, errUndelivered)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-o.ctx.Done():
			return fmt.Errorf("partition %d: %w", id, errUndelivered)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// Drain waits until global indexes have everything that was written so far, or
// the context ends. It is for a node that stops: what is left comes again at
// the next start.
func (o *Owner) Drain(ctx context.Context) error {
	o.mu.Lock()
	actors := slices.Collect(maps.Values(o.actors))
	o.mu.Unlock()
	for _, a := range actors {
		for {
			a.mu.Lock()
			done := a.out.empty() || a.gone
			a.mu.Unlock()
			if done {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("partition %d: %w", a.id, errUndelivered)
			case <-time.After(time.Millisecond):
			}
		}
	}
	return nil
}

// kickAll sends what a start found in the outboxes.
func (o *Owner) kickAll() {
	o.mu.Lock()
	actors := slices.Collect(maps.Values(o.actors))
	o.mu.Unlock()
	for _, a := range actors {
		a.mu.Lock()
		if a.file != nil && !a.gone {
			o.kick(a)
		}
		a.mu.Unlock()
	}
}
