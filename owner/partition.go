package owner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/owner/store"
)

// actor is one partition that is awake, or that cannot be opened at the
// moment. Whoever holds mu is the partition: one thing happens at a time.
type actor struct {
	id catalog.PartitionID
	mu sync.Mutex

	// gone says that the actor has left the map: look it up again.
	gone bool
	// file is nil while the partition is closed.
	file *store.Store
	// ready says, without the lock, that the file is open.
	ready atomic.Bool
	// want is where the file has to stand: the last message taken that names
	// the partition. It is set as soon as known is.
	want  store.Mark
	known bool
	// ahead says that the file stands beyond the head, which only happens while
	// a start replays the journal.
	ahead bool
	// broken is why the file is closed although want may be beyond it.
	broken  error
	retryAt time.Time

	// pending is how many commands the open transaction holds, since when, and
	// when the partition was last used; often says that it was used a little while
	// before that too.
	pending int
	since   time.Time
	used    time.Time
	often   bool
	// cache is the size of the file's page cache in bytes.
	cache int64
	// unnamed says that no checkpoint knows the file: its name may not be on the
	// disk yet.
	unnamed bool
	// unmade says that the file was to be made and could not be.
	unmade bool
	// dropped says that a Drop was applied.
	dropped bool

	// adding says that the last put met no item with its key: a guess about the
	// next one, see write.likelyNew.
	adding bool
	// locks are the items that undecided transactions hold, by their keys.
	locks map[string]lock
	// lax is the option's.
	lax bool

	// out are the changes of global indexes that are on their way.
	out outbox

	// dirty is held by the owner's feed lock, not by mu: the partition was
	// touched since the last checkpoint.
	dirty bool
}

var (
	// ErrNoPartition: there is no such partition, or it was dropped.
	ErrNoPartition = errors.New("there is no such partition")
	// ErrUnavailable: the partition's file cannot be used at the moment (no room
	// on the disk, an input or output error). What was written is in the journal
	// and will be applied.
	ErrUnavailable = errors.New("the partition cannot be used at the moment")
	// ErrUnknown: whether the command took effect is not known yet.
	ErrUnknown = errors.New("the outcome is not known")
	// ErrDamaged is behind every Damage.
	ErrDamaged = errors.New("damaged")
	// ErrClosed: the owner is closed.
	ErrClosed = errors.New("the owner is closed")
)

// Damage says which file is not what it must be, and what to do.
type Damage struct {
	Path, What, Do string
}

func (d *Damage) Error() string { return fmt.Sprintf("%s: %s. What to do: %s", d.Path, d.What, d.Do) }

// Is makes every Damage an ErrDamaged.
func (d *Damage) Is(target error) bool { return target == ErrDamaged }

const restoreAdvice = "stop the node, put back the folder as it was (journal and partitions from the same moment), " +
	"or run `shvm-db repair`, which says what is missing and, with --write, goes on with what is there"

// path is a partition's file; the ledger's has a name. Files are spread over folders so that none of
// them holds too many.
func (o *Owner) path(id catalog.PartitionID) string {
	if id == command.Ledger {
		return filepath.Join(o.o.Dir, "ledger.db")
	}
	return filepath.Join(o.o.Dir, fmt.Sprintf("%02x", uint64(id)%256), strconv.FormatUint(uint64(id), 10)+".db")
}

// lookup gives the actor of a partition, locked. The file may be closed.
func (o *Owner) lookup(id catalog.PartitionID) *actor {
	for {
		o.mu.Lock()
		a := o.actors[id]
		if a == nil {
			a = &actor{id: id}
			o.actors[id] = a
		}
		o.mu.Unlock()
		a.mu.Lock()
		if !a.gone {
			return a
		}
		a.mu.Unlock()
	}
}

// release unlocks an actor, and forgets one that neither holds a file nor is
// owed anything.
func (o *Owner) release(a *actor) {
	if a.file == nil && a.broken == nil && !a.gone {
		o.forget(a)
	}
	a.mu.Unlock()
}

// forget takes a locked actor out of the map.
func (o *Owner) forget(a *actor) {
	a.gone = true
	o.mu.Lock()
	delete(o.actors, a.id)
	o.mu.Unlock()
}

// wake gives the actor of a partition, locked and with its file open. make says
// that the partition may be new. On an error nothing is locked.
func (o *Owner) wake(id catalog.PartitionID, make bool) (*actor, error) {
	a := o.lookup(id)
	if a.file == nil {
		if err := o.open(a, make); err != nil {
			o.release(a)
			return nil, err
		}
	}
	now := time.Now()
	a.often = now.Sub(a.used) < o.o.Linger
	a.used = now
	return a, nil
}

