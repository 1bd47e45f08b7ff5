package store

// Walk reads whole records in the order of their keys, from a key on: up to
// limit of them, ending with the one that reaches bytes. next is where the walk
// goes on, nil at its end.
func (s *Store) Walk(from []byte, limit, bytes int) (records []Record, next []byte, err error) {
	q, err := s.lazy(&s.walk, `SELECT id, k, item, size, version, expires FROM items INDEXED BY items_k
		WHERE k>=? ORDER BY k`)
	if err != nil {
		return nil, nil, err
	}
	if err := s.c.room(len(from)); err != nil {
		return nil, nil, err
	}
	q.blob(1, from)
	defer q.reset()
	for {
		ok, err := q.step()
		if err != nil || !ok {
			return records, nil, err
		}
		if len(records) >= limit || bytes <= 0 {
			return records, append([]byte{}, q.bytes(1)...), nil
		}
		r := Record{ID: q.int64(0), Key: append([]byte{}, q.bytes(1)...), Item: append([]byte{}, q.bytes(2)...),
			Size: int(q.int64(3)), Version: q.int64(4), Expires: q.int64(5)}
		records = append(records, r)
		bytes -= r.Size
	}
}

// ForgetExpiries takes the expiry times off all records.
func (s *Store) ForgetExpiries() error {
	return s.c.exec("UPDATE items SET expires=NULL WHERE expires IS NOT NULL")
}
