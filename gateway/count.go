package gateway

import (
	"sync"
	"time"

	"shvm-db/internal/catalog"
)

// Descriptions tell how many items there are. Counting reads a whole partition,
// so it is done in the background, and so seldom that it takes a thousandth of
// the partition's time; the service itself counts every six hours. The items of
// local indexes are not counted.

const (
	// countWait is how long a description waits for a count that is under way.
	countWait = 50 * time.Millisecond
	// countShare is how often the time of the last count has to pass before the
	// next one, at least countLeast.
	countShare = 1000
	countLeast = time.Second
	// counters is how many partitions are counted at the same time.
	counters = 4
)

// census is what is known of one partition.
type census struct {
	mu           sync.Mutex
	items, bytes int64
	// next is when to count again; running is not nil while somebody counts, and
	// closed when that ends.
	next    time.Time
	running chan struct{}
}

// size is the number and the bytes of the items in the table (index "") or in
// a global index, as they were last counted.
func (g *Gateway) size(t *catalog.Table, index string) (items, bytes int64) {
	if g.Size == nil || t.Status == "CREATING" || t.Status == "DELETING" {
		return 0, 0
	}
	deadline, late := time.After(countWait), false
	for _, p := range t.PartitionsOf(index) {
		known, _ := g.counts.LoadOrStore(p.ID, new(census))
		c := known.(*census)
		counted := g.recount(c, p.ID)
		if !late {
			select {
			case <-counted:
			case <-deadline:
				late = true
			}
		}
		c.mu.Lock()
		items, bytes = items+c.items, bytes+c.bytes
		c.mu.Unlock()
	}
	return items, bytes
}

// closed is of a count that nobody has to wait for.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// recount begins to count, if it is time to.
func (g *Gateway) recount(c *census, p catalog.PartitionID) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running != nil {
		return c.running
	}
	if time.Now().Before(c.next) || g.ctx.Err() != nil {
		return closed
	}
	done := make(chan struct{})
	c.running = done
	g.background.Add(1)
	go func() {
		defer g.background.Done()
		var items, bytes int64
		err := g.counters.Acquire(g.ctx, 1)
		began := time.Now()
		if err == nil {
			items, bytes, err = g.Size(g.ctx, p)
			g.counters.Release(1)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if err == nil {
			c.items, c.bytes = items, bytes
		}
		c.next = time.Now().Add(max(countLeast, countShare*time.Since(began)))
		c.running = nil
		close(done)
	}()
	return done
}
