package streams

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/change"
)

// subscribers is a Feed over maps; it fails as often as it is told to.
type subscribers struct {
	mu       sync.Mutex
	numbers  map[string][]uint64
	failures int
}

func (s *subscribers) Last(_ context.Context, subject string) (uint64, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.numbers[subject]
	if len(n) == 0 {
		return 0, false, nil
	}
	return n[len(n)-1], true, nil
}

func (s *subscribers) Publish(_ context.Context, subject string, messages []Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, m := range messages {
		if s.failures > 0 && i == len(messages)/2 {
			s.failures--
			return errors.New("no answer")
		}
		if n := s.numbers[subject]; len(n) > 0 && n[len(n)-1] >= m.Number {
			continue
		}
		if !strings.Contains(string(m.Body), change.Sequence(7, m.Number)) {
			return fmt.Errorf("record %d has the body %s", m.Number, m.Body)
		}
		s.numbers[subject] = append(s.numbers[subject], m.Number)
	}
	return nil
}

func (s *subscribers) has(subject string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprint(s.numbers[subject])
}

// guarded makes a memory safe to be read by a Follower while the test adds to
// it.
type guarded struct {
	mu sync.Mutex
	*memory
}

func (g *guarded) Shards(ctx context.Context, p catalog.PartitionID, label string) ([]change.Shard, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.memory.Shards(ctx, p, label)
}

func (g *guarded) Records(ctx context.Context, p catalog.PartitionID, shard, from uint64, limit, bytes int) (change.Batch, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.memory.Records(ctx, p, shard, from, limit, bytes)
}

func TestEveryRecordReachesSubscribersOnce(t *testing.T) {
	m := &guarded{memory: sample()}
	feed := &subscribers{numbers: map[string][]uint64{"Users/7": {1}}, failures: 3}
	follow := func() *Follower {
		return Follow(FollowerOptions{
			Source: m, Registry: m, Feed: feed, Every: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
			Subject: func(table string, p uint64) string { return fmt.Sprintf("%s/%d", table, p) },
		})
	}
	await := func(want string) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); feed.has("Users/7") != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("subscribers have %s, want %s", feed.has("Users/7"), want)
			}
		}
	}
	f := follow()
	await("[1 2 3 4 5]")
	add := func(n uint64) {
		m.mu.Lock()
		r := m.records[7][4]
		r.Number = n
		m.records[7] = append(m.records[7], r)
		m.mu.Unlock()
	}
	add(6)
	f.Changed(7)
	await("[1 2 3 4 5 6]")
	f.Close()
	f.Close()
	add(7)
	defer follow().Close() // after a restart it goes on by itself
	await("[1 2 3 4 5 6 7]")
}
