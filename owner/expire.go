package owner

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
)

// Time to live: the owner looks for items whose time has passed and puts an
// Expire command for each into the journal. The command names the time that was
// read and deletes nothing if the item has another one by then.
//
// A partition that sleeps is woken when the first of its items expires, no
// sooner.
const (
	// expireItems is how many items of a partition expire at once.
	expireItems = 200
	// forgotten is how long an item may have been expired and still be deleted.
	// A time further back is taken for a mistake, as the service does
	// (developer guide, "Time to Live").
	forgotten = 5 * 365 * 24 * time.Hour
	never     = math.MaxInt64
)

// due are the Unix seconds at which the partitions that sleep have to be looked
// at. One that is not in it was not looked at since the start.
type due struct {
	mu sync.Mutex
	at map[catalog.PartitionID]int64
}

func (d *due) set(id catalog.PartitionID, at int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at[id] = at
}

func (d *due) now(id catalog.PartitionID, second int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.at[id]
	return !ok || at < second
}

// expireLoop looks at every partition of a table with time to live, again and
// again.
func (o *Owner) expireLoop() {
	defer o.loops.Done()
	timer := time.NewTicker(o.o.Expire)
	defer timer.Stop()
	for {
		select {
		case <-o.ctx.Done():
			return
		case <-timer.C:
		}
		for _, t := range o.o.Tables.Tables() {
			if t.TTL == "" {
				continue
			}
			for _, p := range t.Partitions {
				if p.Index != "" || o.ctx.Err() != nil {
					continue
				}
				if err := o.expirePartition(p.ID); err != nil && o.ctx.Err() == nil && !errors.Is(err, ErrNoPartition) {
					o.log.Warn("items could not be expired and will be tried again", "partition", p.ID, "error", err)
				}
			}
		}
	}
}

// expirePartition deletes what has expired in one partition, if it is awake or
// due.
func (o *Owner) expirePartition(id catalog.PartitionID) error {
	for {
		found, filled, err := o.expired(id)
		switch {
		case err != nil:
			return err
		case !filled:
			if err := o.Fill(o.ctx, id, expiries); err != nil {
				return err
			}
			continue
		case len(found) == 0:
			return nil
		}
		if err := o.expire(found); err != nil {
			return err
		}
		if len(found) < expireItems {
			return nil
		}
	}
}

// expired makes the commands that delete what has expired, and notes when the
// partition is due again. filled false says that the times have to be noted
// first: time to live is new.
func (o *Owner) expired(id catalog.PartitionID) (found []*command.Command, filled bool, err error) {
	now := o.o.Now()
	a := o.lookup(id)
	defer o.release(a)
	if a.file == nil {
		if !o.due.now(id, now.Unix()) {
			return nil, true, nil
		}
		if err := o.open(a, false); err != nil {
			return nil, false, err
		}
	}
	if a.dropped || a.file.Schema() == nil || a.file.Schema().TTL == "" {
		o.due.set(id, never)
		return nil, true, nil
	}
	at, err := walkOf(a.file, expiries)
	if err != nil {
		return nil, false, o.fail(a, err)
	}
	if !at.done {
		return nil, false, nil
	}
	records, err := a.file.Expired(now.Add(-forgotten).Unix(), now.Unix(), expireItems)
	if err != nil {
		return nil, false, o.fail(a, err)
	}
	for i := range records {
		found = append(found, &command.Command{Op: command.Expire, Partition: id, Stamp: now.UnixMilli(),
			NotAfter: now.Add(sendDeadline).UnixMilli(), Key: records[i].Key, Expires: records[i].Expires})
	}
	return found, true, nil
}

// rests notes when a locked actor that falls asleep is due.
func (o *Owner) rests(a *actor) error {
	if s := a.file.Schema(); s == nil || s.TTL == "" {
		o.due.set(a.id, never)
		return nil
	}
	at, ok, err := a.file.NextExpiry(o.o.Now().Add(-forgotten).Unix())
	if err != nil {
		return err
	}
	if !ok {
		at = never
	}
	if walked, err := walkOf(a.file, expiries); err != nil || !walked.done {
		at = 0
		if err != nil {
			return err
		}
	}
	o.due.set(a.id, at)
	return nil
}

// expire puts commands into the journal, at once, so that they share batches.
func (o *Owner) expire(commands []*command.Command) error {
	ctx, cancel := context.WithTimeout(o.ctx, sendDeadline)
	defer cancel()
	errs := make([]error, len(commands))
	var all sync.WaitGroup
	for i, c := range commands {
		all.Go(func() { _, errs[i] = o.Do(ctx, c) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// expire applies an Expire command: the deletion of an item that still has the
// expiry time that was read.
func (a *actor) expire(c *command.Command, at place) (*command.Outcome, error) {
	schema := a.file.Schema()
	r, found, err := a.file.Get(c.Key)
	if err != nil || !found || schema.TTL == "" || r.Expires != c.Expires {
		return &command.Outcome{}, err
	}
	m, err := item.Decode(r.Item)
	if err != nil {
		return nil, corrupt(a.file, err)
	}
	gone := *c
	for _, attrs := range [...][]catalog.KeyAttr{schema.Key.Hash, schema.Key.Range} {
		for i := range attrs {
			v, _ := m.Get(attrs[i].Name)
			gone.KeyItem = append(gone.KeyItem, item.Attr{Name: attrs[i].Name, Value: v})
		}
	}
	return a.write(&gone, at).run()
}
