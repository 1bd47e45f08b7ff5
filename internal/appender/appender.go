// Package appender gathers commands into batches and puts these into the
// journal: group commit. While one batch is on its way to the disk the next one
// forms by itself, so that a batch is as large as the load asks for and a lone
// command never waits for company.
//
// One batch is under way at a time. The goroutine that submits a command while
// nothing is under way publishes it itself; the goroutine that hears the
// acknowledgement publishes what has gathered, and only then hands the
// acknowledged batch on: writing and applying overlap, and nobody has to be
// woken in between.
package appender

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/journal"
)

var (
	// ErrClosed: the appender is closed; the command is not in the journal.
	ErrClosed = errors.New("appender: closed")
	// ErrBusy: more is waiting than Options.MaxWaiting; the command is not in the
	// journal.
	ErrBusy = errors.New("appender: too much is waiting for the disk")
	// ErrTooLarge: the command does not fit into a message of the journal.
	ErrTooLarge = errors.New("appender: the command is too large")
	// ErrLate: the command's deadline passed before it could be written; it is
	// not in the journal.
	ErrLate = errors.New("appender: the deadline passed before the command could be written")
	// ErrUnknown: the command may or may not be in the journal.
	ErrUnknown = errors.New("appender: it is not known whether the command is in the journal")
)

// Log is the journal as the appender needs it; journal.Journal has the words.
type Log interface {
	Start(subject string, body []byte, expected uint64, done func(seq, hash uint64, err error))
	Settle(ctx context.Context, subject string, body []byte, expected uint64) (hash uint64, stored bool, err error)
}

// Batch is one that is in the journal.
type Batch struct {
	command.Header
	// Sequence and Hash are the message's.
	Sequence, Hash uint64
	// Commands are as they were submitted. The slice is the sink's until it
	// returns.
	Commands []*command.Command
}

// Options open an appender.
type Options struct {
	Log Log
	// Last is the sequence of the journal's last message.
	Last uint64
	// Sink is handed each batch once it is in the journal: one at a time, in
	// sequence. It answers the commands.
	Sink func(Batch)
	// MaxCommands and MaxBytes end a batch: 8,192 and 1 MiB by default. A single
	// command may be larger, up to what a message can hold.
	MaxCommands, MaxBytes int
	// MaxWaiting is how many bytes may wait for the disk: 64 MiB by default.
	MaxWaiting int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger is slog.Default when nil.
	Logger *slog.Logger
	// Published, if not nil, hears of each acknowledged batch: the number of its
	// commands, its bytes, and how long the journal took. It must not block.
	Published func(commands, bytes int, took time.Duration)
}

// Appender is the one publisher of a journal. Its methods may be called at the
// same time.
type Appender struct {
	o           Options
	incarnation uint64
	ctx         context.Context // ends when Close gives up
	cancel      context.CancelFunc

	mu      sync.Mutex
	queue   []*batch // what waits; the last one still takes commands
	waiting int      // bytes in queue
	busy    bool     // a batch is under way, or is being settled
	closed  bool
	broken  error
	idle    chan struct{} // closed when busy ends; nil unless Close waits
	spare   []*batch

	// Of the one batch under way.
	last   uint64 // sequence of the last message
	number uint64 // of the last batch in the journal
	sent   time.Time

	// sink is held by the goroutine that hands a batch on.
	sink sync.Mutex
}

// batch is one that is being gathered, or is under way.
type batch struct {
	body     []byte // header and entries
	commands []*command.Command
	ends     []int // where each command's entry ends in body
	subject  string
	header   command.Header
	earliest int64 // the first deadline
}

// New makes an appender. Its incarnation is a random number.
func New(o Options) (*Appender, error) {
	if o.Log == nil || o.Sink == nil {
		return nil, errors.New("appender: a journal and a sink are needed")
	}
	if o.MaxCommands == 0 {
		o.MaxCommands = 8192
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	a := &Appender{o: o, incarnation: rand.Uint64(), last: o.Last}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	return a, nil
}

var scratch = sync.Pool{New: func() any { return new([]byte) }}

// Submit puts a command in line for the journal and returns at once. When it
// returns nil the command's Waiter hears of it: from the sink, or, with an
// error, from the appender. On an error the command is not in the journal.
func (a *Appender) Submit(_ context.Context, c *command.Command) error {
	buf := scratch.Get().(*[]byte)
	encoded := command.Append((*buf)[:0], c)
	err := a.submit(c, encoded)
	if cap(encoded) <= 64<<10 {
		*buf = encoded[:0]
		scratch.Put(buf)
	}
	return err
}

func (a *Appender) submit(c *command.Command, encoded []byte) error {
	size := len(encoded) + 10
	if size > journal.MaxBody-command.HeaderSize {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(encoded))
	}
	a.mu.Lock()
	switch {
	case a.broken != nil:
		err := a.broken
		a.mu.Unlock()
		return err
	case a.closed:
		a.mu.Unlock()
		return ErrClosed
	case a.waiting > 0 && a.waiting+size > a.o.MaxWaiting:
		a.mu.Unlock()
		return ErrBusy
	}
	a.room(size).add(c, encoded)
	a.waiting += size
	b := a.next()
	a.mu.Unlock()
	if b != nil {
		a.publish(b)
	}
	return nil
}

