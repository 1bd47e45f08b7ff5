package streams

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"shvm-db/internal/catalog"
)

// Owner gives the commands that change shards; each goes through the journal.
type Owner interface {
	Source
	// Roll ends a partition's open shard and opens its child.
	Roll(ctx context.Context, p catalog.PartitionID) error
	// Trim forgets some records that are older than Retention.
	Trim(ctx context.Context, p catalog.PartitionID) error
}

// TenderOptions are what a Tender needs.
type TenderOptions struct {
	Owner    Owner
	Registry Registry
	// Age is how old a shard grows before it is rolled over, if it has records.
	Age    time.Duration
	Logger *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Tender rolls shards over when they are old and trims records that are past
// their retention. It looks at a partition only when something is due there:
// one that sleeps with nothing to do is left alone.
type Tender struct {
	o      TenderOptions
	cancel context.CancelFunc
	done   chan struct{}

	mu sync.Mutex
	// due is when to look at a partition; changed are those that have had
	// records since.
	due     map[catalog.PartitionID]time.Time
	changed map[catalog.PartitionID]bool
}

// Tend starts a Tender. Close stops it.
func Tend(o TenderOptions) *Tender {
	if o.Now == nil {
		o.Now = time.Now
	}
	ctx, cancel := context.WithCancel(context.Background())
	t := &Tender{o: o, cancel: cancel, done: make(chan struct{}), due: map[catalog.PartitionID]time.Time{}, changed: map[catalog.PartitionID]bool{}}
	go t.run(ctx)
	return t
}

// Close stops the Tender and waits for it. It may be called twice.
func (t *Tender) Close() {
	t.cancel()
	<-t.done
}

// Changed says that a partition has new records. It never blocks for long.
func (t *Tender) Changed(p catalog.PartitionID) {
	t.mu.Lock()
	t.changed[p] = true
	t.mu.Unlock()
}

func (t *Tender) run(ctx context.Context) {
	defer close(t.done)
	tick := time.NewTicker(min(max(t.o.Age/10, 10*time.Millisecond), time.Minute))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := t.o.Now()
		known := map[catalog.PartitionID]bool{}
		for _, s := range t.o.Registry.Streams() {
			for _, p := range s.Partitions {
				known[p] = true
				if !t.isDue(p, now) {
					continue
				}
				next, err := t.look(ctx, s, p, now)
				if err != nil {
					if ctx.Err() != nil {
						return
					}
					t.o.Logger.Warn("tending a change stream failed and will be tried again", "table", s.Table, "partition", p, "error", err)
					next = now.Add(time.Second)
				}
				t.mu.Lock()
				t.due[p] = next
				t.mu.Unlock()
			}
		}
		t.forget(known)
	}
}

// isDue says whether to look at a partition now. One that is new gets its turn
// within the age of a shard, so that a start does not wake all of them at once.
func (t *Tender) isDue(p catalog.PartitionID, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	due, ok := t.due[p]
	if t.changed[p] {
		delete(t.changed, p)
		if soon := now.Add(t.o.Age); !ok || due.After(soon) {
			due, ok = soon, true
			t.due[p] = due
		}
	}
	if !ok {
		due = now.Add(rand.N(min(t.o.Age, time.Hour) + 1))
		t.due[p] = due
	}
	return !now.Before(due)
}

func (t *Tender) forget(known map[catalog.PartitionID]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p := range t.due {
		if !known[p] {
			delete(t.due, p)
		}
	}
	for p := range t.changed {
		if !known[p] {
			delete(t.changed, p)
		}
	}
}

// look does what is due in one partition and says when to look again.
func (t *Tender) look(ctx context.Context, s catalog.StreamRecord, p catalog.PartitionID, now time.Time) (time.Time, error) {
	shards, err := t.o.Owner.Shards(ctx, p, s.Label)
	if err != nil {
		return time.Time{}, err
	}
	next := now.Add(Retention)
	sooner := func(at time.Time) {
		if at.Before(next) {
			next = at
		}
	}
	horizon := now.Add(-Retention)
	trim := false
	for _, shard := range shards {
		first, err := t.o.Owner.Seek(ctx, p, shard.Number, math.MinInt64)
		if err != nil {
			return time.Time{}, err
		}
		end, err := t.o.Owner.Seek(ctx, p, shard.Number, math.MaxInt64)
		if err != nil {
			return time.Time{}, err
		}
		kept, err := t.o.Owner.Seek(ctx, p, shard.Number, horizon.UnixMilli())
		if err != nil {
			return time.Time{}, err
		}
		ended := shard.Closed && shard.Ended < horizon.UnixMilli()
		if kept > first || ended {
			trim = true
		}
		if shard.Closed {
			sooner(time.UnixMilli(shard.Ended).Add(Retention + time.Second))
			continue
		}
		if first == end {
			continue // nothing in it: whoever writes makes it known
		}
		if old := time.UnixMilli(shard.Opened).Add(t.o.Age); !now.Before(old) {
			if err := t.o.Owner.Roll(ctx, p); err != nil {
				return time.Time{}, err
			}
		} else {
			sooner(old)
		}
		// Records of a shard that stays open are trimmed now and then, too.
		sooner(now.Add(min(t.o.Age, Retention/24) + time.Second))
	}
	if trim {
		if err := t.o.Owner.Trim(ctx, p); err != nil {
			return time.Time{}, err
		}
		return now, nil // until there is nothing to trim
	}
	return next, nil
}
