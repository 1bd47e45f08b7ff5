package owner

import (
	"errors"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/owner/store"
)

// lock says which undecided transaction holds an item.
type lock struct {
	tx string
	// participants are the transaction's.
	participants []catalog.PartitionID
}

// transact does a transaction that is all of this partition.
func (a *actor) transact(c *command.Command, at place) (*command.Outcome, error) {
	t := c.Transaction
	if len(t.ID) > 0 {
		_, done, err := a.file.Note(store.Applied, t.ID)
		if err != nil {
			return nil, err
		}
		if done {
			out, err := a.sizes(t.Actions)
			if err == nil {
				out.Repeated = true
			}
			return out, err
		}
	}
	out, good, err := a.evaluateAll(c, at)
	if err != nil || !good {
		return out, err
	}
	if out, err = a.writeAll(t, at); err != nil || len(t.ID) == 0 {
		return out, err
	}
	if err := a.trimNotes(store.Applied, c.Stamp); err != nil {
		return nil, err
	}
	return out, a.file.PutNote(store.Applied, store.Note{Key: t.ID, Stamp: c.Stamp})
}

// prepare evaluates the actions of one participant and, if all can be done,
// holds their items until the transaction is finished.
func (a *actor) prepare(c *command.Command, at place) (*command.Outcome, error) {
	t := c.Transaction
	out, good, err := a.evaluateAll(c, at)
	if err != nil || !good {
		return out, err
	}
	body := command.AppendTransaction(nil, t)
	if err := a.file.PutNote(store.Pending, store.Note{Key: t.ID, Stamp: c.Stamp, Body: body}); err != nil {
		return nil, err
	}
	a.hold(t)
	return out, nil
}

// finish does what was prepared, or gives it up. One that is not prepared (any
// more) is left alone.
func (a *actor) finish(c *command.Command, at place) (*command.Outcome, error) {
	id := c.Transaction.ID
	n, there, err := a.file.Note(store.Pending, id)
	if err != nil || !there {
		return &command.Outcome{}, err
	}
	t, err := command.DecodeTransaction(n.Body)
	if err != nil {
		return nil, corrupt(a.file, err)
	}
	out := &command.Outcome{}
	if c.Transaction.Commit {
		if out, err = a.writeAll(t, at); err != nil {
			return nil, err
		}
	}
	for _, action := range t.Actions {
		delete(a.locks, string(action.Key))
	}
	return out, a.file.DropNote(store.Pending, id)
}

// hold marks the items of a prepared transaction.
func (a *actor) hold(t *command.Transaction) {
	if a.locks == nil {
		a.locks = map[string]lock{}
	}
	l := lock{string(t.ID), t.Participants}
	for _, action := range t.Actions {
		a.locks[string(action.Key)] = l
	}
}

// loadLocks marks the items of the transactions that a file just opened has
// prepared.
func (a *actor) loadLocks() error {
	a.locks = nil
	notes, err := a.file.Notes(store.Pending)
	if err != nil {
		return err
	}
	for _, n := range notes {
		t, err := command.DecodeTransaction(n.Body)
		if err != nil {
			return corrupt(a.file, err)
		}
		a.hold(t)
	}
	return nil
}

// evaluateAll says what each action would do, and whether all of them can be
// done. It writes nothing.
func (a *actor) evaluateAll(c *command.Command, at place) (out *command.Outcome, good bool, err error) {
	out, good = &command.Outcome{}, true
	for _, action := range c.Transaction.Actions {
		w := a.write(action, at)
		w.tx = string(c.Transaction.ID)
		one, err := w.evaluate()
		if err != nil {
			return nil, false, err
		}
		good = good && one.Fault == nil
		out.Actions = append(out.Actions, one)
	}
	return out, good, nil
}

// writeAll does actions that are decided: each sees what those before it wrote.
func (a *actor) writeAll(t *command.Transaction, at place) (*command.Outcome, error) {
	out := &command.Outcome{}
	for _, action := range t.Actions {
		w := a.write(action, at)
		w.tx, w.decided = string(t.ID), true
		one, err := w.run()
		if err != nil {
			return nil, err
		}
		if one.Fault != nil {
			return nil, corrupt(a.file, errors.New("a decided action cannot be done: "+one.Fault.Error()))
		}
		out.Actions = append(out.Actions, one)
	}
	return out, nil
}

// sizes are outcomes that tell only how large the items are now.
func (a *actor) sizes(actions []*command.Command) (*command.Outcome, error) {
	out := &command.Outcome{}
	for _, action := range actions {
		r, _, err := a.file.Stat(action.Key)
		if err != nil {
			return nil, err
		}
		out.Actions = append(out.Actions, &command.Outcome{OldSize: r.Size, NewSize: r.Size})
	}
	return out, nil
}

// heldBy says whether an undecided transaction other than tx holds an item.
func (a *actor) heldBy(key []byte, tx string) bool {
	l, held := a.locks[string(key)]
	return held && l.tx != tx && !ignoreLocks && !a.lax
}
