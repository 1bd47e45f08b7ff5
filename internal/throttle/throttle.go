// Package throttle refuses requests that go over the capacity of a table, an
// index or a partition, as DynamoDB does: token buckets that gather the unused
// capacity of the last five minutes.
//
// A request is admitted while its buckets hold anything, and charged when it is
// known what it cost, so that a bucket may go below zero and first has to be
// filled again.
package throttle

import (
	"sync"
	"time"

	"shvm-db/internal/capacity"
	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// Burst is how long unused capacity is kept (developer guide, "Burst
// capacity").
const Burst = 300 * time.Second

// The limits of one partition, in units a second (developer guide,
// "Partitions").
const (
	PartitionRead  = 3000
	PartitionWrite = 1000
)

// Options say which limits hold.
type Options struct {
	// Tables holds provisioned tables and indexes to their units, and on-demand
	// ones to the maximum they were given.
	Tables bool
	// Partitions holds each partition to 1,000 write and 3,000 read units.
	Partitions bool
	// Clock is time.Now by default.
	Clock func() time.Time
}

// Limiter holds the buckets. The zero Limiter limits nothing; New makes others.
type Limiter struct {
	Options
	mu      sync.Mutex
	buckets map[name]*bucket
	sweep   int // the number of buckets at which idle ones are dropped
}

// Target is what a request takes capacity of: a table (Index is "") or one of
// its global indexes, and there one partition. Partition 0 is none in
// particular.
type Target struct {
	Table     *catalog.Table
	Index     string
	Partition catalog.PartitionID
	Write     bool
}

type name struct {
	table     string // the table's id
	index     string
	partition catalog.PartitionID
	write     bool
}

// bucket is full at rate times Burst.
type bucket struct {
	units float64
	at    time.Time
}

// New makes a limiter.
func New(o Options) *Limiter {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Limiter{Options: o, buckets: map[name]*bucket{}, sweep: 1024}
}

// Admit says whether a request may go ahead: nil, or the answer that refuses
// it.
func (l *Limiter) Admit(t Target) *fault.Error {
	if !l.Tables && !l.Partitions {
		return nil
	}
	if rate := l.tableRate(t); rate > 0 && l.empty(name{t.Table.ID, t.Index, 0, t.Write}, rate) {
		if t.Table.OnDemandBilling {
			return fault.OnDemandMaximum(t.reason("MaxOnDemandThroughputExceeded"))
		}
		return t.provisioned("ProvisionedThroughputExceeded")
	}
	if l.Partitions && t.Partition != 0 && l.empty(name{"", "", t.Partition, t.Write}, partitionRate(t)) {
		if t.Table.OnDemandBilling {
			return fault.KeyRange(t.reason("KeyRangeThroughputExceeded"))
		}
		return t.provisioned("KeyRangeThroughputExceeded")
	}
	return nil
}

// Charge takes what a request cost.
func (l *Limiter) Charge(t Target, u capacity.Units) {
	if u == 0 || !l.Tables && !l.Partitions {
		return
	}
	if rate := l.tableRate(t); rate > 0 {
		l.take(name{t.Table.ID, t.Index, 0, t.Write}, rate, u)
	}
	if l.Partitions && t.Partition != 0 {
		l.take(name{"", "", t.Partition, t.Write}, partitionRate(t), u)
	}
}

// Active says whether a table has limits at all: most have none, and need not
// be asked about.
func (l *Limiter) Active(t *catalog.Table) bool {
	if l.Partitions {
		return true
	}
	if !l.Tables {
		return false
	}
	if !t.OnDemandBilling || t.OnDemand != (catalog.OnDemand{}) {
		return true
	}
	for i := range t.Global {
		if t.Global[i].OnDemand != (catalog.OnDemand{}) {
			return true
		}
	}
	return false
}

// tableRate is the limit of the table or index in units a second; 0 is none.
func (l *Limiter) tableRate(t Target) float64 {
	if !l.Tables {
		return 0
	}
	throughput, maximum := t.Table.Throughput, t.Table.OnDemand
	if t.Index != "" {
		ix := t.Table.GlobalIndex(t.Index)
		if ix == nil {
			return 0
		}
		throughput, maximum = ix.Throughput, ix.OnDemand
	}
	read, write := throughput.Read, throughput.Write
	if t.Table.OnDemandBilling {
		read, write = maximum.MaxRead, maximum.MaxWrite
	}
	if t.Write {
		return float64(max(0, write))
	}
	return float64(max(0, read))
}

func partitionRate(t Target) float64 {
	if t.Write {
		return PartitionWrite
	}
	return PartitionRead
}

func (l *Limiter) empty(n name, rate float64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bucket(n, rate).units <= 0
}

func (l *Limiter) take(n name, rate float64, u capacity.Units) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bucket(n, rate).units -= float64(u) / 2
}

// bucket finds a bucket and fills it up to now. The first request finds it
// full.
func (l *Limiter) bucket(n name, rate float64) *bucket {
	now := l.Clock()
	room := rate * Burst.Seconds()
	if n.partition != 0 {
		room = rate // a partition has no burst above its limit
	}
	b := l.buckets[n]
	if b == nil {
		if len(l.buckets) >= l.sweep {
			l.drop(now)
		}
		b = &bucket{units: room, at: now}
		l.buckets[n] = b
		return b
	}
	if passed := now.Sub(b.at); passed > 0 {
		b.units = min(room, b.units+rate*passed.Seconds())
		b.at = now
	}
	return b
}

// drop forgets the buckets that nobody used for so long that they are full,
// which is what a new one would be.
func (l *Limiter) drop(now time.Time) {
	for n, b := range l.buckets {
		if b.units >= 0 && now.Sub(b.at) > Burst {
			delete(l.buckets, n)
		}
	}
	l.sweep = max(1024, 2*len(l.buckets))
}

func (t Target) provisioned(limit string) *fault.Error {
	if t.Index != "" {
		return fault.ProvisionedIndex(t.reason(limit))
	}
	return fault.ProvisionedTable(t.reason(limit))
}

// reason is "<resource type><operation type><limit type>" and the ARN.
func (t Target) reason(limit string) fault.ThrottlingReason {
	resource, side, arn := "Table", "Read", t.Table.ARN()
	if t.Index != "" {
		resource, arn = "Index", arn+"/index/"+t.Index
	}
	if t.Write {
		side = "Write"
	}
	return fault.ThrottlingReason{Reason: resource + side + limit, Resource: arn}
}
