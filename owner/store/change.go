package store

import (
	"encoding/json"

	"shvm-db/internal/change"
)

// The change stream of a table is two tables in each of its partitions' files,
// made when the first shard opens: shards, and changes, whose rows are the
// records in the order of their numbers.
const changeLayout = `
CREATE TABLE IF NOT EXISTS shards(number INTEGER PRIMARY KEY, shard TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS changes(number INTEGER PRIMARY KEY, shard INTEGER NOT NULL, event INTEGER NOT NULL,
  stamp INTEGER NOT NULL, service INTEGER NOT NULL, size INTEGER NOT NULL, keys TEXT NOT NULL, old TEXT, new TEXT);
`

// changeStmts are the statements of a partition that has, or had, a stream.
type changeStmts struct {
	ready bool // the tables are there
	// open is the open shard, nil if there is none; it is as the tables say once
	// known is set.
	open  *change.Shard
	known bool

	putShard, allShards, dropShards *stmt
	add, read, seek, edges, trim    *stmt
}

// streams makes the tables of the change stream if they are missing.
func (s *Store) streams() error {
	if s.changes.ready {
		return nil
	}
	if err := s.c.exec(changeLayout); err != nil {
		return err
	}
	s.changes.ready = true
	return nil
}

// streamed reports whether the tables of the change stream are there.
func (s *Store) streamed() (bool, error) {
	if s.changes.ready {
		return true, nil
	}
	n, err := s.number("SELECT count(*) FROM sqlite_schema WHERE name='changes'")
	s.changes.ready = n > 0
	return s.changes.ready, err
}

// PutShard keeps a shard, in the open transaction, over the one of its number.
func (s *Store) PutShard(shard change.Shard) error {
	if err := s.streams(); err != nil {
		return err
	}
	q, err := s.lazy(&s.changes.putShard, "INSERT OR REPLACE INTO shards(number, shard) VALUES(?, ?)")
	if err != nil {
		return err
	}
	text, err := json.Marshal(shard)
	if err != nil {
		return err
	}
	if err := s.c.room(len(text)); err != nil {
		return err
	}
	q.int(1, int64(shard.Number))
	q.str(2, text)
	s.changes.known = false
	return q.run()
}

// OpenShard gives the shard that records go to; ok is false if there is none.
func (s *Store) OpenShard() (shard change.Shard, ok bool, err error) {
	if !s.changes.known {
		all, err := s.Shards()
		if err != nil {
			return change.Shard{}, false, err
		}
		s.changes.open = nil
		if n := len(all); n > 0 && !all[n-1].Closed {
			s.changes.open = &all[n-1]
		}
		s.changes.known = true
	}
	if s.changes.open == nil {
		return change.Shard{}, false, nil
	}
	return *s.changes.open, true, nil
}

// Shards gives the partition's shards in the order of their numbers.
func (s *Store) Shards() ([]change.Shard, error) {
	if ok, err := s.streamed(); !ok {
		return nil, err
	}
	q, err := s.lazy(&s.changes.allShards, "SELECT shard FROM shards ORDER BY number")
	if err != nil {
		return nil, err
	}
	defer q.reset()
	var out []change.Shard
	for {
		ok, err := q.step()
		if err != nil || !ok {
			return out, err
		}
		var shard change.Shard
		if err := json.Unmarshal(q.bytes(0), &shard); err != nil {
			return nil, &Error{Path: s.path, Op: "shards", Detail: err.Error(), kind: ErrCorrupt}
		}
		out = append(out, shard)
	}
}

