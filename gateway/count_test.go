package gateway

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"shvm-db/internal/catalog"
)

func TestADescriptionDoesNotWaitForManyCounts(t *testing.T) {
	var now, most, done atomic.Int64
	blocked := make(chan struct{})
	release := sync.OnceFunc(func() { close(blocked) })
	defer release()
	s, _, _ := control(t, func(o *Options) {
		o.Partitions = 40
		o.Size = func(ctx context.Context, _ catalog.PartitionID) (items, bytes int64, err error) {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			<-blocked
			now.Add(-1)
			done.Add(1)
			return 3, 100, nil
		}
	})
	ask(t, s, "CreateTable", `{`+users+`}`)
	// None of the counts ends, and yet there is an answer.
	has(t, ask(t, s, "DescribeTable", `{"TableName":"users"}`), `"ItemCount":0`)
	release()
	until(t, func() bool {
		return strings.Contains(ask(t, s, "DescribeTable", `{"TableName":"users"}`), `"ItemCount":120`)
	})
	if most.Load() > counters || done.Load() < 40 {
		t.Errorf("%d counts at the same time, %d in all", most.Load(), done.Load())
	}
}
