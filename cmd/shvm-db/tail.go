package main

import (
	"context"
	"strings"

	"shvm-db/internal/tail"
)

type tailCmd struct {
	Table    string `arg:"" help:"The table whose changes to follow."`
	Endpoint string `help:"The node to ask, as a URL." env:"AWS_ENDPOINT_URL_DYNAMODB_STREAMS" placeholder:"URL"`
	Listen   string `help:"Address of the node, if no endpoint is given." default:"localhost:8000" env:"SHVM_LISTEN" placeholder:"HOST:PORT"`
	From     string `help:"Where to begin: latest, or trim-horizon for all of the last 24 hours." default:"latest" enum:"latest,trim-horizon"`
	JSON     bool   `help:"Print each record as the API gives it, one a line."`
}

// Run prints changes until it is told to stop or the stream ends.
func (c *tailCmd) Run(ctx context.Context, term *terminal) error {
	endpoint := c.Endpoint
	if endpoint == "" {
		endpoint = "http://" + reachable(c.Listen)
	}
	return tail.Follow(ctx, tail.Options{
		Endpoint: strings.TrimSuffix(endpoint, "/"), Table: c.Table, Start: c.From, JSON: c.JSON, Out: term.out,
	})
}
