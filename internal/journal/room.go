package journal

import (
	"errors"
	"fmt"
	"time"
)

// retryEvery is how often a journal without a server tries to start one.
const retryEvery = 200 * time.Millisecond

// checkRoom is an ErrNoRoom when less than the reserve is free: the server,
// once it has met a full disk, serves nothing until it is started again, so
// it should not come to that.
func (j *Journal) checkRoom() error {
	if j.o.Reserve < 0 || int64(time.Since(j.opened)) < j.roomy.Load() {
		return nil
	}
	n, err := j.free(j.o.Dir)
	if err != nil {
		return fmt.Errorf("journal: free space of %s: %w", j.o.Dir, err)
	}
	if n < j.o.Reserve {
		return fmt.Errorf("%w: %d MiB are free under %s, %d MiB must stay free; writes are refused until there is room",
			ErrNoRoom, n>>20, j.o.Dir, j.o.Reserve>>20)
	}
	if n-j.o.Reserve > plenty {
		j.roomy.Store(int64(time.Since(j.opened) + roomyFor))
	}
	return nil
}

// With plenty of bytes to spare the disk is not asked again for a while: nobody
// writes that much in so short a time.
const (
	plenty   = 8 << 30
	roomyFor = 100 * time.Millisecond
)

// serving is the server for a publish. Without one it tries to start it, at
// most every retryEvery. The publisher's lock is held.
func (j *Journal) serving() (*node, error) {
	n, err := j.running()
	if err == nil {
		return n, j.checkRoom()
	}
	if n, err = j.retry(err); err != nil {
		return nil, err
	}
	return n, j.checkRoom()
}

// retry starts a server where there is none, unless one was tried just now:
// then it returns the error it was given. The publisher's lock is held.
func (j *Journal) retry(err error) (*node, error) {
	j.mu.Lock()
	again := !j.closed && time.Now().After(j.retryAt)
	if again {
		j.retryAt = time.Now().Add(retryEvery)
	}
	j.mu.Unlock()
	if !again {
		return nil, err
	}
	return j.restart()
}

// restart starts a server on the files as they are. The publisher's lock is
// held.
func (j *Journal) restart() (*node, error) {
	j.stopping.Wait()
	n, err := j.start()
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		if n != nil {
			n.stop()
		}
		return nil, ErrClosed
	}
	j.node, j.cause = n, err
	if n != nil {
		close(j.changed)
		j.changed = make(chan struct{})
	}
	j.mu.Unlock()
	return n, err
}

// failed takes a server that failed a publish out of service. What the error
// means is decided by the files: with the server started again on them, or, if
// that fails, at the next try.
func (j *Journal) failed(n *node, cause error) error {
	j.roomy.Store(0)
	full := j.full()
	if full {
		cause = fmt.Errorf("%w: %w", ErrNoRoom, cause)
	}
	j.mu.Lock()
	mine := j.node == n
	if mine {
		j.node, j.cause = nil, cause
		j.retryAt = time.Now().Add(retryEvery)
		close(j.changed)
		j.changed = make(chan struct{})
	}
	closed := j.closed
	j.mu.Unlock()
	if closed {
		return fmt.Errorf("%w: %w", ErrUnknown, ErrClosed)
	}
	if mine {
		j.log.Error("the journal stops serving", "error", cause)
		j.stopping.Go(n.stop) // not here: the server may be waiting for this reader
	}
	if errors.Is(cause, ErrUnknown) {
		return cause
	}
	return fmt.Errorf("%w: %w", ErrUnknown, cause)
}

// full tells whether the disk has no room for the next message.
func (j *Journal) full() bool {
	n, err := j.free(j.o.Dir)
	return err == nil && n < max(j.o.Reserve, 9<<20)
}
