package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
)

// The catalog says what a table is to be; settling makes it so. A table is
// settled when it is made or changed, again in the background if that failed,
// and at start for what a crash left in between: every step may be repeated.

// Retrying a table that could not be settled begins with firstRetry and slows
// down to lastRetry. The client that makes an index waits fillWait for it to be
// filled, which is enough for a small one.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
	fillWait   = 500 * time.Millisecond
)

// Start settles the tables that an earlier run left between two statuses. It
// returns at once; Close ends it.
func (g *Gateway) Start() {
	for _, t := range g.Registry.Tables() {
		if t.Status != "ACTIVE" || slices.ContainsFunc(t.Global, func(ix catalog.Index) bool { return ix.Status != "ACTIVE" }) {
			g.later(t.Name, t.ID, 0)
		}
	}
}

// Close waits for the background to end. Requests must have ended.
func (g *Gateway) Close() error {
	g.cancel()
	g.background.Wait()
	return nil
}

// change brings a table into its final status: before the answer if statuses
// are not delayed. An error means that it is tried again in the background.
func (g *Gateway) change(ctx context.Context, t *catalog.Table) error {
	if g.StatusDelay > 0 {
		g.later(t.Name, t.ID, g.StatusDelay)
		return nil
	}
	within, cancel := context.WithTimeout(ctx, g.Timeout/2)
	defer cancel()
	if err := g.settle(within, t.Name, t.ID); err != nil {
		g.later(t.Name, t.ID, firstRetry)
		if within.Err() != nil && ctx.Err() == nil {
			return nil // thousands of partitions take their time: the status tells
		}
		return err
	}
	now, ok := g.Registry.Table(t.Name)
	if !ok || !slices.ContainsFunc(now.Global, func(ix catalog.Index) bool { return ix.Status == "CREATING" }) {
		return nil
	}
	select {
	case <-g.later(t.Name, t.ID, 0):
	case <-ctx.Done():
	case <-time.After(fillWait):
	}
	return nil
}

// later settles a table in the background, after a while, and fills its new
// indexes. What is given back is closed when that is done, or the table gone.
func (g *Gateway) later(name, id string, wait time.Duration) <-chan struct{} {
	done := make(chan struct{})
	g.background.Add(1)
	go func() {
		defer g.background.Done()
		for retry := firstRetry; ; retry = min(2*retry, lastRetry) {
			select {
			case <-g.ctx.Done():
				return
			case <-time.After(wait):
			}
			err := g.settle(g.ctx, name, id)
			if err == nil {
				err = g.fillIndexes(g.ctx, name, id)
			}
			if err == nil {
				close(done)
				return
			}
			if g.ctx.Err() == nil {
				g.Logger.Warn("a table is not settled yet", slog.String("table", name), slog.Any("error", err))
			}
			wait = retry
		}
	}()
	return done
}

