package bench

import (
	"context"
	"fmt"
	"time"
)

const (
	// referenceCeiling is that of the machine which targets in time and in
	// requests per second are set for, per second over referenceClients
	// connections.
	referenceCeiling = 80_000
	referenceClients = 64
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
	// speed is how many times as fast as the machine that targets are set for this
	// one was. Like fsync it is 0 in rows of which the wait does not count.
	speed float64
	// fsync is by how many microseconds the p50 of the durable ceiling was above
	// that of the bare one.
	fsync float64
}

// look measures the ceilings. Each number takes a quarter of a run.
func (c ceilings) look(ctx context.Context, o *Options, r row) (l look, err error) {
	if l.bare, err = o.ceiling(ctx, c.bare, r.Connections); err != nil || r.ReachWait == 0 {
		return l, err
	}
	durable, err := o.ceiling(ctx, c.durable, r.Connections)
	if err != nil {
		return l, err
	}
	l.fsync = max(0, durable.P50-l.bare.P50)
	l.speed, err = c.speed(ctx, o)
	return l, err
}

// speed is that of a look.
func (c ceilings) speed(ctx context.Context, o *Options) (float64, error) {
	bare, err := o.ceiling(ctx, c.bare, referenceClients)
	return bare.PerSecond / referenceCeiling, err
}

func (o *Options) ceiling(ctx context.Context, p *process, connections int) (Result, error) {
	found, err := drive(ctx, p, connections, o.Duration/4, newPut(o, tableName))
	if err != nil {
		err = fmt.Errorf("ceiling: %w", err)
	}
	return found, err
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

// scaled is a target in time as it is for a machine of a speed; 0 if one of them
// is not known.
func scaled(target, speed float64) float64 {
	if speed == 0 {
		return 0
	}
	return target / speed
}

func micros(us float64) time.Duration {
	return time.Duration(us * float64(time.Microsecond)).Round(time.Microsecond)
}
