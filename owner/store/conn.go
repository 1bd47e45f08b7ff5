package store

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// conn is one connection, by the C interface: database/sql costs up to a
// quarter of a write. Statements are prepared once and kept.
type conn struct {
	path string
	tls  *libc.TLS
	db   uintptr
	// scratch holds the blobs bound to the statement that runs, so that a bind
	// costs a copy and no allocation.
	scratch     uintptr
	scratchSize int
	used        int
	stmts       []*stmt
}

// stmt is a prepared statement. Its text is kept for errors.
type stmt struct {
	c    *conn
	p    uintptr
	text string
}

const openFlags = sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE |
	sqlite3.SQLITE_OPEN_NOMUTEX | sqlite3.SQLITE_OPEN_PRIVATECACHE

// at turns an address that C code holds into a pointer. The memory is never
// Go's own.
func at(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// view is n bytes of memory that C code holds. Inlined, a copy of a few bytes
// from it stops the compiler of Go 1.26.
//
//go:noinline
func view(p uintptr, n int) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(at(p)), n)
}

func connect(path, vfs string) (*conn, error) {
	c := &conn{path: path, tls: libc.NewTLS()}
	name, err := libc.CString(path)
	if err != nil {
		c.tls.Close()
		return nil, &Error{Path: path, Op: "open", Detail: err.Error(), kind: ErrIO}
	}
	defer libc.Xfree(c.tls, name)
	var zvfs uintptr
	if vfs != "" {
		if zvfs, err = libc.CString(vfs); err != nil {
			c.tls.Close()
			return nil, &Error{Path: path, Op: "open", Detail: err.Error(), kind: ErrIO}
		}
		defer libc.Xfree(c.tls, zvfs)
	}
	out := c.tls.Alloc(8)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, out, openFlags, zvfs)
	c.db = *(*uintptr)(at(out))
	c.tls.Free(8)
	if rc != sqlite3.SQLITE_OK {
		err := c.fail("open", rc)
		_ = c.close()
		return nil, err
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	if err := c.room(4096); err != nil {
		_ = c.close()
		return nil, err
	}
	return c, nil
}

// close ends the connection; an open transaction is rolled back.
func (c *conn) close() error {
	if c.tls == nil {
		return nil
	}
	for _, s := range c.stmts {
		sqlite3.Xsqlite3_finalize(c.tls, s.p)
	}
	c.stmts = nil
	var err error
	if c.db != 0 {
		if rc := sqlite3.Xsqlite3_close_v2(c.tls, c.db); rc != sqlite3.SQLITE_OK {
			err = c.fail("close", rc)
		}
		c.db = 0
	}
	if c.scratch != 0 {
		libc.Xfree(c.tls, c.scratch)
		c.scratch = 0
	}
	c.tls.Close()
	c.tls = nil
	return err
}

// fail makes the error of a result code.
func (c *conn) fail(op string, rc int32) error {
	e := &Error{Path: c.path, Op: op, Code: int(rc), kind: kindOf(rc)}
	if c.db != 0 {
		if x := sqlite3.Xsqlite3_extended_errcode(c.tls, c.db); x&0xff == rc&0xff {
			e.Code, e.kind = int(x), kindOf(x)
		}
		e.Detail = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
	} else {
		e.Detail = libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))
	}
	return e
}

// exec runs statements that answer nothing, and are not worth keeping.
func (c *conn) exec(text string) error {
	z, err := libc.CString(text)
	if err != nil {
		return &Error{Path: c.path, Op: text, Detail: err.Error(), kind: ErrIO}
	}
	defer libc.Xfree(c.tls, z)
	if rc := sqlite3.Xsqlite3_exec(c.tls, c.db, z, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return c.fail(text, rc)
	}
	return nil
}

func (c *conn) prepare(text string) (*stmt, error) {
	z, err := libc.CString(text)
	if err != nil {
		return nil, &Error{Path: c.path, Op: text, Detail: err.Error(), kind: ErrIO}
	}
	defer libc.Xfree(c.tls, z)
	out := c.tls.Alloc(8)
	rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, z, int32(len(text)+1), sqlite3.SQLITE_PREPARE_PERSISTENT, out, 0)
	s := &stmt{c: c, p: *(*uintptr)(at(out)), text: text}
	c.tls.Free(8)
	if rc != sqlite3.SQLITE_OK {
		return nil, c.fail(text, rc)
	}
	c.stmts = append(c.stmts, s)
	return s, nil
}