// isAwake says whether a partition is open, without waiting for whoever uses it.
// It may fall asleep at once; then it is opened again where it is needed.
func (o *Owner) isAwake(id catalog.PartitionID) bool {
	o.mu.Lock()
	a := o.actors[id]
	o.mu.Unlock()
	return a != nil && a.ready.Load()
}

// open opens the file of a locked actor and brings it to where it has to
// stand.
func (o *Owner) open(a *actor, make bool) error {
	if a.broken != nil {
		if errors.Is(a.broken, ErrDamaged) || time.Now().Before(a.retryAt) {
			return a.broken
		}
	}
	began := time.Now()
	path := o.path(a.id)
	recorded, err := o.recorded(a)
	if errors.Is(err, ErrNoPartition) {
		return err
	}
	fresh := false
	if err == nil {
		fresh, err = absent(path)
	}
	if err != nil {
		a.unmade = a.unmade || make
		return o.unusable(a, path, err)
	}
	make = make || a.unmade
	if fresh {
		if a.want.Sequence != 0 && (!a.unmade || recorded.Sequence != 0) {
			return &Damage{Path: path, What: "the file of the partition is missing", Do: restoreAdvice}
		}
		if !make {
			return ErrNoPartition
		}
		// Until the file is there: whoever tries again makes it.
		a.unmade = true
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return o.unusable(a, path, err)
		}
	}
	o.makeRoom(a)
	open := store.Open
	if make {
		open = store.Create
	}
	file, err := open(path)
	if make && recorded.Sequence == 0 && a.want.Sequence == 0 && errors.Is(err, store.ErrCorrupt) {
		// A power cut left a file that no checkpoint vouches for. The command that
		// made it comes again, and all that followed.
		if err = store.Remove(path); err == nil {
			file, err = open(path)
		}
	}
	if err != nil {
		return o.unusable(a, path, err)
	}
	a.unmade = false
	a.lax = o.o.lax
	a.file, a.cache, a.unnamed = file, 0, recorded.Sequence == 0
	file.BeforeCommit = func() error { return a.out.keep(file) }
	err = a.out.load(file)
	if err == nil {
		err = a.loadLocks()
	}
	if err == nil {
		err = o.settle(a, recorded)
	}
	if err != nil {
		a.file = nil
		_ = file.Close()
		return o.unusable(a, path, err)
	}
	a.broken = nil
	a.ready.Store(true)
	a.used = time.Now()
	o.kick(a)
	o.suspectAll(a)
	o.awake.Add(1)
	o.o.Meter.Woke(time.Since(began))
	o.stir()
	return nil
}

// absent tells whether there is no file.
func absent(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	return false, err
}

// unusable remembers why a partition cannot be opened. A damaged one stays
// so until the node starts again; anything else is tried again.
func (o *Owner) unusable(a *actor, path string, cause error) error {
	var d *Damage
	switch {
	case errors.As(cause, &d):
	case errors.Is(cause, store.ErrCorrupt):
		cause = &Damage{Path: path, What: cause.Error(), Do: restoreAdvice}
	default:
		cause = fmt.Errorf("%w: %w", ErrUnavailable, cause)
	}
	if a.broken == nil {
		o.log.Error("a partition cannot be used", "partition", a.id, "error", cause)
	}
	a.broken = cause
	a.retryAt = time.Now().Add(o.o.Retry)
	o.stir()
	return cause
}

// recorded is the mark that the last checkpoint has of the partition. As a
// side effect it sets a.want, if that is not known yet.
func (o *Owner) recorded(a *actor) (store.Mark, error) {
	r, err := o.checkpoints.Mark(a.id)
	if err != nil {
		return store.Mark{}, err
	}
	if r.Dropped {
		return store.Mark{}, ErrNoPartition
	}
	if !a.known {
		a.want, a.known = r.Mark, true
		o.mu.Lock()
		if m, ok := o.settled[a.id]; ok {
			a.want = m
		}
		o.mu.Unlock()
	}
	return r.Mark, nil
}

