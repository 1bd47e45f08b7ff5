package main

import (
	"runtime"
	"testing"
)

func TestAThreadIsSpareUnlessTheNumberIsGiven(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	t.Setenv("GOMAXPROCS", "7")
	if spareThreads(); runtime.GOMAXPROCS(0) != before {
		t.Errorf("GOMAXPROCS is given, and yet there are %d threads instead of %d", runtime.GOMAXPROCS(0), before)
	}
	t.Setenv("GOMAXPROCS", "")
	if spareThreads(); runtime.GOMAXPROCS(0) != before+spare {
		t.Errorf("%d threads, %d before", runtime.GOMAXPROCS(0), before)
	}
}
