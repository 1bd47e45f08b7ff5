package streams

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/change"
)

// tended counts what a Tender asks of it.
type tended struct {
	*memory
	mu           sync.Mutex
	rolls, trims int
	looks        int
}

func (o *tended) Shards(ctx context.Context, p catalog.PartitionID, label string) ([]change.Shard, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.looks++
	return o.memory.Shards(ctx, p, label)
}

func (o *tended) Seek(ctx context.Context, p catalog.PartitionID, shard uint64, stamp int64) (uint64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.memory.Seek(ctx, p, shard, stamp)
}

func (o *tended) Roll(_ context.Context, p catalog.PartitionID) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rolls++
	last := &o.shards[len(o.shards)-1]
	last.Closed, last.Last, last.Ended = true, 5, last.Opened+1
	o.shards = append(o.shards, change.Shard{Number: last.Number + 1, Partition: p, Label: last.Label, Parent: last.ID(), First: 6, Opened: time.Now().UnixMilli()})
	return nil
}

// Trim forgets one record at a time, and then the shards that ended.
func (o *tended) Trim(_ context.Context, p catalog.PartitionID) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.trims++
	for o.trimmed[p] < 6 {
		o.trimmed[p]++
		if o.trimmed[p] > 1 {
			return nil
		}
	}
	open := o.shards[:0:0]
	for _, s := range o.shards {
		if !s.Closed {
			open = append(open, s)
		}
	}
	o.shards = open
	return nil
}

func (o *tended) state() (rolls, trims, shards, looks int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.rolls, o.trims, len(o.shards), o.looks
}

func TestOldShardsAreRolledOverAndOldRecordsTrimmedAndThenNothingIsTouched(t *testing.T) {
	o := &tended{memory: sample()} // its records are of long ago
	tender := Tend(TenderOptions{Owner: o, Registry: o, Age: 20 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	defer tender.Close()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		rolls, trims, shards, _ := o.state()
		if rolls == 1 && shards == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d rolls, %d trims, %d shards left", rolls, trims, shards)
		}
	}
	if first, _ := o.Seek(t.Context(), 7, 3, math.MinInt64); first != 6 {
		t.Errorf("the open shard begins at %d, want 6", first)
	}
	// Nothing is due any more: the looks come to an end, and a change is the
	// cause of the next one.
	var before int
	for stable := 0; stable < 50; time.Sleep(time.Millisecond) {
		_, _, _, looks := o.state()
		if looks == before {
			stable++
		} else {
			stable, before = 0, looks
		}
	}
	tender.Changed(7)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, _, _, looks := o.state(); looks > before {
			break
		}
		if time.Now().After(end) {
			t.Fatal("a change was not looked at")
		}
	}
}
