package owner

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
	"shvm-db/internal/journal"
	"shvm-db/owner/store"
)

// row is all that a file holds of an item.
type row struct {
	Key, Item string
	Size      int
	Version   int64
}

// dump is the state of a partition, row by row.
func dump(t testing.TB, o *Owner, p catalog.PartitionID) (rows []row) {
	t.Helper()
	a, err := o.reader(p)
	if errors.Is(err, ErrNoPartition) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer a.mu.Unlock()
	page, err := a.file.Page(command.Range{Partition: p})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Rows {
		rec, _, err := a.file.Get(r.Key)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row{string(rec.Key), string(rec.Item), rec.Size, rec.Version})
	}
	m := a.file.Mark()
	return append(rows, row{Key: "version", Version: m.Version})
}

// copyDir copies an owner's folder as it is at the moment.
func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// keepAll is a journal that purges nothing.
type keepAll struct{ *memoryLog }

func (keepAll) Purge(context.Context, uint64) error { return nil }

func TestReplayIsPure(t *testing.T) {
	l, dir := newLog(), t.TempDir()
	keep := func(o *Options) { o.Log, o.Linger, o.Checkpoint = keepAll{l}, time.Hour, time.Hour }
	o := l.open(t, dir, keep)
	var copies []string
	create(t, o, 1)
	create(t, o, 2)
	for i := range 60 {
		p := catalog.PartitionID(1 + i%2)
		switch i % 5 {
		case 0, 1:
			must(t, o, add(t, p, string(rune('a'+i%7))))
		case 2:
			c := put(t, p, item.Map{{Name: "id", Value: str(string(rune('a' + i%4)))}, {Name: "v", Value: num("1")}})
			c.Condition = condition(t, "attribute_not_exists(v)", nil)
			do(t, o, c)
		case 3:
			k := item.Map{{Name: "id", Value: str(string(rune('a' + i%3)))}}
			must(t, o, &command.Command{Op: command.Delete, Partition: p, Key: keyOf(t, plain, k), KeyItem: k})
		case 4:
			// The partitions' files move at different times.
			a, err := o.wake(p, false)
			if err != nil {
				t.Fatal(err)
			}
			if err := o.commit(a); err != nil {
				t.Fatal(err)
			}
			a.mu.Unlock()
			if i%10 == 9 {
				if err := o.Checkpoint(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if i%6 == 0 {
			copies = append(copies, copyDir(t, dir))
		}
	}
	want := [][]row{dump(t, o, 1), dump(t, o, 2)}
	same := func(what string, o *Owner) {
		t.Helper()
		if diff := cmp.Diff(want, [][]row{dump(t, o, 1), dump(t, o, 2)}); diff != "" {
			t.Fatalf("%s: %s", what, diff)
		}
	}
	// Every message once more.
	for seq := uint64(1); seq <= uint64(len(l.all)); seq++ {
		m := l.all[seq-1]
		d, err := decode(seq, m.Hash, m.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Deliver(d); err != nil {
			t.Fatal(err)
		}
	}
	same("delivered twice", o)
	crash(o)
	// From every mark that a file ever had, and from nothing.
	for _, c := range append(copies, t.TempDir()) {
		if entries, _ := os.ReadDir(c); len(entries) == 0 {
			run := begin(l.id)
			s, err := store.OpenCheckpoints(filepath.Join(c, "checkpoint.db"), store.Checkpoint{Incarnation: l.id, Hash: run, Prior: run})
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
		}
		again := l.open(t, c, keep)
		same("replayed from "+c, again)
		crash(again)
		// And from where that left off.
		again = l.open(t, c, keep)
		same("replayed once more from "+c, again)
		again.Close()
	}
}

// refusal tests: a node that has lost something says what and does not start.
func TestWhatDoesNotBelongTogetherIsRefused(t *testing.T) {
	type world struct {
		l     *memoryLog
		dir   string
		early string // a copy of the folder after the first checkpoint
	}
	for name, c := range map[string]struct {
		harm func(t *testing.T, w *world)
		want string
		// lazy harm is only met when the partition wakes.
		lazy bool
	}{
		"a journal that lost its end": {want: "the journal has lost messages", harm: func(t *testing.T, w *world) {
			w.l.all = w.l.all[:len(w.l.all)-1]
		}},
		"a journal that ends before the checkpoint": {want: "the journal has lost messages", harm: func(t *testing.T, w *world) {
			os.Remove(filepath.Join(w.dir, "answered"))
			w.l.all = w.l.all[:3]
		}},
		"a journal that gave a sequence again": {want: "another", harm: func(t *testing.T, w *world) {
			w.l.all = w.l.all[:len(w.l.all)-2]
			w.l.number = 0
			w.l.append(command.Header{Incarnation: 77, Number: 1}, add(t, 1, "other"))
			w.l.append(command.Header{Incarnation: 77, Number: 2}, add(t, 1, "other"))
		}},
		"another message at the checkpoint": {want: "another message", harm: func(t *testing.T, w *world) {
			seq := checkpointOf(t, w.l, w.dir).Sequence
			body := command.AppendBatch(nil, command.Header{Apply: command.ApplyVersion}, nil)
			w.l.all[seq-1] = journal.Message{Sequence: seq, Body: body, Hash: journal.Hash("test", body)}
		}},
		"another journal": {want: "this journal is other", harm: func(t *testing.T, w *world) { w.l.id = "other" }},
		"a journal that begins too late": {want: "what is between them is missing", harm: func(t *testing.T, w *world) {
			w.l.first = uint64(len(w.l.all)) + 1
		}},
		"no checkpoints": {want: "checkpoints is missing", harm: func(t *testing.T, w *world) {
			os.Remove(filepath.Join(w.dir, "checkpoint.db"))
		}},
		"a partition that is missing": {want: "file of the partition is missing", harm: func(t *testing.T, w *world) {
			removeFile(t, w.dir, 1)
		}},
		"a sleeper that is missing": {want: "file of the partition is missing", lazy: true, harm: func(t *testing.T, w *world) {
			removeFile(t, w.dir, 2)
		}},
		"a partition put back from a copy": {want: "older than the checkpoint", harm: func(t *testing.T, w *world) {
			swapFile(t, w.early, w.dir, 1)
		}},
		"a sleeper put back from a copy": {want: "older than the checkpoint", lazy: true, harm: func(t *testing.T, w *world) {
			swapFile(t, w.early, w.dir, 2)
		}},
		"the file of another partition": {want: "message", lazy: true, harm: func(t *testing.T, w *world) {
			copyFile(t, filepath.Join(w.dir, "01", "1.db"), filepath.Join(w.dir, "02", "2.db"))
		}},
		"checkpoints older than the partitions": {want: "what is between them is missing", harm: func(t *testing.T, w *world) {
			copyFile(t, filepath.Join(w.early, "checkpoint.db"), filepath.Join(w.dir, "checkpoint.db"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{l: newLog(), dir: t.TempDir()}
			o := w.l.open(t, w.dir)
			create(t, o, 1)
			create(t, o, 2)
			must(t, o, add(t, 1, "a"))
			o.Close()
			w.early = copyDir(t, w.dir)
			o = w.l.open(t, w.dir)
			must(t, o, add(t, 2, "a"))
			for range 3 {
				must(t, o, add(t, 1, "a"))
				if err := o.Checkpoint(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			must(t, o, add(t, 1, "b"))
			must(t, o, add(t, 1, "b"))
			crash(o)
			c.harm(t, w)
			o, err := w.l.tryOpen(w.dir)
			if c.lazy && err == nil {
				defer o.Close()
				_, _, err = o.Get(t.Context(), 2, []byte("k"))
				if got := read(t, o, 1, "b"); got != `{"id":{"S":"b"},"n":{"N":"2"}}` {
					t.Errorf("the other partition: %s", got)
				}
			} else if err == nil {
				o.Close()
			}
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "What to do") {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

func checkpointOf(t *testing.T, l *memoryLog, dir string) store.Checkpoint {
	t.Helper()
	s, err := store.OpenCheckpoints(filepath.Join(dir, "checkpoint.db"), store.Checkpoint{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Last()
}

func fileOf(dir string, p catalog.PartitionID) string {
	return (&Owner{o: Options{Dir: dir}}).path(p)
}

func removeFile(t *testing.T, dir string, p catalog.PartitionID) {
	t.Helper()
	if err := store.Remove(fileOf(dir, p)); err != nil {
		t.Fatal(err)
	}
}

func swapFile(t *testing.T, from, to string, p catalog.PartitionID) {
	t.Helper()
	copyFile(t, fileOf(from, p), fileOf(to, p))
}

// copyFile puts a copy of a database in the place of another, whose log goes.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Remove(to); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o640); err != nil {
		t.Fatal(err)
	}
}

// No room for a new file, or no right to make one: the command is in the
// journal, and takes effect when the file can be made, without a new start.
func TestAPartitionThatCouldNotBeMadeIsMadeLater(t *testing.T) {
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir, func(o *Options) { o.Retry = 10 * time.Millisecond })
	inTheWay := filepath.Dir(o.path(1))
	if err := os.WriteFile(inTheWay, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	c := &command.Command{Op: command.Schema, Partition: 1, Schema: plain}
	if _, err := o.Do(t.Context(), c); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("it was made: %v", err)
	}
	if err := o.Checkpoint(t.Context()); err == nil {
		t.Error("a checkpoint passes over a command that was not applied")
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, err := o.Do(t.Context(), add(t, 1, "a"))
		if err == nil {
			break
		}
		if !errors.Is(err, ErrUnavailable) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	crash(o)
	o = l.open(t, dir)
	if got := read(t, o, 1, "a"); got == "" {
		t.Error("what was written is gone")
	}
}
