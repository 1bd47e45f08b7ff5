package owner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/item"
)

// account keeps a balance in n.
func account(id string, n int) item.Map {
	return item.Map{{Name: "id", Value: str(id)}, {Name: "n", Value: num(strconv.Itoa(n))}}
}

// deposit adds to the balance of an account, which must not fall below zero.
func deposit(t testing.TB, p catalog.PartitionID, id string, by int) *command.Command {
	c := add(t, p, id)
	values := map[string]item.Value{":by": num(strconv.Itoa(by))}
	u, err := expr.ParseUpdate("ADD n :by", &expr.Placeholders{Values: values})
	if err != nil {
		t.Fatal(err)
	}
	c.Update = u
	if by < 0 {
		c.Condition = condition(t, "n >= :least", map[string]item.Value{":least": num(strconv.Itoa(-by))})
	}
	return c
}

// request is a transaction as a gateway asks for it; its token is its digest.
func request(token string, actions ...*command.Command) *command.Command {
	c := &command.Command{Op: command.Transact, Stamp: time.Now().UnixMilli(), Transaction: &command.Transaction{Actions: actions}}
	if token != "" {
		c.Transaction.Token, c.Transaction.Digest = token, []byte(token)
	}
	return c
}

func point(t testing.TB, p catalog.PartitionID, id string) command.Point {
	return command.Point{Partition: p, Key: keyOf(t, plain, item.Map{{Name: "id", Value: str(id)}})}
}

