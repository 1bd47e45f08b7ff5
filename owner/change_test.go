package owner

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"shvm-db/internal/catalog"
	"shvm-db/internal/change"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
)

// streaming turns the change stream of a partition on, or off if it has no
// label.
func streaming(t testing.TB, o *Owner, p catalog.PartitionID, label, view string, stamp int64) {
	t.Helper()
	s := *plain
	if label != "" {
		s.Stream = &catalog.Stream{Label: label, View: view}
	}
	must(t, o, &command.Command{Op: command.Schema, Partition: p, Schema: &s, Stamp: stamp})
}

// told is everything the change stream of a partition has, shard by shard.
func told(t testing.TB, o *Owner, p catalog.PartitionID, label string) string {
	t.Helper()
	shards, err := o.Shards(t.Context(), p, label)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, s := range shards {
		fmt.Fprintf(&out, "[%d", s.Number)
		from, err := o.Seek(t.Context(), p, s.Number, math.MinInt64)
		if err != nil {
			t.Fatal(err)
		}
		for {
			b, err := o.Records(t.Context(), p, s.Number, from, 2, 1<<20)
			if err != nil || b.Trimmed {
				t.Fatal(b, err)
			}
			for _, r := range b.Records {
				fmt.Fprintf(&out, " %d%c%s>%s", r.Number, r.Event.String()[0], r.Old, r.New)
			}
			if from = b.Next; b.End || len(b.Records) == 0 {
				if b.End != s.Closed {
					t.Errorf("shard %d: end %v, closed %v", s.Number, b.End, s.Closed)
				}
				break
			}
		}
		out.WriteString("]")
	}
	return strings.NewReplacer(`"S":`, "", `"`, "", "{", "", "}", "").Replace(out.String())
}

func remove(t testing.TB, p catalog.PartitionID, id string) *command.Command {
	t.Helper()
	k := item.Map{{Name: "id", Value: str(id)}}
	return &command.Command{Op: command.Delete, Partition: p, Key: keyOf(t, plain, k), KeyItem: k}
}

func TestEachChangeIsRecordedOnceAndAgainByAReplay(t *testing.T) {
	log := newLog()
	dir := t.TempDir()
	o := log.open(t, dir)
	streaming(t, o, 1, "a", change.BothImage, 1000)
	with := func(id, v string) item.Map {
		return item.Map{{Name: "id", Value: str(id)}, {Name: "v", Value: str(v)}}
	}
	must(t, o, put(t, 1, with("x", "1")))
	must(t, o, put(t, 1, with("x", "1")))                                     // nothing changes
	must(t, o, put(t, 1, item.Map{with("x", "1")[1], with("x", "1")[0]}))     // nor by another order
	must(t, o, put(t, 1, with("x", "2")))                                     // MODIFY
	must(t, o, remove(t, 1, "y"))                                             // it was not there
	must(t, o, &command.Command{Op: command.Roll, Partition: 1, Stamp: 2000}) // the child begins
	must(t, o, &command.Command{Op: command.Roll, Partition: 1, Stamp: 2000}) // an empty shard
	must(t, o, remove(t, 1, "x"))                                             // REMOVE
	streaming(t, o, 1, "", "", 3000)                                          // off
	must(t, o, put(t, 1, with("x", "3")))                                     // nobody is told
	streaming(t, o, 1, "b", change.KeysOnly, 4000)                            // another stream
	must(t, o, put(t, 1, with("x", "4")))
	want := map[string]string{
		"a": "[1 1I>id:x,v:1 2Mid:x,v:1>id:x,v:2][2][3 3Rid:x,v:2>]",
		"b": "[4 4M>]",
	}
	check := func(when string) {
		t.Helper()
		for label, w := range want {
			if got := told(t, o, 1, label); got != w {
				t.Errorf("%s, stream %s: %s, want %s", when, label, got, w)
			}
		}
	}
	check("at once")
	crash(o)
	o = log.open(t, dir)
	check("after a crash")
	a, _ := o.Shards(t.Context(), 1, "a")
	for i, s := range a {
		if i > 0 && (s.Parent != a[i-1].ID() || s.Opened < a[i-1].Ended) {
			t.Errorf("shard %d does not follow its parent: %+v after %+v", i, s, a[i-1])
		}
	}
}

