package journal

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// TestTooLittleRoomRefusesUntilThereIsMore needs no full disk: the room is what
// the test says.
func TestTooLittleRoomRefusesUntilThereIsMore(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	var room atomic.Int64
	j.free = func(string) (int64, error) { return room.Load(), nil }
	room.Store(1 << 30)
	fill(t, j, 3)
	kv, err := j.KV(t.Context(), "catalog")
	if err != nil {
		t.Fatal(err)
	}
	room.Store(j.o.Reserve - 1)
	if _, err := j.Publish(t.Context(), "p1", body(4), 3); !errors.Is(err, ErrNoRoom) || errors.Is(err, ErrUnknown) {
		t.Errorf("publish: %v", err)
	}
	if _, err := kv.Create(t.Context(), "a", []byte("a")); !errors.Is(err, ErrNoRoom) {
		t.Errorf("create: %v", err)
	}
	collect(t, j, 1, 3) // reading goes on
	room.Store(1 << 30)
	fill(t, j, 5)
	collect(t, j, 1, 5)
}

// With plenty of room the disk is asked now and then only, and that it has
// become full is noticed all the same.
func TestAFullDiskIsNoticedSoon(t *testing.T) {
	j := open(t, t.TempDir())
	var room, asked atomic.Int64
	j.free = func(string) (int64, error) { asked.Add(1); return room.Load(), nil }
	room.Store(plenty + j.o.Reserve + 1)
	began := time.Now()
	fill(t, j, 200)
	if n, most := asked.Load(), int64(time.Since(began)/roomyFor)+1; n > most {
		t.Errorf("asked %d times, at most %d are due", n, most)
	}
	room.Store(0)
	next := uint64(200)
	for deadline := time.Now().Add(20 * time.Second); ; next++ {
		if _, err := j.Publish(t.Context(), "p1", body(1), next); errors.Is(err, ErrNoRoom) {
			return
		} else if err != nil || time.Now().After(deadline) {
			t.Fatalf("message %d: %v", next+1, err)
		}
	}
}
