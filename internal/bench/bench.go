// Package bench measures a node as its clients see it: over HTTP, from another
// process, beside a ceiling that is measured in the same run on the same
// machine.
//
// The ceiling is a bare net/http server that reads a PutItem's body, finds its
// fields and answers {}: what a node could reach if storing cost nothing. Every
// throughput is also given as a ratio to it, which is what stays comparable
// between machines. Connections are kept alive, keys are random, a row is the
// median of several runs, and the ceiling is looked at before and after each one.
package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options say what to measure.
type Options struct {
	// Executable starts a node, or the ceiling with [CeilingCommand]; "" is
	// this program.
	Executable string
	// Against is the URL of a running endpoint to measure instead of a node
	// that the benchmark starts. Its durability and partitions are its own.
	Against string
	// Rows is a regular expression of the rows to measure; "" is all of them.
	Rows string
	// Connections, if not 0, are used in every row in place of its own number.
	Connections int
	// Partitions and Durability, if set, replace a row's own.
	Partitions int
	Durability string
	// ItemBytes is about the size of an item. The default is 250.
	ItemBytes int
	// Items is how many items are there to be read and updated. The default is
	// 200,000.
	Items int
	// Keys is how items are chosen: "random" (the default), or "hot": nine of
	// ten requests for one item in a hundred.
	Keys string
	// Runs of each row, of which the median counts. The default is 3.
	Runs int
	// Duration of a run, after a warm-up of a tenth of it. The default is 12 s.
	Duration time.Duration
	// Profile is a file for a processor profile of the node, of the last row's
	// last run;
	// "" is none.
	Profile string
	// Progress hears what is going on, line by line; nil is nobody.
	Progress io.Writer
}

func (o *Options) defaults() error {
	if o.Executable == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		o.Executable = self
	}
	if o.ItemBytes == 0 {
		o.ItemBytes = 250
	}
	if o.Items == 0 {
		o.Items = 200_000
	}
	if o.Keys == "" {
		o.Keys = "random"
	}
	if o.Runs == 0 {
		o.Runs = 3
	}
	if o.Duration == 0 {
		o.Duration = 12 * time.Second
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return nil
}

func (o *Options) validate() error {
	switch {
	case o.ItemBytes < 100 || o.ItemBytes > 300_000:
		return errors.New("bench: an item takes from 100 to 300000 bytes")
	case o.Items < 1000:
		return errors.New("bench: fewer than 1000 items measure nothing")
	case o.Runs < 1 || o.Connections < 0 || o.Partitions < 0 || o.Duration <= 0:
		return errors.New("bench: runs, connections, partitions and duration are positive")
	case o.Keys != "random" && o.Keys != "hot":
		return errors.New("bench: keys are random or hot")
	}
	return nil
}

// Run measures the rows and gives the report. It starts child processes and
// has ended them when it returns; their files are in a temporary folder that
// is removed.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := errors.Join(o.defaults(), o.validate()); err != nil {
		return nil, err
	}
	rows, chosen, err := o.selected()
	if err != nil {
		return nil, err
	}
	report := newReport(o)
	ceilings, err := startCeilings(ctx, o.Executable)
	if err != nil {
		return nil, err
	}
	defer ceilings.stop()
	for _, f := range figures {
		if !chosen[f.name] {
			continue
		}
		fmt.Fprintln(o.Progress, f.name)
		found, err := o.measureFigures(ctx, ceilings, f.measure)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		report.Figures = append(report.Figures, found...)
	}
	for _, r := range rows {
		fmt.Fprintf(o.Progress, "%s: %s\n", r.Name, r.Title)
		result, err := o.measureRow(ctx, ceilings, r)
		if err != nil {
			return nil, fmt.Errorf("row %s: %w", r.Name, err)
		}
		report.Rows = append(report.Rows, result)
	}
	return report, nil
}

