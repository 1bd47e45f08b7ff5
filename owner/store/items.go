package store

// Record is one stored item.
type Record struct {
	// ID is the row's number in the file; 0 is a record that is not stored yet.
	ID int64
	// Key is the encoded primary key.
	Key []byte
	// Item is the item's JSON.
	Item []byte
	// Size is the item's size in bytes as DynamoDB counts it.
	Size int
	// Version rises with each change of the item.
	Version int64
	// Expires is the Unix second after which the item may be deleted; 0 is
	// never.
	Expires int64
}

// Get gives the record with a key, which is a record to Put if there is none.
// Its Item belongs to the caller; its Key is the one that was given.
func (s *Store) Get(key []byte) (Record, bool, error) {
	return s.find(&s.get, "SELECT id, size, version, expires, item FROM items WHERE k=?", key)
}

// Stat is Get without the item.
func (s *Store) Stat(key []byte) (Record, bool, error) {
	return s.find(&s.stat, "SELECT id, size, version, expires, NULL FROM items WHERE k=?", key)
}

func (s *Store) find(to **stmt, text string, key []byte) (Record, bool, error) {
	q, err := s.lazy(to, text)
	if err != nil {
		return Record{}, false, err
	}
	if err := s.c.room(len(key)); err != nil {
		return Record{}, false, err
	}
	q.blob(1, key)
	ok, err := q.step()
	defer q.reset()
	if err != nil || !ok {
		return Record{Key: key}, false, err
	}
	r := Record{ID: q.int64(0), Key: key, Size: int(q.int64(1)), Version: q.int64(2), Expires: q.int64(3)}
	if b := q.bytes(4); b != nil {
		r.Item = append(make([]byte, 0, len(b)), b...)
	}
	return r, true, nil
}

// Put stores a record: over the row of its ID, or as a new row, whose ID it
// then has. The key of a stored row never changes.
func (s *Store) Put(r *Record) error {
	if r.ID != 0 {
		q, err := s.lazy(&s.replace, "UPDATE items SET item=?, size=?, version=?, expires=? WHERE id=?")
		if err != nil {
			return err
		}
		if err := s.c.room(len(r.Item)); err != nil {
			return err
		}
		q.str(1, r.Item)
		q.int(2, int64(r.Size))
		q.int(3, r.Version)
		q.expires(4, r.Expires)
		q.int(5, r.ID)
		return q.run()
	}
	added, err := s.Add(r)
	if err == nil && !added {
		err = &Error{Path: s.path, Op: "put", Detail: "another row has the key", kind: ErrCorrupt}
	}
	return err
}

// Add stores a record as a new row, whose ID it then has, unless there is one
// with its key; then it says false.
func (s *Store) Add(r *Record) (added bool, err error) {
	q, err := s.lazy(&s.insert, `INSERT INTO items(k, item, size, version, expires) VALUES(?, ?, ?, ?, ?)
		ON CONFLICT(k) DO NOTHING`)
	if err != nil {
		return false, err
	}
	if err := s.c.room(len(r.Key) + len(r.Item)); err != nil {
		return false, err
	}
	q.blob(1, r.Key)
	q.str(2, r.Item)
	q.int(3, int64(r.Size))
	q.int(4, r.Version)
	q.expires(5, r.Expires)
	if err := q.run(); err != nil {
		return false, err
	}
	if s.c.changes() == 0 {
		return false, nil
	}
	r.ID = s.c.lastRowID()
	return true, nil
}

func (s *stmt) expires(i int, at int64) {
	if at == 0 {
		s.null(i)
		return
	}
	s.int(i, at)
}

// Delete removes the row of a record.
func (s *Store) Delete(id int64) error {
	q, err := s.lazy(&s.remove, "DELETE FROM items WHERE id=?")
	if err != nil {
		return err
	}
	q.int(1, id)
	return q.run()
}

// Expired gives up to limit records, without their items, that expire before a
// Unix second but not before another one, the longest expired first.
func (s *Store) Expired(from, before int64, limit int) ([]Record, error) {
	q, err := s.lazy(&s.expired, `SELECT id, k, size, version, expires FROM items INDEXED BY items_expires
		WHERE expires>=? AND expires<? ORDER BY expires LIMIT ?`)
	if err != nil {
		return nil, err
	}
	q.int(1, from)
	q.int(2, before)
	q.int(3, int64(limit))
	defer q.reset()
	var out []Record
	for {
		ok, err := q.step()
		if err != nil || !ok {
			return out, err
		}
		k := q.bytes(1)
		out = append(out, Record{ID: q.int64(0), Key: append(make([]byte, 0, len(k)), k...), Size: int(q.int64(2)),
			Version: q.int64(3), Expires: q.int64(4)})
	}
}

// NextExpiry is the first Unix second, not before one, at which a record
// expires.
func (s *Store) NextExpiry(from int64) (at int64, ok bool, err error) {
	q, err := s.lazy(&s.nextExpiry, `SELECT expires FROM items INDEXED BY items_expires
		WHERE expires>=? ORDER BY expires LIMIT 1`)
	if err != nil {
		return 0, false, err
	}
	q.int(1, from)
	defer q.reset()
	ok, err = q.step()
	if err != nil || !ok {
		return 0, false, err
	}
	return q.int64(0), true, nil
}

// Count is the number of items and the sum of their sizes. It reads the whole
// file.
func (s *Store) Count() (items, bytes int64, err error) {
	q, err := s.c.prepare("SELECT count(*), coalesce(sum(size), 0) FROM items")
	if err != nil {
		return 0, 0, err
	}
	defer s.c.forget(q)
	if _, err := q.step(); err != nil {
		return 0, 0, err
	}
	return q.int64(0), q.int64(1), nil
}
