package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"shvm-db/internal/catalog"
)

// Format is the version of the tables in a file; a file of another one is
// refused.
const Format = 1

// Mark is how far a partition has applied its journal. It is written in the
// transaction of the rows it speaks of.
type Mark struct {
	// Sequence and Index name the last applied command: the message and the
	// place in it.
	Sequence uint64
	Index    uint32
	// Hash is the running hash of the message bodies up to Sequence.
	Hash uint64
	// Version is the highest version that the partition has ever given to an
	// item.
	Version int64
	// Outbox is the number of the last message put in an outbox.
	Outbox int64
	// Change is the number of the last record of the change stream; it goes on
	// in the partition's children.
	Change uint64
}

// Store is one partition's file. It is described at the package.
type Store struct {
	path   string
	c      *conn
	mark   Mark
	schema *catalog.Schema

	// BeforeCommit, if not nil, runs in a transaction of Begin before it ends.
	BeforeCommit func() error

	marked bool // the mark was set since the last COMMIT
	open   bool // a transaction is open
	held   bool // it is one of Hold, in which nothing was written

	begin, hold, commit, rollback, setMark    *stmt
	get, stat, insert, replace, remove        *stmt
	pages                                     map[pageKind]*stmt
	collection, setCollection, dropCollection *stmt
	value, setValue, dropValue                *stmt
	expired, nextExpiry                       *stmt
	pushOut, readOut, trimOut                 *stmt
	locals                                    map[string]*local
	walk                                      *stmt
	entries                                   entryStmts
	changes                                   changeStmts
	notes                                     map[Notebook]*noteStmts
}

const layout = `
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE mark(id INTEGER PRIMARY KEY CHECK(id = 1), sequence INTEGER NOT NULL, command INTEGER NOT NULL,
  hash INTEGER NOT NULL, version INTEGER NOT NULL, outbox INTEGER NOT NULL,
  change INTEGER NOT NULL);
CREATE TABLE items(id INTEGER PRIMARY KEY, k BLOB NOT NULL, item TEXT NOT NULL, size INTEGER NOT NULL,
  version INTEGER NOT NULL, expires INTEGER);
CREATE UNIQUE INDEX items_k ON items(k);
CREATE INDEX items_expires ON items(expires) WHERE expires IS NOT NULL;
CREATE TABLE collections(k BLOB PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox(queue TEXT NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(queue, number)) WITHOUT ROWID;
INSERT INTO mark VALUES(1, 0, 0, 0, 0, 0, 0);
`

// Open opens a partition's file, and holds it for reads (see Hold). One that is
// missing gives an error that is os.ErrNotExist, a damaged or an empty one
// ErrCorrupt.
func Open(path string) (*Store, error) { return open(path, false) }

// Create opens a partition's file, and makes it if it is missing or was never
// finished.
func Create(path string) (*Store, error) { return open(path, true) }

func open(path string, create bool) (*Store, error) {
	vfs, err := checksums()
	if err != nil {
		return nil, err
	}
	st, err := os.Stat(path)
	empty := err != nil || st.Size() == 0
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, &Error{Path: path, Op: "open", Detail: err.Error(), kind: ErrIO}
	case err != nil && !create:
		return nil, fmt.Errorf("open partition: %w", err)
	case empty && !create:
		return nil, &Error{Path: path, Op: "open", Detail: "the file is empty", kind: ErrCorrupt}
	}
	if empty {
		if _, err := os.Stat(path + "-wal"); err == nil {
			// A log beside a file without content is of one that is gone.
			if err := Remove(path); err != nil {
				return nil, &Error{Path: path, Op: "create", Detail: err.Error(), kind: ErrIO}
			}
		}
		if err := lay(path); err != nil {
			return nil, err
		}
	}
	if err := notMixed(path); err != nil {
		return nil, err
	}
	c, err := connect(path, vfs)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, c: c, pages: map[pageKind]*stmt{}, locals: map[string]*local{}}
	if err := s.start(); err != nil {
		_ = c.close()
		return nil, err
	}
	return s, nil
}

