package appender

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"shvm-db/internal/command"
	"shvm-db/internal/item"
	"shvm-db/internal/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// sent is one publish that the fake journal was given.
type sent struct {
	subject  string
	body     []byte
	expected uint64
	done     func(seq, hash uint64, err error)
}

// fakeLog is a journal whose acknowledgements the test gives.
type fakeLog struct {
	t       *testing.T
	starts  chan sent
	mu      sync.Mutex
	under   int
	settles chan settled // what Settle answers
}

type settled struct {
	stored bool
	err    error
}

func newFakeLog(t *testing.T) *fakeLog {
	return &fakeLog{t: t, starts: make(chan sent, 100), settles: make(chan settled, 100)}
}

func (f *fakeLog) Start(subject string, body []byte, expected uint64, done func(seq, hash uint64, err error)) {
	f.mu.Lock()
	f.under++
	if f.under > 1 {
		f.t.Error("two publishes are under way")
	}
	f.mu.Unlock()
	f.starts <- sent{subject, append([]byte(nil), body...), expected, func(seq, hash uint64, err error) {
		f.mu.Lock()
		f.under--
		f.mu.Unlock()
		done(seq, hash, err)
	}}
}

func (f *fakeLog) Settle(ctx context.Context, subject string, body []byte, _ uint64) (uint64, bool, error) {
	select {
	case s := <-f.settles:
		return journal.Hash(subject, body), s.stored, s.err
	case <-ctx.Done():
		return 0, false, ctx.Err()
	}
}

// ack acknowledges a publish as a journal does.
func (s sent) ack() { s.done(s.expected+1, journal.Hash(s.subject, s.body), nil) }

// numbers are the sort of a batch: its number and its commands' stamps.
func (s sent) decode(t *testing.T) *command.Batch {
	t.Helper()
	b, err := command.DecodeBatch(s.body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func next(t *testing.T, f *fakeLog) sent {
	t.Helper()
	select {
	case s := <-f.starts:
		return s
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was published")
		panic("unreachable")
	}
}

func newAppender(t *testing.T, o Options) *Appender {
	t.Helper()
	o.Logger = quiet
	if o.Sink == nil {
		o.Sink = accept
	}
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = a.Close(ctx)
	})
	return a
}

// submit returns the channel on which the answer comes.
func submit(t *testing.T, a *Appender, c *command.Command) answer {
	t.Helper()
	done := make(answer, 1)
	c.Waiter = done
	if err := a.Submit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return done
}

func heard(t *testing.T, a answer) error {
	t.Helper()
	select {
	case err := <-a:
		return err
	case <-time.After(30 * time.Second):
		t.Fatal("no answer")
		return nil
	}
}

func TestCommandsGatherWhileABatchIsUnderWay(t *testing.T) {
	f := newFakeLog(t)
	a := newAppender(t, Options{Log: f, Last: 41})
	first := submit(t, a, put(7, 0))
	s := next(t, f)
	var rest []answer
	for i := range 10 {
		rest = append(rest, submit(t, a, put(7, 1+i)))
	}
	if b := s.decode(t); s.subject != "p7" || s.expected != 41 || len(b.Commands) != 1 || b.Number != 1 {
		t.Errorf("first: %s after %d, %+v", s.subject, s.expected, b.Header)
	}
	s.ack()
	if err := heard(t, first); err != nil {
		t.Error(err)
	}
	s = next(t, f)
	b := s.decode(t)
	if s.expected != 42 || len(b.Commands) != 10 || b.Number != 2 {
		t.Errorf("second: after %d, %+v", s.expected, b.Header)
	}
	for i, c := range b.Commands {
		if want := fmt.Sprintf("key %032d", 1+i); string(c.Key) != want {
			t.Errorf("command %d is %q", i, c.Key)
		}
	}
	s.ack()
	for _, r := range rest {
		if err := heard(t, r); err != nil {
			t.Error(err)
		}
	}
}

func TestABatchOfSeveralPartitionsGoesToTheCommonSubject(t *testing.T) {
	f := newFakeLog(t)
	a := newAppender(t, Options{Log: f})
	submit(t, a, put(1, 0))
	s := next(t, f)
	submit(t, a, put(1, 1))
	submit(t, a, put(2, 2))
	s.ack()
	if s = next(t, f); s.subject != "all" {
		t.Errorf("subject %q", s.subject)
	}
	s.ack()
}

func TestTheNextBatchIsSentBeforeThePreviousIsHandedOn(t *testing.T) {
	f := newFakeLog(t)
	sinking, free := make(chan struct{}), make(chan struct{})
	a := newAppender(t, Options{Log: f, Sink: func(b Batch) {
		sinking <- struct{}{}
		<-free
		accept(b)
	}})
	submit(t, a, put(1, 0))
	s := next(t, f)
	second := submit(t, a, put(1, 1))
	go s.ack()
	s = next(t, f)
	<-sinking
	go s.ack()
	free <- struct{}{}
	<-sinking
	free <- struct{}{}
	if err := heard(t, second); err != nil {
		t.Error(err)
	}
}