func TestViewsCarryWhatTheySay(t *testing.T) {
	for view, want := range map[string]string{
		change.KeysOnly: ">", change.NewImage: ">id:x,v:2", change.OldImage: "id:x,v:1>", change.BothImage: "id:x,v:1>id:x,v:2",
	} {
		o := newLog().open(t, t.TempDir())
		create(t, o, 1)
		must(t, o, put(t, 1, item.Map{{Name: "id", Value: str("x")}, {Name: "v", Value: str("1")}}))
		streaming(t, o, 1, "a", view, 1000)
		must(t, o, put(t, 1, item.Map{{Name: "id", Value: str("x")}, {Name: "v", Value: str("2")}}))
		if got := told(t, o, 1, "a"); got != "[1 1M"+want+"]" {
			t.Errorf("%s: %s", view, got)
		}
	}
}

func TestAStreamOutlivesItsPartitionUntilItIsTrimmed(t *testing.T) {
	log := newLog()
	dir := t.TempDir()
	o := log.open(t, dir)
	streaming(t, o, 1, "a", change.KeysOnly, 1000)
	c := put(t, 1, item.Map{{Name: "id", Value: str("x")}})
	c.Stamp = 1500
	must(t, o, c)
	must(t, o, &command.Command{Op: command.Drop, Partition: 1, Stamp: 2000})
	if err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	crash(o)
	o = log.open(t, dir)
	if got := told(t, o, 1, "a"); got != "[1 1I>]" {
		t.Errorf("after the drop: %s", got)
	}
	if _, _, err := o.Get(t.Context(), 1, []byte("x")); err == nil {
		t.Error("a dropped partition was read")
	}
	must(t, o, &command.Command{Op: command.Trim, Partition: 1, Stamp: 2001 + catalog.StreamRetention.Milliseconds()})
	if err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := told(t, o, 1, "a"); got != "" {
		t.Errorf("after trimming: %s", got)
	}
	if gone, err := absent(o.path(1)); !gone || err != nil {
		t.Errorf("the file is still there (%v)", err)
	}
}

func TestATrimmedPlaceIsToldAsSuch(t *testing.T) {
	o := newLog().open(t, t.TempDir())
	streaming(t, o, 1, "a", change.KeysOnly, 1000)
	for i := range 3 {
		c := put(t, 1, item.Map{{Name: "id", Value: str(fmt.Sprint(i))}})
		c.Stamp = int64(1000 * (i + 1))
		must(t, o, c)
	}
	must(t, o, &command.Command{Op: command.Trim, Partition: 1, Stamp: 2001 + catalog.StreamRetention.Milliseconds()})
	b, err := o.Records(t.Context(), 1, 1, 1, 10, 1<<20)
	if err != nil || !b.Trimmed || b.Records != nil {
		t.Errorf("from the beginning: %+v %v", b, err)
	}
	if b, err = o.Records(t.Context(), 1, 1, 3, 10, 1<<20); err != nil || b.Trimmed || len(b.Records) != 1 {
		t.Errorf("from the oldest: %+v %v", b, err)
	}
}

func TestATransactionIsRecordedInEachPartitionOnceAndACancelledOneNowhere(t *testing.T) {
	log, dir := newLog(), t.TempDir()
	o := log.open(t, dir)
	for p := range catalog.PartitionID(2) {
		streaming(t, o, p+1, "a", change.BothImage, 1000)
		must(t, o, put(t, p+1, account("x", 5)))
	}
	transfer := func(by int) *command.Command {
		c := request("", deposit(t, 1, "x", -by), deposit(t, 2, "x", by))
		c.Stamp = 2000
		return c
	}
	if out, err := o.Transact(t.Context(), transfer(3)); err != nil || !allGood(out.Actions) {
		t.Fatal(out, err)
	}
	if out, err := o.Transact(t.Context(), transfer(3)); err != nil || out.Actions[0].Fault == nil {
		t.Fatal("an account was overdrawn", out, err)
	}
	check := func(when string) {
		t.Helper()
		for p, want := range map[catalog.PartitionID]string{
			1: "[1 1I>id:x,n:N:5 2Mid:x,n:N:5>id:x,n:N:2]",
			2: "[1 1I>id:x,n:N:5 2Mid:x,n:N:5>id:x,n:N:8]",
		} {
			if got := strings.ReplaceAll(told(t, o, p, "a"), `"`, ""); got != want {
				t.Errorf("%s, partition %d: %s, want %s", when, p, got, want)
			}
		}
	}
	check("at once")
	crash(o)
	o = log.open(t, dir)
	check("after a crash")
}