// room is the batch that the next command goes into.
func (a *Appender) room(size int) *batch {
	if n := len(a.queue); n > 0 {
		b := a.queue[n-1]
		if len(b.commands) < a.o.MaxCommands && len(b.body)+size <= a.o.MaxBytes {
			return b
		}
	}
	var b *batch
	if n := len(a.spare); n > 0 {
		b, a.spare = a.spare[n-1], a.spare[:n-1]
	} else {
		b = new(batch)
	}
	b.body = command.AppendHeader(b.body[:0], command.Header{})
	a.queue = append(a.queue, b)
	return b
}

// add appends one encoded command.
func (b *batch) add(c *command.Command, encoded []byte) {
	b.body = command.AppendEntry(b.body, encoded)
	b.ends = append(b.ends, len(b.body))
	b.commands = append(b.commands, c)
	if c.NotAfter > 0 && (b.earliest == 0 || c.NotAfter < b.earliest) {
		b.earliest = c.NotAfter
	}
}

// next takes the batch to publish now, if none is under way. The lock is held.
func (a *Appender) next() *batch {
	if a.busy {
		return nil
	}
	if len(a.queue) == 0 || a.broken != nil {
		if a.idle != nil {
			close(a.idle)
			a.idle = nil
		}
		return nil
	}
	a.busy = true
	b := a.queue[0]
	n := copy(a.queue, a.queue[1:])
	a.queue[n] = nil
	a.queue = a.queue[:n]
	a.waiting -= b.size()
	return b
}

// size is what the batch counts in Appender.waiting.
func (b *batch) size() int {
	n := 0
	at := command.HeaderSize
	for _, end := range b.ends {
		n += entrySize(end-at) + 10
		at = end
	}
	return n
}

// entrySize is the length of the encoded command in an entry of n bytes.
func entrySize(n int) int {
	for prefix := 1; ; prefix++ {
		if n-prefix < 1<<(7*prefix) {
			return n - prefix
		}
	}
}

// publish sends a batch that next has taken.
func (a *Appender) publish(b *batch) {
	now := a.o.Now()
	if b.earliest > 0 && b.earliest < now.UnixMilli() {
		b.dropLate(now.UnixMilli())
	}
	if len(b.commands) == 0 {
		a.release(b)
		return
	}
	b.header = command.Header{
		Apply: command.ApplyVersion, Incarnation: a.incarnation, Number: a.number + 1,
		Time: now.UnixMilli(), Count: len(b.commands),
	}
	command.AppendHeader(b.body[:0], b.header)
	b.subject = subjectOf(b.commands)
	a.send(b)
}

// send gives a finished batch to the journal.
func (a *Appender) send(b *batch) {
	a.sent = time.Now()
	a.o.Log.Start(b.subject, b.body, a.last, func(seq, hash uint64, err error) { a.done(b, seq, hash, err) })
}

// spanning is the subject of a message for several partitions.
const spanning = "all"

// subjectOf names the partition of a batch, if it has one.
func subjectOf(commands []*command.Command) string {
	id := commands[0].Partition
	for _, c := range commands[1:] {
		if c.Partition != id {
			return spanning
		}
	}
	return Subject(id)
}

// Subject is where messages for a single partition go.
func Subject(id catalog.PartitionID) string { return "p" + strconv.FormatUint(uint64(id), 10) }

// done hears what came of the batch under way.
func (a *Appender) done(b *batch, seq, hash uint64, err error) {
	// Held from before the next one is sent: so batches are handed on in order,
	// whichever goroutine hears of them.
	a.sink.Lock()
	defer a.sink.Unlock()
	switch {
	case err == nil:
		a.stored(b, seq, hash)
	case errors.Is(err, journal.ErrUnknown), errors.Is(err, journal.ErrSequence):
		a.o.Logger.Warn("a batch's fate is not known and is read back", "expected", a.last+1, "error", err)
		go a.settle(b)
	default:
		b.refuse(err)
		a.release(b)
	}
}

