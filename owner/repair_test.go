package owner

import (
	"os"
	"path/filepath"
	"testing"
)

func TestARepairedNodeServesWhatIsLeft(t *testing.T) {
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir)
	create(t, o, 1)
	create(t, o, 2)
	must(t, o, add(t, 1, "a"))
	o.Close()
	early := copyDir(t, dir)
	o = l.open(t, dir)
	must(t, o, add(t, 1, "a"))
	must(t, o, add(t, 2, "a"))
	if err := o.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(t, o, add(t, 2, "a"))
	crash(o)
	// One file is older than the checkpoint, the checkpoints are gone, and the
	// journal has lost its end, of which nothing was applied.
	swapFile(t, early, dir, 1)
	os.Remove(filepath.Join(dir, checkpointName))
	l.all = l.all[:len(l.all)-1]
	if _, err := l.tryOpen(dir); err == nil {
		t.Fatal("it opened before the repair")
	}
	for _, write := range []bool{false, true} {
		found, err := Repair(t.Context(), Options{Dir: dir, Log: l, Submit: l.submit}, write)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 2 || found[0].Partition != 1 || found[0].Applied != 1 || found[0].Lost != "" || found[1].Lost != "" {
			t.Fatalf("%+v", found)
		}
	}
	for range 2 {
		o = l.open(t, dir)
		if got := read(t, o, 1, "a"); got != `{"id":{"S":"a"},"n":{"N":"2"}}` {
			t.Fatalf("what the journal had was not applied: %s", got)
		}
		if got := read(t, o, 2, "a"); got != `{"id":{"S":"a"},"n":{"N":"1"}}` {
			t.Fatalf("%s", got)
		}
		must(t, o, add(t, 2, "b"))
		crash(o)
	}
	o = l.open(t, dir)
	if got := read(t, o, 2, "b"); got != `{"id":{"S":"b"},"n":{"N":"2"}}` {
		t.Fatalf("written after the repair: %s", got)
	}
}

func TestARepairSaysWhatIsLost(t *testing.T) {
	l, dir := newLog(), t.TempDir()
	o := l.open(t, dir)
	create(t, o, 1)
	create(t, o, 2)
	must(t, o, add(t, 1, "a"))
	must(t, o, add(t, 2, "a"))
	o.Close()
	removeFile(t, dir, 1)
	data, err := os.ReadFile(fileOf(dir, 2))
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(fileOf(dir, 2), data, 0o640); err != nil {
		t.Fatal(err)
	}
	found, err := Repair(t.Context(), Options{Dir: dir, Log: l, Submit: l.submit}, false)
	if err != nil || len(found) != 2 || found[0].Lost == "" || found[1].Lost == "" {
		t.Fatalf("%+v, %v", found, err)
	}
}
