package owner

import (
	"context"
	"slices"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
)

// How long a snapshot waits for transactions that hold its items to be decided,
// and how often it looks.
const (
	snapshotPatience = 100 * time.Millisecond
	snapshotPause    = 2 * time.Millisecond
)

// Snapshot reads items as they were at one moment: while all their partitions
// are held. Where a transaction is about to write one of them it waits a little,
// and then says so. The sights are parallel to the points.
func (o *Owner) Snapshot(ctx context.Context, points []command.Point) ([]command.Sight, error) {
	deadline := time.Now().Add(snapshotPatience)
	for {
		sights, held, err := o.sights(points)
		if err != nil || !held || time.Now().After(deadline) {
			return sights, err
		}
		select {
		case <-ctx.Done():
			return sights, nil
		case <-time.After(snapshotPause):
		}
	}
}

// sights reads every point at one moment; held says that a transaction holds
// one of them.
func (o *Owner) sights(points []command.Point) (sights []command.Sight, held bool, err error) {
	var ids []catalog.PartitionID
	for _, p := range points {
		ids = append(ids, p.Partition)
	}
	// Always in the same order, so that two snapshots never wait for each other.
	slices.Sort(ids)
	ids = slices.Compact(ids)
	actors := make(map[catalog.PartitionID]*actor, len(ids))
	defer func() {
		for _, a := range actors {
			a.mu.Unlock()
		}
	}()
	for _, id := range ids {
		a, err := o.reader(id)
		if err != nil {
			return nil, false, err
		}
		actors[id] = a
	}
	sights = make([]command.Sight, len(points))
	for i, p := range points {
		a := actors[p.Partition]
		r, found, err := a.file.Get(p.Key)
		if err != nil {
			return nil, false, o.fail(a, err)
		}
		l, busy := a.locks[string(p.Key)]
		if busy {
			o.suspectOne(l)
		}
		sights[i] = command.Sight{Row: command.Row{Key: r.Key, Item: r.Item, Size: r.Size}, Found: found, Held: busy && !ignoreLocks && !a.lax}
		held = held || sights[i].Held
	}
	return sights, held, nil
}
