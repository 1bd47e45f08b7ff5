package journal

import (
	"errors"
	"sync/atomic"
	"testing"
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
