package owner

import (
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
	"shvm-db/internal/key"
)

// expiring is a table with time to live, an index and a change stream, and a
// clock that stands.
func expiring(t testing.TB, change ...func(*Options)) (*Owner, *memoryLog, *catalog.Table, *atomic.Int64, func(string) *catalog.Schema) {
	t.Helper()
	log, names, clock := newLog(), &tables{}, new(atomic.Int64)
	clock.Store(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	table, schema := indexed(byColor)
	table.TTL = "gone"
	names.set(table)
	o := log.open(t, t.TempDir(), append([]func(*Options){func(o *Options) {
		o.Tables, o.Expire = names, 5*time.Millisecond
		o.Now = func() time.Time { return time.Unix(clock.Load(), 0) }
	}}, change...)...)
	with := func(ttl string) *catalog.Schema {
		s := *schema
		s.TTL = ttl
		return &s
	}
	return o, log, table, clock, with
}

func mortal(id string, at int64) item.Map {
	return append(thing(id, "color", "red"), item.Attr{Name: "gone", Value: num(strconv.FormatInt(at, 10))})
}

// left reads the ids that are in the table, in their own order.
func left(t testing.TB, o *Owner, table *catalog.Table, ids ...string) string {
	t.Helper()
	var out string
	for _, id := range ids {
		k := keyOf(t, plain, item.Map{{Name: "id", Value: str(id)}})
		_, ok, err := o.Get(t.Context(), table.PartitionOf("", key.HashOf(k)), k)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			out += id
		}
	}
	return out
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("it never came to be that %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestWhatHasExpiredLeavesTheTableAndItsIndexes(t *testing.T) {
	o, _, table, clock, with := expiring(t)
	makeAll(t, o, table, with("gone"))
	now := clock.Load()
	for id, at := range map[string]int64{"a": now + 10, "b": now + 20, "c": now - 1, "d": now - 6*365*24*3600, "e": 0} {
		must(t, o, putIn(t, table, mortal(id, at)))
	}
	must(t, o, putIn(t, table, thing("f", "color", "blue")))
	eventually(t, "only c has expired", func() bool { return left(t, o, table, "a", "b", "c", "d", "e", "f") == "abdef" })
	indexesFit(t, o, table)
	clock.Add(10)
	must(t, o, deleteIn(t, table, "f"))
	if got := left(t, o, table, "a", "b"); got != "ab" {
		t.Errorf("at the very second of a: %s are left", got)
	}
	clock.Add(1)
	eventually(t, "a has expired", func() bool { return left(t, o, table, "a", "b", "d", "e") == "bde" })
	clock.Add(1000)
	eventually(t, "b has expired", func() bool { return left(t, o, table, "a", "b", "d", "e") == "de" })
	indexesFit(t, o, table)
}

func TestARenewedItemDoesNotExpire(t *testing.T) {
	o, _, table, clock, with := expiring(t, func(o *Options) { o.Expire = time.Hour })
	makeAll(t, o, table, with("gone"))
	now := clock.Load()
	c := putIn(t, table, mortal("a", now-5))
	must(t, o, c)
	found, filled, err := o.expired(c.Partition)
	if len(found) != 1 || !filled || err != nil {
		t.Fatalf("%d have expired, %v, %v", len(found), filled, err)
	}
	// The item is renewed between the look and the deletion.
	must(t, o, putIn(t, table, mortal("a", now+100)))
	if err := o.expire(found); err != nil {
		t.Fatal(err)
	}
	if left(t, o, table, "a") != "a" {
		t.Error("an item that was renewed has expired")
	}
	// An item that came again without a time stays too.
	must(t, o, putIn(t, table, thing("a")))
	if err := o.expire(found); err != nil {
		t.Fatal(err)
	}
	if left(t, o, table, "a") != "a" {
		t.Error("an item that has no time any more has expired")
	}
}

func TestTimeToLiveMayBeEnabledOnATableThatHasItems(t *testing.T) {
	o, _, table, clock, with := expiring(t)
	makeAll(t, o, table, with(""))
	now := clock.Load()
	const items = 2*fillItems + 50
	for i := range items {
		must(t, o, putIn(t, table, mortal("x"+strconv.Itoa(i), now-int64(i%3)*5)))
	}
	must(t, o, putIn(t, table, mortal("stays", now+5)))
	makeAll(t, o, table, with("other"))
	makeAll(t, o, table, with("gone"))
	eventually(t, "two thirds have expired", func() bool { return len(all(t, o, table, "")) == 1+(items+2)/3 })
	makeAll(t, o, table, with(""))
	clock.Add(100)
	indexesFit(t, o, table)
	// Whatever was under way when it was disabled has ended by now.
	n := len(all(t, o, table, ""))
	makeAll(t, o, table, with("gone"))
	if n != 1+(items+2)/3 {
		t.Errorf("%d items are left after time to live was disabled", n)
	}
	eventually(t, "all have expired", func() bool { return len(all(t, o, table, "")) == 0 })
	indexesFit(t, o, table)
}

func TestASleepingPartitionWakesForItsFirstExpiry(t *testing.T) {
	o, _, table, clock, with := expiring(t, func(o *Options) { o.Sleep = time.Millisecond })
	makeAll(t, o, table, with("gone"))
	must(t, o, putIn(t, table, mortal("a", clock.Load()+50)))
	eventually(t, "everything sleeps", func() bool { return o.awake.Load() == 0 })
	clock.Add(49)
	eventually(t, "everything sleeps still", func() bool { return o.awake.Load() == 0 })
	head := o.Head()
	clock.Add(2)
	// Nobody reads the partition: that would wake it.
	eventually(t, "the item has expired", func() bool { return o.Head() > head })
	if left(t, o, table, "a") != "" {
		t.Error("the item is still there")
	}
}

func TestWhatExpiresWasDeletedByTheService(t *testing.T) {
	o, _, table, clock, with := expiring(t)
	schema := with("gone")
	schema.Stream = &catalog.Stream{View: "NEW_AND_OLD_IMAGES", Label: "l"}
	makeAll(t, o, table, schema)
	c := putIn(t, table, mortal("a", clock.Load()-1))
	must(t, o, c)
	eventually(t, "the record is there", func() bool {
		a, err := o.wake(c.Partition, false)
		if err != nil {
			t.Fatal(err)
		}
		defer a.mu.Unlock()
		records, err := a.file.Changes(1, 1, 10, 1<<20)
		if err != nil || len(records) < 2 {
			return false
		}
		if r := records[1]; !r.Service || r.Old == nil || r.New != nil || records[0].Service {
			t.Errorf("the records are %+v", records)
		}
		return true
	})
	if out := do(t, o, &command.Command{Op: command.Expire, Partition: c.Partition, Key: c.Key, Expires: 1}); out.Fault != nil {
		t.Error(out.Fault)
	}
}