func (s *Store) start() error {
	// A partition has one writer and reads through the same connection, so its
	// cache is warm. Pages never leave the cache before COMMIT, and the log is
	// moved into the file by Checkpoint alone.
	sqlite3.Xsqlite3_wal_autocheckpoint(s.c.tls, s.c.db, 0)
	if err := s.c.exec("PRAGMA synchronous=NORMAL; PRAGMA cache_spill=OFF; PRAGMA temp_store=MEMORY"); err != nil {
		return err
	}
	if err := s.Hold(); err != nil {
		return err
	}
	mode, err := s.text("PRAGMA journal_mode")
	if err != nil {
		return err
	}
	if mode != "wal" {
		return &Error{Path: s.path, Op: "open", kind: ErrCorrupt, Detail: fmt.Sprintf("the file's journal mode is %s, not WAL: another program changed it", mode)}
	}
	version, err := s.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	if version != Format {
		return &Error{Path: s.path, Op: "open", kind: ErrCorrupt,
			Detail: fmt.Sprintf("the file has format %d, this program reads %d", version, Format)}
	}
	return s.load()
}

// text is the answer of a query that gives one.
func (s *Store) text(query string) (string, error) {
	q, err := s.c.prepare(query)
	if err != nil {
		return "", err
	}
	defer s.c.forget(q)
	if _, err := q.step(); err != nil {
		return "", err
	}
	return string(q.bytes(0)), nil
}

// number is the answer of a query that gives one.
func (s *Store) number(text string) (int64, error) {
	q, err := s.c.prepare(text)
	if err != nil {
		return 0, err
	}
	defer s.c.forget(q)
	if _, err := q.step(); err != nil {
		return 0, err
	}
	return q.int64(0), nil
}

func (s *Store) load() error {
	var err error
	for _, q := range []struct {
		to   **stmt
		text string
	}{
		{&s.begin, "BEGIN IMMEDIATE"},
		{&s.commit, "COMMIT"},
		{&s.rollback, "ROLLBACK"},
		{&s.setMark, "UPDATE mark SET sequence=?, command=?, hash=?, version=?, outbox=?, change=? WHERE id=1"},
	} {
		if *q.to, err = s.c.prepare(q.text); err != nil {
			return err
		}
	}
	mark, err := s.c.prepare("SELECT sequence, command, hash, version, outbox, change FROM mark WHERE id=1")
	if err != nil {
		return err
	}
	defer s.c.forget(mark)
	ok, err := mark.step()
	if err != nil {
		return err
	}
	if !ok {
		return &Error{Path: s.path, Op: "open", Detail: "the file has no mark", kind: ErrCorrupt}
	}
	s.mark = Mark{Sequence: uint64(mark.int64(0)), Index: uint32(mark.int64(1)), Hash: uint64(mark.int64(2)),
		Version: mark.int64(3), Outbox: mark.int64(4), Change: uint64(mark.int64(5))}
	text, ok, err := s.Value("schema")
	if err != nil || !ok {
		return err
	}
	s.schema = new(catalog.Schema)
	if err := json.Unmarshal(text, s.schema); err != nil {
		return &Error{Path: s.path, Op: "open", Detail: "schema: " + err.Error(), kind: ErrCorrupt}
	}
	return nil
}

// lazy prepares a statement at its first use: a partition that wakes for one
// read does not pay for those it never runs.
func (s *Store) lazy(to **stmt, text string) (*stmt, error) {
	if *to == nil {
		p, err := s.c.prepare(text)
		if err != nil {
			return nil, err
		}
		*to = p
	}
	return *to, nil
}

// Path is the file's name.
func (s *Store) Path() string { return s.path }

// Mark is how far the state, the open transaction included, has applied its
// journal.
func (s *Store) Mark() Mark { return s.mark }

// SetMark moves the mark; the next Commit writes it.
func (s *Store) SetMark(m Mark) { s.mark, s.marked = m, true }

// Schema is the partition's schema, nil in a new file. Never change it.
func (s *Store) Schema() *catalog.Schema { return s.schema }

// Open reports whether a transaction is open.
func (s *Store) Open() bool { return s.open }

