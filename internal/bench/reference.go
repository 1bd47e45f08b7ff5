package bench

import (
	"context"
	"fmt"
	"time"
)

const (
	// setFor is the ceiling of the machine that targets in time and in requests
	// per second are set for, over 64 connections and per second. On a machine
	// with another ceiling they are as many times shorter or longer.
	setFor        = 80_000
	setForClients = 64
)

// ceilings are the bare servers that a node is compared with.
type ceilings struct {
	bare    *process
	durable *process // has every body on disk before it answers
}

func startCeilings(ctx context.Context, executable string) (c ceilings, err error) {
	if c.bare, err = startChild(ctx, executable, CeilingCommand); err != nil {
		return c, err
	}
	if c.durable, err = startChild(ctx, executable, CeilingCommand, "--journal", "journal"); err != nil {
		c.bare.stop()
	}
	return c, err
}

func (c ceilings) stop() {
	c.bare.stop()
	c.durable.stop()
}

// look is what the ceilings did at one time.
type look struct {
	// bare is over as many connections as the row has.
	bare Result
	// speed is how many times as fast as the machine that targets are set for
	// this one was. Rows without a target in time may have another number here,
	// over their own connections.
	speed float64
	// fsync is by how many microseconds the p50 of the durable ceiling was above
	// that of the bare one. Only rows of which the wait counts have it.
	fsync float64
}

// look takes a quarter of a run for each number.
func (c ceilings) look(ctx context.Context, o *Options, r row) (l look, err error) {
	of := func(p *process, connections int) (Result, error) {
		found, err := drive(ctx, p, connections, o.Duration/4, newPut(o, tableName))
		if err != nil {
			err = fmt.Errorf("ceiling: %w", err)
		}
		return found, err
	}
	if l.bare, err = of(c.bare, r.Connections); err != nil {
		return l, err
	}
	full := l.bare
	if r.ReachWait > 0 {
		durable, err := of(c.durable, r.Connections)
		if err != nil {
			return l, err
		}
		l.fsync = durable.P50 - l.bare.P50
		if full, err = of(c.bare, setForClients); err != nil {
			return l, err
		}
	}
	l.speed = full.PerSecond / setFor
	return l, nil
}

// between is the mean of a look before something and one after it.
func between(before, after look) look {
	mean := func(a, b float64) float64 { return (a + b) / 2 }
	return look{
		bare: Result{
			PerSecond: mean(before.bare.PerSecond, after.bare.PerSecond),
			P50:       mean(before.bare.P50, after.bare.P50),
			ServerCPU: mean(before.bare.ServerCPU, after.bare.ServerCPU),
		},
		speed: mean(before.speed, after.speed),
		fsync: mean(before.fsync, after.fsync),
	}
}

// here is a target in time as it is for a machine of a speed.
func here(target float64, speed float64) float64 {
	if speed == 0 {
		return 0
	}
	return target / speed
}

func micros(us float64) time.Duration {
	return time.Duration(us * float64(time.Microsecond)).Round(time.Microsecond)
}