// balance reads n of an item's JSON made by this file.
func balance(t testing.TB, text []byte) int {
	t.Helper()
	m, err := item.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := m.Get("n")
	n, err := strconv.Atoi(v.Text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

func bank(t testing.TB, o *Owner, partitions, each int) {
	t.Helper()
	for p := range partitions {
		create(t, o, catalog.PartitionID(p+1))
		for i := range each {
			must(t, o, put(t, catalog.PartitionID(p+1), account(strconv.Itoa(i), 100)))
		}
	}
}

func TestATransactionIsDoneWholeOrNotAtAll(t *testing.T) {
	for _, partitions := range []int{1, 3} {
		t.Run(fmt.Sprint(partitions), func(t *testing.T) {
			l, dir := newLog(), t.TempDir()
			o := l.open(t, dir)
			bank(t, o, partitions, 3)
			last := catalog.PartitionID(partitions)
			transfer := func(by int) (*command.Outcome, error) {
				return o.Transact(t.Context(), request("", deposit(t, 1, "0", -by), deposit(t, last, "1", by)))
			}
			out, err := transfer(60)
			if err != nil || !allGood(out.Actions) || out.Actions[1].OldSize == 0 {
				t.Fatalf("%+v, %v", out, err)
			}
			out, err = transfer(60)
			if err != nil || out.Actions[0].Fault == nil || out.Actions[0].Fault.Type != "ConditionalCheckFailedException" || out.Actions[1].Fault != nil {
				t.Fatalf("%+v, %v", out, err)
			}
			check := func() {
				t.Helper()
				sights, err := o.Snapshot(t.Context(), []command.Point{point(t, last, "1"), point(t, 1, "0"), point(t, 1, "none")})
				if err != nil || balance(t, sights[0].Item) != 160 || balance(t, sights[1].Item) != 40 || sights[2].Found {
					t.Fatalf("%+v, %v", sights, err)
				}
			}
			check()
			noMarks(t, o, partitions)
			crash(o)
			o = l.open(t, dir)
			check()
		})
	}
}

// noMarks waits until no item is held and the ledger is empty.
func noMarks(t testing.TB, o *Owner, partitions int) {
	t.Helper()
	waitFor(t, "every transaction to be finished", func() bool {
		for p := range partitions {
			a, err := o.wake(catalog.PartitionID(p+1), false)
			if err != nil {
				return false
			}
			n := len(a.locks)
			a.mu.Unlock()
			if n > 0 {
				return false
			}
		}
		a, err := o.wake(command.Ledger, true)
		if err != nil {
			return false
		}
		defer a.mu.Unlock()
		notes, err := a.file.Notes("transactions")
		return err == nil && len(notes) == 0
	})
}

func TestATokenCountsOnce(t *testing.T) {
	for _, partitions := range []int{1, 2} {
		t.Run(fmt.Sprint(partitions), func(t *testing.T) {
			l, dir := newLog(), t.TempDir()
			o := l.open(t, dir)
			bank(t, o, partitions, 2)
			last := catalog.PartitionID(partitions)
			try := func(token string, by int) *command.Outcome {
				t.Helper()
				out, err := o.Transact(t.Context(), request(token, deposit(t, 1, "0", -by), deposit(t, last, "1", by)))
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			if out := try("a", 10); out.Repeated || !allGood(out.Actions) {
				t.Fatalf("%+v", out)
			}
			for range 2 {
				if out := try("a", 10); !out.Repeated || len(out.Actions) != 2 || out.Actions[1].OldSize == 0 {
					t.Fatalf("%+v", out)
				}
				crash(o)
				o = l.open(t, dir)
			}
			other := request("a", deposit(t, 1, "0", -1), deposit(t, last, "1", 1))
			other.Transaction.Digest = []byte("other")
			if out, err := o.Transact(t.Context(), other); err != nil || out.Fault == nil || out.Fault.Type != "IdempotentParameterMismatchException" {
				t.Fatalf("%+v, %v", out, err)
			}
			// One that was cancelled is tried again.
			if out := try("b", 1000); out.Repeated || allGood(out.Actions) {
				t.Fatalf("%+v", out)
			}
			must(t, o, put(t, 1, account("0", 1000)))
			if out := try("b", 1000); out.Repeated || !allGood(out.Actions) {
				t.Fatalf("%+v", out)
			}
			// After ten minutes a token is new.
			late := request("a", deposit(t, 1, "0", 5), deposit(t, last, "1", 5))
			late.Stamp += tokenLife + 1
			if out, err := o.Transact(t.Context(), late); err != nil || out.Repeated || !allGood(out.Actions) {
				t.Fatalf("%+v, %v", out, err)
			}
			if n := balance(t, []byte(read(t, o, 1, "0"))); n != 5 {
				t.Fatalf("the first account holds %d", n)
			}
			if n := balance(t, []byte(read(t, o, last, "1"))); n != 100+10+1000+5 {
				t.Fatalf("the second account holds %d", n)
			}
		})
	}
}

var errCut = errors.New("cut off here")

// TestATransactionCutOffAnywhereIsFinished leaves the coordinator dead at every
// step, with and without a crash of the node.
func TestATransactionCutOffAnywhereIsFinished(t *testing.T) {
	for step, want := range map[string]string{"preparing": "none", "prepared": "none", "decided": "all", "finishing": "all", "finished": "all"} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprint(step, restart), func(t *testing.T) {
				var at string
				hook := func(o *Options) {
					o.step = func(name string) error {
						if name == at {
							return errCut
						}
						return nil
					}
				}
				l, dir := newLog(), t.TempDir()
				o := l.open(t, dir, hook)
				bank(t, o, 3, 1)
				at = step
				tx := request("token", deposit(t, 1, "0", -10), deposit(t, 2, "0", 5), deposit(t, 3, "0", 5))
				if _, err := o.Transact(t.Context(), tx); !errors.Is(err, errCut) && !errors.Is(err, ErrUnknown) {
					t.Fatal(err)
				}
				at = ""
				if restart {
					crash(o)
					o = l.open(t, dir, hook)
				} else {
					// A writer meets the items, or finds them free.
					waitFor(t, "the items to be free", func() bool { return do(t, o, deposit(t, 3, "0", 0)).Fault == nil })
					waitFor(t, "the items to be free", func() bool { return do(t, o, deposit(t, 1, "0", 0)).Fault == nil })
				}
				if restart {
					noMarks(t, o, 3)
				}
				sights, err := o.Snapshot(t.Context(), []command.Point{point(t, 1, "0"), point(t, 2, "0"), point(t, 3, "0")})
				if err != nil {
					t.Fatal(err)
				}
				got := fmt.Sprint(balance(t, sights[0].Item), balance(t, sights[1].Item), balance(t, sights[2].Item))
				if all := map[string]string{"none": "100 100 100", "all": "90 105 105"}[want]; got != all {
					t.Fatalf("balances %s, want %s", got, all)
				}
				// The client tries again: once in all.
				tx = request("token", deposit(t, 1, "0", -10), deposit(t, 2, "0", 5), deposit(t, 3, "0", 5))
				out, err := o.Transact(t.Context(), tx)
				if err != nil || out.Repeated != (want == "all") || !allGood(out.Actions) {
					t.Fatalf("tried again: %+v, %v", out, err)
				}
				if n := balance(t, []byte(read(t, o, 1, "0"))); n != 90 {
					t.Fatalf("balance %d", n)
				}
				noMarks(t, o, 3)
			})
		}
	}
}