// Begin opens a transaction.
func (s *Store) Begin() error {
	s.held = false
	if s.open {
		return nil
	}
	if err := s.begin.run(); err != nil {
		return err
	}
	s.open = true
	return nil
}

// Hold opens a transaction for reads that follow each other: each one by itself
// would lock and unlock the file, with four system calls. Begin turns it into one
// for writes, and Commit ends it.
func (s *Store) Hold() error {
	if s.open {
		return nil
	}
	q, err := s.lazy(&s.hold, "BEGIN")
	if err != nil {
		return err
	}
	if err := q.run(); err != nil {
		return err
	}
	s.open, s.held = true, true
	return nil
}

// Held reports whether the open transaction is one of Hold, in which nothing was
// written.
func (s *Store) Held() bool { return s.open && s.held }

// Commit ends the open transaction, the mark included. After an error nothing
// since the last Commit is certain: close the store and replay.
func (s *Store) Commit() error {
	if !s.open {
		return nil
	}
	if s.BeforeCommit != nil && !s.held {
		if err := s.BeforeCommit(); err != nil {
			return err
		}
	}
	if s.marked {
		q := s.setMark
		q.int(1, int64(s.mark.Sequence))
		q.int(2, int64(s.mark.Index))
		q.int(3, int64(s.mark.Hash))
		q.int(4, s.mark.Version)
		q.int(5, s.mark.Outbox)
		q.int(6, int64(s.mark.Change))
		if err := q.run(); err != nil {
			return err
		}
	}
	if err := s.commit.run(); err != nil {
		return err
	}
	s.open, s.held, s.marked = false, false, false
	return nil
}

// Checkpoint commits, moves everything from the write-ahead log into the file,
// and returns when the file is on the disk: only then may the journal forget
// what was applied.
func (s *Store) Checkpoint() error {
	if err := s.Commit(); err != nil {
		return err
	}
	return s.truncateLog()
}

// SyncName puts the name of a file that was made on the disk.
func (s *Store) SyncName() error {
	for _, path := range []string{s.path, filepath.Dir(s.path)} {
		if err := syncDir(path); err != nil {
			return err
		}
	}
	return nil
}

// truncateLog empties the log rather than leaving it to be overwritten: a
// damaged frame of a log that is already in the file would otherwise bring
// back a part of an older state when the file is opened again.
func (s *Store) truncateLog() error {
	out := s.c.tls.Alloc(8)
	defer s.c.tls.Free(8)
	rc := sqlite3.Xsqlite3_wal_checkpoint_v2(s.c.tls, s.c.db, 0, sqlite3.SQLITE_CHECKPOINT_TRUNCATE, out, out+4)
	if rc != sqlite3.SQLITE_OK {
		return s.c.fail("checkpoint", rc)
	}
	return nil
}

// Close ends the store and rolls back an open transaction. It may be called
// twice.
func (s *Store) Close() error {
	s.open = false
	return s.c.close()
}

// LogSize is the length of the write-ahead log in bytes.
func (s *Store) LogSize() int64 {
	st, err := os.Stat(s.path + "-wal")
	if err != nil {
		return 0
	}
	return st.Size()
}

// Remove deletes the files of a partition that is closed.
func Remove(path string) error {
	var errs []error
	for _, p := range []string{path + "-wal", path + "-shm", draft(path), path} {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// reserve keeps bytes at the end of each page of a new file for its checksum.
func (c *conn) reserve() error {
	name, err := libc.CString("main")
	if err != nil {
		return &Error{Path: c.path, Op: "open", Detail: err.Error(), kind: ErrIO}
	}
	defer libc.Xfree(c.tls, name)
	n := c.tls.Alloc(4)
	defer c.tls.Free(4)
	*(*int32)(at(n)) = sumSize
	if rc := sqlite3.Xsqlite3_file_control(c.tls, c.db, name, sqlite3.SQLITE_FCNTL_RESERVE_BYTES, n); rc != sqlite3.SQLITE_OK {
		return c.fail("reserve", rc)
	}
	return nil
}
