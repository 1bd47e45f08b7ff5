package streams

import (
	"context"
	"log/slog"
	"math"
	"sort"
	"sync"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/change"
)

// Feed takes single records to subscribers. Numbers rise on each subject; what
// it has already is left out.
type Feed interface {
	// Last is the number of the newest record of a subject, if it has one.
	Last(ctx context.Context, subject string) (number uint64, ok bool, err error)
	// Publish adds records of one subject in their order.
	Publish(ctx context.Context, subject string, messages []Message) error
}

// Message is one record on its way to subscribers.
type Message struct {
	ARN, Shard string
	Number     uint64
	Body       []byte // as GetRecords answers it
}

// FollowerOptions are what a Follower needs.
type FollowerOptions struct {
	Source   Source
	Registry Registry
	Feed     Feed
	// Subject names where a partition's records go.
	Subject func(table string, partition uint64) string
	// Every is how often the registry is looked at for streams that are new; 0
	// is one second.
	Every  time.Duration
	Logger *slog.Logger
}

// Follower copies every record of every stream to the feed, each once: it goes
// on after the newest record that the feed has, so it needs no memory of its
// own.
type Follower struct {
	o      FollowerOptions
	cancel context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	dirty map[catalog.PartitionID]bool
	wake  chan struct{} // holds a token when dirty is not empty
	all   bool          // everything is to be looked at again
}

// Follow starts a Follower. Close stops it.
func Follow(o FollowerOptions) *Follower {
	if o.Every == 0 {
		o.Every = time.Second
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &Follower{o: o, cancel: cancel, done: make(chan struct{}), dirty: map[catalog.PartitionID]bool{}, wake: make(chan struct{}, 1), all: true}
	go f.run(ctx)
	return f
}

// Close stops the Follower and waits for it. It may be called twice.
func (f *Follower) Close() {
	f.cancel()
	<-f.done
}

// Changed says that a partition has new records. It never blocks.
func (f *Follower) Changed(p catalog.PartitionID) {
	f.mu.Lock()
	f.dirty[p] = true
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// stand is how far one partition's records have been published in one stream.
type stand struct {
	label     string
	partition catalog.PartitionID
}

func (f *Follower) run(ctx context.Context) {
	defer close(f.done)
	next := map[stand]uint64{}
	look := time.NewTicker(f.o.Every)
	defer look.Stop()
	for {
		f.mu.Lock()
		dirty, all := f.dirty, f.all
		f.dirty, f.all = map[catalog.PartitionID]bool{}, false
		f.mu.Unlock()
		// An older stream of a partition goes first: numbers rise from one to the
		// next.
		streams := f.o.Registry.Streams()
		sort.SliceStable(streams, func(i, j int) bool { return streams[i].Created < streams[j].Created })
		for _, s := range streams {
			for _, p := range s.Partitions {
				at := stand{s.Label, p}
				if _, known := next[at]; known && !all && !dirty[p] {
					continue
				}
				if err := f.copy(ctx, s, p, next); err != nil {
					if ctx.Err() != nil {
						return
					}
					f.o.Logger.Warn("changes are not on their way to subscribers; trying again", "table", s.Table, "partition", p, "error", err)
					f.mu.Lock()
					f.all = true
					f.mu.Unlock()
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		case <-look.C:
		}
	}
}

// copy publishes what a partition has beyond what the feed has.
func (f *Follower) copy(ctx context.Context, s catalog.StreamRecord, p catalog.PartitionID, next map[stand]uint64) error {
	at := stand{s.Label, p}
	subject := f.o.Subject(s.Table, uint64(p))
	from, known := next[at]
	if !known {
		last, ok, err := f.o.Feed.Last(ctx, subject)
		if err != nil {
			return err
		}
		if ok {
			from = last + 1
		}
	}
	shards, err := f.o.Source.Shards(ctx, p, s.Label)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		if shard.Closed && shard.Last < from {
			continue
		}
		for {
			batch, err := f.o.Source.Records(ctx, p, shard.Number, max(from, shard.First), maxRecords, maxBytes)
			if err != nil {
				return err
			}
			if batch.Trimmed {
				oldest, err := f.o.Source.Seek(ctx, p, shard.Number, math.MinInt64)
				if err != nil {
					return err
				}
				f.o.Logger.Error("changes were trimmed before subscribers had them", "table", s.Table, "partition", p, "first", from, "kept from", oldest)
				from = oldest
				continue
			}
			if len(batch.Records) == 0 {
				break
			}
			if err := f.o.Feed.Publish(ctx, subject, messages(s, shard, batch.Records)); err != nil {
				return err
			}
			from = batch.Next
			next[at] = from
		}
	}
	next[at] = from
	return nil
}

func messages(s catalog.StreamRecord, shard change.Shard, records []change.Record) []Message {
	out := make([]Message, len(records))
	for i := range records {
		out[i] = Message{
			ARN: s.ARN, Shard: shard.ID(), Number: records[i].Number,
			Body: records[i].AppendJSON(nil, shard.Partition, s.Label, s.View),
		}
	}
	return out
}
