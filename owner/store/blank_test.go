package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestANewFileIsWholeOrNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.db")
	// Where the draft would be there is something that cannot be written to.
	must(t, os.Mkdir(path+"-new", 0o750))
	if _, err := Create(path); !errors.Is(err, ErrIO) {
		t.Errorf("it was made: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is left under its name: %v", err)
	}
	must(t, os.Remove(path+"-new"))
	// What an earlier attempt left.
	must(t, os.WriteFile(path+"-new", bytes.Repeat([]byte("x"), 100_000), 0o640))
	s, err := Create(path)
	must(t, err)
	must(t, s.Begin())
	must(t, s.Put(&Record{Key: []byte("k"), Item: []byte(`{}`), Size: 1, Version: 1}))
	must(t, s.Checkpoint())
	must(t, s.Close())
	must(t, Verify(path))
	if _, err := os.Stat(path + "-new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the draft is left: %v", err)
	}
}

func TestReadsHoldATransactionThatAWriteTakesOver(t *testing.T) {
	s := create(t, filepath.Join(t.TempDir(), "p.db"))
	defer s.Close()
	ended := 0
	s.BeforeCommit = func() error { ended++; return nil }
	must(t, s.Commit())
	must(t, s.Hold())
	if !s.Held() {
		t.Error("it is not held")
	}
	if _, found, err := s.Get([]byte("k")); found || err != nil {
		t.Error(found, err)
	}
	before := ended
	must(t, s.Commit())
	if s.Open() || ended != before {
		t.Error("reads are committed like writes")
	}
	must(t, s.Hold())
	must(t, s.Begin())
	if s.Held() {
		t.Error("a write holds for reads")
	}
	must(t, s.Put(&Record{Key: []byte("k"), Item: []byte(`{}`), Size: 1, Version: 1}))
	s.SetMark(Mark{Sequence: 7})
	must(t, s.Commit())
	if ended != before+1 {
		t.Error("a write that took reads over is not committed like one")
	}
	s = reopen(t, s)
	if _, found, err := s.Get([]byte("k")); !found || err != nil || s.Mark().Sequence != 7 {
		t.Error(found, err, s.Mark())
	}
}
