package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestTheCollectorWaitsForGarbageAndKeepsItsPaceWithALargeHeap(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 400}, {4 << 20, 400}, {12 << 20, 400}, {16 << 20, 300}, {32 << 20, 150}, {48 << 20, 100}, {1 << 30, 100}} {
		if got := percent(c.live); got != c.want {
			t.Errorf("%d MB live: %d %%, want %d", c.live>>20, got, c.want)
		}
	}
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	paceCollector()
	held := make([]byte, 200<<20)
	for i := range held {
		held[i] = 1
	}
	now := func() int {
		s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(s)
		return int(s[0].Value.Uint64())
	}
	for deadline := time.Now().Add(20 * time.Second); now() != standardPercent; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("with %d MB live the pace is %d", len(held)>>20, now())
		}
		runtime.GC()
	}
	runtime.KeepAlive(held)
	held = nil
	for deadline := time.Now().Add(20 * time.Second); now() != mostPercent; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("with little live the pace is %d", now())
		}
		runtime.GC()
	}
}
