package owner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"shvm-db/internal/catalog"
	"shvm-db/owner/store"
)

// Checkpoint puts everything that was applied on the disk and moves the point
// from which a start replays the journal. The keeper does it by itself.
func (o *Owner) Checkpoint(ctx context.Context) error {
	if err := o.Err(); err != nil {
		return err
	}
	return o.checkpoint(ctx)
}

// checkpoint advances only when every partition touched since the last one is
// on the disk, and what it has to tell global indexes is delivered; then the journal may forget what lies before the last one.
func (o *Owner) checkpoint(ctx context.Context) error {
	o.saving.Lock()
	defer o.saving.Unlock()
	began := time.Now()
	next, dirty := o.cut()
	if next.Sequence == o.checkpoints.Last().Sequence && len(dirty) == 0 {
		return nil
	}
	moved, err := o.saveAll(ctx, dirty, next.Sequence)
	if err == nil {
		err = o.checkpoints.Save(next, moved)
	}
	if err != nil {
		o.uncut(dirty)
		return fmt.Errorf("owner: checkpoint at message %d: %w", next.Sequence, err)
	}
	o.feed.Lock()
	o.headMu.Lock()
	o.head.trim(next.Sequence)
	o.headMu.Unlock()
	o.feed.Unlock()
	o.mu.Lock()
	for id, r := range moved {
		if !before(r.Mark, o.settled[id]) {
			delete(o.settled, id)
		}
	}
	o.mu.Unlock()
	if err := o.removeFiles(moved); err != nil {
		return err
	}
	o.o.Meter.Checkpointed(time.Since(began))
	// The message at the older checkpoint stays: it shows whether the journal
	// is still the same.
	if err := o.o.Log.Purge(ctx, next.Older); err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	return nil
}

// saveAll puts partitions on the disk, several at once, and gives their marks.
func (o *Owner) saveAll(ctx context.Context, dirty map[catalog.PartitionID]struct{}, seq uint64) (map[catalog.PartitionID]store.Recorded, error) {
	var (
		all   errgroup.Group
		mu    sync.Mutex
		moved = make(map[catalog.PartitionID]store.Recorded, len(dirty))
		errs  []error
	)
	all.SetLimit(atOnce)
	for id := range dirty {
		all.Go(func() error {
			r, known, err := store.Recorded{}, false, o.delivered(ctx, id, seq)
			if err == nil {
				r, known, err = o.save(id)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
			} else if known {
				moved[id] = r
			}
			return nil
		})
	}
	_ = all.Wait()
	return moved, errors.Join(errs...)
}

// cut takes the head as the next checkpoint, and the partitions that have to be
// saved for it.
func (o *Owner) cut() (store.Checkpoint, map[catalog.PartitionID]struct{}) {
	o.feed.Lock()
	defer o.feed.Unlock()
	last := o.checkpoints.Last()
	next := store.Checkpoint{Incarnation: last.Incarnation, Sequence: o.head.seq, Hash: o.head.run,
		Prior: last.Prior, Older: last.Older, Appenders: o.appenders()}
	if next.Sequence > last.Sequence {
		next.Prior, _ = o.head.at(next.Sequence - 1)
		next.Older = last.Sequence
	}
	dirty := o.dirty
	o.dirty = map[catalog.PartitionID]struct{}{}
	o.mu.Lock()
	for id := range dirty {
		if a := o.actors[id]; a != nil {
			a.dirty = false
		}
	}
	o.mu.Unlock()
	return next, dirty
}

// uncut gives partitions back that could not be saved.
func (o *Owner) uncut(dirty map[catalog.PartitionID]struct{}) {
	o.feed.Lock()
	defer o.feed.Unlock()
	for id := range dirty {
		o.dirty[id] = struct{}{}
	}
}

// largeLog is the size in bytes of a write-ahead log that takes too long to move
// while everybody waits.
const largeLog = 4 << 20

// save puts one partition on the disk and gives its mark. One that fell asleep
// is there already; one that was never made has none.
func (o *Owner) save(id catalog.PartitionID) (r store.Recorded, known bool, err error) {
	a := o.lookup(id)
	defer o.release(a)
	if a.file == nil {
		if a.broken != nil {
			return r, false, a.broken
		}
		o.mu.Lock()
		r.Mark, known = o.settled[id]
		o.mu.Unlock()
		return r, known, nil
	}
	if a.file.LogSize() > largeLog {
		// The bulk of it is moved while the partition works on.
		if err := o.commit(a); err != nil {
			return r, false, err
		}
		path := a.file.Path()
		a.mu.Unlock()
		err := store.Backfill(path)
		a.mu.Lock()
		if err != nil {
			return r, false, err
		}
		if a.gone || a.file == nil {
			return r, false, fmt.Errorf("partition %d was closed during its checkpoint", id)
		}
	}
	if err := o.persist(a); err != nil {
		return r, false, err
	}
	finished, err := a.finished()
	if err != nil {
		return r, false, o.fail(a, err)
	}
	return store.Recorded{Mark: a.want, Dropped: finished}, true, nil
}

// removeFiles deletes what partitions that are dropped for good leave behind.
func (o *Owner) removeFiles(moved map[catalog.PartitionID]store.Recorded) error {
	for id, r := range moved {
		if !r.Dropped {
			continue
		}
		a := o.lookup(id)
		if a.file != nil {
			_ = a.file.Close()
			a.file = nil
			o.awake.Add(-1)
		}
		err := store.Remove(o.path(id))
		o.forget(a)
		a.mu.Unlock()
		if err != nil {
			return fmt.Errorf("owner: %w", err)
		}
	}
	return nil
}

// removeDropped deletes the files of dropped partitions that a crash left.
func (o *Owner) removeDropped() error {
	all, err := o.checkpoints.Dropped()
	if err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	for _, id := range all {
		if err := store.Remove(o.path(id)); err != nil {
			return fmt.Errorf("owner: %w", err)
		}
	}
	return nil
}
