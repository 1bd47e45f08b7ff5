package store

import (
	"errors"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrCorrupt says that the file is not what was written: a page that does
	// not match its checksum, a file that is no database, a schema that is not
	// this program's. The file must not be served from.
	ErrCorrupt = errors.New("partition file is damaged")
	// ErrFull says that there was no room on the disk.
	ErrFull = errors.New("no room for the partition file")
	// ErrIO is any other error of the environment.
	ErrIO = errors.New("partition file cannot be read or written")
)

// Error is a failure of the file or of the system under it, never of a
// command. After one the open transaction may be gone: the caller closes the
// store, opens it again, and replays from its mark.
type Error struct {
	Path string
	// Op is what was tried, in a few words.
	Op string
	// Code is SQLite's extended result code, or 0.
	Code int
	// Detail is what SQLite says.
	Detail string
	kind   error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s: %v: %s (sqlite %d)", e.Path, e.Op, e.kind, e.Detail, e.Code)
}

// Unwrap is one of ErrCorrupt, ErrFull and ErrIO.
func (e *Error) Unwrap() error { return e.kind }

// kindOf sorts SQLite's result codes. A short read is damage: the file is
// shorter than its own page count says.
func kindOf(code int32) error {
	switch code {
	case sqlite3.SQLITE_IOERR_DATA, sqlite3.SQLITE_IOERR_CORRUPTFS, sqlite3.SQLITE_IOERR_SHORT_READ:
		return ErrCorrupt
	}
	switch code & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		return ErrCorrupt
	case sqlite3.SQLITE_FULL:
		return ErrFull
	}
	return ErrIO
}
