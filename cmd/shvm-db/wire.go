package main

import (
	"context"
	"errors"

	"github.com/go-chi/chi/v5"

	"shvm-db/gateway"
	"shvm-db/internal/appender"
	"shvm-db/internal/catalog"
	"shvm-db/internal/journal"
	"shvm-db/internal/throttle"
	"shvm-db/owner"
	"shvm-db/streams"
)

// roles are the parts of a node that open and shut in order.
type roles struct {
	journal  *journal.Journal
	appender *appender.Appender
	owner    *owner.Owner
	gateway  *gateway.Gateway
	// wired is closed when owner is set, or never will be: a batch that the owner
	// asks for while it is being opened waits for that.
	wired chan struct{}
}

// open starts the roles, from the journal up to the gateway, and gives the
// router of API requests.
func (p *Program) open(ctx context.Context) (_ chi.Router, err error) {
	r := &p.roles
	r.wired = make(chan struct{})
	defer close(r.wired)
	if r.journal, err = journal.Open(journal.Options{
		Dir: p.dir.Join("journal"), Sync: p.Config.Durability == FsyncDurability, Logger: p.Logger,
	}); err != nil {
		return nil, err
	}
	bucket, err := r.journal.KV(ctx, "catalog")
	if err != nil {
		return nil, err
	}
	registry, err := catalog.Open(ctx, bucket)
	if err != nil {
		return nil, err
	}
	last, err := r.journal.Last(ctx)
	if err != nil {
		return nil, err
	}
	if r.appender, err = appender.New(appender.Options{
		Log: r.journal, Last: last, Sink: r.deliver, Logger: p.Logger, Published: p.metrics.Published,
	}); err != nil {
		return nil, err
	}
	if r.owner, err = owner.Open(owner.Options{
		Dir: p.dir.Join("partitions"), Log: r.journal, Submit: r.appender.Submit,
		Tables: registry, Logger: p.Logger, Meter: p.metrics, Sleep: p.Config.Sleep,
		Changed: p.heard,
		Expire:  p.Config.Expire,
	}); err != nil {
		return nil, err
	}
	if err := p.openChanges(ctx, r.owner, registry); err != nil {
		return nil, err
	}
	p.roll = rollHandler(r.owner, registry)
	limits := throttle.New(throttle.Options{Tables: p.Config.Throttle, Partitions: p.Config.PartitionLimits})
	r.gateway = gateway.New(gateway.Options{
		Data: r.owner, Transactions: r.owner, Registry: registry, Logger: p.Logger,
		Streams:    streams.New(streams.Options{Source: r.owner, Registry: registry}).Operations(),
		Partitions: p.Config.Partitions, Observe: p.metrics.Request, Refused: p.metrics.Refused,
		Fill: r.owner.Fill, Size: r.owner.Size, StatusDelay: p.Config.StatusDelay, Limits: limits,
	})
	r.gateway.Start()
	return r.gateway.Router, nil
}

// deliver hands a batch that is in the journal to the owner, which answers its
// commands; what it refuses, it has logged, and it answers nothing from then
// on.
func (r *roles) deliver(b appender.Batch) {
	<-r.wired
	if r.owner == nil {
		return // nothing is served that could wait for an answer
	}
	r.owner.Deliver(owner.Delivery{Sequence: b.Sequence, Hash: b.Hash, Header: b.Header, Commands: b.Commands})
}

// shut stops the roles in the opposite order of open: what was submitted is
// journaled, applied and answered, then it is put on disk.
func (r *roles) shut(ctx context.Context) error {
	var errs []error
	if r.gateway != nil {
		errs = append(errs, r.gateway.Close())
	}
	if r.owner != nil {
		// What is left comes again at the next start.
		_ = r.owner.Drain(ctx)
	}
	if r.appender != nil {
		errs = append(errs, r.appender.Close(ctx))
	}
	if r.owner != nil {
		errs = append(errs, r.owner.Close())
	}
	if r.journal != nil {
		errs = append(errs, r.journal.Close())
	}
	return errors.Join(errs...)
}
