//go:build faults

package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// settled publishes one message and, when its fate is not known, asks until it
// is. It tells whether the message is stored.
func settled(t *testing.T, j *Journal, i uint64, b []byte) bool {
	t.Helper()
	_, err := j.Publish(t.Context(), "p1", b, i-1)
	switch {
	case err == nil:
		return true
	case errors.Is(err, ErrUnknown):
		_, stored, err := j.Settle(t.Context(), "p1", b, i-1)
		if err != nil {
			t.Fatalf("message %d is not settled: %v", i, err)
		}
		return stored
	case errors.Is(err, ErrNoRoom):
		return false
	}
	t.Fatalf("message %d: %v", i, err)
	return false
}

// TestAFullDiskLosesNothing fills a small file system under the journal to its
// last byte: the server meets the full disk itself.
func TestAFullDiskLosesNothing(t *testing.T) {
	dir, grow := smallDisk(t)
	j := open(t, filepath.Join(dir, "journal"), func(o *Options) { o.Reserve = -1 })
	kv, err := j.KV(t.Context(), "catalog")
	if err != nil {
		t.Fatal(err)
	}
	rev, err := kv.Create(t.Context(), "a", []byte("0"))
	if err != nil {
		t.Fatal(err)
	}
	large := make([]byte, 100_000)
	last := uint64(0)
	for round := range 2 {
		full := false
		for !full {
			b := append(fmt.Appendf(nil, "%d ", last+1), large...)
			if settled(t, j, last+1, b) {
				last++
			} else {
				full = true
			}
			if last > 10_000 {
				t.Fatal("the disk never became full")
			}
		}
		if last == 0 {
			t.Fatal("nothing fitted at all")
		}
		if m, err := j.Message(t.Context(), last); err != nil || m.Sequence != last {
			t.Errorf("round %d: reading message %d on a full disk: %v", round, last, err)
		}
		grow()
		until(t, "a message is stored again", func() bool {
			if settled(t, j, last+1, append(fmt.Appendf(nil, "%d ", last+1), large...)) {
				last++
				return true
			}
			return false
		})
		if rev, err = kv.Update(t.Context(), "a", fmt.Append(nil, round), rev); err != nil {
			t.Errorf("update when there is room: %v", err)
		}
	}
	for range 2 { // the second time after a start
		next := uint64(1)
		for m, err := range j.Consume(t.Context(), 1) {
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("%d ", next); string(m.Body[:len(want)]) != want {
				t.Fatalf("message %d is %q", next, m.Body[:10])
			}
			if next++; next > last {
				break
			}
		}
		if l, err := j.Last(t.Context()); err != nil || l != last {
			t.Errorf("last %d instead of %d, %v", l, last, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = open(t, filepath.Join(dir, "journal"), func(o *Options) { o.Reserve = -1 })
	}
}

// until polls a condition for a generous while.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	end := time.Now().Add(40 * time.Second)
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("it never came that %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// filler takes up room until it is removed.
func filler(t *testing.T, name string, size int) (remove func()) {
	t.Helper()
	if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// smallDisk is a folder with 8 MB of room; each call of grow gives 3 MB more,
// twice at most. It is a file system in memory, which only root may mount.
func smallDisk(t *testing.T) (dir string, grow func()) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=14m"); err != nil {
		t.Fatalf("mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 2); err != nil { // 2 is MNT_DETACH
			t.Error(err)
		}
	})
	var fillers []func()
	for i := range 2 {
		fillers = append(fillers, filler(t, filepath.Join(dir, fmt.Sprint("filler", i)), 3<<20))
	}
	return dir, func() {
		fillers[0]()
		fillers = fillers[1:]
	}
}