func TestAHeldItemIsNotWrittenAndNotReadHalf(t *testing.T) {
	hold, held := make(chan struct{}), make(chan struct{})
	l := newLog()
	o := l.open(t, t.TempDir(), func(o *Options) {
		o.step = func(name string) error {
			if name == "prepared" {
				close(held)
				<-hold
			}
			return nil
		}
	})
	bank(t, o, 2, 2)
	done := make(chan error, 1)
	go func() {
		out, err := o.Transact(context.Background(), request("", deposit(t, 1, "0", -10), deposit(t, 2, "0", 10)))
		if err == nil && !allGood(out.Actions) {
			err = fmt.Errorf("%+v", out)
		}
		done <- err
	}()
	<-held
	if out := do(t, o, add(t, 1, "0")); out.Fault == nil || out.Fault.Type != "TransactionConflictException" {
		t.Errorf("a plain write: %+v", out)
	}
	must(t, o, add(t, 1, "1"))
	if got := balance(t, []byte(read(t, o, 2, "0"))); got != 100 {
		t.Errorf("an undecided write is read: %d", got)
	}
	out, err := o.Transact(t.Context(), request("", deposit(t, 1, "0", -10), deposit(t, 2, "1", 10)))
	if err != nil || out.Actions[0].Fault == nil || out.Actions[0].Fault.Type != "TransactionConflictException" || out.Actions[1].Fault != nil {
		t.Errorf("another transaction: %+v, %v", out, err)
	}
	sights, err := o.Snapshot(t.Context(), []command.Point{point(t, 1, "0"), point(t, 2, "1")})
	if err != nil || !sights[0].Held || sights[1].Held {
		t.Errorf("a snapshot: %+v, %v", sights, err)
	}
	close(hold)
	if err := <-done; err != nil {
		t.Error(err)
	}
	noMarks(t, o, 2)
}

// TestTheBanksTotalNeverChanges runs transfers and readers while coordinators
// die at random steps and the node crashes.
func TestTheBanksTotalNeverChanges(t *testing.T) {
	const partitions, each, rounds = 4, 3, 4
	var dice sync.Mutex
	rng := rand.New(rand.NewPCG(1, 2))
	roll := func(n int) int {
		dice.Lock()
		defer dice.Unlock()
		return rng.IntN(n)
	}
	hook := func(o *Options) {
		o.step = func(string) error {
			if roll(60) == 0 {
				return errCut
			}
			return nil
		}
	}
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir)
	bank(t, o, partitions, each)
	crash(o)
	points := make([]command.Point, 0, partitions*each)
	for p := range partitions {
		for i := range each {
			points = append(points, point(t, catalog.PartitionID(p+1), strconv.Itoa(i)))
		}
	}
	total := func(o *Owner) (sum int, ok bool) {
		sights, err := o.Snapshot(context.Background(), points)
		if err != nil {
			return 0, false
		}
		for _, s := range sights {
			if s.Held {
				return 0, false
			}
			sum += balance(t, s.Item)
		}
		return sum, true
	}
	for range rounds {
		o := l.open(t, dir, hook)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for i := range 25 {
					from, to := roll(len(points)), roll(len(points))
					if from == to {
						continue
					}
					by := roll(30)
					name := func(i int) string { return strconv.Itoa(i % each) }
					tx := request("", deposit(t, points[from].Partition, name(from), -by), deposit(t, points[to].Partition, name(to), by))
					if i%3 == 0 {
						tx.Transaction.Token, tx.Transaction.Digest = strconv.Itoa(roll(1<<30)), []byte("d")
					}
					_, _ = o.Transact(context.Background(), tx)
				}
			})
		}
		wg.Go(func() {
			for range 40 {
				if sum, ok := total(o); ok && sum != 100*len(points) {
					t.Errorf("a reader saw %d", sum)
				}
			}
		})
		wg.Wait()
		crash(o)
	}
	o = l.open(t, dir)
	noMarks(t, o, partitions)
	if sum, ok := total(o); !ok || sum != 100*len(points) {
		t.Fatalf("in the end there are %d, %v", sum, ok)
	}
}
