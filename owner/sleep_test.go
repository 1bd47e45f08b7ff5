package owner

import (
	"runtime"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
)

func TestSleepersCostNothing(t *testing.T) {
	const partitions = 200
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir)
	for p := range catalog.PartitionID(partitions) {
		create(t, o, p+1)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	o = l.open(t, dir)
	if n := o.awake.Load(); n != 0 {
		t.Errorf("a start opens %d files", n)
	}
	if n := len(o.actors) + len(o.settled); n != 0 {
		t.Errorf("a start keeps %d partitions in memory", n)
	}
	if n := runtime.NumGoroutine() - before; n > 1 {
		t.Errorf("%d goroutines for sleepers", n)
	}
	if o.isDirty() {
		t.Error("a start makes work for the keeper")
	}
	// One that wakes is alone awake.
	if got := read(t, o, partitions, "none"); got != "" {
		t.Error(got)
	}
	if n := o.awake.Load(); n != 1 {
		t.Errorf("%d are awake", n)
	}
}

// BenchmarkWake is the opening of a sleeping partition for one read.
func BenchmarkWake(b *testing.B) {
	l := newLog()
	o := l.open(b, b.TempDir(), func(o *Options) { o.Sleep = time.Hour })
	create(b, o, 1)
	must(b, o, add(b, 1, "a"))
	if err := o.Checkpoint(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		a, err := o.wake(1, false)
		if err != nil {
			b.Fatal(err)
		}
		if err := o.sleep(a); err != nil {
			b.Fatal(err)
		}
		a.mu.Unlock()
		b.StartTimer()
		if _, err := o.Page(b.Context(), command.Range{Partition: 1, Limit: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
