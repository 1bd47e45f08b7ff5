package owner

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
)

// Histories of transactions are held against a bank of a few accounts that
// does one thing at a time.

const accounts = 4

type balances [accounts]int

type bankInput struct {
	// kind is "transfer" by from a to b; "guarded", which takes one from a if b
	// holds at least by; or "look", which reads all accounts.
	kind     string
	a, b, by int
}

type bankOutput struct {
	// status is "done", "refused" by a condition, "conflict", or "unknown".
	status string
	seen   balances
}

// after is what a bank with one teller could hold after an operation that was
// answered like this.
func after(state, input, output any) []any {
	s, in, out := state.(balances), input.(bankInput), output.(bankOutput)
	if out.status == "conflict" {
		return []any{s}
	}
	if in.kind == "look" {
		if out.status == "unknown" || out.seen == s {
			return []any{s}
		}
		return nil
	}
	done, can := s, false
	switch in.kind {
	case "transfer":
		can = s[in.a] >= in.by
		done[in.a] -= in.by
		done[in.b] += in.by
	case "guarded":
		can = s[in.a] >= 1 && s[in.b] >= in.by
		done[in.a]--
	}
	switch {
	case out.status == "unknown" && can:
		return []any{s, done}
	case out.status == "unknown", out.status == "refused" && !can:
		return []any{s}
	case out.status == "done" && can:
		return []any{done}
	}
	return nil
}

var bankModel = porcupine.NondeterministicModel{
	Init: func() []any {
		var s balances
		for i := range s {
			s[i] = 3
		}
		return []any{s}
	},
	Step: after,
}

// where puts the accounts on two partitions.
func where(i int) (catalog.PartitionID, string) { return catalog.PartitionID(i%2 + 1), strconv.Itoa(i) }

func ask(t testing.TB, o *Owner, in bankInput) bankOutput {
	if in.kind == "look" {
		points := make([]command.Point, accounts)
		for i := range points {
			p, id := where(i)
			points[i] = point(t, p, id)
		}
		sights, err := o.Snapshot(context.Background(), points)
		out := bankOutput{status: "done"}
		for i := range sights {
			if sights[i].Held {
				return bankOutput{status: "conflict"}
			}
			out.seen[i] = balance(t, sights[i].Item)
		}
		if err != nil {
			return bankOutput{status: "unknown"}
		}
		return out
	}
	pa, a := where(in.a)
	pb, b := where(in.b)
	actions := []*command.Command{deposit(t, pa, a, -in.by), deposit(t, pb, b, in.by)}
	if in.kind == "guarded" {
		k := item.Map{{Name: "id", Value: str(b)}}
		actions = []*command.Command{deposit(t, pa, a, -1), {Op: command.Check, Partition: pb, Key: keyOf(t, plain, k), KeyItem: k,
			Condition: condition(t, "n >= :least", map[string]item.Value{":least": num(strconv.Itoa(in.by))})}}
	}
	out, err := o.Transact(context.Background(), request("", actions...))
	if err != nil {
		return bankOutput{status: "unknown"}
	}
	status := "done"
	for _, one := range out.Actions {
		switch {
		case one.Fault == nil:
		case one.Fault.Type == "TransactionConflictException":
			return bankOutput{status: "conflict"}
		default:
			status = "refused"
		}
	}
	return bankOutput{status: status}
}

// record runs clients at once and gives what they saw. Some coordinators are
// cut off.
func record(t testing.TB, seed uint64, lax bool) []porcupine.Operation {
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 7))
	roll := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return rng.IntN(n)
	}
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir, func(o *Options) {
		o.lax = lax
		o.step = func(string) error {
			if roll(40) == 0 {
				return errCut
			}
			return nil
		}
	})
	create(t, o, 1)
	create(t, o, 2)
	for i := range accounts {
		p, id := where(i)
		must(t, o, put(t, p, account(id, 3)))
	}
	var history []porcupine.Operation
	began := time.Now()
	var all sync.WaitGroup
	for client := range 4 {
		all.Go(func() {
			for range 10 {
				in := bankInput{kind: [...]string{"transfer", "guarded", "look"}[roll(3)], a: roll(accounts), by: 1 + roll(3)}
				in.b = (in.a + 1 + roll(accounts-1)) % accounts
				call := time.Since(began)
				out := ask(t, o, in)
				op := porcupine.Operation{ClientId: client, Input: in, Output: out, Call: int64(call), Return: int64(time.Since(began))}
				if out.status == "unknown" {
					op.Return = 1 << 62 // it may take effect at any time
				}
				mu.Lock()
				history = append(history, op)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	// The start finishes what was cut off.
	crash(o)
	o = l.open(t, dir, func(o *Options) { o.lax = lax })
	noMarks(t, o, 2)
	end := int64(time.Since(began))
	history = append(history, porcupine.Operation{ClientId: 9, Input: bankInput{kind: "look"}, Output: ask(t, o, bankInput{kind: "look"}), Call: end, Return: end + 1})
	crash(o)
	return history
}

func TestHistoriesOfTransactionsAreSerializable(t *testing.T) {
	for seed := range uint64(8) {
		history := record(t, seed, false)
		if got := porcupine.CheckOperationsTimeout(bankModel.ToModel(), history, 20*time.Second); got == porcupine.Illegal {
			t.Fatalf("seed %d: no order of the operations explains what was seen: %+v", seed, history)
		}
	}
}

// A protocol that does not hold items must be found out by the same check.
func TestWithoutHoldingItemsTheCheckFails(t *testing.T) {
	for seed := range uint64(60) {
		history := record(t, seed, true)
		if porcupine.CheckOperationsTimeout(bankModel.ToModel(), history, 20*time.Second) == porcupine.Illegal {
			return
		}
	}
	t.Fatal("sixty histories of a broken protocol were found serializable")
}
