package main

import (
	"context"
	"time"

	"shvm-db/internal/bench"
)

type benchCmd struct {
	Against     string        `help:"Measure a running endpoint instead, any that speaks DynamoDB's API." placeholder:"URL"`
	Rows        string        `help:"Regular expression of the rows to measure (default: all). Rows: ${rows}." placeholder:"REGEXP"`
	Runs        int           `help:"Runs of each row; the median counts." default:"3"`
	Duration    time.Duration `help:"Duration of a run." default:"12s"`
	Connections int           `help:"Connections, in place of each row's own." placeholder:"N"`
	Partitions  int           `help:"Partitions, in place of each row's own." placeholder:"N"`
	Durability  string        `help:"fsync or process, in place of each row's own." enum:",fsync,process" default:"" placeholder:"D"`
	ItemBytes   int           `help:"Size of an item." default:"250"`
	Items       int           `help:"Items that are there to be read and updated." default:"200000"`
	Keys        string        `help:"How those are chosen: random, or hot (nine of ten requests for one item in a hundred)." enum:"random,hot" default:"random"`
	Profile     string        `help:"File for a processor profile of the node, of the last row that is measured." placeholder:"FILE" type:"path"`
	JSON        bool          `help:"Print JSON."`
}

// Run measures; progress goes to stderr, the report to stdout.
func (c *benchCmd) Run(ctx context.Context, term *terminal) error {
	report, err := bench.Run(ctx, bench.Options{
		Against: c.Against, Rows: c.Rows, Runs: c.Runs, Duration: c.Duration, Connections: c.Connections,
		Partitions: c.Partitions, Durability: c.Durability, ItemBytes: c.ItemBytes, Items: c.Items, Keys: c.Keys, Profile: c.Profile,
		Progress: term.err,
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return report.JSON(term.out)
	}
	return report.Table(term.out)
}

type ceilingCmd struct {
	Journal string `help:"File that each request is appended to, on disk before it is answered." placeholder:"FILE" type:"path"`
}

// Run serves until it is told to stop.
func (c *ceilingCmd) Run(ctx context.Context, term *terminal) error {
	return bench.Ceiling(ctx, newLogger(term.err, "info", "json"), c.Journal)
}
