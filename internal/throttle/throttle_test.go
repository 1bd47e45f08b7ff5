package throttle

import (
	"testing"
	"time"

	"shvm-db/internal/capacity"
	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

type clock struct{ now time.Time }

func (c *clock) read() time.Time      { return c.now }
func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }
func unit(n int) capacity.Units       { return capacity.Units(2 * n) }
func limiter(o Options) (*Limiter, *clock) {
	c := &clock{time.UnixMilli(1_700_000_000_000)}
	o.Clock = c.read
	return New(o), c
}

// spend makes requests of one unit until one is refused, at most most of them.
func spend(l *Limiter, t Target, most int) (int, *fault.Error) {
	for n := range most {
		if f := l.Admit(t); f != nil {
			return n, f
		}
		l.Charge(t, unit(1))
	}
	return most, nil
}

func TestAProvisionedTableHasFiveMinutesOfBurstAndThenItsRate(t *testing.T) {
	l, c := limiter(Options{Tables: true})
	table := &catalog.Table{Name: "t", ID: "1", Throughput: catalog.Throughput{Read: 10, Write: 5}}
	w := Target{Table: table, Write: true}
	n, f := spend(l, w, 10_000)
	if n != 1500 || f == nil {
		t.Fatalf("%d writes at once, want 5 × 300 (%v)", n, f)
	}
	if f.Type != "ProvisionedThroughputExceededException" ||
		f.Throttling[0] != (fault.ThrottlingReason{Reason: "TableWriteProvisionedThroughputExceeded", Resource: "arn:aws:dynamodb:" + catalog.Region + ":000000000000:table/t"}) {
		t.Errorf("refused with %+v", f)
	}
	c.pass(time.Second)
	if n, _ := spend(l, w, 10_000); n != 5 {
		t.Errorf("%d writes a second later, want 5", n)
	}
	if n, _ := spend(l, Target{Table: table}, 10_000); n != 3000 {
		t.Errorf("%d reads, want 10 × 300: reads and writes have buckets of their own", n)
	}
	c.pass(time.Hour)
	if n, _ := spend(l, w, 10_000); n != 1500 {
		t.Errorf("%d writes an hour later, want no more than five minutes' worth", n)
	}
}

func TestALargeRequestPutsTheBucketInDebt(t *testing.T) {
	l, c := limiter(Options{Tables: true})
	w := Target{Table: &catalog.Table{ID: "1", Throughput: catalog.Throughput{Write: 1}}, Write: true}
	l.Charge(w, unit(310))
	c.pass(10 * time.Second)
	if l.Admit(w) == nil {
		t.Error("admitted with an empty bucket")
	}
	c.pass(time.Second)
	if f := l.Admit(w); f != nil {
		t.Errorf("refused after the debt was paid: %v", f)
	}
}

func TestAnIndexIsLimitedByItself(t *testing.T) {
	l, _ := limiter(Options{Tables: true})
	table := &catalog.Table{Name: "t", ID: "1", Throughput: catalog.Throughput{Read: 100, Write: 100},
		Global: []catalog.Index{{Name: "g", Throughput: catalog.Throughput{Read: 1, Write: 1}}}}
	n, f := spend(l, Target{Table: table, Index: "g", Write: true}, 10_000)
	if n != 300 || f.Throttling[0].Reason != "IndexWriteProvisionedThroughputExceeded" {
		t.Errorf("%d writes, then %+v", n, f)
	}
	if f := l.Admit(Target{Table: table, Write: true}); f != nil {
		t.Errorf("the table: %v", f)
	}
}

func TestAnOnDemandTableIsLimitedOnlyByItsMaximum(t *testing.T) {
	l, _ := limiter(Options{Tables: true})
	free := &catalog.Table{ID: "1", OnDemandBilling: true}
	if l.Active(free) {
		t.Error("a table without a maximum has nothing to ask about")
	}
	if n, f := spend(l, Target{Table: free, Write: true}, 5000); f != nil {
		t.Errorf("refused after %d: %v", n, f)
	}
	held := &catalog.Table{ID: "2", OnDemandBilling: true, OnDemand: catalog.OnDemand{MaxRead: -1, MaxWrite: 2}}
	n, f := spend(l, Target{Table: held, Write: true}, 5000)
	if n != 600 || f.Type != "ThrottlingException" || f.Throttling[0].Reason != "TableWriteMaxOnDemandThroughputExceeded" {
		t.Errorf("%d writes, then %+v", n, f)
	}
	if n, f := spend(l, Target{Table: held}, 5000); f != nil {
		t.Errorf("reads are refused after %d: %v", n, f)
	}
}

func TestAPartitionIsLimitedBehindItsSwitch(t *testing.T) {
	l, c := limiter(Options{Partitions: true})
	table := &catalog.Table{ID: "1", OnDemandBilling: true}
	hot, cold := Target{Table: table, Partition: 7, Write: true}, Target{Table: table, Partition: 8, Write: true}
	n, f := spend(l, hot, 5000)
	if n != PartitionWrite || f.Throttling[0].Reason != "TableWriteKeyRangeThroughputExceeded" {
		t.Errorf("%d writes, then %+v", n, f)
	}
	if f := l.Admit(cold); f != nil {
		t.Errorf("another partition: %v", f)
	}
	c.pass(time.Second)
	if n, _ := spend(l, hot, 5000); n != PartitionWrite {
		t.Errorf("%d writes a second later", n)
	}
	if n, _ := spend(l, Target{Table: table, Partition: 7}, 5000); n != PartitionRead {
		t.Errorf("%d reads", n)
	}
}

func TestUpdatedThroughputHoldsAtOnce(t *testing.T) {
	l, c := limiter(Options{Tables: true})
	spend(l, Target{Table: &catalog.Table{ID: "1", Throughput: catalog.Throughput{Write: 1}}, Write: true}, 10_000)
	c.pass(time.Second)
	n, _ := spend(l, Target{Table: &catalog.Table{ID: "1", Throughput: catalog.Throughput{Write: 50}}, Write: true}, 10_000)
	if n != 50 {
		t.Errorf("%d writes, want a second of the new rate", n)
	}
}

func TestIdleBucketsAreForgotten(t *testing.T) {
	l, c := limiter(Options{Partitions: true})
	table := &catalog.Table{ID: "1", OnDemandBilling: true}
	for p := range catalog.PartitionID(5000) {
		l.Charge(Target{Table: table, Partition: p + 1}, 1)
		c.pass(time.Second)
	}
	if len(l.buckets) > 2048 {
		t.Errorf("%d buckets are kept", len(l.buckets))
	}
}
