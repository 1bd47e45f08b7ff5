package owner

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
)

// Delivery is one message of the journal: handed over by the appender that
// published it, with the commands as they were submitted, or read from the
// journal.
type Delivery struct {
	Sequence uint64
	// Hash is the message's (journal.Hash).
	Hash uint64
	command.Header
	// Commands are those of the batch, in order.
	Commands []*command.Command
}

// Deliver applies one message and answers its commands. Messages must come in
// sequence; one that was delivered before is dropped if it is the same one.
// Anything else stops the owner: a gap is never skipped.
func (o *Owner) Deliver(d Delivery) error {
	o.feed.Lock()
	defer o.feed.Unlock()
	if err := o.Err(); err != nil {
		answerAll(d.Commands, err)
		return err
	}
	began := time.Now()
	o.fed.Store(began.UnixNano())
	answers, err := o.take(d)
	if err != nil {
		o.stop(err)
		answerAll(d.Commands, err)
		return err
	}
	if answers == nil {
		return nil
	}
	if err := o.answered.write(o.head.seq, o.head.run); err != nil {
		err = fmt.Errorf("owner: %w", err)
		o.stop(err)
		answerAll(d.Commands, err)
		return err
	}
	for i, c := range d.Commands {
		if c.Waiter != nil {
			c.Waiter.Answer(answers[i].out, answers[i].err)
		}
	}
	o.o.Meter.Applied(len(d.Commands), time.Since(began))
	return nil
}

func answerAll(commands []*command.Command, err error) {
	for _, c := range commands {
		if c.Waiter != nil {
			c.Waiter.Answer(nil, fmt.Errorf("%w: %w", ErrUnknown, err))
		}
	}
}

type answer struct {
	out *command.Outcome
	err error
}

// take moves the head over a message and applies it. Without an error and
// without answers the message was taken before.
func (o *Owner) take(d Delivery) ([]answer, error) {
	if d.Sequence <= o.head.seq {
		return nil, o.head.same(d.Sequence, d.Hash)
	}
	if d.Sequence != o.head.seq+1 {
		return nil, &Damage{Path: o.o.Dir, What: fmt.Sprintf("message %d of the journal came where message %d is due", d.Sequence, o.head.seq+1),
			Do: "stop the node and start it again: it reads the journal from its checkpoint; if it still refuses, the journal has lost messages: " + restoreAdvice}
	}
	o.headMu.Lock()
	verdict := o.head.take(d.Sequence, d.Hash, d.Header)
	o.headMu.Unlock()
	at := place{seq: d.Sequence, run: o.head.run, time: d.Time, verdict: verdict}
	answers := make([]answer, len(d.Commands))
	o.groups.of(d.Commands)
	if !o.replaying {
		o.makeAll(d)
	}
	for _, g := range o.groups.list {
		if err := o.applyGroup(d, g, at, answers); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// makeAll makes the files of new partitions, several at once: a table of
// thousands has as many, and making one is mostly waiting for the file system.
// What fails here fails again, and is answered, where the command is applied.
func (o *Owner) makeAll(d Delivery) {
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, g := range o.groups.list {
		if len(o.groups.list) > 1 && makes(d.Commands[g.first]) && !o.isAwake(g.partition) {
			all.Go(func() error {
				if a, err := o.wake(g.partition, true); err == nil {
					a.mu.Unlock()
				}
				return nil
			})
		}
	}
	_ = all.Wait()
}

// applyGroup applies the commands of a message that are for one partition. An
// error is damage that stops the owner; one of the environment is left to the
// partition, which comes back by the journal.
func (o *Owner) applyGroup(d Delivery, g group, at place, answers []answer) error {
	make := makes(d.Commands[g.first])
	a := o.lookup(g.partition)
	defer o.release(a)
	if a.file == nil {
		if err := o.open(a, make); err != nil {
			if o.replaying && !errors.Is(err, ErrNoPartition) {
				return err
			}
			o.missed(a, g, at)
			o.answerGroup(g, answers, err)
			return nil
		}
	}
	o.markDirty(a)
	a.used = time.Now()
	a.want, a.known = at.mark(g.last), true
	changes := a.file.Mark().Change
	for i := g.first; i >= 0; i = o.groups.next[i] {
		at.index = uint32(i)
		if a.ahead {
			if err := o.passed(a, at); err != nil {
				return err
			}
			continue
		}
		out, err := a.apply(d.Commands[i], at)
		if err != nil {
			err = o.fail(a, err)
			o.answerGroup(g, answers, fmt.Errorf("%w: %w", ErrUnknown, err))
			if o.replaying {
				return err
			}
			return nil
		}
		if a.pending == 0 {
			a.since = a.used
			o.stir()
		}
		a.pending++
		answers[i] = answer{out: out}
	}
	o.kick(a)
	if a.file.Mark().Change != changes {
		o.o.Changed(a.id)
	}
	if a.pending >= max(1, o.o.CommitCommands/pauses) {
		_ = o.commit(a)
	}
	return nil
}

// pauses is how many COMMITs a single busy partition makes in place of one for
// all: it stands still for as long as one takes.
const pauses = 2

// makes says whether a command may be the first one of a partition.
func makes(c *command.Command) bool { return c.Op == command.Schema || c.Partition == command.Ledger }

// answerGroup gives every command of a group the same error.
func (o *Owner) answerGroup(g group, answers []answer, err error) {
	for i := g.first; i >= 0; i = o.groups.next[i] {
		answers[i] = answer{err: err}
	}
}

// missed notes that a message could not be applied to a partition: it will
// come from the journal when the file can be opened. A partition that is not
// there misses nothing.
func (o *Owner) missed(a *actor, g group, at place) {
	if a.broken == nil {
		return
	}
	a.want, a.known = at.mark(g.last), true
	o.markDirty(a)
}

func (o *Owner) markDirty(a *actor) {
	if !a.dirty {
		a.dirty = true
		o.dirty[a.id] = struct{}{}
		o.stir()
	}
}

// groups sorts the commands of a message by partition without moving them.
type groups struct {
	list []group
	// next is the next command of the same partition, -1 is none.
	next  []int
	index map[catalog.PartitionID]int
}

// group are the commands of one partition: the first one and the last one.
type group struct {
	partition   catalog.PartitionID
	first, last int
}

func (g *groups) of(commands []*command.Command) {
	g.list, g.next = g.list[:0], g.next[:0]
	if g.index == nil {
		g.index = map[catalog.PartitionID]int{}
	}
	clear(g.index)
	for i, c := range commands {
		g.next = append(g.next, -1)
		// Most batches are of few partitions, often of one.
		if n := len(g.list); n > 0 && g.list[n-1].partition == c.Partition {
			g.next[g.list[n-1].last] = i
			g.list[n-1].last = i
			continue
		}
		if k, ok := g.index[c.Partition]; ok {
			g.next[g.list[k].last] = i
			g.list[k].last = i
			continue
		}
		g.index[c.Partition] = len(g.list)
		g.list = append(g.list, group{c.Partition, i, i})
	}
}