func TestBatchesEndAtTheirCaps(t *testing.T) {
	f := newFakeLog(t)
	a := newAppender(t, Options{Log: f, MaxCommands: 3, MaxBytes: 2000})
	submit(t, a, put(1, 0))
	s := next(t, f)
	for i := range 4 {
		submit(t, a, put(1, 1+i))
	}
	large := put(1, 99)
	large.Item = append(large.Item, item.Attr{Name: "large", Value: item.Value{Kind: item.S, Text: strings.Repeat("y", 5000)}})
	submit(t, a, large)
	submit(t, a, put(1, 6))
	s.ack()
	var got []int
	for range 4 {
		s = next(t, f)
		got = append(got, len(s.decode(t).Commands))
		s.ack()
	}
	if fmt.Sprint(got) != "[3 1 1 1]" {
		t.Errorf("batches of %v", got)
	}
}

func TestALostAcknowledgementIsReadBack(t *testing.T) {
	for _, stored := range []bool{true, false} {
		t.Run(fmt.Sprintf("stored=%v", stored), func(t *testing.T) {
			f := newFakeLog(t)
			var batches []Batch
			a := newAppender(t, Options{Log: f, Sink: func(b Batch) {
				batches = append(batches, b)
				accept(b)
			}})
			done := submit(t, a, put(1, 0))
			s := next(t, f)
			later := submit(t, a, put(1, 1))
			f.settles <- settled{stored: stored}
			s.done(0, 0, fmt.Errorf("%w: lost", journal.ErrUnknown))
			if !stored {
				again := next(t, f)
				if b := again.decode(t); b.Number != 1 || again.expected != 0 || len(b.Commands) != 1 {
					t.Errorf("sent again: %+v after %d", b.Header, again.expected)
				}
				again.ack()
			}
			if err := heard(t, done); err != nil {
				t.Error(err)
			}
			s = next(t, f)
			if b := s.decode(t); b.Number != 2 || s.expected != 1 {
				t.Errorf("next: %+v after %d", b.Header, s.expected)
			}
			s.ack()
			if err := heard(t, later); err != nil {
				t.Error(err)
			}
			if len(batches) != 2 || batches[0].Sequence != 1 || batches[1].Sequence != 2 ||
				batches[1].Hash != journal.Hash(s.subject, s.body) {
				t.Errorf("handed on %+v", batches)
			}
		})
	}
}

