package owner

import (
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// stir tells the keeper that there is something to look after.
func (o *Owner) stir() {
	select {
	case o.wakeup <- struct{}{}:
	default:
	}
}

// keep commits what has lingered, puts partitions to sleep, tries again to open
// those that failed, and makes checkpoints. With nothing awake it waits and
// costs nothing.
func (o *Owner) keep() {
	defer o.loops.Done()
	tick := max(o.o.Linger/2, time.Millisecond)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var dirtySince time.Time
	every := o.o.Checkpoint
	for {
		now := time.Now()
		wait := o.sweep(now)
		if o.isDirty() {
			if dirtySince.IsZero() {
				dirtySince = now
			}
			if now.Sub(dirtySince) >= every {
				began := time.Now()
				err := o.checkpoint(o.ctx)
				dirtySince = time.Now()
				if every = o.rest(dirtySince.Sub(began)); err != nil {
					every = o.o.Checkpoint
					if o.ctx.Err() == nil {
						o.log.Warn("a checkpoint failed and will be tried again", "error", err)
					}
				}
			}
			wait = min(wait, max(tick, every-now.Sub(dirtySince)))
		} else {
			dirtySince, every = time.Time{}, o.o.Checkpoint
		}
		timer.Reset(max(wait, tick))
		select {
		case <-o.ctx.Done():
			return
		case <-timer.C:
		case <-o.wakeup:
			// Not more often than the tick, however much is going on.
			timer.Reset(tick)
			select {
			case <-o.ctx.Done():
				return
			case <-timer.C:
			}
		}
	}
}

// rest is how long to wait after a checkpoint that took some time: with many
// partitions at work it takes seconds of the disk that the journal writes to.
// What a start replays becomes longer by as much, and no longer than that.
func (o *Owner) rest(took time.Duration) time.Duration {
	return max(o.o.Checkpoint, min(10*took, 12*o.o.Checkpoint))
}

func (o *Owner) isDirty() bool {
	o.feed.Lock()
	defer o.feed.Unlock()
	return len(o.dirty) > 0
}

// sweep looks once at every partition that is awake and says when to look
// again.
func (o *Owner) sweep(now time.Time) time.Duration {
	o.mu.Lock()
	actors := make([]*actor, 0, len(o.actors))
	for _, a := range o.actors {
		actors = append(actors, a)
	}
	o.mu.Unlock()
	wait := time.Hour
	cache, pace := o.cacheShare(), o.pace(now)
	o.uncommitted = 0
	var tired []*actor
	for _, a := range actors {
		if !a.mu.TryLock() {
			// Somebody is using it.
			wait = min(wait, o.o.Linger)
			continue
		}
		next := o.look(a, now, cache, pace)
		if next <= 0 {
			tired = append(tired, a)
		} else {
			wait = min(wait, next)
		}
		o.uncommitted += a.pending
		o.release(a)
	}
	if len(tired) > 0 {
		o.sleepAll(tired, func(a *actor) bool { return o.look(a, time.Now(), cache, pace) <= 0 })
		// Those that somebody used meanwhile are looked at again.
		wait = min(wait, o.o.Linger)
	}
	if n := int(o.awake.Load()) - o.o.Awake; n > 0 {
		o.crowd(actors, n)
	}
	// Last: with nothing awake there may be no other sweep for long.
	o.o.Meter.Awake(int(o.awake.Load()))
	return wait
}

// pace is how long a transaction may stay open at the moment. When nothing was
// delivered for a little while, everything is committed. Under load a COMMIT
// costs what pages were changed, so it waits for more of them; but what is not
// committed is held in memory, so the more there is, the sooner it goes.
func (o *Owner) pace(now time.Time) time.Duration {
	if now.Sub(time.Unix(0, o.fed.Load())) >= o.o.Linger {
		return 0
	}
	if o.uncommitted > o.o.CommitCommands {
		return o.o.Commit * time.Duration(o.o.CommitCommands) / time.Duration(o.uncommitted)
	}
	return o.o.Commit
}

// look does what is due for one locked actor and says when the next is: 0 is
// that it may sleep.
func (o *Owner) look(a *actor, now time.Time, cache int64, pace time.Duration) time.Duration {
	if a.gone {
		return time.Hour
	}
	if a.file == nil {
		if a.broken == nil || errors.Is(a.broken, ErrDamaged) {
			return time.Hour
		}
		if now.Before(a.retryAt) {
			return a.retryAt.Sub(now)
		}
		_ = o.open(a, false)
		return o.o.Retry
	}
	if a.cache != cache {
		if err := a.file.SetCache(cache); err != nil {
			_ = o.fail(a, err)
			return o.o.Retry
		}
		a.cache = cache
	}
	idle := now.Sub(a.used)
	if a.pending > 0 {
		switch due := pace - now.Sub(a.since); {
		case due > 0:
			return min(due, o.o.Linger)
		case o.commit(a) != nil:
			return o.o.Retry
		}
	} else if a.file.Open() {
		// Reads hold it, or it has what was made good from the journal.
		switch {
		case idle < o.o.Linger && a.file.Held():
			return o.o.Linger - idle
		case o.commit(a) != nil:
			return o.o.Retry
		}
	}
	if !a.out.empty() {
		return max(o.o.Retry, o.o.Sleep-idle)
	}
	if finished, err := a.finished(); finished && a.pending == 0 && err == nil {
		return o.o.Sleep // it goes with the next checkpoint
	}
	return max(0, o.o.Sleep-idle)
}

// atOnce is how many partitions are put on the disk at the same time. What they
// wait for is fsync, and a file system does many at once for little more than
// one.
const atOnce = 16

// sleepAll puts those partitions to sleep that are free, and ready for it.
func (o *Owner) sleepAll(actors []*actor, ready func(*actor) bool) {
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, a := range actors {
		all.Go(func() error {
			if a.mu.TryLock() {
				if a.file != nil && !a.gone && ready(a) {
					_ = o.sleep(a)
				}
				a.mu.Unlock()
			}
			return nil
		})
	}
	_ = all.Wait()
}

// sleep puts a locked actor's partition on the disk, closes its file, and
// notes where it stands.
func (o *Owner) sleep(a *actor) error {
	if err := o.rests(a); err != nil {
		return o.fail(a, err)
	}
	if a.out.row != 0 {
		// What was delivered since the last COMMIT has to leave the file.
		if err := a.file.Begin(); err != nil {
			return o.fail(a, err)
		}
	}
	if err := o.persist(a); err != nil {
		return err
	}
	r, err := o.checkpoints.Mark(a.id)
	if err != nil {
		return err
	}
	if err := a.file.Close(); err != nil {
		o.log.Warn("closing a partition's file", "partition", a.id, "error", err)
	}
	a.file = nil
	a.ready.Store(false)
	o.awake.Add(-1)
	a.gone = true
	o.mu.Lock()
	if samePlace(r.Mark, a.want) {
		delete(o.settled, a.id) // of a sleep before
	} else {
		o.settled[a.id] = a.want
	}
	delete(o.actors, a.id)
	o.mu.Unlock()
	return nil
}

// crowd puts the partitions that were left alone longest to sleep, n of them if
// they are free.
func (o *Owner) crowd(actors []*actor, n int) {
	type candidate struct {
		a    *actor
		used time.Time
	}
	var list []candidate
	for _, a := range actors {
		if a.mu.TryLock() {
			if a.file != nil && !a.gone && a.out.empty() {
				list = append(list, candidate{a, a.used})
			}
			a.mu.Unlock()
		}
	}
	slices.SortFunc(list, func(x, y candidate) int { return x.used.Compare(y.used) })
	list = list[:min(n, len(list))]
	chosen, since := make([]*actor, len(list)), make(map[*actor]time.Time, len(list))
	for i, c := range list {
		chosen[i], since[c.a] = c.a, c.used
	}
	o.sleepAll(chosen, func(a *actor) bool { return a.out.empty() && a.used.Equal(since[a]) })
}

// makeRoom keeps the number of open files bounded when partitions wake faster
// than the keeper looks: the one that wakes pays. a is locked.
func (o *Owner) makeRoom(a *actor) {
	if int(o.awake.Load()) < 2*o.o.Awake {
		return
	}
	o.mu.Lock()
	actors := make([]*actor, 0, len(o.actors))
	for _, other := range o.actors {
		if other != a {
			actors = append(actors, other)
		}
	}
	o.mu.Unlock()
	o.crowd(actors, max(1, o.o.Awake/16))
}

// cacheShare is each awake partition's share of the room for page caches, in
// steps, so that it seldom changes.
func (o *Owner) cacheShare() int64 {
	const least, most = 128 << 10, 128 << 20
	share := int64(most)
	for share > least && share*o.awake.Load() > o.o.CacheBytes {
		share /= 2
	}
	return share
}
