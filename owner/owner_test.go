package owner

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
)

func TestMain(m *testing.M) {
	// Every step of a random history costs the disk something. More of them:
	// go test ./owner -rapid.checks 1000
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

func TestWhatWasWrittenIsReadAndSurvivesACrash(t *testing.T) {
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir)
	create(t, o, 1)
	for i := range 10 {
		must(t, o, add(t, 1, fmt.Sprint(i%3)))
	}
	want := `{"id":{"S":"0"},"n":{"N":"4"}}`
	if got := read(t, o, 1, "0"); got != want {
		t.Fatalf("got %s", got)
	}
	crash(o)
	o = l.open(t, dir)
	if got := read(t, o, 1, "0"); got != want {
		t.Fatalf("after a crash: %s", got)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = l.open(t, dir)
	if got := read(t, o, 1, "0"); got != want {
		t.Fatalf("after a stop: %s", got)
	}
}

func TestAConditionThatFailsHasNoEffect(t *testing.T) {
	l := newLog()
	o := l.open(t, t.TempDir())
	create(t, o, 1)
	first := put(t, 1, item.Map{{Name: "id", Value: str("a")}, {Name: "v", Value: num("1")}})
	first.Condition = condition(t, "attribute_not_exists(id)", nil)
	must(t, o, first)
	second := put(t, 1, item.Map{{Name: "id", Value: str("a")}, {Name: "v", Value: num("2")}})
	second.Condition, second.OldOnFailure = first.Condition, true
	out := do(t, o, second)
	if out.Fault == nil || out.Fault.Type != "ConditionalCheckFailedException" || string(out.Fault.Item) != `{"id":{"S":"a"},"v":{"N":"1"}}` {
		t.Fatalf("%+v", out.Fault)
	}
	if got := read(t, o, 1, "a"); got != `{"id":{"S":"a"},"v":{"N":"1"}}` {
		t.Fatal(got)
	}
}

// Whether a put looks for the item first or adds it at once depends on the put
// before it. What comes of it does not.
func TestPutsTellWhatWasThereBefore(t *testing.T) {
	l := newLog()
	o := l.open(t, t.TempDir())
	create(t, o, 1)
	there := map[string]bool{}
	for i, id := range []string{"a", "b", "a", "a", "c", "b", "d", "e", "e", "f"} {
		n := item.Map{{Name: "id", Value: str(id)}, {Name: "n", Value: num(fmt.Sprint(i))}}
		c := put(t, 1, n)
		if i%2 == 1 {
			c.Want = command.NewImage
		}
		out := must(t, o, c)
		if (out.OldSize > 0) != there[id] || out.NewSize != item.Size(n) || (out.New != nil) != (i%2 == 1) {
			t.Errorf("put %d, of %s: %+v", i, id, out)
		}
		if got, want := read(t, o, 1, id), fmt.Sprintf(`{"id":{"S":"%s"},"n":{"N":"%d"}}`, id, i); got != want {
			t.Errorf("%s after put %d, want %s", got, i, want)
		}
		a, err := o.wake(1, false)
		if err != nil {
			t.Fatal(err)
		}
		if a.adding != !there[id] {
			t.Errorf("put %d, of %s: the next one is to be added at once: %v", i, id, a.adding)
		}
		if v := a.file.Mark().Version; v != int64(i+1) {
			t.Errorf("version %d after put %d", v, i)
		}
		a.mu.Unlock()
		there[id] = true
	}
}

// The same of puts with conditions: one that holds of an item that is not there
// is added at once, and must not be if the item is there.
func TestConditionalPutsTellWhatWasThereBefore(t *testing.T) {
	for _, guess := range []bool{false, true} {
		l := newLog()
		o := l.open(t, t.TempDir())
		create(t, o, 1)
		there := map[string]string{}
		writes := int64(0)
		for i, x := range []struct{ id, condition string }{
			{"a", "attribute_not_exists(id)"}, {"a", "attribute_not_exists(id)"}, {"b", "attribute_not_exists(id)"},
			{"c", "attribute_exists(id)"}, {"a", "attribute_exists(id)"}, {"d", "n > :zero"}, {"a", "n > :zero"},
			{"a", "attribute_not_exists(id)"}, {"d", "attribute_not_exists(n) OR n > :zero"}, {"d", "attribute_not_exists(n) OR n > :zero"},
		} {
			n := item.Map{{Name: "id", Value: str(x.id)}, {Name: "n", Value: num(fmt.Sprint(i + 1))}}
			c := put(t, 1, n)
			var values map[string]item.Value
			if strings.Contains(x.condition, ":zero") {
				values = map[string]item.Value{":zero": num("0")}
			}
			c.Condition, c.OldOnFailure, c.Want = condition(t, x.condition, values), true, command.OldImage
			a, err := o.wake(1, false)
			if err != nil {
				t.Fatal(err)
			}
			a.adding = guess
			atOnce := a.write(c, place{}).likelyNew()
			a.mu.Unlock()
			if want := guess && strings.Contains(x.condition, "not_exists"); atOnce != want {
				t.Errorf("guess %v, put %d: added at once: %v", guess, i, atOnce)
			}
			old, found := there[x.id]
			holds := found != (x.condition == "attribute_not_exists(id)") || !found && strings.Contains(x.condition, "OR")
			out := do(t, o, c)
			switch {
			case !holds:
				if out.Fault == nil || out.Fault.Type != "ConditionalCheckFailedException" || string(out.Fault.Item) != old {
					t.Errorf("guess %v, put %d: %+v", guess, i, out.Fault)
				}
			case out.Fault != nil || (out.Old != nil) != found || (out.OldSize > 0) != found || out.NewSize != item.Size(n):
				t.Errorf("guess %v, put %d: %+v", guess, i, out)
			default:
				writes++
				there[x.id] = string(item.AppendJSON(nil, n))
			}
			if got := read(t, o, 1, x.id); got != there[x.id] {
				t.Errorf("guess %v, %s after put %d: %s, want %s", guess, x.id, i, got, there[x.id])
			}
			if a, err = o.wake(1, false); err != nil {
				t.Fatal(err)
			}
			if v := a.file.Mark().Version; v != writes {
				t.Errorf("guess %v, version %d after put %d, want %d", guess, v, i, writes)
			}
			if a.adding == found {
				t.Errorf("guess %v: after put %d the next one is to be added at once: %v", guess, i, a.adding)
			}
			a.mu.Unlock()
		}
	}
}

func TestAnUpdateWithoutAnExpressionMakesTheItem(t *testing.T) {
	l := newLog()
	o := l.open(t, t.TempDir())
	create(t, o, 1)
	for range 2 {
		bare := add(t, 1, "a")
		bare.Update, bare.Want = nil, command.NewImage
		if out := must(t, o, bare); out.New == nil || out.Touched != nil {
			t.Fatalf("%+v", out)
		}
		if got := read(t, o, 1, "a"); got != `{"id":{"S":"a"}}` {
			t.Fatal(got)
		}
	}
}

func TestSleepersWakeWhereTheyStood(t *testing.T) {
	l := newLog()
	o := l.open(t, t.TempDir(), func(o *Options) { o.Sleep, o.Linger = time.Millisecond, time.Millisecond })
	create(t, o, 1)
	for i := range 20 {
		must(t, o, add(t, 1, "a"))
		waitFor(t, "the partition to sleep", func() bool { return o.awake.Load() == 0 })
		if i%7 == 3 {
			if err := o.Checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := read(t, o, 1, "a"); got != `{"id":{"S":"a"},"n":{"N":"20"}}` {
		t.Fatal(got)
	}
}

func TestASleepAfterACheckpointForgetsTheSleepBefore(t *testing.T) {
	l := newLog()
	o := l.open(t, t.TempDir(), func(o *Options) { o.Linger, o.Sleep, o.Checkpoint = time.Hour, time.Hour, time.Hour })
	create(t, o, 1)
	sleep := func() {
		t.Helper()
		a, err := o.wake(1, false)
		if err != nil {
			t.Fatal(err)
		}
		defer a.mu.Unlock()
		if err := o.sleep(a); err != nil {
			t.Fatal(err)
		}
	}
	must(t, o, add(t, 1, "a"))
	sleep()
	must(t, o, add(t, 1, "a"))
	if err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	sleep()
	if got := read(t, o, 1, "a"); got != `{"id":{"S":"a"},"n":{"N":"2"}}` {
		t.Fatal(got)
	}
}

func TestTheJournalIsPurgedBehindTheCheckpoints(t *testing.T) {
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir)
	create(t, o, 1)
	for range 3 {
		must(t, o, add(t, 1, "a"))
		if err := o.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if l.first != 3 {
		t.Fatalf("the journal begins at %d", l.first)
	}
	crash(o)
	o = l.open(t, dir)
	if got := read(t, o, 1, "a"); got != `{"id":{"S":"a"},"n":{"N":"3"}}` {
		t.Fatal(got)
	}
}

func TestADroppedPartitionIsGoneForGood(t *testing.T) {
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir)
	create(t, o, 1)
	must(t, o, add(t, 1, "a"))
	if err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(t, o, &command.Command{Op: command.Drop, Partition: 1})
	must(t, o, &command.Command{Op: command.Drop, Partition: 1})
	must(t, o, &command.Command{Op: command.Drop, Partition: 99})
	gone := func(when string) {
		t.Helper()
		if _, _, err := o.Get(t.Context(), 1, []byte("k")); !errors.Is(err, ErrNoPartition) {
			t.Fatalf("%s: %v", when, err)
		}
		out, err := o.Do(t.Context(), add(t, 1, "a"))
		if err == nil && (out.Fault == nil || out.Fault.Type != "ResourceNotFoundException") || err != nil && !errors.Is(err, ErrNoPartition) {
			t.Fatalf("%s: %+v, %v", when, out, err)
		}
	}
	gone("at once")
	crash(o)
	o = l.open(t, dir)
	gone("after a crash")
	if err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone("after a checkpoint")
	if _, err := os.Stat(o.path(1)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("its file: %v", err)
	}
	crash(o)
	o = l.open(t, dir)
	gone("after another crash")
}

// A global index's last entries may still be on their way when it is dropped.
func TestACommandForADroppedPartitionKeepsNoNodeFromStarting(t *testing.T) {
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir)
	create(t, o, 1)
	must(t, o, &command.Command{Op: command.Drop, Partition: 1})
	if err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	late := add(t, 1, "a")
	late.Waiter = &waiter{done: make(chan struct{}, 1)}
	if err := l.submit(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	crash(o)
	o = l.open(t, dir)
	if _, _, err := o.Get(t.Context(), 1, []byte("k")); !errors.Is(err, ErrNoPartition) {
		t.Fatal(err)
	}
	create(t, o, 2)
}

func TestMissingPartitionsAreNotMade(t *testing.T) {
	l := newLog()
	o := l.open(t, t.TempDir())
	if _, err := o.Do(t.Context(), add(t, 9, "a")); !errors.Is(err, ErrNoPartition) {
		t.Fatal(err)
	}
	if _, err := o.Page(t.Context(), command.Range{Partition: 9}); !errors.Is(err, ErrNoPartition) {
		t.Fatal(err)
	}
	// In the journal all the same, as if the table had been dropped meanwhile.
	l.mu.Lock()
	l.number++
	d := l.append(command.Header{Incarnation: l.incarnation, Number: l.number}, add(t, 9, "a"))
	l.mu.Unlock()
	if err := o.Deliver(d); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(o.path(9)); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("a file was made")
	}
}

func TestOpenFilesAreBounded(t *testing.T) {
	l := newLog()
	o := l.open(t, t.TempDir(), func(o *Options) { o.Awake, o.Sleep = 4, time.Hour })
	for p := range catalog.PartitionID(40) {
		create(t, o, p+1)
		must(t, o, add(t, p+1, "a"))
		if n := o.awake.Load(); n > 9 {
			t.Fatalf("%d partitions are awake", n)
		}
	}
	waitFor(t, "the crowd to thin", func() bool { return o.awake.Load() <= 4 })
	for p := range catalog.PartitionID(40) {
		if got := read(t, o, p+1, "a"); got != `{"id":{"S":"a"},"n":{"N":"1"}}` {
			t.Fatalf("partition %d: %s", p+1, got)
		}
	}
}

func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(40 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// A partition stands still while it commits, so a busy one does it more often
// than all together have to.
func TestABusyPartitionCommitsBeforeItHoldsTooMuch(t *testing.T) {
	o := newLog().open(t, t.TempDir(), func(o *Options) { o.Linger, o.CommitCommands = time.Hour, 4*pauses })
	create(t, o, 1)
	most := 0
	for range 3 * 4 * pauses {
		must(t, o, add(t, 1, "a"))
		a, err := o.wake(1, false)
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, a.pending)
		a.mu.Unlock()
	}
	if most != 3 {
		t.Errorf("it held %d commands; the fourth has to be committed", most)
	}
}
