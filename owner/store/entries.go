package store

import (
	"shvm-db/internal/catalog"
)

// A partition of a global index holds its entries as items, and beside them:
//
//   - entries: for each item of the table that was ever here, the version and
//     the number of what was last said of it, and the key of its entry, NULL if
//     there is none;
//   - marks: those without an entry, by the number after which they may be
//     forgotten;
//   - sources: up to which number everything from a partition of the table has
//     been applied.
const entryLayout = `
CREATE TABLE IF NOT EXISTS entries(base BLOB PRIMARY KEY, version INTEGER NOT NULL, number INTEGER NOT NULL, k BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks(source INTEGER NOT NULL, number INTEGER NOT NULL, base BLOB NOT NULL,
  PRIMARY KEY(source, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sources(source INTEGER PRIMARY KEY, low INTEGER NOT NULL);
`

// entryStmts are the statements of a partition of a global index.
type entryStmts struct {
	get, set                     *stmt
	mark, marked, unmark, forget *stmt
	low, setLow                  *stmt
}

// Entry is what an index partition knows of an item: the version of what was
// last said of it and the key of its entry, nil if it has none.
func (s *Store) Entry(base []byte) (version int64, key []byte, ok bool, err error) {
	q, err := s.lazy(&s.entries.get, "SELECT version, k FROM entries WHERE base=?")
	if err != nil {
		return 0, nil, false, err
	}
	if err := s.c.room(len(base)); err != nil {
		return 0, nil, false, err
	}
	q.blob(1, base)
	defer q.reset()
	if ok, err = q.step(); err != nil || !ok {
		return 0, nil, false, err
	}
	return q.int64(0), copied(q.bytes(1)), true, nil
}

// SetEntry notes what a source's message of some number said of an item. A nil
// key says that it has no entry, which is remembered until everything of the
// source up to that number has been applied.
func (s *Store) SetEntry(source catalog.PartitionID, number int64, base []byte, version int64, key []byte) error {
	q, err := s.lazy(&s.entries.set, "INSERT OR REPLACE INTO entries(base, version, number, k) VALUES(?, ?, ?, ?)")
	if err != nil {
		return err
	}
	if err := s.c.room(len(base) + len(key)); err != nil {
		return err
	}
	q.blob(1, base)
	q.int(2, version)
	q.int(3, number)
	if key != nil {
		q.blob(4, key)
		return q.run()
	}
	q.null(4)
	if err := q.run(); err != nil {
		return err
	}
	if q, err = s.lazy(&s.entries.mark, "INSERT OR REPLACE INTO marks(source, number, base) VALUES(?, ?, ?)"); err != nil {
		return err
	}
	if err := s.c.room(len(base)); err != nil {
		return err
	}
	q.int(1, int64(source))
	q.int(2, number)
	q.blob(3, base)
	return q.run()
}

// Low is the number up to which everything of a source has been applied.
func (s *Store) Low(source catalog.PartitionID) (int64, error) {
	q, err := s.lazy(&s.entries.low, "SELECT low FROM sources WHERE source=?")
	if err != nil {
		return 0, err
	}
	q.int(1, int64(source))
	defer q.reset()
	ok, err := q.step()
	if err != nil || !ok {
		return 0, err
	}
	return q.int64(0), nil
}

// SetLow raises what Low gives, and forgets the items without an entry that
// were only remembered until then. One that came back, or went again since, is
// left alone.
func (s *Store) SetLow(source catalog.PartitionID, low int64) error {
	q, err := s.lazy(&s.entries.setLow, "INSERT OR REPLACE INTO sources(source, low) VALUES(?, ?)")
	if err != nil {
		return err
	}
	q.int(1, int64(source))
	q.int(2, low)
	if err := q.run(); err != nil {
		return err
	}
	bases, err := s.marksUpTo(source, low)
	if err != nil || len(bases) == 0 {
		return err
	}
	forget, err := s.lazy(&s.entries.forget, "DELETE FROM entries WHERE base=? AND k IS NULL AND number<=?")
	if err != nil {
		return err
	}
	for _, base := range bases {
		if err := s.c.room(len(base)); err != nil {
			return err
		}
		forget.blob(1, base)
		forget.int(2, low)
		if err := forget.run(); err != nil {
			return err
		}
	}
	if q, err = s.lazy(&s.entries.unmark, "DELETE FROM marks WHERE source=? AND number<=?"); err != nil {
		return err
	}
	q.int(1, int64(source))
	q.int(2, low)
	return q.run()
}

func (s *Store) marksUpTo(source catalog.PartitionID, low int64) ([][]byte, error) {
	q, err := s.lazy(&s.entries.marked, "SELECT base FROM marks WHERE source=? AND number<=?")
	if err != nil {
		return nil, err
	}
	q.int(1, int64(source))
	q.int(2, low)
	defer q.reset()
	var out [][]byte
	for {
		ok, err := q.step()
		if err != nil || !ok {
			return out, err
		}
		out = append(out, append([]byte{}, q.bytes(0)...))
	}
}

// Forgettable is how many items without an entry an index partition remembers.
func (s *Store) Forgettable() (int64, error) {
	return s.number("SELECT count(*) FROM entries WHERE k IS NULL")
}
