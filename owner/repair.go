package owner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/journal"
	"shvm-db/owner/store"
)

// Finding is what a repair did, or would do, about one partition.
type Finding struct {
	Partition catalog.PartitionID
	Path      string
	// Lost says what is missing for good; "" is nothing.
	Lost string
	// Applied is how many commands of the journal the file did not have yet.
	Applied int
}

// Repair makes journal and partitions belong together again: it takes every
// partition's file as it is, applies what the journal still holds beyond it,
// and begins a new checkpoint at the journal's end. What cannot be had any
// more is in the findings. Without write it only looks. No owner may be open on
// the folder.
func Repair(ctx context.Context, o Options, write bool) ([]Finding, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	r := &repair{o: o, write: write, ctx: ctx}
	return r.run()
}

type repair struct {
	o           Options
	write       bool
	ctx         context.Context
	first, last uint64
	// checkpoint is the new one, moved the marks that it knows.
	checkpoint store.Checkpoint
	moved      map[catalog.PartitionID]store.Recorded
	findings   []Finding
}

func (r *repair) run() ([]Finding, error) {
	var err error
	if r.first, r.last, err = r.o.Log.Bounds(r.ctx); err != nil {
		return nil, err
	}
	files, err := partitionFiles(r.o.Dir)
	if err != nil {
		return nil, err
	}
	known := r.known()
	if err := r.newCheckpoint(); err != nil {
		return nil, err
	}
	r.moved = map[catalog.PartitionID]store.Recorded{}
	for id := range known {
		if _, there := files[id]; !there && !known[id].Dropped {
			r.findings = append(r.findings, Finding{Partition: id, Lost: "the file is missing: the partition is empty from now on"})
		}
	}
	for id, path := range files {
		if known[id].Dropped {
			continue // its file goes at the next start
		}
		f, err := r.file(id, path)
		if err != nil {
			return r.findings, err
		}
		r.findings = append(r.findings, f)
	}
	slices.SortFunc(r.findings, func(a, b Finding) int { return int(int64(a.Partition) - int64(b.Partition)) })
	for id, rec := range known {
		if rec.Dropped {
			r.moved[id] = rec
		}
	}
	if !r.write {
		return r.findings, nil
	}
	return r.findings, r.save()
}

// partitionFiles finds every partition's file.
func partitionFiles(dir string) (map[catalog.PartitionID]string, error) {
	out := map[catalog.PartitionID]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Name() == "ledger.db" {
			out[command.Ledger] = path
		}
		name, ok := strings.CutSuffix(d.Name(), ".db")
		if n, err := strconv.ParseUint(name, 10, 64); ok && err == nil {
			out[catalog.PartitionID(n)] = path
		}
		return nil
	})
	return out, err
}

// known is what the old checkpoint has of partitions, if it can be read.
func (r *repair) known() map[catalog.PartitionID]store.Recorded {
	path := filepath.Join(r.o.Dir, checkpointName)
	if gone, err := absent(path); gone || err != nil {
		return nil
	}
	s, err := store.OpenCheckpoints(path, store.Checkpoint{})
	if err != nil {
		return nil
	}
	defer s.Close()
	all, err := s.Partitions()
	if err != nil {
		return nil
	}
	return all
}

// newCheckpoint stands at the journal's end. Its running hash begins anew: it
// vouches for the last message and for what follows.
func (r *repair) newCheckpoint() error {
	run := begin(r.o.Log.Incarnation())
	r.checkpoint = store.Checkpoint{Incarnation: r.o.Log.Incarnation(), Sequence: r.last, Hash: run, Prior: run, Older: r.last,
		Appenders: map[uint64]store.Appender{}}
	if r.last == 0 {
		return nil
	}
	m, err := r.o.Log.Message(r.ctx, r.last)
	if errors.Is(err, journal.ErrNotFound) {
		return nil // all of it is purged
	}
	if err != nil {
		return err
	}
	r.checkpoint.Prior = next(run, r.last)
	r.checkpoint.Hash = next(r.checkpoint.Prior, m.Hash)
	return nil
}

// file brings one partition to the journal's end.
func (r *repair) file(id catalog.PartitionID, path string) (Finding, error) {
	f := Finding{Partition: id, Path: path}
	if err := store.Verify(path); err != nil {
		f.Lost = fmt.Sprintf("the file cannot be used (%v): put it back from a copy and repair again", err)
		return f, nil
	}
	file, err := store.Open(path)
	if err != nil {
		f.Lost = fmt.Sprintf("the file cannot be used (%v): put it back from a copy and repair again", err)
		return f, nil
	}
	defer file.Close()
	at := file.Mark().Sequence
	switch {
	case at > r.last:
		f.Lost = fmt.Sprintf("nothing of this file, but the journal has lost messages up to %d", at)
	case at+1 < r.first && at < r.last:
		f.Lost = fmt.Sprintf("what messages %d to %d had for it", at+1, r.first-1)
	}
	a := &actor{id: id, file: file}
	file.BeforeCommit = func() error { return a.out.keep(file) }
	if err := errors.Join(a.out.load(file), a.loadLocks()); err != nil {
		return f, err
	}
	if f.Applied, err = r.apply(a, max(at+1, r.first)); err != nil || !r.write {
		return f, err
	}
	if err := file.Begin(); err != nil {
		return f, err
	}
	m := file.Mark()
	m.Sequence, m.Index, m.Hash = r.last, 0, r.checkpoint.Hash
	file.SetMark(m)
	r.moved[id] = store.Recorded{Mark: m}
	return f, file.Checkpoint()
}

// apply applies the journal from a message on; without write it counts only.
func (r *repair) apply(a *actor, from uint64) (n int, err error) {
	for seq := from; seq <= r.last; seq++ {
		m, err := r.o.Log.Message(r.ctx, seq)
		if err != nil {
			return n, err
		}
		b, err := command.DecodeBatch(m.Body)
		if err != nil {
			return n, fmt.Errorf("message %d: %w", seq, err)
		}
		r.checkpoint.Appenders[b.Incarnation] = store.Appender{Number: b.Number, Sequence: seq}
		for i, c := range b.Commands {
			if c.Partition != a.id {
				continue
			}
			n++
			if !r.write {
				continue
			}
			if _, err := a.apply(c, place{seq: seq, index: uint32(i), time: b.Time}); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// save puts the new checkpoint in the place of the old one.
func (r *repair) save() error {
	path := filepath.Join(r.o.Dir, checkpointName)
	if err := store.Remove(path); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(r.o.Dir, answeredName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s, err := store.OpenCheckpoints(path, r.checkpoint)
	if err != nil {
		return err
	}
	return errors.Join(s.Save(r.checkpoint, r.moved), s.Close())
}
