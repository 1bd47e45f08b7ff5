package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// A node's live heap is a few megabytes and what its requests leave behind is
// garbage at once: by its default the collector would run dozens of times a
// second. So it waits for some garbage at least, as long as that is not more
// than a few times what lives; with a large heap it keeps to its default. GOGC,
// if set, is left alone.

const (
	garbage         = 48 << 20 // bytes
	mostPercent     = 400
	standardPercent = 100
)

// paceCollector sets the collector's pace, now and after each collection.
func paceCollector() {
	if os.Getenv("GOGC") != "" {
		return
	}
	last := mostPercent
	debug.SetGCPercent(last)
	var rearm func()
	rearm = func() {
		// What nobody refers to is found by the next collection.
		runtime.AddCleanup(new([64]byte), func(struct{}) {
			if p := percent(live()); p != last {
				last = p
				debug.SetGCPercent(p)
			}
			rearm()
		}, struct{}{})
	}
	rearm()
}

// percent is the pace for a heap of which so many bytes live, in coarse steps.
func percent(live uint64) int {
	p := mostPercent
	if live > 0 {
		p = int(min(uint64(mostPercent), garbage*100/live))
	}
	return max(standardPercent, p/50*50)
}

// live is what lived at the last collection, in bytes.
func live() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s[0].Value.Uint64()
}