// settle does what is left to do for a table in a transient status. A table is
// settled by one at a time, so that no partition gets an older schema after a
// newer one.
func (g *Gateway) settle(ctx context.Context, name, id string) error {
	lock, _ := g.settling.LoadOrStore(id, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	t, ok := g.Registry.Table(name)
	if !ok || t.ID != id {
		return nil
	}
	if t.Status == "DELETING" {
		all := many()
		for _, p := range t.Partitions {
			all.Go(func() error { return g.partition(ctx, command.Drop, p.ID, nil) })
		}
		if err := all.Wait(); err != nil {
			return err
		}
		err := g.Registry.Delete(ctx, name, id)
		if errors.Is(err, catalog.ErrNoTable) {
			return nil
		}
		return err
	}
	// Those of an index first: the table's send them entries.
	for _, ofIndex := range []bool{true, false} {
		all := many()
		for _, p := range t.Partitions {
			ix := t.GlobalIndex(p.Index)
			switch {
			case (p.Index != "") != ofIndex, p.Index != "" && ix == nil:
			case p.Index != "" && ix.Status == "DELETING":
			default:
				all.Go(func() error { return g.partition(ctx, command.Schema, p.ID, t.SchemaFor(p)) })
			}
		}
		if err := all.Wait(); err != nil {
			return err
		}
	}
	// And only now, when nothing sends to them, may deleted indexes go.
	for _, p := range t.Partitions {
		if ix := t.GlobalIndex(p.Index); ix != nil && ix.Status == "DELETING" {
			if err := g.partition(ctx, command.Drop, p.ID, nil); err != nil {
				return err
			}
		}
	}
	made := t.Status == "CREATING"
	_, err := g.Registry.Update(ctx, name, func(now *catalog.Table) error {
		if now.ID != id || now.Status == "DELETING" {
			return errOvertaken
		}
		now.Status = "ACTIVE"
		for i := range now.Global {
			switch ix := &now.Global[i]; {
			case made && ix.Status == "CREATING", ix.Status == "UPDATING":
				ix.Status = "ACTIVE" // made with the table: nothing to fill
			case ix.Status == "CREATING":
				ix.Backfilling = true
			}
		}
		now.DropIndexes(func(ix catalog.Index) bool {
			return ix.Status == "DELETING" && slices.ContainsFunc(t.Global, func(old catalog.Index) bool { return old.ID == ix.ID && old.Status == "DELETING" })
		})
		return nil
	})
	if errors.Is(err, errOvertaken) || errors.Is(err, catalog.ErrNoTable) {
		return nil
	}
	return err
}

var errOvertaken = errors.New("gateway: the table has changed meanwhile")

// partition tells one partition its schema, or its end.
func (g *Gateway) partition(ctx context.Context, op command.Op, p catalog.PartitionID, schema *catalog.Schema) error {
	now := g.Clock()
	out, err := g.Data.Do(ctx, &command.Command{Op: op, Partition: p, Stamp: now.UnixMilli(),
		NotAfter: now.Add(g.Timeout).UnixMilli(), Schema: schema})
	if err == nil && out.Fault != nil {
		err = out.Fault
	}
	if err != nil {
		return fmt.Errorf("partition %d: %w", p, err)
	}
	return nil
}

// fillIndexes fills the indexes of a table that are new, and makes them ACTIVE.
func (g *Gateway) fillIndexes(ctx context.Context, name, id string) error {
	t, ok := g.Registry.Table(name)
	if !ok || t.ID != id {
		return nil
	}
	for _, ix := range t.Global {
		if ix.Status != "CREATING" {
			continue
		}
		for _, p := range t.PartitionsOf("") {
			if g.Fill == nil {
				break
			}
			if err := g.Fill(ctx, p.ID, ix.ID); err != nil {
				if gone(g.Registry, name, ix.ID) {
					return nil
				}
				return fmt.Errorf("filling index %s: %w", ix.Name, err)
			}
		}
		_, err := g.Registry.Update(ctx, name, func(now *catalog.Table) error {
			for i := range now.Global {
				if it := &now.Global[i]; it.ID == ix.ID && it.Status == "CREATING" {
					it.Status, it.Backfilling = "ACTIVE", false
					return nil
				}
			}
			return errOvertaken
		})
		if err != nil && !errors.Is(err, errOvertaken) && !errors.Is(err, catalog.ErrNoTable) {
			return err
		}
	}
	return nil
}

// gone says that an index is being deleted, or is no more.
func gone(r *catalog.Registry, table string, index catalog.PartitionID) bool {
	t, ok := r.Table(table)
	if !ok || t.Status == "DELETING" {
		return true
	}
	for _, ix := range t.Global {
		if ix.ID == index {
			return ix.Status == "DELETING"
		}
	}
	return true
}

// many runs what is done to each partition of a table side by side: their
// commands share batches of the journal.
func many() *errgroup.Group {
	var all errgroup.Group
	all.SetLimit(64)
	return &all
}
