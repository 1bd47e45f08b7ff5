package journal

import (
	"context"
	"errors"
	"fmt"
)

// Publish stores one message after the message with sequence expected, and
// returns its sequence when it is durable (see Options.Sync). The subject is
// one token of letters, digits, "_" and "-". The body is the caller's again at
// return.
//
// Errors: ErrSequence, ErrNoRoom, ErrTooLarge, ErrClosed: nothing was stored.
// ErrUnknown: Settle tells. When ctx ends first the message is under way still,
// and the error is an ErrUnknown too.
func (j *Journal) Publish(ctx context.Context, subject string, body []byte, expected uint64) (uint64, error) {
	type ack struct {
		seq uint64
		err error
	}
	c := make(chan ack, 1)
	j.Start(subject, body, expected, func(seq, _ uint64, err error) { c <- ack{seq, err} })
	select {
	case a := <-c:
		return a.seq, a.err
	case <-ctx.Done():
		return 0, fmt.Errorf("%w: %w", ErrUnknown, context.Cause(ctx))
	}
}

// Start is Publish without waiting. done is called once, with the sequence and
// the hash of the message or with the error, on another goroutine: in the usual
// case the one that reads acknowledgements, which reads the next one only when
// done has returned. It may call Start.
//
// One message is under way at a time: a Start before the done of the one before
// waits for it. The body is the caller's again when Start returns.
func (j *Journal) Start(subject string, body []byte, expected uint64, done func(seq, hash uint64, err error)) {
	if !validSubject(subject) {
		go done(0, 0, fmt.Errorf("journal: subject %q: one token of letters, digits, _ and - is needed", subject))
		return
	}
	if len(body) > MaxBody {
		go done(0, 0, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(body), MaxBody))
		return
	}
	j.pub.Lock()
	n, err := j.serving()
	if err != nil {
		j.pub.Unlock()
		go done(0, 0, err)
		return
	}
	sum := Hash(subject, body)
	n.wire.publish(subject, sum, body, expected, func(seq uint64, err error) {
		switch {
		case err == nil && seq != expected+1:
			err = fmt.Errorf("%w: it was stored as %d, not as %d", ErrSequence, seq, expected+1)
		case err == nil:
			err = j.head.set(seq, sum)
		case errors.Is(err, ErrSequence):
		default:
			err = j.failed(n, err)
		}
		j.pub.Unlock()
		done(seq, sum, err)
	})
}