// AddChange keeps a record, in the open transaction. Its number must be above
// that of every record before it.
func (s *Store) AddChange(r *change.Record) error {
	if err := s.streams(); err != nil {
		return err
	}
	q, err := s.lazy(&s.changes.add, `INSERT INTO changes(number, shard, event, stamp, service, size, keys, old, new)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	if err := s.c.room(len(r.Keys) + len(r.Old) + len(r.New)); err != nil {
		return err
	}
	q.int(1, int64(r.Number))
	q.int(2, int64(r.Shard))
	q.int(3, int64(r.Event))
	q.int(4, r.Stamp)
	service := int64(0)
	if r.Service {
		service = 1
	}
	q.int(5, service)
	q.int(6, int64(r.Size))
	q.str(7, r.Keys)
	for i, image := range [][]byte{r.Old, r.New} {
		if image == nil {
			q.null(8 + i)
		} else {
			q.str(8+i, image)
		}
	}
	return q.run()
}

// Changes reads up to limit records of a shard with numbers from one on,
// ending with the one that reaches bytes.
func (s *Store) Changes(shard, from uint64, limit, bytes int) ([]change.Record, error) {
	if ok, err := s.streamed(); !ok {
		return nil, err
	}
	q, err := s.lazy(&s.changes.read, `SELECT number, shard, event, stamp, service, size, keys, old, new FROM changes
		WHERE number>=? ORDER BY number LIMIT ?`)
	if err != nil {
		return nil, err
	}
	q.int(1, int64(from))
	q.int(2, int64(limit))
	defer q.reset()
	var out []change.Record
	for bytes > 0 {
		ok, err := q.step()
		if err != nil || !ok || uint64(q.int64(1)) != shard {
			return out, err
		}
		r := change.Record{
			Number: uint64(q.int64(0)), Shard: shard, Event: change.Event(q.int64(2)), Stamp: q.int64(3),
			Service: q.int64(4) != 0, Size: int(q.int64(5)),
			Keys: copied(q.bytes(6)), Old: copied(q.bytes(7)), New: copied(q.bytes(8)),
		}
		out = append(out, r)
		bytes -= r.Size
	}
	return out, nil
}

func copied(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

// FirstChange is the number of the oldest record kept; ok is false if there is
// none.
func (s *Store) FirstChange() (number uint64, ok bool, err error) {
	if there, err := s.streamed(); !there {
		return 0, false, err
	}
	q, err := s.lazy(&s.changes.edges, "SELECT number FROM changes ORDER BY number LIMIT 1")
	if err != nil {
		return 0, false, err
	}
	defer q.reset()
	if ok, err = q.step(); !ok {
		return 0, false, err
	}
	return uint64(q.int64(0)), true, nil
}

// SeekChange is the number of the first record in [from, to) at or after a
// time in Unix milliseconds; to if there is none. Stamps are those of the
// gateways and may be a little out of order, so it is the first of a point in
// the order of numbers from which on they are at or after it.
func (s *Store) SeekChange(from, to uint64, stamp int64) (uint64, error) {
	if ok, err := s.streamed(); !ok {
		return to, err
	}
	q, err := s.lazy(&s.changes.seek, "SELECT stamp FROM changes WHERE number>=? ORDER BY number LIMIT 1")
	if err != nil {
		return 0, err
	}
	for from < to {
		middle := from + (to-from)/2
		q.int(1, int64(middle))
		ok, err := q.step()
		at := q.int64(0)
		q.reset()
		switch {
		case err != nil:
			return 0, err
		case ok && at < stamp:
			from = middle + 1
		default:
			to = middle
		}
	}
	return to, nil
}

// TrimChanges forgets up to limit records that were made before a time in Unix
// milliseconds, in the order of their numbers, then the closed shards that
// ended before it and have no record left. It gives how many records went.
func (s *Store) TrimChanges(before int64, limit int) (int, error) {
	if ok, err := s.streamed(); !ok {
		return 0, err
	}
	first, ok, err := s.FirstChange()
	if err != nil {
		return 0, err
	}
	gone := 0
	if ok {
		end := s.mark.Change + 1
		upTo, err := s.SeekChange(first, min(end, first+uint64(limit)), before)
		if err != nil {
			return 0, err
		}
		q, err := s.lazy(&s.changes.trim, "DELETE FROM changes WHERE number<?")
		if err != nil {
			return 0, err
		}
		q.int(1, int64(upTo))
		if err := q.run(); err != nil {
			return 0, err
		}
		gone = int(upTo - first)
		if upTo < end {
			first, ok = upTo, true
		} else {
			ok = false
		}
	}
	shards, err := s.Shards()
	if err != nil {
		return gone, err
	}
	for _, shard := range shards {
		if !shard.Closed || shard.Ended >= before || ok && shard.Last >= first {
			continue
		}
		q, err := s.lazy(&s.changes.dropShards, "DELETE FROM shards WHERE number=?")
		if err != nil {
			return gone, err
		}
		q.int(1, int64(shard.Number))
		if err := q.run(); err != nil {
			return gone, err
		}
	}
	return gone, nil
}
