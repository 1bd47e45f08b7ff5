package gateway

import (
	"context"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// Transactions is who does what touches several items at once.
type Transactions interface {
	// Transact does a Transact command, whose actions may be of any partitions
	// and whose own Partition is not set: all of them or none. It answers when
	// the effects can be read.
	Transact(ctx context.Context, c *command.Command) (*command.Outcome, error)
	// Snapshot reads items as they were at one moment. The sights are parallel to
	// the points.
	Snapshot(ctx context.Context, points []command.Point) ([]command.Sight, error)
}

// maxTransaction is the most bytes of all items of a transaction together.
const maxTransaction = 4 << 20

// targets notices items that a transaction names twice.
type targets map[string]bool

// add says whether an item is new.
func (s targets) add(t *catalog.Table, key []byte) bool {
	name := t.Name + "\x00" + string(key)
	if s[name] {
		return false
	}
	s[name] = true
	return true
}

// verdict collects why actions cannot be done.
type verdict struct {
	reasons []fault.Reason
	bad     bool
}

func newVerdict(n int) *verdict {
	v := &verdict{reasons: make([]fault.Reason, n)}
	for i := range v.reasons {
		v.reasons[i] = fault.ReasonOf(nil)
	}
	return v
}

func (v *verdict) cancel(i int, f *fault.Error) {
	v.bad = true
	v.reasons[i] = fault.ReasonOf(f)
}

// err is the answer that tells the reasons; nil if there are none.
func (v *verdict) err() error {
	if !v.bad {
		return nil
	}
	return fault.Cancelled(v.reasons)
}

// isEmptyKey says whether a refusal is about an empty value of a key, which a
// transaction is refused for as a whole instead of being cancelled.
func isEmptyKey(k catalog.Key, m item.Map) bool {
	for _, attrs := range [][]catalog.KeyAttr{k.Hash, k.Range} {
		for _, a := range attrs {
			if v, ok := m.Get(a.Name); ok && v.Text == "" && (v.Kind == item.S || v.Kind == item.B) && v.Kind == a.Kind {
				return true
			}
		}
	}
	return false
}
