package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"shvm-db/internal/catalog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quiet keeps what is expected to be logged out of the test's output.
var quiet = slog.New(slog.DiscardHandler)

func open(t testing.TB, dir string, change ...func(*Options)) *Journal {
	t.Helper()
	o := Options{Dir: dir, Sync: true, Logger: quiet}
	for _, c := range change {
		c(&o)
	}
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func body(i uint64) []byte { return fmt.Appendf(nil, "message %d", i) }

// fill publishes messages until the last one has sequence n.
func fill(t testing.TB, j *Journal, n uint64) {
	t.Helper()
	last, err := j.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := last + 1; i <= n; i++ {
		if _, err := j.Publish(t.Context(), "p1", body(i), i-1); err != nil {
			t.Fatal(err)
		}
	}
}

// collect consumes from a sequence to another.
func collect(t testing.TB, j *Journal, from, to uint64) {
	t.Helper()
	next := from
	for m, err := range j.Consume(t.Context(), from) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Sequence != next || string(m.Body) != string(body(next)) || m.Subject != "p1" {
			t.Fatalf("message %d is %d %q %q", next, m.Sequence, m.Subject, m.Body)
		}
		if next++; next > to {
			return
		}
	}
	t.Fatalf("the loop ended before %d", next)
}

func TestMessagesComeBackInOrderAndAfterAStart(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	fill(t, j, 300)
	collect(t, j, 1, 300)
	collect(t, j, 250, 300)
	id := j.Incarnation()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, dir)
	if j.Incarnation() != id {
		t.Errorf("incarnation %s became %s", id, j.Incarnation())
	}
	fill(t, j, 310)
	collect(t, j, 1, 310)
	m, err := j.Message(t.Context(), 305)
	if err != nil || string(m.Body) != "message 305" || m.Hash != Hash("p1", m.Body) {
		t.Errorf("message 305: %+v, %v", m, err)
	}
	if _, err := j.Message(t.Context(), 311); !errors.Is(err, ErrNotFound) {
		t.Errorf("message 311: %v", err)
	}
}

func TestConsumeFollowsWhatComes(t *testing.T) {
	j := open(t, t.TempDir())
	done := make(chan struct{})
	go func() {
		defer close(done)
		collect(t, j, 1, 50)
	}()
	fill(t, j, 50)
	<-done
}

func TestConsumeEndsWithItsContext(t *testing.T) {
	j := open(t, t.TempDir())
	fill(t, j, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, err := range j.Consume(ctx, 1) {
		if err != nil {
			t.Fatal(err)
		}
		cancel()
	}
}

func TestConsumeRefusesWhatIsNotThere(t *testing.T) {
	j := open(t, t.TempDir())
	fill(t, j, 3)
	for _, err := range j.Consume(t.Context(), 5) {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("from 5 of 3: %v", err)
		}
	}
}

func TestAnUnexpectedLastSequenceStoresNothing(t *testing.T) {
	j := open(t, t.TempDir())
	fill(t, j, 2)
	if _, err := j.Publish(t.Context(), "p1", body(3), 1); !errors.Is(err, ErrSequence) {
		t.Errorf("got %v", err)
	}
	if last, err := j.Last(t.Context()); last != 2 || err != nil {
		t.Errorf("last %d, %v", last, err)
	}
	fill(t, j, 3)
}

func TestTheLargestBodyIsStored(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	large := make([]byte, MaxBody)
	for i := range large {
		large[i] = byte(i * 7)
	}
	for i := range uint64(3) {
		if _, err := j.Publish(t.Context(), "all", large, i); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Publish(t.Context(), "all", append(large, 0), 3); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more: %v", err)
	}
	j.Close()
	j = open(t, dir)
	n := 0
	for m, err := range j.Consume(t.Context(), 1) {
		if err != nil || string(m.Body) != string(large) {
			t.Fatalf("message %d: %d bytes, %v", m.Sequence, len(m.Body), err)
		}
		if n++; n == 3 {
			break
		}
	}
}

func TestASecondProcessIsToldThatTheFolderIsTaken(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := Open(Options{Dir: dir, Logger: quiet}); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
}

func TestAFolderThatCannotBeWrittenIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: filepath.Join(file, "journal"), Logger: quiet}); !errors.Is(err, ErrUnwritable) {
		t.Errorf("got %v", err)
	}
}

func TestBucketIsCompareAndSwap(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	ctx := t.Context()
	b, err := j.KV(ctx, "catalog")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Get(ctx, "a"); !errors.Is(err, catalog.ErrNoKey) {
		t.Errorf("get of nothing: %v", err)
	}
	rev, err := b.Create(ctx, "a", []byte("1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Create(ctx, "a", []byte("2")); !errors.Is(err, catalog.ErrChanged) {
		t.Errorf("create twice: %v", err)
	}
	next, err := b.Update(ctx, "a", []byte("2"), rev)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Update(ctx, "a", []byte("3"), rev); !errors.Is(err, catalog.ErrChanged) {
		t.Errorf("update of an old revision: %v", err)
	}
	if err := b.Delete(ctx, "a", rev); !errors.Is(err, catalog.ErrChanged) {
		t.Errorf("delete of an old revision: %v", err)
	}
	if _, err := b.Create(ctx, "b", []byte("b")); err != nil {
		t.Fatal(err)
	}
	j.Close()
	j = open(t, dir)
	if b, err = j.KV(ctx, "catalog"); err != nil {
		t.Fatal(err)
	}
	if v, r, err := b.Get(ctx, "a"); string(v) != "2" || r != next || err != nil {
		t.Errorf("after a start: %q %d %v", v, r, err)
	}
	if err := b.Delete(ctx, "a", next); err != nil {
		t.Fatal(err)
	}
	if keys, err := b.Keys(ctx); len(keys) != 1 || keys[0] != "b" || err != nil {
		t.Errorf("keys %q, %v", keys, err)
	}
	if _, err := b.Create(ctx, "a", []byte("again")); err != nil {
		t.Errorf("create after delete: %v", err)
	}
}

func TestPurgeKeepsWholeBlocksAndTheSequence(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, func(o *Options) { o.Sync = false })
	big := make([]byte, 1<<20)
	for i := range uint64(40) {
		if _, err := j.Publish(t.Context(), "p1", big, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Purge(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	first, last, err := j.Bounds(t.Context())
	if err != nil || first == 1 || first > 20 || last != 40 {
		t.Fatalf("%d to %d, %v", first, last, err)
	}
	for _, err := range j.Consume(t.Context(), 1) {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("consume of what is purged: %v", err)
		}
	}
	j.Close()
	j = open(t, dir)
	if f, l, err := j.Bounds(t.Context()); f != first || l != last || err != nil {
		t.Errorf("after a start: %d to %d, %v", f, l, err)
	}
}