// stored hands on a batch that is in the journal. The sink's lock is held.
func (a *Appender) stored(b *batch, seq, hash uint64) {
	if a.o.Published != nil {
		a.o.Published(len(b.commands), len(b.body), time.Since(a.sent))
	}
	a.last, a.number = seq, b.header.Number
	a.mu.Lock()
	a.busy = false
	n := a.next()
	a.mu.Unlock()
	if n != nil {
		a.publish(n)
	}
	a.o.Sink(Batch{Header: b.header, Sequence: seq, Hash: hash, Commands: b.commands})
	a.mu.Lock()
	a.recycle(b)
	a.mu.Unlock()
}

// release ends a batch that is not in the journal, and goes on with the next.
func (a *Appender) release(b *batch) {
	a.mu.Lock()
	a.busy = false
	a.recycle(b)
	n := a.next()
	a.mu.Unlock()
	if n != nil {
		a.publish(n)
	}
}

// settle finds out by reading back whether a batch is in the journal, and sends
// it again under its number if it is not. A batch is never left in doubt while
// the appender lives.
func (a *Appender) settle(b *batch) {
	hash, stored, err := a.o.Log.Settle(a.ctx, b.subject, b.body, a.last)
	a.sink.Lock()
	defer a.sink.Unlock()
	switch {
	case err != nil && a.ctx.Err() != nil:
		b.refuse(fmt.Errorf("%w: %w", ErrUnknown, err))
		a.release(b)
	case err != nil:
		// Another writer, or damage: nothing here can be trusted to be last.
		b.refuse(fmt.Errorf("%w: %w", ErrUnknown, err))
		a.stop(fmt.Errorf("appender: stopped: %w", err))
		a.release(b)
	case stored:
		a.stored(b, a.last+1, hash)
	default:
		a.publish(b)
	}
}

// stop refuses everything from now on.
func (a *Appender) stop(err error) {
	a.o.Logger.Error("nothing is written any more", "error", err)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken = err
	a.refuseWaiting(err)
}

// refuseWaiting answers everything that waits. The lock is held.
func (a *Appender) refuseWaiting(err error) {
	for _, b := range a.queue {
		b.refuse(err)
	}
	a.queue, a.waiting = nil, 0
}

// refuse answers every command of a batch with an error.
func (b *batch) refuse(err error) {
	for _, c := range b.commands {
		if c.Waiter != nil {
			c.Waiter.Answer(nil, err)
		}
	}
}

// dropLate takes out the commands whose deadline has passed.
func (b *batch) dropLate(now int64) {
	old := *b
	*b = batch{body: append([]byte(nil), old.body[:command.HeaderSize]...)}
	at := command.HeaderSize
	for i, c := range old.commands {
		if c.NotAfter > 0 && c.NotAfter < now {
			if c.Waiter != nil {
				c.Waiter.Answer(nil, ErrLate)
			}
		} else {
			b.body = append(b.body, old.body[at:old.ends[i]]...)
			b.ends = append(b.ends, len(b.body))
			b.commands = append(b.commands, c)
			if c.NotAfter > 0 && (b.earliest == 0 || c.NotAfter < b.earliest) {
				b.earliest = c.NotAfter
			}
		}
		at = old.ends[i]
	}
}

// recycle keeps a batch's memory for another one. The lock is held.
func (a *Appender) recycle(b *batch) {
	if len(a.spare) >= 3 || cap(b.body) > 2*a.o.MaxBytes {
		return
	}
	clear(b.commands)
	*b = batch{body: b.body[:0], commands: b.commands[:0], ends: b.ends[:0]}
	a.spare = append(a.spare, b)
}

// giveUp is how long Close waits for a journal that is being asked still.
const giveUp = 5 * time.Second

// Close refuses new commands and waits until those that wait are in the journal
// and handed on. When ctx ends first they are refused: with ErrClosed those
// that were not sent, with ErrUnknown those that were. It may be called twice.
func (a *Appender) Close(ctx context.Context) error {
	a.mu.Lock()
	a.closed = true
	var idle chan struct{}
	if a.busy || len(a.queue) > 0 {
		if a.idle == nil {
			a.idle = make(chan struct{})
		}
		idle = a.idle
	}
	a.mu.Unlock()
	var err error
	if idle != nil {
		select {
		case <-idle:
		case <-ctx.Done():
			err = fmt.Errorf("appender: close: %w", context.Cause(ctx))
			a.mu.Lock()
			a.refuseWaiting(ErrClosed)
			a.mu.Unlock()
			a.cancel()
			select {
			case <-idle:
			case <-time.After(giveUp):
				return err // the disk does not answer
			}
		}
	}
	a.cancel()
	// The last batch may still be with the sink.
	a.sink.Lock()
	a.sink.Unlock() //nolint:staticcheck // waits
	return err
}
