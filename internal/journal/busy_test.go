package journal

import (
	"testing"
	"time"
)

// What waits for an acknowledgement runs on the goroutine that reads them: the
// next message's comes while it is at work, however long that takes.
func TestAnAnswerThatIsNotReadYetIsNotMissing(t *testing.T) {
	t.Parallel()
	j := open(t, t.TempDir())
	type answer struct {
		seq uint64
		err error
	}
	second := make(chan answer, 1)
	j.Start("x", []byte("one"), 0, func(seq, _ uint64, err error) {
		if seq != 1 || err != nil {
			second <- answer{seq, err}
			return
		}
		j.Start("x", []byte("two"), 1, func(seq, _ uint64, err error) { second <- answer{seq, err} })
		time.Sleep(12 * time.Second) // longer than a server waits by default
	})
	select {
	case a := <-second:
		if a.seq != 2 || a.err != nil {
			t.Fatalf("the second message: %d, %v", a.seq, a.err)
		}
	case <-time.After(60 * time.Second):
		t.Fatal("the second message was never answered")
	}
}
