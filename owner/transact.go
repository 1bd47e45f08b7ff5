package owner

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
)

// live are the transactions and tokens that this process is busy with.
type live struct {
	mu  sync.Mutex
	set map[string]struct{}
}

// enter takes a name, unless somebody has it.
func (l *live) enter(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, taken := l.set[name]; taken {
		return false
	}
	if l.set == nil {
		l.set = map[string]struct{}{}
	}
	l.set[name] = struct{}{}
	return true
}

func (l *live) leave(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.set, name)
}

func (l *live) has(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.set[name]
	return ok
}

// part is one participant of a transaction.
type part struct {
	partition catalog.PartitionID
	actions   []*command.Command
	// places are where the actions stand in the request.
	places []int
}

func partsOf(actions []*command.Command) (parts []part, ids []catalog.PartitionID) {
	index := map[catalog.PartitionID]int{}
	for i, c := range actions {
		k, ok := index[c.Partition]
		if !ok {
			k = len(parts)
			index[c.Partition] = k
			parts = append(parts, part{partition: c.Partition})
			ids = append(ids, c.Partition)
		}
		parts[k].actions = append(parts[k].actions, c)
		parts[k].places = append(parts[k].places, i)
	}
	return parts, ids
}

// errTokenFree: the transaction that had the token was given up meanwhile.
var errTokenFree = errors.New("the token is free again")

// Transact does all actions of a transaction or none of them, and answers when
// every participant has done so. An error leaves open which.
func (o *Owner) Transact(ctx context.Context, c *command.Command) (*command.Outcome, error) {
	t := c.Transaction
	if t.Token != "" {
		name := "token " + t.Token
		if !o.live.enter(name) {
			return &command.Outcome{Fault: fault.TransactionInProgress()}, nil
		}
		defer o.live.leave(name)
	}
	parts, ids := partsOf(t.Actions)
	for {
		x := &transaction{o: o, c: c, t: t, parts: parts, ids: ids, id: make([]byte, 16)}
		_, _ = rand.Read(x.id)
		var out *command.Outcome
		var err error
		if len(parts) == 1 {
			began := time.Now()
			out, err = x.alone(ctx)
			o.o.Meter.Transacted("alone", time.Since(began))
		} else {
			out, err = x.together(ctx)
		}
		if !errors.Is(err, errTokenFree) {
			return out, err
		}
	}
}

// transaction is one run of the protocol.
type transaction struct {
	o     *Owner
	c     *command.Command
	t     *command.Transaction
	parts []part
	ids   []catalog.PartitionID
	id    []byte
}

// command makes one of the protocol's commands.
func (x *transaction) command(op command.Op, p catalog.PartitionID, t command.Transaction) *command.Command {
	t.ID = x.id
	c := &command.Command{Op: op, Partition: p, Stamp: x.c.Stamp, Transaction: &t}
	switch op {
	case command.Finish, command.Settle:
		// What is decided has no deadline.
	default:
		c.NotAfter = x.c.NotAfter
	}
	return c
}

// alone does a transaction of one partition: one command, after the token is
// taken, if there is one.
func (x *transaction) alone(ctx context.Context) (*command.Outcome, error) {
	c := x.command(command.Transact, x.parts[0].partition, command.Transaction{Actions: x.t.Actions})
	if x.t.Token == "" {
		c.Transaction.ID = nil
		return x.finished(x.o.Do(ctx, c))
	}
	out, err := x.o.Do(ctx, x.command(command.Claim, command.Ledger, command.Transaction{Token: x.t.Token, Digest: x.t.Digest}))
	if err != nil || out.Fault != nil {
		return out, err
	}
	// An earlier try, of which nobody knows how it ended, goes on under its ID:
	// the partition knows whether it was done.
	x.id = out.Verdict.ID
	c.Transaction.ID = x.id
	out, err = x.finished(x.o.Do(ctx, c))
	if err == nil && !out.Repeated {
		x.settle(out.Fault == nil && allGood(out.Actions), x.t.Token)
	}
	return out, err
}

// finished looks at who held an item, if a transaction was refused for it.
func (x *transaction) finished(out *command.Outcome, err error) (*command.Outcome, error) {
	if err == nil {
		for i, one := range out.Actions {
			if one != nil && one.Fault != nil {
				x.o.suspect(x.t.Actions[i].Partition, x.t.Actions[i].Key, one.Fault)
			}
		}
	}
	return out, err
}

func allGood(actions []*command.Outcome) bool {
	return !slices.ContainsFunc(actions, func(o *command.Outcome) bool { return o == nil || o.Fault != nil })
}

