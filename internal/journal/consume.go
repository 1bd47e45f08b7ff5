package journal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Consume delivers every message from a sequence on, in strict order, and then
// those to come, until ctx ends: then the loop ends without an error. A gap, a
// repetition or a regression ends it with a *Damage: what follows is never
// delivered. A consumer that the server loses is made again behind the last
// message delivered.
func (j *Journal) Consume(ctx context.Context, from uint64) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		next := max(from, 1)
		for ctx.Err() == nil {
			more, err := j.consume(ctx, &next, yield)
			if !more {
				return
			}
			if err == nil || ctx.Err() != nil {
				continue
			}
			if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrClosed) {
				yield(Message{}, err)
				return
			}
			j.log.Warn("the journal's consumer is made again", "next", next, "error", err)
			if !j.pause(ctx) {
				return
			}
		}
	}
}

// pause waits a moment, or for another server.
func (j *Journal) pause(ctx context.Context) bool {
	j.mu.RLock()
	changed := j.changed
	j.mu.RUnlock()
	t := time.NewTimer(retryEvery)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-changed:
	}
	return true
}

// consume delivers over one consumer; more is false when the loop has ended.
func (j *Journal) consume(ctx context.Context, next *uint64, yield func(Message, error) bool) (more bool, err error) {
	n, err := j.alive()
	if err != nil {
		return true, err
	}
	first, last, err := n.bounds(ctx)
	if err != nil {
		return true, err
	}
	if *next < first {
		return true, fmt.Errorf("journal: message %d: %w: the journal starts at %d; what was before is only in a snapshot", *next, ErrNotFound, first)
	}
	if *next > last+1 {
		return true, j.damage(*next, fmt.Sprintf("the journal ends at message %d, though message %d has been seen", last, *next-1))
	}
	c, err := n.js.CreateConsumer(ctx, streamName, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:   *next,
		AckPolicy:     jetstream.AckNonePolicy,
		MemoryStorage: true,
		Replicas:      1,
		// Gone with its reader.
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return true, fmt.Errorf("journal: consumer: %w", err)
	}
	name := c.CachedInfo().Name
	defer func() {
		// Not under ctx, which may have ended; if it fails it ends by itself.
		short, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = n.js.DeleteConsumer(short, streamName, name)
	}()
	msgs, err := c.Messages(jetstream.PullMaxBytes(32<<20), jetstream.PullHeartbeat(5*time.Second))
	if err != nil {
		return true, fmt.Errorf("journal: consumer: %w", err)
	}
	defer msgs.Stop()
	defer context.AfterFunc(ctx, msgs.Stop)()
	for {
		raw, err := msgs.Next()
		if err != nil {
			if ctx.Err() != nil {
				return true, nil
			}
			return true, fmt.Errorf("journal: consumer: %w", err)
		}
		meta, err := raw.Metadata()
		if err != nil {
			return true, fmt.Errorf("journal: consumer: %w", err)
		}
		if seq := meta.Sequence.Stream; seq != *next {
			return true, j.damage(*next, fmt.Sprintf("message %d was delivered where message %d is due", seq, *next))
		}
		m, err := j.open(raw.Subject(), raw.Data(), *next, meta.Timestamp)
		if err != nil {
			return true, err
		}
		*next++
		if !yield(m, nil) {
			return false, nil
		}
	}
}
