package store

// Value gives what is kept under a name, in the partition's own state.
func (s *Store) Value(name string) ([]byte, bool, error) {
	q, err := s.lazy(&s.value, "SELECT value FROM meta WHERE name=?")
	if err != nil {
		return nil, false, err
	}
	if err := s.c.room(len(name)); err != nil {
		return nil, false, err
	}
	q.str(1, []byte(name))
	defer q.reset()
	ok, err := q.step()
	if err != nil || !ok {
		return nil, false, err
	}
	return append([]byte{}, q.bytes(0)...), true, nil
}

// SetValue keeps bytes under a name; nil forgets them.
func (s *Store) SetValue(name string, value []byte) error {
	return s.setMeta(name, value, (*stmt).blob)
}

// SetText is SetValue for a text that a person may want to read in the file.
func (s *Store) SetText(name string, value []byte) error {
	return s.setMeta(name, value, (*stmt).str)
}

func (s *Store) setMeta(name string, value []byte, bind func(*stmt, int, []byte)) error {
	to, text := &s.setValue, "INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)"
	if value == nil {
		to, text = &s.dropValue, "DELETE FROM meta WHERE name=?"
	}
	q, err := s.lazy(to, text)
	if err != nil {
		return err
	}
	if err := s.c.room(len(name) + len(value)); err != nil {
		return err
	}
	q.str(1, []byte(name))
	if value != nil {
		bind(q, 2, value)
	}
	return q.run()
}