// together does a transaction of several partitions in two phases.
func (x *transaction) together(ctx context.Context) (*command.Outcome, error) {
	x.o.live.enter(string(x.id))
	handed := false // a resolver sees to the transaction
	defer func() {
		if !handed {
			x.o.live.leave(string(x.id))
		}
	}()
	resolve := func(cause error) error {
		handed = true
		x.o.resolveLater(x.id, x.ids, true)
		return fmt.Errorf("%w: %w", ErrUnknown, cause)
	}

	began := time.Now()
	phase := func(name string) {
		now := time.Now()
		x.o.o.Meter.Transacted(name, now.Sub(began))
		began = now
	}
	out, verdict, err := x.prepare(ctx)
	phase("prepare")
	if errors.Is(err, errBegin) {
		return nil, err // it is not in the journal, and nothing was prepared
	}
	if err != nil {
		return nil, resolve(err)
	}
	other := verdict != nil && string(verdict.ID) != string(x.id)
	if out.Fault != nil || other || !allGood(out.Actions) {
		if err := x.end(ctx, false, nil); err != nil {
			return nil, resolve(err)
		}
		x.settle(false, "")
		if other {
			return x.repeat(ctx, verdict)
		}
		return x.finished(out, nil)
	}
	failpoint("prepared")
	if err := x.o.reach("prepared"); err != nil {
		return nil, err
	}

	decided, err := x.o.Do(ctx, x.command(command.Decide, command.Ledger, command.Transaction{Commit: true}))
	phase("decide")
	if err != nil {
		return nil, resolve(err)
	}
	failpoint("decided")
	if err := x.o.reach("decided"); err != nil {
		return nil, err
	}
	commit := decided.Verdict != nil && decided.Verdict.State == command.Committed
	if !commit && decided.Verdict == nil {
		return nil, resolve(errors.New("the decision came after the deadline"))
	}
	err = x.end(ctx, commit, out)
	phase("finish")
	if err != nil {
		return nil, resolve(err)
	}
	failpoint("finished")
	if err := x.o.reach("finished"); err != nil {
		return nil, err
	}
	x.settle(commit, "")
	if !commit {
		// Somebody took the transaction for forgotten.
		for _, one := range out.Actions {
			*one = command.Outcome{Fault: fault.Transacted()}
		}
	}
	return out, nil
}

// errBegin: the transaction did not get into the journal.
var errBegin = errors.New("the transaction did not begin")

// prepare enters the transaction in the ledger and asks every participant. It
// goes in one line to the journal, the ledger first: a crash between them leaves
// nothing that the ledger does not know.
func (x *transaction) prepare(ctx context.Context) (*command.Outcome, *command.Verdict, error) {
	begin, err := x.o.start(ctx, x.command(command.Begin, command.Ledger,
		command.Transaction{Token: x.t.Token, Digest: x.t.Digest, Participants: x.ids}))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errBegin, err)
	}
	waits := make([]*waiter, len(x.parts))
	var errs []error
	for i, p := range x.parts {
		waits[i], err = x.o.start(ctx, x.command(command.Prepare, p.partition,
			command.Transaction{Participants: x.ids, Actions: p.actions}))
		if err != nil {
			errs = append(errs, err)
			break
		}
		failpoint("preparing")
		if err := x.o.reach("preparing"); err != nil {
			return nil, nil, err
		}
	}
	out := &command.Outcome{Actions: make([]*command.Outcome, len(x.t.Actions))}
	began, err := begin.wait(ctx)
	if err != nil {
		return nil, nil, errors.Join(append(errs, err)...)
	}
	out.Fault = began.Fault
	for i, w := range waits {
		if w == nil {
			break
		}
		one, err := w.wait(ctx)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if one.Fault != nil && out.Fault == nil {
			out.Fault = one.Fault
		}
		x.parts[i].place(one, out)
	}
	return out, began.Verdict, errors.Join(errs...)
}

// place puts a participant's outcomes where its actions stand in the request.
func (p part) place(one, out *command.Outcome) {
	for i, action := range one.Actions {
		out.Actions[p.places[i]] = action
	}
}

// end tells every participant what was decided. The outcomes of a commit take
// the place of those of the preparation.
func (x *transaction) end(ctx context.Context, commit bool, out *command.Outcome) error {
	waits := make([]*waiter, len(x.parts))
	var errs []error
	for i, p := range x.parts {
		w, err := x.o.start(ctx, x.command(command.Finish, p.partition, command.Transaction{Commit: commit}))
		if err != nil && !errors.Is(err, ErrNoPartition) {
			errs = append(errs, err)
			continue
		}
		waits[i] = w
		failpoint("finishing")
		if err := x.o.reach("finishing"); err != nil {
			return err
		}
	}
	for i, w := range waits {
		if w == nil {
			continue
		}
		one, err := w.wait(ctx)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if commit {
			x.parts[i].place(one, out)
		}
	}
	return errors.Join(errs...)
}

// settle takes the transaction out of the ledger. Nobody waits for it: a
// transaction that stays is settled at the next start.
func (x *transaction) settle(commit bool, token string) {
	c := x.command(command.Settle, command.Ledger, command.Transaction{Commit: commit, Token: token})
	if _, err := x.o.start(x.o.ctx, c); err != nil && x.o.ctx.Err() == nil {
		x.o.log.Warn("a finished transaction stays in the ledger until the next start", "error", err)
	}
}

// repeat answers a token that came before: it was done then, or it is given up
// now.
func (x *transaction) repeat(ctx context.Context, v *command.Verdict) (*command.Outcome, error) {
	state := v.State
	if v.Participants != nil {
		// Nobody of this process is at it: its token is ours.
		var err error
		if state, err = x.o.resolve(ctx, v.ID, v.Participants); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
		}
	}
	if state != command.Committed {
		return nil, errTokenFree
	}
	out := &command.Outcome{Repeated: true}
	for _, action := range x.t.Actions {
		a, err := x.o.reader(action.Partition)
		if err != nil {
			return nil, err
		}
		one, err := a.sizes([]*command.Command{action})
		if err != nil {
			err = x.o.fail(a, err)
		}
		a.mu.Unlock()
		if err != nil {
			return nil, err
		}
		out.Actions = append(out.Actions, one.Actions...)
	}
	return out, nil
}

// reach is where a test may stop the protocol.
func (o *Owner) reach(name string) error {
	if o.o.step == nil {
		return nil
	}
	return o.o.step(name)
}
