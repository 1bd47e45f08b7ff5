package journal

import (
	"context"
	"errors"
	"fmt"
)

// Settle tells, after an ErrUnknown, whether the message was stored behind the
// message with sequence expected. It waits, as long as ctx allows, until the
// journal serves again. Errors: ErrSequence when another message is there;
// ErrNoRoom, *Damage.
func (j *Journal) Settle(ctx context.Context, subject string, body []byte, expected uint64) (hash uint64, stored bool, err error) {
	hash = Hash(subject, body)
	for {
		stored, err = j.settle(ctx, subject, hash, expected)
		if err == nil || errors.Is(err, ErrSequence) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrClosed) {
			return hash, stored, err
		}
		if !j.pause(ctx) {
			return hash, false, err
		}
	}
}

func (j *Journal) settle(ctx context.Context, subject string, hash, expected uint64) (bool, error) {
	// With the publisher's lock nothing is under way.
	j.pub.Lock()
	defer j.pub.Unlock()
	n, err := j.running()
	if err != nil {
		if n, err = j.retry(err); err != nil {
			return false, err
		}
	}
	first, last, err := n.bounds(ctx)
	switch {
	case err != nil:
		return false, err
	case last == expected:
		return false, nil
	case last < expected:
		return false, j.damage(last+1, fmt.Sprintf("the journal ends at message %d, though message %d was acknowledged", last, expected))
	case first > expected+1:
		return false, fmt.Errorf("%w: message %d is purged", ErrSequence, expected+1)
	}
	m, err := j.message(ctx, n, expected+1)
	if err != nil {
		return false, err
	}
	if m.Subject != subject || m.Hash != hash {
		return false, fmt.Errorf("%w: message %d is another one", ErrSequence, expected+1)
	}
	if last == expected+1 {
		err = j.head.set(m.Sequence, m.Hash)
	}
	return true, err
}
