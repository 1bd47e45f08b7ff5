package main

import (
	"os"
	"runtime"
)

// spare is how many threads more than processors run Go at once. More of them
// only take processors from whoever holds a partition.
const spare = 1

// spareThreads lets what comes back from the disk run at once. With as many
// threads as processors, and all of them busy with requests, the goroutine whose
// fsync has ended waits in the runtime's global queue, where it is looked for
// once in 61 turns: on two busy cores for milliseconds, in which the disk
// does nothing and everybody waits for the next batch. With a thread to spare the
// kernel decides, which prefers whoever has just waited.
// GOMAXPROCS, if set, is left alone. docs/PERFORMANCE.md has what it brings.
func spareThreads() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
	}
}
