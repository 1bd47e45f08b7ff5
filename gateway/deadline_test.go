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
		first := d.context()
		time.Sleep(249 * time.Millisecond)
		if d.context() != first {
			t.Error("a context of its own within the same window")
		}
		time.Sleep(time.Millisecond)
		second := d.context()
		if second == first {
			t.Error("the window does not end")
		}
		time.Sleep(9*time.Second + 999*time.Millisecond)
		if err := second.Err(); err != nil {
			t.Error("before its timeout:", err)
		}
		time.Sleep(252 * time.Millisecond)
		if !errors.Is(second.Err(), context.DeadlineExceeded) || context.Cause(second) != context.DeadlineExceeded {
			t.Error("after its timeout:", second.Err(), context.Cause(second))
		}
		third := d.context()
		cancel(errors.New("closed"))
		if third.Err() == nil || context.Cause(third).Error() != "closed" {
			t.Error("after the parent's end:", third.Err())
		}
	})
}