// settle compares an open file with where it has to stand, and brings one that
// is behind up by the journal.
func (o *Owner) settle(a *actor, recorded store.Mark) error {
	m := a.file.Mark()
	_, dropped, err := a.file.Value(droppedValue)
	if err != nil {
		return err
	}
	a.dropped = dropped
	damage := func(what string) error { return &Damage{Path: a.file.Path(), What: what, Do: restoreAdvice} }
	switch {
	case samePlace(m, a.want):
		return nil
	case o.replaying && before(a.want, m):
		// It will be compared when the replay gets there.
		a.ahead = true
		o.ahead[a.id] = m
		return nil
	case before(a.want, m):
		return damage(fmt.Sprintf("the file has applied message %d, but the journal's last message for it is %d: the journal has lost messages, or the file is of another node",
			m.Sequence, a.want.Sequence))
	case m.Sequence == a.want.Sequence && m.Index == a.want.Index:
		return damage(fmt.Sprintf("the file has applied another message %d than the journal holds", m.Sequence))
	case before(m, recorded) || m.Sequence == recorded.Sequence && m.Hash != recorded.Hash:
		return damage(fmt.Sprintf("the file has applied message %d, but the checkpoint knows that it had applied %d: it is older than the checkpoint (put back from a copy?)",
			m.Sequence, recorded.Sequence))
	}
	return o.catchUp(a)
}

// samePlace compares what is decided by the journal; versions and outbox
// follow from it.
func samePlace(a, b store.Mark) bool {
	return a.Sequence == b.Sequence && a.Index == b.Index && a.Hash == b.Hash
}

// before orders marks along the journal.
func before(a, b store.Mark) bool {
	return a.Sequence < b.Sequence || a.Sequence == b.Sequence && a.Index < b.Index
}

// catchUp applies to an open file the messages after its mark up to a.want.
func (o *Owner) catchUp(a *actor) error {
	from := a.file.Mark()
	if run, known := o.runAt(from.Sequence); known && from.Sequence > 0 && run != from.Hash {
		return &Damage{Path: a.file.Path(), What: fmt.Sprintf("the file has applied another message %d than the journal holds", from.Sequence), Do: restoreAdvice}
	}
	start := max(from.Sequence, o.runBase()+1)
	for seq := start; seq <= a.want.Sequence; seq++ {
		m, err := o.o.Log.Message(o.ctx, seq)
		if err != nil {
			return err
		}
		run, known := o.runAt(seq)
		if prior, ok := o.runAt(seq - 1); known && ok && next(prior, m.Hash) != run {
			return &Damage{Path: a.file.Path(), What: fmt.Sprintf("the journal now holds another message %d", seq), Do: restoreAdvice}
		}
		b, err := command.DecodeBatch(m.Body)
		if err != nil {
			return fmt.Errorf("message %d: %w", seq, err)
		}
		verdict := o.verdictAt(seq)
		for i, c := range b.Commands {
			if c.Partition != a.id || seq == from.Sequence && uint32(i) <= from.Index && from.Sequence != 0 {
				continue
			}
			if _, err := a.apply(c, place{seq, uint32(i), run, b.Time, verdict}); err != nil {
				return err
			}
		}
	}
	if !samePlace(a.file.Mark(), a.want) {
		return &Damage{Path: a.file.Path(), What: fmt.Sprintf("the journal brings the file to message %d, not to %d", a.file.Mark().Sequence, a.want.Sequence), Do: restoreAdvice}
	}
	o.log.Info("a partition was brought up from the journal", "partition", a.id, "from", from.Sequence, "to", a.want.Sequence)
	return nil
}

// fail closes the file of a locked actor after an error of the environment:
// what its transaction held is rolled back, and comes again from the journal.
func (o *Owner) fail(a *actor, cause error) error {
	if a.file != nil {
		path := a.file.Path()
		_ = a.file.Close()
		a.ready.Store(false)
		a.file, a.pending, a.ahead = nil, 0, false
		o.awake.Add(-1)
		return o.unusable(a, path, cause)
	}
	return a.broken
}

// persist puts a locked actor's partition on the disk.
func (o *Owner) persist(a *actor) error {
	err := a.file.Checkpoint()
	if err == nil && a.unnamed {
		err = a.file.SyncName()
	}
	if err != nil {
		return o.fail(a, err)
	}
	a.pending, a.unnamed = 0, false
	return nil
}

// commit ends the open transaction of a locked actor.
func (o *Owner) commit(a *actor) error {
	if a.file == nil || !a.file.Open() {
		return nil
	}
	began := time.Now()
	n := a.pending
	if err := a.file.Commit(); err != nil {
		return o.fail(a, err)
	}
	a.pending = 0
	if n > 0 {
		o.o.Meter.Committed(n, time.Since(began))
	}
	return nil
}
