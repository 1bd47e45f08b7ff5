package store

// Message is one entry of an outbox: what has to leave the partition and was
// not yet confirmed when its transaction was committed.
type Message struct {
	// Number rises from message to message and is never used again.
	Number int64
	Body   []byte
}

// PushOut keeps a message in a queue of the outbox, in the open transaction.
func (s *Store) PushOut(queue string, m Message) error {
	q, err := s.lazy(&s.pushOut, "INSERT OR REPLACE INTO outbox(queue, number, body) VALUES(?, ?, ?)")
	if err != nil {
		return err
	}
	if err := s.c.room(len(queue) + len(m.Body)); err != nil {
		return err
	}
	q.str(1, []byte(queue))
	q.int(2, m.Number)
	q.blob(3, m.Body)
	return q.run()
}

// ReadOut gives up to limit messages of a queue with numbers above after, in
// order.
func (s *Store) ReadOut(queue string, after int64, limit int) ([]Message, error) {
	q, err := s.lazy(&s.readOut, "SELECT number, body FROM outbox WHERE queue=? AND number>? ORDER BY number LIMIT ?")
	if err != nil {
		return nil, err
	}
	if err := s.c.room(len(queue)); err != nil {
		return nil, err
	}
	q.str(1, []byte(queue))
	q.int(2, after)
	q.int(3, int64(limit))
	defer q.reset()
	var out []Message
	for {
		ok, err := q.step()
		if err != nil || !ok {
			return out, err
		}
		out = append(out, Message{q.int64(0), append([]byte{}, q.bytes(1)...)})
	}
}

// TrimOut forgets the messages of a queue up to a number.
func (s *Store) TrimOut(queue string, upTo int64) error {
	q, err := s.lazy(&s.trimOut, "DELETE FROM outbox WHERE queue=? AND number<=?")
	if err != nil {
		return err
	}
	if err := s.c.room(len(queue)); err != nil {
		return err
	}
	q.str(1, []byte(queue))
	q.int(2, upTo)
	return q.run()
}
