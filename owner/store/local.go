package store

import (
	"encoding/json"
	"strings"

	"shvm-db/internal/catalog"
)

// local are the statements of one local index. Its table holds the index's
// order and the row of each item: an index read fetches whole items, so what
// the index projects is for the gateway to show and to charge.
type local struct {
	insert, remove *stmt
}

func localTable(index string) string { return "local " + index }

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// SetSchema makes the schema that of the partition, in the open transaction,
// with the tables of its local indexes, or those of a partition of a global
// index. Local indexes never change once a table is made.
func (s *Store) SetSchema(schema *catalog.Schema) error {
	text, err := json.Marshal(schema)
	if err != nil {
		return &Error{Path: s.path, Op: "schema", Detail: err.Error(), kind: ErrIO}
	}
	for i := range schema.Local {
		err := s.c.exec("CREATE TABLE IF NOT EXISTS " + quote(localTable(schema.Local[i].Name)) +
			"(k BLOB PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID")
		if err != nil {
			return err
		}
	}
	if schema.Index != nil {
		if err := s.c.exec(entryLayout); err != nil {
			return err
		}
	}
	if err := s.SetText("schema", text); err != nil {
		return err
	}
	s.schema = schema
	return nil
}

func (s *Store) local(index string) (*local, error) {
	if l := s.locals[index]; l != nil {
		return l, nil
	}
	table := quote(localTable(index))
	insert, err := s.c.prepare("INSERT OR REPLACE INTO " + table + "(k, id) VALUES(?, ?)")
	if err != nil {
		return nil, err
	}
	remove, err := s.c.prepare("DELETE FROM " + table + " WHERE k=?")
	if err != nil {
		return nil, err
	}
	l := &local{insert, remove}
	s.locals[index] = l
	return l, nil
}

// PutLocal adds the item in row id to a local index, under its key there.
func (s *Store) PutLocal(index string, key []byte, id int64) error {
	l, err := s.local(index)
	if err != nil {
		return err
	}
	if err := s.c.room(len(key)); err != nil {
		return err
	}
	l.insert.blob(1, key)
	l.insert.int(2, id)
	return l.insert.run()
}

// DeleteLocal takes a key out of a local index.
func (s *Store) DeleteLocal(index string, key []byte) error {
	l, err := s.local(index)
	if err != nil {
		return err
	}
	if err := s.c.room(len(key)); err != nil {
		return err
	}
	l.remove.blob(1, key)
	return l.remove.run()
}

// Collection is the size in bytes of an item collection: of the items that
// share the hash part of a key, and of their entries in local indexes. The
// caller keeps it with SetCollection.
func (s *Store) Collection(prefix []byte) (int64, error) {
	q, err := s.lazy(&s.collection, "SELECT size FROM collections WHERE k=?")
	if err != nil {
		return 0, err
	}
	if err := s.c.room(len(prefix)); err != nil {
		return 0, err
	}
	q.blob(1, prefix)
	defer q.reset()
	ok, err := q.step()
	if err != nil || !ok {
		return 0, err
	}
	return q.int64(0), nil
}

// SetCollection is described at Collection; an empty one is forgotten.
func (s *Store) SetCollection(prefix []byte, size int64) error {
	to, text := &s.setCollection, "INSERT OR REPLACE INTO collections(k, size) VALUES(?, ?)"
	if size == 0 {
		to, text = &s.dropCollection, "DELETE FROM collections WHERE k=?"
	}
	q, err := s.lazy(to, text)
	if err != nil {
		return err
	}
	if err := s.c.room(len(prefix)); err != nil {
		return err
	}
	q.blob(1, prefix)
	if size != 0 {
		q.int(2, size)
	}
	return q.run()
}