// forget ends a statement before the connection does.
func (c *conn) forget(s *stmt) {
	if s == nil {
		return
	}
	for i, x := range c.stmts {
		if x == s {
			c.stmts = append(c.stmts[:i], c.stmts[i+1:]...)
			break
		}
	}
	sqlite3.Xsqlite3_finalize(c.tls, s.p)
}

// room starts the binding of a statement: n is how many bytes its blobs and
// texts have together. What was bound to other statements is theirs no more,
// which is why a statement is reset before another one runs.
func (c *conn) room(n int) error {
	c.used = 0
	if n <= c.scratchSize {
		return nil
	}
	size := max(n, 4096, 2*c.scratchSize)
	p := libc.Xrealloc(c.tls, c.scratch, libc.Tsize_t(size))
	if p == 0 {
		return &Error{Path: c.path, Op: "bind", Code: sqlite3.SQLITE_NOMEM, Detail: "out of memory", kind: ErrIO}
	}
	c.scratch, c.scratchSize = p, size
	return nil
}

// place copies b into the scratch and gives its address.
func (c *conn) place(b []byte) uintptr {
	p := c.scratch + uintptr(c.used)
	copy(view(p, len(b)), b)
	c.used += len(b)
	return p
}

// blob binds bytes; room was made for them. No bytes are an empty blob, not
// NULL.
func (s *stmt) blob(i int, b []byte) {
	if len(b) == 0 {
		sqlite3.Xsqlite3_bind_zeroblob(s.c.tls, s.p, int32(i), 0)
		return
	}
	sqlite3.Xsqlite3_bind_blob(s.c.tls, s.p, int32(i), s.c.place(b), int32(len(b)), 0)
}

// str binds a text; room was made for it.
func (s *stmt) str(i int, b []byte) {
	if len(b) == 0 {
		sqlite3.Xsqlite3_bind_text(s.c.tls, s.p, int32(i), s.c.scratch, 0, 0)
		return
	}
	sqlite3.Xsqlite3_bind_text(s.c.tls, s.p, int32(i), s.c.place(b), int32(len(b)), 0)
}

func (s *stmt) int(i int, n int64) {
	sqlite3.Xsqlite3_bind_int64(s.c.tls, s.p, int32(i), n)
}

func (s *stmt) null(i int) {
	sqlite3.Xsqlite3_bind_null(s.c.tls, s.p, int32(i))
}

// step says whether there is a row. The caller resets the statement when it
// needs no further row.
func (s *stmt) step() (bool, error) {
	switch rc := sqlite3.Xsqlite3_step(s.c.tls, s.p); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, s.c.fail(s.text, rc)
	}
}

func (s *stmt) reset() { sqlite3.Xsqlite3_reset(s.c.tls, s.p) }

// run steps a statement without rows and resets it.
func (s *stmt) run() error {
	_, err := s.step()
	s.reset()
	return err
}

// bytes is a column of the current row, which lives until the next step or
// reset.
func (s *stmt) bytes(i int) []byte {
	p := sqlite3.Xsqlite3_column_blob(s.c.tls, s.p, int32(i))
	if p == 0 {
		return nil
	}
	return view(p, int(sqlite3.Xsqlite3_column_bytes(s.c.tls, s.p, int32(i))))
}

func (s *stmt) int64(i int) int64 {
	return sqlite3.Xsqlite3_column_int64(s.c.tls, s.p, int32(i))
}

// autocommit says that no transaction is open: one that was may have been
// rolled back by an error.
func (c *conn) autocommit() bool {
	return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) != 0
}

// changes is how many rows the last statement that may change any has changed.
func (c *conn) changes() int {
	return int(sqlite3.Xsqlite3_changes(c.tls, c.db))
}

func (c *conn) lastRowID() int64 {
	return sqlite3.Xsqlite3_last_insert_rowid(c.tls, c.db)
}
