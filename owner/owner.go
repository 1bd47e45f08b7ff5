package owner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/owner/store"
)

// Owner runs the partitions of one journal.
type Owner struct {
	o   Options
	log *slog.Logger
	// ctx ends when the owner closes.
	ctx    context.Context
	cancel context.CancelFunc
	loops  sync.WaitGroup

	checkpoints *store.Checkpoints
	answered    *answeredFile

	// feed is held while a message is taken: one at a time, in sequence.
	feed sync.Mutex
	// dirty are the partitions touched since the last checkpoint; replaying says
	// that a start is not over. Both are the feed's.
	dirty     map[catalog.PartitionID]struct{}
	replaying bool
	groups    groups
	// ahead are, during a start, the files that stand beyond the head.
	ahead map[catalog.PartitionID]store.Mark

	// headMu guards head, which only the feed changes.
	headMu sync.RWMutex
	head   head

	// mu guards the maps. settled has the marks of partitions that fell asleep
	// since the last checkpoint.
	mu      sync.Mutex
	actors  map[catalog.PartitionID]*actor
	settled map[catalog.PartitionID]store.Mark
	due     due
	awake   atomic.Int64
	// fed is when a message was last delivered, in Unix nanoseconds.
	fed atomic.Int64
	// uncommitted is how many commands open transactions held at the keeper's last
	// look.
	uncommitted int

	// transactions that somebody of this process sees to, and tokens.
	live live

	// stopped is why the journal is no longer followed; nil is well.
	stopped atomic.Pointer[error]
	// saving is held during a checkpoint.
	saving sync.Mutex
	wakeup chan struct{}
}

// Open brings the partitions to where the journal stands: it verifies the last
// checkpoint against the journal and applies what came after it. A *Damage says
// that they do not belong together.
func Open(o Options) (_ *Owner, err error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("owner: %w", err)
	}
	w := &Owner{o: o, log: o.Logger, actors: map[catalog.PartitionID]*actor{}, settled: map[catalog.PartitionID]store.Mark{},
		dirty: map[catalog.PartitionID]struct{}{}, ahead: map[catalog.PartitionID]store.Mark{}, wakeup: make(chan struct{}, 1),
		due: due{at: map[catalog.PartitionID]int64{}}}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			w.cancel()
			w.loops.Wait()
			w.abandon()
		}
	}()
	if err := w.recover(); err != nil {
		if errors.Is(err, store.ErrCorrupt) && !errors.Is(err, ErrDamaged) {
			err = &Damage{Path: o.Dir, What: err.Error(), Do: restoreAdvice}
		}
		return nil, err
	}
	w.loops.Add(1)
	go w.keep()
	w.kickAll()
	if o.Tables != nil {
		w.loops.Add(1)
		go w.expireLoop()
	}
	if err := w.resolveAll(); err != nil {
		return nil, err
	}
	return w, nil
}

// Close commits and closes every partition and makes a last checkpoint. Nothing
// may be submitted or delivered any more. It may be called twice.
func (o *Owner) Close() error {
	if o.ctx.Err() != nil {
		return nil
	}
	o.stop(ErrClosed)
	o.mu.Lock() // No sender starts any more.
	o.cancel()
	o.mu.Unlock()
	o.loops.Wait()
	err := o.checkpoint(context.Background())
	if errors.Is(err, errUndelivered) {
		o.log.Info("the next start replays the journal for its global indexes", "reason", err)
		err = nil
	}
	return errors.Join(err, o.abandon())
}

// abandon closes every file; what is not committed comes again from the
// journal.
func (o *Owner) abandon() error {
	var errs []error
	o.mu.Lock()
	actors := make([]*actor, 0, len(o.actors))
	for _, a := range o.actors {
		actors = append(actors, a)
	}
	o.mu.Unlock()
	for _, a := range actors {
		a.mu.Lock()
		if a.file != nil {
			errs = append(errs, a.file.Close())
			a.file = nil
		}
		o.forget(a)
		a.mu.Unlock()
	}
	if o.answered != nil {
		errs = append(errs, o.answered.close())
	}
	if o.checkpoints != nil {
		errs = append(errs, o.checkpoints.Close())
	}
	return errors.Join(errs...)
}

// stop ends the following of the journal: nothing is answered any more.
func (o *Owner) stop(cause error) {
	if o.stopped.CompareAndSwap(nil, &cause) && !errors.Is(cause, ErrClosed) {
		o.log.Error("the journal is no longer followed", "error", cause)
	}
}

