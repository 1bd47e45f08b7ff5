package owner

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
)

// TestAnyHistoryGivesTheModelsAnswers runs random operations, with checkpoints,
// commits, sleeps, failures of files, stops and crashes between them.
func TestAnyHistoryGivesTheModelsAnswers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		l := newLog()
		quiet := func(o *Options) {
			o.Linger, o.Sleep, o.Checkpoint, o.Retry = time.Hour, time.Hour, time.Hour, time.Nanosecond
		}
		o := l.open(t, dir, quiet)
		partitions := rapid.IntRange(1, 4).Draw(rt, "partitions")
		for p := range partitions {
			create(t, o, catalog.PartitionID(p+1))
		}
		model := map[string]int{}
		slot := func() (catalog.PartitionID, string, string) {
			n := rapid.IntRange(0, 11).Draw(rt, "item")
			p := catalog.PartitionID(n%partitions + 1)
			id := strconv.Itoa(n)
			return p, id, fmt.Sprint(p, "/", id)
		}
		check := func(p catalog.PartitionID, id, name string) {
			want := ""
			if n, ok := model[name]; ok {
				want = fmt.Sprintf(`{"id":{"S":"%s"},"n":{"N":"%d"}}`, id, n)
			}
			if got := read(t, o, p, id); got != want {
				rt.Fatalf("%s is %s, want %s", name, got, want)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"add": func(rt *rapid.T) {
				p, id, name := slot()
				must(t, o, add(t, p, id))
				model[name]++
			},
			"put": func(rt *rapid.T) {
				p, id, name := slot()
				n := rapid.IntRange(0, 3).Draw(rt, "n")
				out := must(t, o, put(t, p, item.Map{{Name: "id", Value: str(id)}, {Name: "n", Value: num(strconv.Itoa(n))}}))
				if _, ok := model[name]; ok != (out.OldSize > 0) {
					rt.Fatalf("put %s over %d bytes", name, out.OldSize)
				}
				model[name] = n
			},
			"delete": func(rt *rapid.T) {
				p, id, name := slot()
				k := item.Map{{Name: "id", Value: str(id)}}
				out := must(t, o, &command.Command{Op: command.Delete, Partition: p, Key: keyOf(t, plain, k), KeyItem: k})
				if _, ok := model[name]; ok != (out.OldSize > 0) {
					rt.Fatalf("deleted %s of %d bytes", name, out.OldSize)
				}
				delete(model, name)
			},
			"compare and set": func(rt *rapid.T) {
				p, id, name := slot()
				n := rapid.IntRange(0, 3).Draw(rt, "expected")
				c := put(t, p, item.Map{{Name: "id", Value: str(id)}, {Name: "n", Value: num(strconv.Itoa(n + 1))}})
				c.Condition = condition(t, "n = :n", map[string]item.Value{":n": num(strconv.Itoa(n))})
				out := do(t, o, c)
				have, ok := model[name]
				if held := ok && have == n; held != (out.Fault == nil) {
					rt.Fatalf("%s is %d (%v): %v", name, have, ok, out.Fault)
				} else if held {
					model[name] = n + 1
				}
			},
			"read": func(rt *rapid.T) { check(slot()) },
			"commit": func(rt *rapid.T) {
				p, _, _ := slot()
				a, err := o.wake(p, false)
				if err != nil {
					t.Fatal(err)
				}
				defer a.mu.Unlock()
				if err := o.commit(a); err != nil {
					t.Fatal(err)
				}
			},
			"sleep": func(rt *rapid.T) {
				p, _, _ := slot()
				a, err := o.wake(p, false)
				if err != nil {
					t.Fatal(err)
				}
				defer a.mu.Unlock()
				if err := o.sleep(a); err != nil {
					t.Fatal(err)
				}
			},
			"failure of a file": func(rt *rapid.T) {
				p, _, _ := slot()
				a, err := o.wake(p, false)
				if err != nil {
					t.Fatal(err)
				}
				defer a.mu.Unlock()
				if err := o.fail(a, errors.New("input or output error")); !errors.Is(err, ErrUnavailable) {
					t.Fatal(err)
				}
			},
			"checkpoint": func(rt *rapid.T) {
				if err := o.Checkpoint(t.Context()); err != nil && !errors.Is(err, ErrUnavailable) {
					t.Fatal(err)
				}
			},
			"crash": func(rt *rapid.T) {
				crash(o)
				o = l.open(t, dir, quiet)
			},
			"stop": func(rt *rapid.T) {
				if err := o.Close(); err != nil && !errors.Is(err, ErrUnavailable) {
					t.Fatal(err)
				}
				o = l.open(t, dir, quiet)
			},
		})
		for n := range 12 {
			p := catalog.PartitionID(n%partitions + 1)
			check(p, strconv.Itoa(n), fmt.Sprint(p, "/", n))
		}
		crash(o)
	})
}

