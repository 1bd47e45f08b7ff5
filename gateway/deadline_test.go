package gateway

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestRequestsThatStartTogetherShareADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		d := &deadlines{parent: parent, timeout: 10 * time.Second}
		used := map[context.Context]bool{}
		for range 1000 {
			used[d.context()] = true
		}
		if n := len(window{}.contexts); len(used) != n {
			t.Errorf("%d contexts for one window, want %d", len(used), n)
		}
		time.Sleep(249 * time.Millisecond)
		if !used[d.context()] {
			t.Error("a context of its own within the same window")
		}
		time.Sleep(time.Millisecond)
		if used[d.context()] {
			t.Error("the window does not end")
		}
		second := d.window(time.Now()).contexts
		time.Sleep(9*time.Second + 999*time.Millisecond)
		for _, ctx := range second {
			if err := ctx.Err(); err != nil {
				t.Error("before its timeout:", err)
			}
		}
		time.Sleep(252 * time.Millisecond)
		for _, ctx := range second {
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) || context.Cause(ctx) != context.DeadlineExceeded {
				t.Error("after its timeout:", ctx.Err(), context.Cause(ctx))
			}
		}
		third := d.window(time.Now()).contexts
		cancel(errors.New("closed"))
		for _, ctx := range third {
			if ctx.Err() == nil || context.Cause(ctx).Error() != "closed" {
				t.Error("after the parent's end:", ctx.Err())
			}
		}
	})
}
