package owner

import (
	"errors"

	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/owner/store"
)

// place is where a command stands in the journal, and what the journal decided
// about it.
type place struct {
	seq   uint64
	index uint32
	// run is the running hash at seq, time the batch's: the journal's clock.
	run     uint64
	time    int64
	verdict refusal
}

// mark is the mark of a partition that has applied the message up to its last
// command there.
func (p place) mark(last int) store.Mark {
	return store.Mark{Sequence: p.seq, Index: uint32(last), Hash: p.run}
}

// apply applies one command to a locked actor's file and moves its mark. The
// outcome is a function of the file's state, the command and its place; an
// error is one of the environment, after which the file has to be closed.
func (a *actor) apply(c *command.Command, at place) (*command.Outcome, error) {
	if err := a.file.Begin(); err != nil {
		return nil, err
	}
	out, err := a.outcome(c, at)
	if err != nil {
		return nil, err
	}
	m := a.file.Mark()
	m.Sequence, m.Index, m.Hash = at.seq, at.index, at.run
	a.file.SetMark(m)
	return out, nil
}

func (a *actor) outcome(c *command.Command, at place) (*command.Outcome, error) {
	if at.verdict != accepted {
		return refused(), nil
	}
	if c.NotAfter != 0 && at.time > c.NotAfter {
		return refused(), nil
	}
	schema := a.file.Schema()
	if c.Op == command.Schema && !a.dropped {
		if err := a.turnStream(c); err != nil {
			return nil, err
		}
		return &command.Outcome{}, a.setSchema(c.Schema)
	}
	if a.id == command.Ledger {
		return a.ledger(c)
	}
	if c.Op == command.Trim {
		return &command.Outcome{}, a.trim(c.Stamp)
	}
	if schema == nil || a.dropped {
		if c.Op == command.Drop {
			return &command.Outcome{}, nil
		}
		return &command.Outcome{Fault: fault.TableNotFound()}, nil
	}
	switch c.Op {
	case command.Drop:
		a.dropped = true
		if _, err := a.endShard(c.Stamp); err != nil {
			return nil, err
		}
		return &command.Outcome{}, a.file.SetText(droppedValue, []byte("1"))
	case command.Roll:
		return &command.Outcome{}, a.roll(c.Stamp)
	case command.Put, command.Update, command.Delete, command.Check:
		return a.write(c, at).run()
	case command.Expire:
		return a.expire(c, at)
	case command.Transact, command.Prepare, command.Finish:
		if c.Transaction == nil {
			return refused(), nil
		}
		switch c.Op {
		case command.Transact:
			return a.transact(c, at)
		case command.Prepare:
			return a.prepare(c, at)
		}
		return a.finish(c, at)
	case command.Feed:
		if schema.Index == nil || c.Feed == nil {
			return refused(), nil
		}
		return &command.Outcome{}, feed(a.file, c.Feed, !ignoreVersions)
	case command.Fill:
		if c.Fill == nil {
			return refused(), nil
		}
		return &command.Outcome{}, a.fill(c.Fill, at.seq)
	}
	return refused(), nil
}

// refused is the outcome of a command that has no effect for a reason the
// client cannot mend.
func refused() *command.Outcome { return &command.Outcome{Fault: fault.Internal()} }

// write begins a command on one item.
func (a *actor) write(c *command.Command, at place) *write {
	return &write{a: a, file: a.file, schema: a.file.Schema(), c: c, out: &a.out, seq: at.seq}
}

// write is one command on one item under way.
type write struct {
	a      *actor
	file   *store.Store
	schema *catalog.Schema
	c      *command.Command

	// tx is the transaction that the command is part of. decided says that it was
	// found to be possible before, and the item was held since: nothing refuses it
	// any more.
	tx      string
	decided bool

	// old is the item before; found says that there was one. oldItem is decoded
	// when something needs it.
	old     store.Record
	found   bool
	oldItem item.Map

	// next is the item after, nil if there is none, as JSON and its size.
	next     item.Map
	nextJSON []byte
	nextSize int

	// global is what changes in global indexes; it goes to out, as made by message
	// seq of the journal.
	global []globalChange
	out    *outbox
	seq    uint64

	// local are the entries before and after in each local index, prefix the
	// item collection's.
	local  [][2]entry
	prefix []byte
}

// droppedValue is the name of the value that says that a partition is dropped.
// Its file goes at the next checkpoint.
const droppedValue = "dropped"

// maxItem is the most bytes of an item.
const maxItem = 409_600

// needsOld says whether the old item itself is needed, not only its size.
func (w *write) needsOld() bool {
	return w.c.Op == command.Update || w.c.Condition != nil || w.c.Want&command.OldImage != 0 || w.derives()
}

// derives says whether something else follows from a change of an item.
func (w *write) derives() bool {
	return len(w.schema.Local) > 0 || len(w.schema.Global) > 0 || w.schema.Stream != nil
}

// run evaluates the command and, if it holds, writes.
func (w *write) run() (*command.Outcome, error) {
	if w.likelyNew() {
		if out, err := w.add(); out != nil || err != nil {
			return out, err
		}
	}
	out, err := w.evaluate()
	if err != nil || out.Fault != nil || w.c.Op == command.Check {
		return out, err
	}
	return out, w.store(out)
}