// Err is why the owner answers nothing any more; nil if it does.
func (o *Owner) Err() error {
	if p := o.stopped.Load(); p != nil {
		return *p
	}
	return nil
}

// waiter carries one answer back to who waits for it.
type waiter struct {
	done chan struct{}
	out  *command.Outcome
	err  error
}

// Answer is described at command.Waiter.
func (w *waiter) Answer(out *command.Outcome, err error) {
	w.out, w.err = out, err
	close(w.done)
}

// Do puts a command in the journal and answers once it is applied. An error
// leaves open whether it took effect, unless it is ErrNoPartition or comes from
// Submit.
func (o *Owner) Do(ctx context.Context, c *command.Command) (*command.Outcome, error) {
	w, err := o.start(ctx, c)
	if c.Op == command.Drop && errors.Is(err, ErrNoPartition) {
		return &command.Outcome{}, nil
	}
	if err != nil {
		return nil, err
	}
	if answerEarly {
		return &command.Outcome{}, nil
	}
	out, err := w.wait(ctx)
	if err == nil && out.Fault != nil && len(c.Key) > 0 {
		o.suspect(c.Partition, c.Key, out.Fault)
	}
	return out, err
}

// start puts a command in line for the journal.
func (o *Owner) start(ctx context.Context, c *command.Command) (*waiter, error) {
	if err := o.Err(); err != nil {
		return nil, err
	}
	if c.Op != command.Schema && !o.isAwake(c.Partition) {
		// Whoever asks pays for the opening of the file, not those whose
		// commands share a batch.
		a, err := o.wake(c.Partition, makes(c))
		if err != nil {
			return nil, err
		}
		a.mu.Unlock()
	}
	w := &waiter{done: make(chan struct{})}
	c.Waiter = w
	if err := o.o.Submit(ctx, c); err != nil {
		return nil, err
	}
	return w, nil
}

// wait is for the answer, as long as ctx allows.
func (w *waiter) wait(ctx context.Context) (*command.Outcome, error) {
	select {
	case <-w.done:
		return w.out, w.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnknown, context.Cause(ctx))
	}
}

// Get reads one item, with every command that was answered before.
func (o *Owner) Get(_ context.Context, id catalog.PartitionID, key []byte) (command.Row, bool, error) {
	a, err := o.reader(id)
	if err != nil {
		return command.Row{}, false, err
	}
	defer a.mu.Unlock()
	r, found, err := a.file.Get(key)
	if err != nil {
		return command.Row{}, false, o.fail(a, err)
	}
	return command.Row{Key: r.Key, Item: r.Item, Size: r.Size}, found, nil
}

// Page reads items in the order of their keys, with every command that was
// answered before.
func (o *Owner) Page(_ context.Context, r command.Range) (command.Page, error) {
	a, err := o.reader(r.Partition)
	if err != nil {
		return command.Page{}, err
	}
	defer a.mu.Unlock()
	p, err := a.file.Page(r)
	if err != nil {
		return command.Page{}, o.fail(a, err)
	}
	return p, nil
}

// reader is wake for reads.
func (o *Owner) reader(id catalog.PartitionID) (*actor, error) {
	if err := o.Err(); err != nil {
		return nil, err
	}
	a, err := o.wake(id, false)
	if err != nil {
		return nil, err
	}
	if a.dropped || a.file.Schema() == nil {
		a.mu.Unlock()
		return nil, ErrNoPartition
	}
	if a.often && !a.file.Open() {
		if err := a.file.Hold(); err != nil {
			err = o.fail(a, err)
			a.mu.Unlock()
			return nil, err
		}
		o.stir()
	}
	return a, nil
}

// Size counts a partition's items and their bytes. It reads the whole file.
func (o *Owner) Size(_ context.Context, id catalog.PartitionID) (items, bytes int64, err error) {
	a, err := o.reader(id)
	if err != nil {
		return 0, 0, err
	}
	defer a.mu.Unlock()
	items, bytes, err = a.file.Count()
	if err != nil {
		return 0, 0, o.fail(a, err)
	}
	return items, bytes, nil
}

const (
	checkpointName = "checkpoint.db"
	answeredName   = "answered"
)

// checkpointPath and answeredPath are the journal's own files.
func (o *Owner) checkpointPath() string { return filepath.Join(o.o.Dir, checkpointName) }
func (o *Owner) answeredPath() string   { return filepath.Join(o.o.Dir, answeredName) }
