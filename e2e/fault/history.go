package fault

import (
	"fmt"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// The history of one register: an item whose attribute "v" is the value, or no
// item, which is the value "".

type verb string

const (
	read verb = "read"
	// write puts the value whatever was there.
	write verb = "write"
	// swap puts the value if the old one is there.
	swap verb = "swap"
	// remove deletes the item.
	remove verb = "remove"
)

// input is what a client asked for.
type input struct {
	key      string
	verb     verb
	old, new string
}

// output is what it was answered.
type output struct {
	value string // of a read
	// refused is a swap whose condition failed.
	refused bool
	// unknown: no answer came, or one that does not tell.
	unknown bool
}

// History is what clients did and saw, in the order of answers.
type History struct {
	mu    sync.Mutex
	began time.Time
	ops   []porcupine.Operation
}

// NewHistory is an empty history that begins now.
func NewHistory() *History { return &History{began: time.Now()} }

func (h *History) now() int64 { return int64(time.Since(h.began)) }

// never is when an operation without an answer returned: it may take effect at
// any time after it was asked for.
const never = int64(1) << 62

func (h *History) add(client int, in input, call int64, out output) {
	returned := h.now()
	if out.unknown {
		if in.verb == read {
			return // it tells nothing and does nothing
		}
		returned = never
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: in, Call: call, Output: out, Return: returned})
}

// Len is the number of operations.
func (h *History) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ops)
}

// Check says whether there is an order of the operations, one that agrees with
// their times, in which a single register for each key would have given the
// answers that were seen.
func (h *History) Check(limit time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	byKey := map[string][]porcupine.Operation{}
	for _, op := range h.ops {
		key := op.Input.(input).key
		byKey[key] = append(byKey[key], op)
	}
	for key, ops := range byKey {
		switch porcupine.CheckOperationsTimeout(register, ops, limit) {
		case porcupine.Illegal:
			return fmt.Errorf("the history of %s is not linearizable:\n%s", key, describe(ops))
		case porcupine.Unknown:
			return fmt.Errorf("the history of %s could not be checked within %v: %d operations", key, limit, len(ops))
		}
	}
	return nil
}

func describe(ops []porcupine.Operation) string {
	text := ""
	for _, op := range ops[max(0, len(ops)-60):] {
		end := fmt.Sprint(time.Duration(op.Return))
		if op.Return == never {
			end = "never"
		}
		text += fmt.Sprintf("  client %d %v–%s %+v → %+v\n", op.ClientId, time.Duration(op.Call), end, op.Input, op.Output)
	}
	return text
}

// register is the model. An operation without an answer is one that took
// effect, whenever that was: if it never did, that is after all others.
var register = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, in, out any) (bool, any) {
		now, i, o := state.(string), in.(input), out.(output)
		switch i.verb {
		case read:
			return o.value == now, now
		case write:
			return true, i.new
		case remove:
			return true, ""
		}
		holds := now == i.old
		switch {
		case o.unknown && holds:
			return true, i.new
		case o.unknown:
			return true, now
		case o.refused:
			return !holds, now
		}
		return holds, i.new
	},
	Equal: func(a, b any) bool { return a.(string) == b.(string) },
}
