// Package journal keeps the log of writes: one JetStream stream inside an
// embedded nats-server, and small key-value buckets beside it. It is the only
// package that knows NATS.
//
// The server listens to nobody. Every message carries a checksum of its own
// beside the server's, every block file is verified before the server may open
// it, and a small head file remembers the last acknowledged message: so a
// journal that lost something is refused, never silently shorter. DESIGN.md has
// the reasons.
package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
)

// MaxBody is the largest body, in bytes, that Publish takes. It holds the
// 4 MB of a transaction in their JSON form with the values of its conditions.
// Above 8 MB in all the server warns, and records above 32 MB fail to be read.
const MaxBody = 8<<20 - maxSubject - sumSize - 1024

const (
	maxSubject = 256
	streamName = "journal"
	// subjects of the stream: one token after the first.
	subjectRoot = "j"
)

// Options open a journal.
type Options struct {
	// Dir is the folder of the journal; it is made when missing.
	Dir string
	// Sync fsyncs every message before it is acknowledged. Without it an
	// acknowledged message survives a killed process, not a power cut.
	Sync bool
	// Reserve is how many bytes must stay free on the disk for a message to be
	// taken: 0 is 32 MiB, less than 0 is none.
	Reserve int64
	// Logger gets the warnings of the server; nil is slog.Default.
	Logger *slog.Logger

	// maxBytes limits the stream; 0 is no limit. The server makes the blocks of
	// a small stream small, which tests want.
	maxBytes int64
}

// Journal is an open journal. Its methods may be called at the same time, save
// that there is one publisher (see Publish).
type Journal struct {
	o    Options
	log  *slog.Logger
	lock *os.File
	head *head
	id   string
	// free is how many bytes may still be written under a folder.
	free func(dir string) (int64, error)

	bucketMu sync.Mutex
	buckets  map[string]*Bucket

	// pub is held by the one publish that is under way.
	pub sync.Mutex
	// roomy is until when there is room for sure, in nanoseconds since opened: by a
	// clock that nobody sets.
	roomy  atomic.Int64
	opened time.Time

	mu       sync.RWMutex
	node     *node // nil while it cannot serve, or closed
	cause    error // why node is nil
	closed   bool
	changed  chan struct{} // closed when node changes
	retryAt  time.Time
	stopping sync.WaitGroup // servers that are being stopped
}

// Open locks the folder, verifies every block, and starts the server. Errors:
// ErrLocked, ErrUnwritable, ErrNoRoom, ErrDamaged (a *Damage).
func Open(o Options) (_ *Journal, err error) {
	if o.Dir == "" {
		return nil, errors.New("journal: no folder given")
	}
	if o.Reserve == 0 {
		o.Reserve = 32 << 20
	}
	j := &Journal{o: o, log: o.Logger, changed: make(chan struct{}), free: free, buckets: map[string]*Bucket{}, opened: time.Now()}
	if j.log == nil {
		j.log = slog.Default()
	}
	if err := makeDir(o.Dir); err != nil {
		return nil, err
	}
	if j.lock, err = lockDir(o.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			j.Close()
		}
	}()
	if j.head, err = openHead(filepath.Join(o.Dir, "head"), o.Sync, j.log); err != nil {
		return nil, err
	}
	var known bool
	if j.id, known, err = identity(o.Dir); err != nil {
		return nil, err
	}
	if known && j.head.fresh && !stored(o.Dir) {
		return nil, &Damage{
			Path: o.Dir, What: "the folder has an incarnation, but neither messages nor a head file", Do: "restore the folder from a backup",
		}
	}
	if j.node, err = j.start(); err != nil {
		return nil, err
	}
	return j, nil
}

// start verifies the files and starts a server on them.
func (j *Journal) start() (*node, error) {
	if err := verify(j.o.Dir, j.head, j.log); err != nil {
		return nil, err
	}
	n, err := startNode(j.o, j.id, j.log)
	if err != nil && j.full() {
		err = fmt.Errorf("%w: %w", ErrNoRoom, err)
	}
	return n, err
}

// identity reads the incarnation of the journal in a folder, or makes one; known
// tells which.
func identity(dir string) (id string, known bool, err error) {
	name := filepath.Join(dir, "incarnation")
	text, err := os.ReadFile(name)
	if err == nil {
		id, err := uuid.ParseBytes(trim(text))
		if err != nil {
			return "", false, &Damage{Path: name, What: "it is not a UUID", Do: "run `shvm-db repair`, which takes the incarnation from the stream's own description", mend: mendIncarnation}
		}
		return id.String(), true, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", false, fmt.Errorf("journal: %w", err)
	}
	if stored(dir) {
		return "", false, &Damage{Path: name, What: "it is missing, though there are messages", Do: "put the file back, or run `shvm-db repair`, which takes the incarnation from the stream's own description", mend: mendIncarnation}
	}
	id = uuid.NewString()
	return id, false, writeSynced(name, []byte(id+"\n"))
}