// selected are the rows to measure, with what the options replace, and the
// names of the figures.
func (o *Options) selected() ([]row, map[string]bool, error) {
	pattern, err := regexp.Compile("^(?:" + o.Rows + ")$")
	if err != nil {
		return nil, nil, fmt.Errorf("bench: --rows: %w", err)
	}
	var out []row
	for _, r := range rows {
		if o.Rows != "" && !pattern.MatchString(r.Name) {
			continue
		}
		if o.Connections != 0 {
			r.Connections = o.Connections
		}
		if o.Partitions != 0 {
			r.Partitions = o.Partitions
		}
		if o.Durability != "" {
			r.Durability = o.Durability
		}
		if r.Connections != 1 || r.Durability != "fsync" {
			r.ReachWait = 0 // several requests share an fsync, or wait for none
		}
		out = append(out, r)
	}
	chosen := map[string]bool{}
	for _, f := range figures {
		if o.Against == "" && (o.Rows == "" || pattern.MatchString(f.name)) {
			chosen[f.name] = true
		}
	}
	if len(out)+len(chosen) == 0 {
		return nil, nil, fmt.Errorf("bench: no row is called %q; the rows are %v", o.Rows, Names())
	}
	return out, chosen, nil
}

// Names are the names of all rows.
func Names() []string {
	var names []string
	for _, f := range figures {
		names = append(names, f.name)
	}
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return names
}

// measureRow prepares a server for a row and measures it a few times, each time
// between two short looks at the ceiling: on a machine that others use too, only
// what is measured at the same time can be compared.
func (o *Options) measureRow(ctx context.Context, c ceilings, r row) (Result, error) {
	server, err := o.server(ctx, r)
	if err != nil {
		return Result{}, err
	}
	defer server.stop()
	if err := o.prepare(ctx, server, r); err != nil {
		return Result{}, err
	}
	before, err := c.look(ctx, o, r)
	if err != nil {
		return Result{}, err
	}
	var runs []Result
	for i := range o.Runs {
		run, err := o.once(ctx, server, r, i == o.Runs-1)
		if err != nil {
			return Result{}, err
		}
		after, err := c.look(ctx, o, r)
		if err != nil {
			return Result{}, err
		}
		run.row(r)
		run.compare(between(before, after))
		before = after
		fmt.Fprintf(o.Progress, "  run %d of %d: %.0f/s, %.2f of the ceiling's %.0f/s, p50 %v, p99 %v, %.1f times its CPU\n", i+1, o.Runs,
			run.PerSecond, run.Ratio, run.Ceiling, micros(run.P50), micros(run.P99), run.CPURatio)
		runs = append(runs, run)
	}
	slices.SortFunc(runs, func(a, b Result) int {
		if r.ReachWait > 0 {
			return cmp.Compare(a.Wait, b.Wait)
		}
		return cmp.Compare(a.Ratio, b.Ratio)
	})
	return runs[len(runs)/2], nil
}

// measureFigures measures figures between two looks at the ceiling.
func (o *Options) measureFigures(ctx context.Context, c ceilings, measure func(*Options, context.Context) ([]Figure, error)) ([]Figure, error) {
	before, err := c.speed(ctx, o)
	if err != nil {
		return nil, err
	}
	found, err := measure(o, ctx)
	if err != nil {
		return nil, err
	}
	after, err := c.speed(ctx, o)
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i].compare((before + after) / 2)
	}
	return found, nil
}

// once is one run of a row, profiled if that is asked for and it is the last.
func (o *Options) once(ctx context.Context, server *process, r row, last bool) (Result, error) {
	var profiled errgroup.Group
	if last && o.Profile != "" && o.Against == "" {
		profiled.Go(func() error { return server.profile(ctx, o.Profile, o.Duration) })
	}
	result, err := drive(ctx, server, r.Connections, o.Duration, r.load(o))
	return result, errors.Join(err, profiled.Wait())
}

func (o *Options) server(ctx context.Context, r row) (*process, error) {
	if o.Against != "" {
		return foreign(o.Against)
	}
	return startNode(ctx, o, r)
}
