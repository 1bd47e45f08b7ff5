package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A load is what one connection asks again and again. It is shared by all
// connections, hence it keeps no state; the body goes to dst's memory.
type load interface {
	next(r *rand.Rand, dst []byte) (operation string, body []byte)
	// good says whether an answer is what the load expects.
	good(status int, answer []byte) bool
}

// Latencies from 1 µs to a minute, to three digits.
func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, 60_000_000, 3) }

// drive puts a load on a server for a time, and measures. The first tenth is
// a warm-up and does not count.
func drive(ctx context.Context, p *process, connections int, duration time.Duration, l load) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	wires := make([]*wire, connections)
	defer func() {
		for _, w := range wires {
			if w != nil {
				w.close()
			}
		}
	}()
	for i := range wires {
		w, err := dial(p.address)
		if err != nil {
			return Result{}, err
		}
		wires[i] = w
	}
	// Closing the connections ends what waits on them.
	stop := context.AfterFunc(ctx, func() {
		for _, w := range wires {
			w.close()
		}
	})
	defer stop()

	var counting, over atomic.Bool
	histograms := make([]*hdrhistogram.Histogram, connections)
	var all sync.WaitGroup
	for i, w := range wires {
		histograms[i] = newHistogram()
		all.Go(func() {
			r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
			var body []byte
			var operation string
			for !over.Load() {
				operation, body = l.next(r, body[:0])
				began := time.Now()
				status, answer, err := w.ask(operation, body)
				took := time.Since(began)
				if err != nil {
					cancel(err)
					return
				}
				if !l.good(status, answer) {
					cancel(fmt.Errorf("%s was answered %d %.400s", operation, status, answer))
					return
				}
				if counting.Load() {
					histograms[i].RecordValue(max(1, took.Microseconds()))
				}
			}
		})
	}
	wait(ctx, duration/10)
	counting.Store(true)
	began, cpu := time.Now(), p.cpu()
	wait(ctx, duration)
	counting.Store(false)
	took, spent := time.Since(began), p.cpu()-cpu
	over.Store(true)
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return Result{}, err
	}
	sum := newHistogram()
	for _, h := range histograms {
		sum.Merge(h)
	}
	result := Result{
		Connections: connections,
		PerSecond:   float64(sum.TotalCount()) / took.Seconds(),
		P50:         float64(sum.ValueAtQuantile(50)),
		P99:         float64(sum.ValueAtQuantile(99)),
		P999:        float64(sum.ValueAtQuantile(99.9)),
		Max:         float64(sum.Max()),
	}
	if n := sum.TotalCount(); n > 0 {
		result.ServerCPU = float64(spent.Microseconds()) / float64(n)
	}
	return result, nil
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