func TestAFileThatFailsComesBackFromTheJournal(t *testing.T) {
	l := newLog()
	o := l.open(t, t.TempDir(), func(o *Options) { o.Linger, o.Retry = time.Hour, 50*time.Millisecond })
	create(t, o, 1)
	for range 5 {
		must(t, o, add(t, 1, "a"))
	}
	a, err := o.wake(1, false)
	if err != nil {
		t.Fatal(err)
	}
	failed := o.fail(a, errors.New("no room"))
	a.mu.Unlock()
	if !errors.Is(failed, ErrUnavailable) {
		t.Fatal(failed)
	}
	// It is refused, or answered with everything in place; never from the state
	// before.
	waitFor(t, "the partition to come back", func() bool {
		row, ok, err := o.Get(t.Context(), 1, keyOf(t, plain, item.Map{{Name: "id", Value: str("a")}}))
		if errors.Is(err, ErrUnavailable) {
			return false
		}
		if err != nil || !ok || string(row.Item) != `{"id":{"S":"a"},"n":{"N":"5"}}` {
			t.Fatalf("%s, %v, %v", row.Item, ok, err)
		}
		return true
	})
	must(t, o, add(t, 1, "a"))
}

func TestBatchesOutOfTheirOrderHaveNoEffect(t *testing.T) {
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir)
	create(t, o, 1)
	must(t, o, add(t, 1, "a"))
	const late = 1_000
	deliver := func(number uint64, at int64) {
		t.Helper()
		c := add(t, 1, "a")
		c.Stamp, c.NotAfter = 1, late
		d := l.append(command.Header{Incarnation: 50, Number: number, Time: at}, c)
		if err := o.Deliver(d); err != nil {
			t.Fatal(err)
		}
	}
	deliver(1, 1)      // counts
	deliver(1, 1)      // a repeat
	deliver(3, 1)      // a gap
	deliver(2, late+1) // too late
	deliver(3, late)   // counts
	want := `{"id":{"S":"a"},"n":{"N":"3"}}`
	if got := read(t, o, 1, "a"); got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	crash(o)
	o = l.open(t, dir)
	if got := read(t, o, 1, "a"); got != want {
		t.Fatalf("replayed: %s, want %s", got, want)
	}
	// Known through checkpoints too.
	if err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	crash(o)
	o = l.open(t, dir)
	deliver(3, 1)
	if got := read(t, o, 1, "a"); got != want {
		t.Fatalf("repeated after a checkpoint: %s, want %s", got, want)
	}
}

func TestAGapStopsTheOwner(t *testing.T) {
	l := newLog()
	o := l.open(t, t.TempDir())
	create(t, o, 1)
	l.append(command.Header{Incarnation: 9, Number: 1}, add(t, 1, "a"))
	if err := o.Deliver(l.append(command.Header{Incarnation: 9, Number: 2}, add(t, 1, "a"))); !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	if _, _, err := o.Get(t.Context(), 1, []byte("k")); !errors.Is(err, ErrDamaged) {
		t.Fatalf("it still answers: %v", err)
	}
}
