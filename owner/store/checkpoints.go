package store

import (
	"errors"
	"os"
	"path/filepath"
	"sync"

	"shvm-db/internal/catalog"
)

// Checkpoint is how far a journal has been taken, with every effect of it on
// the disk.
type Checkpoint struct {
	// Incarnation is the journal's.
	Incarnation string
	// Sequence is the last message, Hash the running hash there and Prior the
	// one before that message.
	Sequence, Hash, Prior uint64
	// Older is the checkpoint before: the journal is kept from there.
	Older uint64
	// Appenders has the last batch of each appender, by its incarnation.
	Appenders map[uint64]Appender
}

// Appender is an appender's last batch and the message that holds it.
type Appender struct{ Number, Sequence uint64 }

// Recorded is what a checkpoint knows of one partition.
type Recorded struct {
	Mark
	// Dropped says that the partition is no more.
	Dropped bool
}

// Checkpoints is the journal's own file beside those of its partitions: the
// last checkpoint, and where each partition stood then. Its methods may be
// called at the same time.
type Checkpoints struct {
	mu   sync.Mutex
	c    *conn
	head Checkpoint

	mark, setMark *stmt
}

const checkpointLayout = `
CREATE TABLE checkpoint(id INTEGER PRIMARY KEY CHECK(id = 1), incarnation TEXT NOT NULL, sequence INTEGER NOT NULL,
  hash INTEGER NOT NULL, prior INTEGER NOT NULL, older INTEGER NOT NULL);
CREATE TABLE partitions(id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, command INTEGER NOT NULL,
  hash INTEGER NOT NULL, dropped INTEGER NOT NULL);
CREATE TABLE appenders(incarnation INTEGER PRIMARY KEY, number INTEGER NOT NULL, sequence INTEGER NOT NULL);
`

// OpenCheckpoints opens the file, or makes it with first as its checkpoint.
func OpenCheckpoints(path string, first Checkpoint) (_ *Checkpoints, err error) {
	vfs, err := checksums()
	if err != nil {
		return nil, err
	}
	_, statErr := os.Stat(path)
	fresh := errors.Is(statErr, os.ErrNotExist)
	c, err := connect(path, vfs)
	if err != nil {
		return nil, err
	}
	s := &Checkpoints{c: c}
	defer func() {
		if err != nil {
			_ = c.close()
		}
	}()
	if fresh {
		if err := c.exec("PRAGMA page_size=4096"); err != nil {
			return nil, err
		}
		if err := c.reserve(); err != nil {
			return nil, err
		}
	}
	// A checkpoint promises what the journal may forget: each COMMIT is synced.
	if err := c.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY"); err != nil {
		return nil, err
	}
	if fresh {
		if err := c.exec("BEGIN IMMEDIATE;" + checkpointLayout); err != nil {
			return nil, err
		}
		if err := s.write(first); err != nil {
			return nil, err
		}
		if err := c.exec("COMMIT"); err != nil {
			return nil, err
		}
		for _, name := range []string{path, filepath.Dir(path)} {
			if err := syncDir(name); err != nil {
				return nil, err
			}
		}
	}
	if s.mark, err = c.prepare("SELECT sequence, command, hash, dropped FROM partitions WHERE id=?"); err != nil {
		return nil, err
	}
	if s.setMark, err = c.prepare("INSERT OR REPLACE INTO partitions VALUES(?, ?, ?, ?, ?)"); err != nil {
		return nil, err
	}
	return s, s.read()
}

func (s *Checkpoints) read() error {
	q, err := s.c.prepare("SELECT incarnation, sequence, hash, prior, older FROM checkpoint WHERE id=1")
	if err != nil {
		return err
	}
	defer s.c.forget(q)
	ok, err := q.step()
	if err != nil {
		return err
	}
	if !ok {
		return &Error{Path: s.c.path, Op: "open", Detail: "the file holds no checkpoint", kind: ErrCorrupt}
	}
	s.head = Checkpoint{Incarnation: string(q.bytes(0)), Sequence: uint64(q.int64(1)), Hash: uint64(q.int64(2)),
		Prior: uint64(q.int64(3)), Older: uint64(q.int64(4)), Appenders: map[uint64]Appender{}}
	all, err := s.c.prepare("SELECT incarnation, number, sequence FROM appenders")
	if err != nil {
		return err
	}
	defer s.c.forget(all)
	for {
		ok, err := all.step()
		if err != nil || !ok {
			return err
		}
		s.head.Appenders[uint64(all.int64(0))] = Appender{uint64(all.int64(1)), uint64(all.int64(2))}
	}
}