// Incarnation is a UUID: a journal that was made anew has another.
func (j *Journal) Incarnation() string { return j.id }

// Close stops the server and gives the folder free. It may be called twice.
func (j *Journal) Close() error {
	j.mu.Lock()
	n := j.node
	j.node, j.cause = nil, ErrClosed
	already := j.closed
	if !already {
		j.closed = true
		close(j.changed)
	}
	j.mu.Unlock()
	if already {
		return nil
	}
	if n != nil {
		n.stop()
		<-n.wire.ended
	}
	j.stopping.Wait()
	var err error
	if j.head != nil {
		err = j.head.close()
	}
	j.bucketMu.Lock()
	for _, b := range j.buckets {
		err = errors.Join(err, b.head.close())
	}
	j.bucketMu.Unlock()
	if j.lock != nil {
		err = errors.Join(err, j.lock.Close())
	}
	return err
}

// alive is the server; it is started when there is none.
func (j *Journal) alive() (*node, error) {
	n, err := j.running()
	if err == nil {
		return n, nil
	}
	j.pub.Lock()
	defer j.pub.Unlock()
	if n, err = j.running(); err == nil {
		return n, nil
	}
	return j.retry(err)
}

// running is the server, or the reason why there is none.
func (j *Journal) running() (*node, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if j.node == nil {
		return nil, j.cause
	}
	return j.node, nil
}

// Bounds are the sequences of the first and the last message. An empty journal
// has first == last+1.
func (j *Journal) Bounds(ctx context.Context) (first, last uint64, err error) {
	n, err := j.alive()
	if err != nil {
		return 0, 0, err
	}
	return n.bounds(ctx)
}

func (n *node) bounds(ctx context.Context) (first, last uint64, err error) {
	info, err := n.stream.Info(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("journal: bounds: %w", err)
	}
	st := info.State
	if st.FirstSeq == 0 {
		return 1, 0, nil
	}
	return st.FirstSeq, st.LastSeq, nil
}

// First is the sequence of the first message, or the one that the next message
// will get if there is none.
func (j *Journal) First(ctx context.Context) (uint64, error) {
	first, _, err := j.Bounds(ctx)
	return first, err
}

// Last is the sequence of the last message; 0 is none ever.
func (j *Journal) Last(ctx context.Context) (uint64, error) {
	_, last, err := j.Bounds(ctx)
	return last, err
}

// Message reads one message. It returns ErrNotFound when the sequence is
// outside of what is kept, and a *Damage when it should be there and is not, or
// is not what was written.
func (j *Journal) Message(ctx context.Context, seq uint64) (Message, error) {
	n, err := j.alive()
	if err != nil {
		return Message{}, err
	}
	return j.message(ctx, n, seq)
}

func (j *Journal) message(ctx context.Context, n *node, seq uint64) (Message, error) {
	raw, err := n.stream.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		first, last, err := n.bounds(ctx)
		if err != nil {
			return Message{}, err
		}
		if first <= seq && seq <= last {
			return Message{}, j.damage(seq, fmt.Sprintf("message %d is missing, though the journal holds %d to %d", seq, first, last))
		}
		return Message{}, fmt.Errorf("journal: message %d: %w: the journal holds %d to %d", seq, ErrNotFound, first, last)
	}
	if err != nil {
		return Message{}, fmt.Errorf("journal: message %d: %w", seq, err)
	}
	return j.open(raw.Subject, raw.Data, raw.Sequence, raw.Time)
}

// Purge gives up the messages below a sequence, in whole blocks only: what is
// kept stays without holes, and the server needs no marks for what it dropped.
func (j *Journal) Purge(ctx context.Context, below uint64) error {
	n, err := j.alive()
	if err != nil {
		return err
	}
	start, err := blockStart(messageDir(j.o.Dir, streamName), below)
	if err != nil || start <= 1 {
		return err
	}
	// Before the messages go: what is below may be missing from now on.
	if err := j.purging(start); err != nil {
		return err
	}
	if err := n.stream.Purge(ctx, jetstream.WithPurgeSequence(start)); err != nil {
		return fmt.Errorf("journal: purge below %d: %w", start, err)
	}
	return nil
}

// purging remembers, durably, where the journal is allowed to start.
func (j *Journal) purging(start uint64) error {
	j.pub.Lock() // the head is the publisher's
	defer j.pub.Unlock()
	j.head.first = max(j.head.first, start)
	if err := j.head.set(j.head.seq, j.head.hash); err != nil {
		return err
	}
	return j.head.sync()
}

func (j *Journal) damage(seq uint64, what string) error {
	return &Damage{
		Path: messageDir(j.o.Dir, streamName), Sequence: seq, What: what,
		Do: "stop the node and look at the disk; restore the folder from a backup, or run `shvm-db repair`, which says what it would cut before it cuts",
	}
}
