package store

// Note is a small fact that a partition keeps about a transaction.
type Note struct {
	Key []byte
	// Stamp is the time of the command that made it, in Unix milliseconds.
	Stamp int64
	Body  []byte
}

// Notebook is a table of notes. It is made at its first note.
type Notebook string

const (
	// Pending are the transactions that the partition has prepared and not
	// finished.
	Pending Notebook = "pending"
	// Applied are the transactions with a token that the partition did by itself.
	Applied Notebook = "applied"
	// Tokens and Transactions are the ledger's: the tokens of clients, and the
	// transactions that are not settled.
	Tokens       Notebook = "tokens"
	Transactions Notebook = "transactions"
)

// noteStmts are the statements of one notebook.
type noteStmts struct {
	get, put, drop, all, trim *stmt
}

// notebook gives the statements of a table; nil if it is not there and make
// does not ask for it.
func (s *Store) notebook(b Notebook, make bool) (*noteStmts, error) {
	if n := s.notes[b]; n != nil {
		return n, nil
	}
	there, err := s.number("SELECT count(*) FROM sqlite_schema WHERE name=" + literal(string(b)))
	if err != nil || there == 0 && !make {
		return nil, err
	}
	if there == 0 {
		err := s.c.exec("CREATE TABLE " + string(b) + "(k BLOB PRIMARY KEY, stamp INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID")
		if err != nil {
			return nil, err
		}
	}
	if s.notes == nil {
		s.notes = map[Notebook]*noteStmts{}
	}
	n := &noteStmts{}
	s.notes[b] = n
	return n, nil
}

func literal(name string) string { return "'" + name + "'" }

// Note gives a note.
func (s *Store) Note(b Notebook, key []byte) (Note, bool, error) {
	n, err := s.notebook(b, false)
	if n == nil || err != nil {
		return Note{}, false, err
	}
	q, err := s.lazy(&n.get, "SELECT stamp, body FROM "+string(b)+" WHERE k=?")
	if err != nil {
		return Note{}, false, err
	}
	if err := s.c.room(len(key)); err != nil {
		return Note{}, false, err
	}
	q.blob(1, key)
	defer q.reset()
	ok, err := q.step()
	if err != nil || !ok {
		return Note{}, false, err
	}
	return Note{Key: key, Stamp: q.int64(0), Body: copied(q.bytes(1))}, true, nil
}

// PutNote keeps a note, in the open transaction, over the one of its key.
func (s *Store) PutNote(b Notebook, note Note) error {
	n, err := s.notebook(b, true)
	if err != nil {
		return err
	}
	q, err := s.lazy(&n.put, "INSERT OR REPLACE INTO "+string(b)+" VALUES(?, ?, ?)")
	if err != nil {
		return err
	}
	if err := s.c.room(len(note.Key) + len(note.Body)); err != nil {
		return err
	}
	q.blob(1, note.Key)
	q.int(2, note.Stamp)
	q.blob(3, note.Body)
	return q.run()
}

// DropNote forgets a note.
func (s *Store) DropNote(b Notebook, key []byte) error {
	n, err := s.notebook(b, false)
	if n == nil || err != nil {
		return err
	}
	q, err := s.lazy(&n.drop, "DELETE FROM "+string(b)+" WHERE k=?")
	if err != nil {
		return err
	}
	if err := s.c.room(len(key)); err != nil {
		return err
	}
	q.blob(1, key)
	return q.run()
}

// Notes gives every note of a notebook.
func (s *Store) Notes(b Notebook) ([]Note, error) {
	n, err := s.notebook(b, false)
	if n == nil || err != nil {
		return nil, err
	}
	q, err := s.lazy(&n.all, "SELECT k, stamp, body FROM "+string(b)+" ORDER BY k")
	if err != nil {
		return nil, err
	}
	defer q.reset()
	var out []Note
	for {
		ok, err := q.step()
		if err != nil || !ok {
			return out, err
		}
		out = append(out, Note{Key: copied(q.bytes(0)), Stamp: q.int64(1), Body: copied(q.bytes(2))})
	}
}

// TrimNotes forgets the notes made before a time in Unix milliseconds. It reads
// the whole notebook.
func (s *Store) TrimNotes(b Notebook, before int64) error {
	n, err := s.notebook(b, false)
	if n == nil || err != nil {
		return err
	}
	q, err := s.lazy(&n.trim, "DELETE FROM "+string(b)+" WHERE stamp<?")
	if err != nil {
		return err
	}
	q.int(1, before)
	return q.run()
}
