package owner

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"shvm-db/internal/command"
	"shvm-db/owner/store"
)

// recover verifies that journal, checkpoint and partitions belong together, and
// applies the journal from the checkpoint to its end, opening only partitions
// that this tail names. Sleepers are verified when they wake.
func (o *Owner) recover() error {
	began := time.Now()
	if err := o.openCheckpoints(); err != nil {
		return err
	}
	c := o.checkpoints.Last()
	o.head = head{seq: c.Sequence, run: c.Hash, base: c.Sequence, baseRun: c.Hash,
		appenders: map[uint64]appenderState{}, refused: map[uint64]refusal{}}
	for id, a := range c.Appenders {
		o.head.appenders[id] = appenderState{a.Number, a.Sequence}
	}
	first, last, err := o.o.Log.Bounds(o.ctx)
	if err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	if err := o.verifyHead(c, first, last); err != nil {
		return err
	}
	if err := o.removeDropped(); err != nil {
		return err
	}
	answeredSeq, answeredRun := o.answered.seq, o.answered.run
	o.replaying = true
	if err := o.replay(last); err != nil {
		return err
	}
	o.replaying = false
	for id, m := range o.ahead {
		return &Damage{Path: o.path(id), What: fmt.Sprintf("the file has applied message %d, but the journal up to its end at %d does not lead there: the journal has lost messages, or the file is of another node", m.Sequence, last), Do: restoreAdvice}
	}
	if run, known := o.head.at(answeredSeq); known && answeredSeq > 0 && run != answeredRun {
		return &Damage{Path: o.o.Dir, What: fmt.Sprintf("message %d was answered, but the journal now holds another one there", answeredSeq), Do: restoreAdvice}
	}
	if n := last - c.Sequence; n > 0 {
		o.log.Info("replayed the journal", "messages", n, "from", c.Sequence+1, "took", time.Since(began))
	}
	return nil
}

// openCheckpoints opens the owner's own files. They are made only for a journal
// without messages.
func (o *Owner) openCheckpoints() error {
	path := o.checkpointPath()
	fresh, err := absent(path)
	if err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	incarnation := o.o.Log.Incarnation()
	if fresh {
		_, last, err := o.o.Log.Bounds(o.ctx)
		if err != nil {
			return fmt.Errorf("owner: %w", err)
		}
		if last > 0 {
			return &Damage{Path: path, What: fmt.Sprintf("the file of checkpoints is missing, though the journal holds messages up to %d", last), Do: restoreAdvice}
		}
	}
	run := begin(incarnation)
	o.checkpoints, err = store.OpenCheckpoints(path, store.Checkpoint{Incarnation: incarnation, Hash: run, Prior: run})
	if errors.Is(err, store.ErrCorrupt) {
		return &Damage{Path: path, What: err.Error(), Do: restoreAdvice}
	}
	if err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	if was := o.checkpoints.Last().Incarnation; was != incarnation {
		return &Damage{Path: path, What: fmt.Sprintf("the partitions are those of journal %s, but this journal is %s", was, incarnation), Do: restoreAdvice}
	}
	o.answered, err = openAnswered(o.answeredPath())
	if errors.Is(err, errAnswered) {
		o.log.Warn("the file of the last answer cannot be read: that the journal ends where it ended cannot be checked by it this once", "path", o.answeredPath())
		return nil
	}
	if err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	return nil
}

// verifyHead checks that the journal reaches from the checkpoint to the last
// answer, and that the message at the checkpoint is the one that was applied.
func (o *Owner) verifyHead(c store.Checkpoint, first, last uint64) error {
	damage := func(format string, args ...any) error {
		return &Damage{Path: o.o.Dir, What: fmt.Sprintf(format, args...), Do: restoreAdvice}
	}
	switch {
	case last < c.Sequence:
		return damage("the journal ends at message %d, but the partitions have applied message %d: the journal has lost messages", last, c.Sequence)
	case last < o.answered.seq:
		return damage("the journal ends at message %d, but message %d was answered: the journal has lost messages", last, o.answered.seq)
	case first > c.Sequence+1:
		return damage("the journal begins at message %d, but the partitions stand at message %d: what is between them is missing", first, c.Sequence)
	}
	if c.Sequence == 0 || first > c.Sequence {
		return nil
	}
	m, err := o.o.Log.Message(o.ctx, c.Sequence)
	if err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	if next(c.Prior, m.Hash) != c.Hash {
		return damage("the journal holds another message %d than the one that was applied", c.Sequence)
	}
	return nil
}

// replay takes every message after the checkpoint up to last.
func (o *Owner) replay(last uint64) error {
	if o.head.seq >= last {
		return nil
	}
	o.feed.Lock()
	defer o.feed.Unlock()
	for m, err := range o.o.Log.Consume(o.ctx, o.head.seq+1) {
		if err != nil {
			return fmt.Errorf("owner: %w", err)
		}
		d, err := decode(m.Sequence, m.Hash, m.Body)
		if err != nil {
			return err
		}
		if _, err := o.take(d); err != nil {
			return err
		}
		if o.head.seq >= last {
			break
		}
	}
	if o.head.seq < last {
		return fmt.Errorf("owner: the journal ended at message %d, though it holds %d", o.head.seq, last)
	}
	return nil
}

// decode makes the delivery of a message that was read from the journal.
func decode(seq, hash uint64, body []byte) (Delivery, error) {
	b, err := command.DecodeBatch(body)
	if err != nil {
		return Delivery{}, fmt.Errorf("owner: message %d of the journal: %w", seq, err)
	}
	return Delivery{Sequence: seq, Hash: hash, Header: b.Header, Commands: b.Commands}, nil
}

// passed moves a file that is ahead of the head along: the command was applied
// to it before the start.
func (o *Owner) passed(a *actor, at place) error {
	m := a.file.Mark()
	damage := func() error {
		return &Damage{Path: a.file.Path(), What: fmt.Sprintf("the file has applied another message %d than the journal holds", m.Sequence), Do: restoreAdvice}
	}
	switch {
	case at.seq < m.Sequence:
		return nil
	case at.seq > m.Sequence || at.run != m.Hash || at.index > m.Index:
		return damage()
	case at.index == m.Index:
		a.ahead = false
		delete(o.ahead, a.id)
	}
	return nil
}

// The journal's head as the partitions see it.

func (o *Owner) runAt(seq uint64) (uint64, bool) {
	o.headMu.RLock()
	defer o.headMu.RUnlock()
	return o.head.at(seq)
}

func (o *Owner) runBase() uint64 {
	o.headMu.RLock()
	defer o.headMu.RUnlock()
	return o.head.base
}

func (o *Owner) verdictAt(seq uint64) refusal {
	o.headMu.RLock()
	defer o.headMu.RUnlock()
	return o.head.refused[seq]
}

// Head is the last message taken.
func (o *Owner) Head() uint64 {
	o.headMu.RLock()
	defer o.headMu.RUnlock()
	return o.head.seq
}

func (o *Owner) appenders() map[uint64]store.Appender {
	out := make(map[uint64]store.Appender, len(o.head.appenders))
	for id, a := range maps.All(o.head.appenders) {
		out[id] = store.Appender{Number: a.number, Sequence: a.seq}
	}
	return out
}
