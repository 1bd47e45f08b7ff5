package owner

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/journal"
)

// Log is the journal as the owner needs it.
type Log interface {
	// Incarnation names the journal: one that was made anew has another.
	Incarnation() string
	// Bounds are the first and the last sequence; first == last+1 when empty.
	Bounds(context.Context) (first, last uint64, err error)
	Message(ctx context.Context, seq uint64) (journal.Message, error)
	// Consume delivers the messages from a sequence on, in strict order.
	Consume(ctx context.Context, from uint64) iter.Seq2[journal.Message, error]
	// Purge gives up messages below a sequence; it may keep some of them.
	Purge(ctx context.Context, below uint64) error
}

// Meter hears what an owner does. Its methods must not block.
type Meter interface {
	// Applied is one message of the journal: how many commands, and how long.
	Applied(commands int, took time.Duration)
	// Committed is one COMMIT in SQLite: how many commands, and how long.
	Committed(commands int, took time.Duration)
	// Woke is one partition opened, and how long it took.
	Woke(took time.Duration)
	// Awake is how many partitions are open now.
	Awake(partitions int)
	// Checkpointed is one checkpoint, and how long it took.
	Checkpointed(took time.Duration)
	// Transacted is one phase of a transaction, and how long it took: alone is
	// one of a single partition; prepare, decide and finish those of several;
	// recover the finishing of one that was left behind.
	Transacted(phase string, took time.Duration)
}

type noMeter struct{}

func (noMeter) Applied(int, time.Duration)   {}
func (noMeter) Committed(int, time.Duration) {}
func (noMeter) Woke(time.Duration)           {}
func (noMeter) Awake(int)                    {}
func (noMeter) Checkpointed(time.Duration)   {}

func (noMeter) Transacted(string, time.Duration) {}

// Options open an owner. Zero values take the defaults.
type Options struct {
	// Dir is the folder of the partitions' files.
	Dir string
	Log Log
	// Submit hands a command to the journal's appender. The command's Waiter
	// hears of it, unless Submit returns an error.
	Submit func(context.Context, *command.Command) error
	// Tables tells where the partitions of global indexes are, and which tables
	// have time to live. Without it changes of indexes wait, and nothing expires.
	Tables Tables
	Logger *slog.Logger
	Meter  Meter
	// Changed, if not nil, hears of partitions whose change stream has new
	// records. It must not block.
	Changed func(catalog.PartitionID)

	// Linger is how long nothing must be delivered before open transactions are
	// committed (30 ms); Commit is how long one may stay open under load (10 s), and
	// CommitCommands how many commands all together may take (32,000), each one
	// half of that; when they hold more, they stay open less long.
	Linger, Commit time.Duration
	CommitCommands int
	// Sleep is how long a partition must be left alone before its file is closed
	// (1 min), Awake how many may be open at once (1,024).
	Sleep time.Duration
	Awake int
	// CacheBytes is the room for the page caches of all partitions (256 MiB).
	CacheBytes int64
	// Checkpoint is how long a change may wait for the next checkpoint (5 s).
	Checkpoint time.Duration
	// Expire is how often items are looked for whose time to live has passed
	// (1 s), by the clock Now (time.Now).
	Expire time.Duration
	Now    func() time.Time
	// Retry is how long a partition whose file failed is left alone (200 ms).
	Retry time.Duration

	// step, in tests, is called at each step of a transaction of several
	// partitions; an error leaves it there, as the end of the process would.
	step func(string) error
	// lax, in tests, breaks transactions: items that are held count as free.
	lax bool
}

func (o *Options) complete() error {
	if o.Dir == "" || o.Log == nil {
		return errors.New("owner: a folder and a journal are needed")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Meter == nil {
		o.Meter = noMeter{}
	}
	if o.Changed == nil {
		o.Changed = func(catalog.PartitionID) {}
	}
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.Linger, 30*time.Millisecond)
	set(&o.Commit, 10*time.Second)
	set(&o.Sleep, time.Minute)
	set(&o.Checkpoint, 5*time.Second)
	set(&o.Expire, time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	set(&o.Retry, 200*time.Millisecond)
	if o.CommitCommands == 0 {
		o.CommitCommands = 32_000
	}
	if o.Awake == 0 {
		o.Awake = 1024
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 256 << 20
	}
	return nil
}