// likelyNew says that there probably is no item with the key, and that the put
// holds then and has nothing else to write: a put of a partition whose last put
// met none.
func (w *write) likelyNew() bool {
	return w.a.adding && w.c.Op == command.Put && !w.derives() && !w.a.heldBy(w.c.Key, w.tx) && w.holdsOfNone()
}

// holdsOfNone says whether the condition holds if there is no item.
func (w *write) holdsOfNone() bool {
	if w.c.Condition == nil {
		return true
	}
	held, err := w.c.Condition.Match(nil)
	return held && err == nil
}

// add writes the item of a put if there is none with its key, which saves
// looking for one first. If there is one, nothing happens, and out is nil. What
// is written is the same as when evaluate had come first.
func (w *write) add() (out *command.Outcome, err error) {
	w.next, w.nextJSON, w.nextSize = w.c.Item, w.c.ItemJSON(), w.c.ItemSize()
	m := w.file.Mark()
	m.Version++
	if added, err := w.file.Add(w.row(m.Version)); !added || err != nil {
		return nil, err
	}
	w.file.SetMark(m)
	out = &command.Outcome{NewSize: w.nextSize}
	if w.c.Want&command.NewImage != 0 {
		out.New = w.next
	}
	return out, nil
}

// row is that of the item after.
func (w *write) row(version int64) *store.Record {
	return &store.Record{ID: w.old.ID, Key: w.c.Key, Item: w.nextJSON, Size: w.nextSize, Version: version,
		Expires: expiry(w.schema.TTL, w.next)}
}

// evaluate reads the old item, checks the condition, and makes the new item.
// It writes nothing.
func (w *write) evaluate() (*command.Outcome, error) {
	c, out := w.c, &command.Outcome{}
	if w.a.heldBy(c.Key, w.tx) {
		out.Fault = fault.Transacted()
		return out, nil
	}
	var err error
	if w.needsOld() {
		w.old, w.found, err = w.file.Get(c.Key)
	} else {
		w.old, w.found, err = w.file.Stat(c.Key)
	}
	if err != nil {
		return nil, err
	}
	if c.Op == command.Put {
		w.a.adding = !w.found
	}
	if w.found {
		out.OldSize = w.old.Size
		if w.old.Item != nil {
			if w.oldItem, err = item.Decode(w.old.Item); err != nil {
				return nil, corrupt(w.file, err)
			}
		}
	}
	out.NewSize = out.OldSize
	if c.Condition != nil && !w.decided {
		held, err := c.Condition.Match(w.oldItem)
		if err != nil {
			return out, outcomeFault(out, err)
		}
		if !held && !skipCondition {
			out.Fault = fault.ConditionFailed(nil)
			if c.OldOnFailure && w.found {
				out.Fault.Item = w.old.Item
			}
			return out, nil
		}
	}
	switch c.Op {
	case command.Put:
		w.next, w.nextJSON, w.nextSize = c.Item, c.ItemJSON(), c.ItemSize()
	case command.Update:
		was := w.oldItem
		if !w.found {
			was = c.KeyItem
		}
		w.next = was
		if c.Update != nil {
			if w.next, out.Touched, err = c.Update.Apply(was); err != nil {
				return out, outcomeFault(out, err)
			}
		}
		w.nextSize = item.Size(w.next)
		if out.Fault = w.checkUpdated(); out.Fault != nil {
			return out, nil
		}
		w.nextJSON = item.AppendJSON(nil, w.next)
	case command.Check:
		return out, nil
	}
	if err := w.localEntries(out); err != nil || out.Fault != nil {
		return out, err
	}
	w.globalEntries(out)
	out.NewSize = w.nextSize
	if c.Want&command.OldImage != 0 {
		out.Old = w.oldItem
	}
	if c.Want&command.NewImage != 0 {
		out.New = w.next
	}
	return out, nil
}

// checkUpdated refuses what an update may not lead to.
func (w *write) checkUpdated() *fault.Error {
	switch {
	case w.decided:
		return nil
	case w.nextSize > maxItem:
		return fault.UpdatedItemTooLarge()
	}
	return check.Updated(w.schema.Local, w.schema.Global, w.next)
}

// store writes what evaluate made: the item, its entries in local indexes, and
// whatever else follows from the change.
func (w *write) store(out *command.Outcome) error {
	if w.unchanged() {
		return nil
	}
	m := w.file.Mark()
	m.Version++
	w.file.SetMark(m)
	rec := w.row(m.Version)
	if w.next == nil {
		if err := w.file.Delete(w.old.ID); err != nil {
			return err
		}
	} else if err := w.file.Put(rec); err != nil {
		return err
	}
	if err := w.storeGlobal(m.Version); err != nil {
		return err
	}
	if err := w.record(); err != nil {
		return err
	}
	return w.storeLocal(rec.ID, out)
}

// outcomeFault makes an error of evaluation the outcome. Whatever the
// expressions return is decided by state and command alone.
func outcomeFault(out *command.Outcome, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		f = fault.Internal()
	}
	out.Fault = f
	return nil
}

// corrupt is the error of a stored item that cannot be read.
func corrupt(f *store.Store, err error) error {
	return &Damage{Path: f.Path(), What: "a stored item cannot be read: " + err.Error(), Do: restoreAdvice}
}
