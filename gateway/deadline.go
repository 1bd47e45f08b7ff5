package gateway

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// deadlines give requests their contexts. Those that start at about the same
// time share some: a timer and a context for each request cost a get one part in
// twenty-five. A context ends with its deadline or with the parent, and not
// with the request: whoever starts something within a request ends it there.
// Nor does it end when the client goes away: what it asked for is under way.
type deadlines struct {
	parent  context.Context
	timeout time.Duration
	current atomic.Pointer[window]
	mu      sync.Mutex // held by who makes the next window
}

// window is the contexts of the requests that start before until. There are a
// few, since all that wait for one take its lock.
type window struct {
	contexts [8]context.Context
	ends     [8]context.CancelFunc
	until    time.Time
}

// windows is how many there are in a timeout: a request may take that part of
// it longer.
const windows = 40

// context is that of a request which starts now. It ends no earlier than the
// timeout from now.
func (d *deadlines) context() context.Context {
	w := d.window(time.Now())
	return w.contexts[rand.IntN(len(w.contexts))]
}

func (d *deadlines) window(now time.Time) *window {
	if w := d.current.Load(); w != nil && now.Before(w.until) {
		return w
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := d.current.Load(); w != nil && now.Before(w.until) {
		return w
	}
	w := &window{until: now.Add(d.timeout / windows)}
	for i := range w.contexts {
		w.contexts[i], w.ends[i] = context.WithDeadline(d.parent, w.until.Add(d.timeout))
	}
	d.current.Store(w)
	return w
}