func TestAnotherWriterStopsTheAppender(t *testing.T) {
	f := newFakeLog(t)
	a := newAppender(t, Options{Log: f})
	done := submit(t, a, put(1, 0))
	s := next(t, f)
	waiting := submit(t, a, put(1, 1))
	f.settles <- settled{err: journal.ErrSequence}
	s.done(0, 0, journal.ErrSequence)
	if err := heard(t, done); !errors.Is(err, ErrUnknown) {
		t.Errorf("under way: %v", err)
	}
	if err := heard(t, waiting); !errors.Is(err, journal.ErrSequence) || errors.Is(err, ErrUnknown) {
		t.Errorf("waiting: %v", err)
	}
	if err := a.Submit(t.Context(), put(1, 2)); !errors.Is(err, journal.ErrSequence) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAFullDiskRefusesAndNumbersStayWithoutGaps(t *testing.T) {
	f := newFakeLog(t)
	a := newAppender(t, Options{Log: f})
	done := submit(t, a, put(1, 0))
	next(t, f).done(0, 0, journal.ErrNoRoom)
	if err := heard(t, done); !errors.Is(err, journal.ErrNoRoom) {
		t.Errorf("got %v", err)
	}
	done = submit(t, a, put(1, 1))
	s := next(t, f)
	if b := s.decode(t); b.Number != 1 || s.expected != 0 {
		t.Errorf("then %+v after %d", b.Header, s.expected)
	}
	s.ack()
	if err := heard(t, done); err != nil {
		t.Error(err)
	}
}

func TestCommandsPastTheirDeadlineAreNotWritten(t *testing.T) {
	f := newFakeLog(t)
	now := time.UnixMilli(1000)
	a := newAppender(t, Options{Log: f, Now: func() time.Time { return now }})
	at := func(i int, deadline int64) answer {
		c := put(1, i)
		c.NotAfter = deadline
		return submit(t, a, c)
	}
	at(0, 5000)
	s := next(t, f)
	late, fine, never := at(1, 2000), at(2, 9000), at(3, 0)
	now = time.UnixMilli(3000)
	s.ack()
	if err := heard(t, late); !errors.Is(err, ErrLate) {
		t.Errorf("late: %v", err)
	}
	s = next(t, f)
	b := s.decode(t)
	if len(b.Commands) != 2 || b.Count != 2 || b.Time != 3000 || b.Commands[0].NotAfter != 9000 {
		t.Errorf("batch %+v of %d", b.Header, len(b.Commands))
	}
	s.ack()
	for _, a := range []answer{fine, never} {
		if err := heard(t, a); err != nil {
			t.Error(err)
		}
	}
	at(4, 5000)
	s = next(t, f)
	late = at(5, 3500)
	now = time.UnixMilli(4000)
	s.ack()
	if err := heard(t, late); !errors.Is(err, ErrLate) {
		t.Errorf("late and alone: %v", err)
	}
	done := at(6, 5000)
	s = next(t, f)
	if b := s.decode(t); b.Number != 4 {
		t.Errorf("number %d", b.Number)
	}
	s.ack()
	if err := heard(t, done); err != nil {
		t.Error(err)
	}
}

func TestTooMuchWaitingIsRefused(t *testing.T) {
	f := newFakeLog(t)
	a := newAppender(t, Options{Log: f, MaxWaiting: 1000})
	submit(t, a, put(1, 0))
	s := next(t, f)
	submit(t, a, put(1, 1))
	submit(t, a, put(1, 2))
	if err := a.Submit(t.Context(), put(1, 3)); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	s.ack()
	next(t, f).ack()
	submit(t, a, put(1, 4))
	next(t, f).ack()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting != 0 {
		t.Errorf("%d bytes are counted as waiting", a.waiting)
	}
}

func TestCloseWaitsForWhatWaits(t *testing.T) {
	f := newFakeLog(t)
	a := newAppender(t, Options{Log: f})
	answers := []answer{submit(t, a, put(1, 0))}
	s := next(t, f)
	answers = append(answers, submit(t, a, put(1, 1)))
	closed := make(chan error)
	go func() { closed <- a.Close(context.Background()) }()
	go func() {
		s.ack()
		next(t, f).ack()
	}()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	for _, r := range answers {
		select {
		case err := <-r:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("closed before everything was answered")
		}
	}
	if err := a.Submit(t.Context(), put(1, 2)); !errors.Is(err, ErrClosed) {
		t.Errorf("submit after close: %v", err)
	}
}

func TestCloseGivesUpWhatCannotBeSettled(t *testing.T) {
	f := newFakeLog(t)
	a := newAppender(t, Options{Log: f})
	doubt := submit(t, a, put(1, 0))
	s := next(t, f)
	waiting := submit(t, a, put(1, 1))
	s.done(0, 0, journal.ErrUnknown)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := a.Close(ctx); err == nil {
		t.Error("closed without an error")
	}
	if err := heard(t, doubt); !errors.Is(err, ErrUnknown) {
		t.Errorf("in doubt: %v", err)
	}
	if err := heard(t, waiting); !errors.Is(err, ErrClosed) {
		t.Errorf("waiting: %v", err)
	}
}

func openJournal(t *testing.T) *journal.Journal {
	t.Helper()
	j, err := journal.Open(journal.Options{Dir: t.TempDir(), Sync: true, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// TestWhatIsHandedOnIsWhatTheJournalHolds runs many clients over a real journal.
func TestWhatIsHandedOnIsWhatTheJournalHolds(t *testing.T) {
	j := openJournal(t)
	var handed []Batch
	a := newAppender(t, Options{Log: j, Sink: func(b Batch) {
		accept(b)
		b.Commands = append([]*command.Command(nil), b.Commands...)
		handed = append(handed, b)
	}})
	var clients sync.WaitGroup
	for c := range 20 {
		clients.Go(func() {
			for i := range 50 {
				if err := heard(t, submit(t, a, put(1+3, c*50+i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	clients.Wait()
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	commands := 0
	for i, h := range handed {
		if h.Sequence != uint64(i+1) || h.Number != uint64(i+1) {
			t.Fatalf("batch %d is message %d, number %d", i, h.Sequence, h.Number)
		}
		m, err := j.Message(t.Context(), h.Sequence)
		if err != nil || m.Hash != h.Hash {
			t.Fatalf("message %d: %v", h.Sequence, err)
		}
		b, err := command.DecodeBatch(m.Body)
		if err != nil || b.Header != h.Header {
			t.Fatalf("message %d: %+v, %v", h.Sequence, b, err)
		}
		for k, c := range b.Commands {
			if string(c.Key) != string(h.Commands[k].Key) {
				t.Fatalf("message %d, command %d: %q", h.Sequence, k, c.Key)
			}
		}
		commands += len(b.Commands)
	}
	if commands != 1000 {
		t.Errorf("%d commands", commands)
	}
	if last, err := j.Last(t.Context()); err != nil || last != uint64(len(handed)) {
		t.Errorf("last %d, %v", last, err)
	}
}

func TestACommandOfATransactionOfFourMegabytesFits(t *testing.T) {
	a := newAppender(t, Options{Log: openJournal(t)})
	c := put(1, 0)
	c.Item = append(c.Item, item.Attr{Name: "large", Value: item.Value{Kind: item.B, Text: strings.Repeat("b", 4<<20)}})
	if err := heard(t, submit(t, a, c)); err != nil {
		t.Error(err)
	}
	c = put(1, 0)
	c.Item = append(c.Item, item.Attr{Name: "large", Value: item.Value{Kind: item.S, Text: strings.Repeat("b", 8<<20)}})
	if err := a.Submit(t.Context(), c); !errors.Is(err, ErrTooLarge) {
		t.Errorf("8 MB: %v", err)
	}
}
