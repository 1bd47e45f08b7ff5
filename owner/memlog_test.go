package owner

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/item"
	"shvm-db/internal/journal"
	"shvm-db/internal/key"
)

// memoryLog is a journal in memory, and an appender to it that puts each
// command in a message of its own.
type memoryLog struct {
	mu    sync.Mutex
	turn  sync.Mutex // one submission at a time
	id    string
	first uint64
	all   []journal.Message // from sequence 1 on, purged ones included

	incarnation, number uint64
	owner               *Owner
	ready               chan struct{}
	// order is held from the storing of a command to the end of its delivery.
	order sync.Mutex
}

func newLog() *memoryLog { return &memoryLog{id: "test", first: 1, incarnation: 1} }

func (l *memoryLog) Incarnation() string { return l.id }

func (l *memoryLog) Bounds(context.Context) (uint64, uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first, uint64(len(l.all)), nil
}

func (l *memoryLog) Message(_ context.Context, seq uint64) (journal.Message, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq < l.first || seq > uint64(len(l.all)) {
		return journal.Message{}, fmt.Errorf("message %d: %w", seq, journal.ErrNotFound)
	}
	return l.all[seq-1], nil
}

func (l *memoryLog) Consume(ctx context.Context, from uint64) iter.Seq2[journal.Message, error] {
	return func(yield func(journal.Message, error) bool) {
		for seq := from; ; seq++ {
			m, err := l.Message(ctx, seq)
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

func (l *memoryLog) Purge(_ context.Context, below uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.first = max(l.first, below)
	return nil
}

// append stores a batch and gives its delivery.
func (l *memoryLog) append(h command.Header, commands ...*command.Command) Delivery {
	h.Apply, h.Count = command.ApplyVersion, len(commands)
	body := command.AppendBatch(nil, h, commands)
	m := journal.Message{Sequence: uint64(len(l.all)) + 1, Subject: "test", Body: body, Hash: journal.Hash("test", body)}
	l.all = append(l.all, m)
	return Delivery{Sequence: m.Sequence, Hash: m.Hash, Header: h, Commands: commands}
}

// submit stores a command and delivers it, one after the other. Before an owner
// is open it waits.
func (l *memoryLog) submit(ctx context.Context, c *command.Command) error {
	l.mu.Lock()
	ready := l.ready
	l.mu.Unlock()
	select {
	case <-ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	l.order.Lock()
	defer l.order.Unlock()
	l.mu.Lock()
	l.number++
	d := l.append(command.Header{Incarnation: l.incarnation, Number: l.number, Time: c.Stamp}, c)
	o := l.owner
	l.mu.Unlock()
	_ = o.Deliver(d) // the command's waiter hears of it
	return nil
}

// open opens an owner on the log; a new incarnation of the appender comes with
// it.
func (l *memoryLog) open(t testing.TB, dir string, change ...func(*Options)) *Owner {
	t.Helper()
	o, err := l.tryOpen(dir, change...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

func (l *memoryLog) tryOpen(dir string, change ...func(*Options)) (*Owner, error) {
	opts := Options{Dir: dir, Log: l, Submit: l.submit, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&opts)
	}
	ready := make(chan struct{})
	l.mu.Lock()
	l.ready = ready
	l.mu.Unlock()
	o, err := Open(opts)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.owner = o
	l.incarnation++
	l.number = 0
	l.mu.Unlock()
	close(ready)
	return o, nil
}

// crash leaves an owner as a killed process would: nothing is committed.
func crash(o *Owner) {
	o.stop(ErrClosed)
	o.cancel()
	o.loops.Wait()
	o.abandon()
}

var plain = &catalog.Schema{Table: "T", TableID: "t", Key: catalog.Key{Hash: []catalog.KeyAttr{{Name: "id", Kind: item.S}}}}

func str(s string) item.Value { return item.Value{Kind: item.S, Text: s} }
func num(s string) item.Value { return item.Value{Kind: item.N, Text: s} }

func keyOf(t testing.TB, s *catalog.Schema, m item.Map) []byte {
	t.Helper()
	k, err := key.Encode(s.Key, m)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func condition(t testing.TB, text string, values map[string]item.Value) *expr.Condition {
	t.Helper()
	c, err := expr.ParseCondition(expr.ConditionExpression, text, &expr.Placeholders{Values: values})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t testing.TB, p catalog.PartitionID, m item.Map) *command.Command {
	return &command.Command{Op: command.Put, Partition: p, Stamp: time.Now().UnixMilli(), Key: keyOf(t, plain, m), Item: m}
}

func add(t testing.TB, p catalog.PartitionID, id string) *command.Command {
	u, err := expr.ParseUpdate("ADD n :one", &expr.Placeholders{Values: map[string]item.Value{":one": num("1")}})
	if err != nil {
		t.Fatal(err)
	}
	k := item.Map{{Name: "id", Value: str(id)}}
	return &command.Command{Op: command.Update, Partition: p, Stamp: time.Now().UnixMilli(), Key: keyOf(t, plain, k), KeyItem: k, Update: u}
}

// do runs a command that must be answered.
func do(t testing.TB, o *Owner, c *command.Command) *command.Outcome {
	t.Helper()
	out, err := o.Do(t.Context(), c)
	if err != nil {
		t.Fatalf("%d on %d: %v", c.Op, c.Partition, err)
	}
	return out
}

// must runs a command that must succeed.
func must(t testing.TB, o *Owner, c *command.Command) *command.Outcome {
	t.Helper()
	out := do(t, o, c)
	if out.Fault != nil {
		t.Fatalf("%d on %d: %v", c.Op, c.Partition, out.Fault)
	}
	return out
}

func create(t testing.TB, o *Owner, p catalog.PartitionID) {
	t.Helper()
	must(t, o, &command.Command{Op: command.Schema, Partition: p, Schema: plain})
}

// read gives an item's JSON, "" if there is none.
func read(t testing.TB, o *Owner, p catalog.PartitionID, id string) string {
	t.Helper()
	row, ok, err := o.Get(t.Context(), p, keyOf(t, plain, item.Map{{Name: "id", Value: str(id)}}))
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return ""
	}
	return string(row.Item)
}
