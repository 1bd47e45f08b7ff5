package owner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/owner/store"
)

// A transaction whose coordinator is gone is finished by whoever meets it: the
// start, which reads the ledger; a partition that opens with items held; a
// writer that is refused for one. Undecided ones are given up. The first
// decision in the ledger counts, so that it does not matter who is how late.

// resolve decides a transaction, if that was not done, and sees that all its
// participants hear of it.
func (o *Owner) resolve(ctx context.Context, id []byte, participants []catalog.PartitionID) (command.State, error) {
	now := time.Now().UnixMilli()
	do := func(op command.Op, p catalog.PartitionID, t command.Transaction) (*command.Outcome, error) {
		t.ID = id
		return o.Do(ctx, &command.Command{Op: op, Partition: p, Stamp: now, Transaction: &t})
	}
	out, err := do(command.Decide, command.Ledger, command.Transaction{})
	switch {
	case err != nil:
		return 0, err
	case out.Verdict == nil:
		return 0, fmt.Errorf("the ledger refused a decision: %w", out.Fault)
	}
	commit := out.Verdict.State == command.Committed
	if out.Verdict.Participants != nil {
		participants = out.Verdict.Participants
	}
	for _, p := range participants {
		out, err := do(command.Finish, p, command.Transaction{Commit: commit})
		if err != nil && !errors.Is(err, ErrNoPartition) {
			return 0, err
		}
		if err == nil && out.Fault != nil && out.Fault.Type != fault.TableNotFound().Type {
			return 0, out.Fault
		}
	}
	_, err = do(command.Settle, command.Ledger, command.Transaction{Commit: commit})
	return out.Verdict.State, err
}

// resolveLater resolves a transaction in the background, until it is done.
// entered says that the caller has its name in live and leaves it to this.
func (o *Owner) resolveLater(id []byte, participants []catalog.PartitionID, entered bool) {
	name := string(id)
	if !entered && !o.live.enter(name) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ctx.Err() != nil {
		o.live.leave(name)
		return
	}
	o.loops.Add(1)
	go func() {
		defer o.loops.Done()
		defer o.live.leave(name)
		began := time.Now()
		for pause := 50 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
			state, err := o.resolve(o.ctx, id, participants)
			if err == nil {
				o.o.Meter.Transacted("recover", time.Since(began))
				o.log.Info("finished a transaction that was left behind", "committed", state == command.Committed)
				return
			}
			if o.ctx.Err() != nil {
				return
			}
			o.log.Warn("a transaction cannot be finished yet", "error", err)
			select {
			case <-o.ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	}()
}

// resolveAll finishes, after a start, what the ledger and the partitions that
// are open know to be unfinished.
func (o *Owner) resolveAll() error {
	fresh, err := absent(o.path(command.Ledger))
	if err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	if fresh {
		return nil
	}
	a, err := o.wake(command.Ledger, true)
	if err != nil {
		return err
	}
	notes, err := a.file.Notes(store.Transactions)
	if err != nil {
		err = o.fail(a, err)
	}
	var found []ledgerNote
	for i := 0; err == nil && i < len(notes); i++ {
		var n ledgerNote
		n, err = unnote[ledgerNote](a.file, notes[i])
		found = append(found, n)
	}
	a.mu.Unlock()
	if err != nil {
		return err
	}
	for i, n := range found {
		o.resolveLater(notes[i].Key, n.Participants, false)
	}
	o.mu.Lock()
	actors := make([]*actor, 0, len(o.actors))
	for _, a := range o.actors {
		actors = append(actors, a)
	}
	o.mu.Unlock()
	for _, a := range actors {
		a.mu.Lock()
		o.suspectAll(a)
		a.mu.Unlock()
	}
	return nil
}

// suspectAll sees that the transactions which hold items of a locked actor are
// seen to.
func (o *Owner) suspectAll(a *actor) {
	if o.replaying {
		return
	}
	seen := map[string]bool{}
	for _, l := range a.locks {
		if !seen[l.tx] {
			seen[l.tx] = true
			o.suspectOne(l)
		}
	}
}

func (o *Owner) suspectOne(l lock) {
	if !o.live.has(l.tx) {
		o.resolveLater([]byte(l.tx), l.participants, false)
	}
}

// suspect looks at who held an item when a command was refused for it.
func (o *Owner) suspect(p catalog.PartitionID, key []byte, f *fault.Error) {
	if f.Type != fault.Transacted().Type {
		return
	}
	a, err := o.wake(p, false)
	if err != nil {
		return
	}
	l, held := a.locks[string(key)]
	a.mu.Unlock()
	if held {
		o.suspectOne(l)
	}
}