// Last is the last checkpoint. Its map must not be changed.
func (s *Checkpoints) Last() Checkpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head
}

// Mark is where a partition stood at the last checkpoint: zero if it was not
// there.
func (s *Checkpoints) Mark(id catalog.PartitionID) (Recorded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mark.int(1, int64(id))
	defer s.mark.reset()
	ok, err := s.mark.step()
	if err != nil || !ok {
		return Recorded{}, err
	}
	return recorded(s.mark, 0), nil
}

func recorded(q *stmt, i int) Recorded {
	return Recorded{Mark{Sequence: uint64(q.int64(i)), Index: uint32(q.int64(i + 1)), Hash: uint64(q.int64(i + 2))}, q.int64(i+3) != 0}
}

// Partitions gives every partition that the checkpoint knows, the dropped ones
// included.
func (s *Checkpoints) Partitions() (map[catalog.PartitionID]Recorded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.c.prepare("SELECT id, sequence, command, hash, dropped FROM partitions")
	if err != nil {
		return nil, err
	}
	defer s.c.forget(q)
	out := map[catalog.PartitionID]Recorded{}
	for {
		ok, err := q.step()
		if err != nil || !ok {
			return out, err
		}
		out[catalog.PartitionID(q.int64(0))] = recorded(q, 1)
	}
}

// Dropped gives the partitions that are no more.
func (s *Checkpoints) Dropped() ([]catalog.PartitionID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.c.prepare("SELECT id FROM partitions WHERE dropped")
	if err != nil {
		return nil, err
	}
	defer s.c.forget(q)
	var out []catalog.PartitionID
	for {
		ok, err := q.step()
		if err != nil || !ok {
			return out, err
		}
		out = append(out, catalog.PartitionID(q.int64(0)))
	}
}

// Save makes a checkpoint, with the marks of the partitions that moved since
// the one before; when it returns it is on the disk.
func (s *Checkpoints) Save(next Checkpoint, moved map[catalog.PartitionID]Recorded) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := s.write(next)
	for id, r := range moved {
		if err != nil {
			break
		}
		q := s.setMark
		q.int(1, int64(id))
		q.int(2, int64(r.Sequence))
		q.int(3, int64(r.Index))
		q.int(4, int64(r.Hash))
		q.int(5, 0)
		if r.Dropped {
			q.int(5, 1)
		}
		err = q.run()
	}
	if err == nil {
		err = s.c.exec("COMMIT")
	}
	if err != nil {
		if !s.c.autocommit() {
			_ = s.c.exec("ROLLBACK")
		}
		return err
	}
	s.head = next
	return nil
}

func (s *Checkpoints) write(next Checkpoint) error {
	q, err := s.c.prepare("INSERT OR REPLACE INTO checkpoint VALUES(1, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer s.c.forget(q)
	if err := s.c.room(len(next.Incarnation)); err != nil {
		return err
	}
	q.str(1, []byte(next.Incarnation))
	q.int(2, int64(next.Sequence))
	q.int(3, int64(next.Hash))
	q.int(4, int64(next.Prior))
	q.int(5, int64(next.Older))
	if err := q.run(); err != nil {
		return err
	}
	if err := s.c.exec("DELETE FROM appenders"); err != nil {
		return err
	}
	put, err := s.c.prepare("INSERT INTO appenders VALUES(?, ?, ?)")
	if err != nil {
		return err
	}
	defer s.c.forget(put)
	for id, a := range next.Appenders {
		put.int(1, int64(id))
		put.int(2, int64(a.Number))
		put.int(3, int64(a.Sequence))
		if err := put.run(); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the file. It may be called twice.
func (s *Checkpoints) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.c.close()
}

// syncDir sees that a new file's name is on the disk.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err == nil {
		err = errors.Join(dir.Sync(), dir.Close())
	}
	if err != nil {
		return &Error{Path: path, Op: "sync folder", Detail: err.Error(), kind: ErrIO}
	}
	return nil
}
