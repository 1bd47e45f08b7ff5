package store

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite verifies its write-ahead log once, when it recovers it, and its
// database file never. Here every page ends with a checksum of its other
// bytes, in the file and in the log, and every read of a page verifies it. The
// room comes from SQLite's reserved bytes, so the file is an ordinary database
// to any other program; one that writes to it leaves pages without a checksum,
// which are refused.
//
// SQLite computes the checksum of a log frame from the page before the page
// passes here. So a frame's head is held back until its page comes, and both
// are written at once with a chain of frame checksums computed here. That
// saves a system call for each page, too.
//
// The system's own file methods stay in force, but for these few.

const (
	pageSize = 4096
	// sumSize is the room for a page's checksum, at its end.
	sumSize    = 8
	logHead    = 32
	frameHead  = 24
	frameSize  = frameHead + pageSize
	vfsName    = "shvm-checksum"
	stateBytes = 16 // room for the address of a file's state
)

// failWrite, if a test sets it, is asked before each write to a database file
// or log for the result code to fail with.
var failWrite func(log bool) int32

// system is what of the system's file methods these need.
type system struct {
	read, write, truncate, sync, size, close uintptr
	methods                                  uintptr // the table with these in place
}

var vfs struct {
	once sync.Once
	err  error
	// The rest is set once.
	under   uintptr // the system's VFS
	open    uintptr // its xOpen
	stateAt uintptr // where in a file object the address of the state is

	mu sync.Mutex
	// systems are the method tables by the system's own.
	systems map[uintptr]*system
	// files keeps the states reachable: C memory does not.
	files map[uintptr]*file
}

// file is the state of an open database file or write-ahead log.
type file struct {
	sys *system
	log bool
	// frame is a log frame in the making; held says that its head is there,
	// meant for offset at.
	frame [frameSize]byte
	held  bool
	at    int64
	// The checksum chain stands at s1, s2 after the frame that ends at end; 0
	// is not known.
	end      int64
	s1, s2   uint32
	bigWords bool
}

// checksums gives the name of the VFS, registered with SQLite.
func checksums() (string, error) {
	vfs.once.Do(func() {
		tls := libc.NewTLS()
		defer tls.Close()
		vfs.systems, vfs.files = map[uintptr]*system{}, map[uintptr]*file{}
		vfs.err = &Error{Path: vfsName, Op: "register", Code: sqlite3.SQLITE_ERROR, Detail: "SQLite cannot be set up", kind: ErrIO}
		// Without counting its memory SQLite allocates without a lock. It may be
		// too late for that, which costs a little time.
		args := libc.Xmalloc(tls, 8)
		if args == 0 {
			return
		}
		sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_MEMSTATUS, libc.VaList(args, int32(0)))
		libc.Xfree(tls, args)
		if sqlite3.Xsqlite3_initialize(tls) != sqlite3.SQLITE_OK {
			return
		}
		vfs.under = sqlite3.Xsqlite3_vfs_find(tls, 0)
		p := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
		name, err := libc.CString(vfsName)
		if vfs.under == 0 || p == 0 || err != nil {
			return
		}
		own := (*sqlite3.Tsqlite3_vfs)(at(p))
		*own = *(*sqlite3.Tsqlite3_vfs)(at(vfs.under))
		vfs.open, vfs.stateAt = own.FxOpen, uintptr(own.FszOsFile+7)&^7
		own.FzName, own.FpNext = name, 0
		own.FszOsFile = int32(vfs.stateAt) + stateBytes
		own.FxOpen = address(openFile)
		if sqlite3.Xsqlite3_vfs_register(tls, p, 0) == sqlite3.SQLITE_OK {
			vfs.err = nil
		}
	})
	return vfsName, vfs.err
}

// address is what C code calls a Go function by.
func address[F any](f F) uintptr {
	return *(*uintptr)(unsafe.Pointer(&struct{ f F }{f}))
}

// call is the Go function behind an address that C code holds.
func call[F any](p uintptr) F {
	return *(*F)(unsafe.Pointer(&struct{ p uintptr }{p}))
}

type (
	openFunc = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	ioFunc   = func(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32
	cutFunc  = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc = func(tls *libc.TLS, file uintptr, flags int32) int32
	sizeFunc = func(tls *libc.TLS, file, out uintptr) int32
	endFunc  = func(tls *libc.TLS, file uintptr) int32
)

func openFile(tls *libc.TLS, _, name, p uintptr, flags int32, out uintptr) int32 {
	rc := call[openFunc](vfs.open)(tls, vfs.under, name, p, flags, out)
	object := (*sqlite3.Tsqlite3_file)(at(p))
	if rc != sqlite3.SQLITE_OK || object.FpMethods == 0 ||
		flags&(sqlite3.SQLITE_OPEN_MAIN_DB|sqlite3.SQLITE_OPEN_WAL) == 0 {
		return rc
	}
	vfs.mu.Lock()
	defer vfs.mu.Unlock()
	sys := vfs.systems[object.FpMethods]
	if sys == nil {
		table := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		if table == 0 {
			return sqlite3.SQLITE_NOMEM
		}
		m := (*sqlite3.Tsqlite3_io_methods)(at(table))
		*m = *(*sqlite3.Tsqlite3_io_methods)(at(object.FpMethods))
		sys = &system{read: m.FxRead, write: m.FxWrite, truncate: m.FxTruncate, sync: m.FxSync,
			size: m.FxFileSize, close: m.FxClose, methods: table}
		// Version 2 has no memory mapping, which would go past these methods.
		m.FiVersion = min(m.FiVersion, 2)
		m.FxRead, m.FxWrite = address(readFile), address(writeFile)
		m.FxTruncate, m.FxSync, m.FxClose = address(truncateFile), address(syncFile), address(closeFile)
		vfs.systems[object.FpMethods] = sys
	}
	object.FpMethods = sys.methods
	f := &file{sys: sys, log: flags&sqlite3.SQLITE_OPEN_WAL != 0}
	vfs.files[p] = f
	*(*uintptr)(at(p + vfs.stateAt)) = uintptr(unsafe.Pointer(f))
	return rc
}

// stateOf is the state of an open file; vfs.files keeps it alive.
func stateOf(p uintptr) *file { return (*file)(at(*(*uintptr)(at(p + vfs.stateAt)))) }

func closeFile(tls *libc.TLS, p uintptr) int32 {
	f := stateOf(p)
	vfs.mu.Lock()
	delete(vfs.files, p)
	vfs.mu.Unlock()
	return call[endFunc](f.sys.close)(tls, p)
}

func readFile(tls *libc.TLS, p, buf uintptr, n int32, offset int64) int32 {
	f := stateOf(p)
	if !f.log && n < pageSize && offset != 0 && offset%pageSize == 0 {
		// SQLite reads the content of an overflow page past its cache, without
		// the rest of the page.
		page := tls.Alloc(pageSize)
		defer tls.Free(pageSize)
		rc := readFile(tls, p, page, pageSize, offset)
		copy(view(buf, int(n)), view(page, int(n)))
		return rc
	}
	rc := call[ioFunc](f.sys.read)(tls, p, buf, n, offset)
	switch {
	case n < 512:
		// Parts of a file's or a log's head: SQLite looks at them before it
		// reads the page, or verifies them itself.
		return rc
	case f.log && n == frameSize:
		// Recovery, which verifies the chain, and then asks for the pages.
		return rc
	case rc == sqlite3.SQLITE_IOERR_SHORT_READ && !f.log && offset == 0 && f.empty(tls, p):
		return rc
	case rc == sqlite3.SQLITE_IOERR_SHORT_READ:
		return sqlite3.SQLITE_IOERR_DATA
	case rc != sqlite3.SQLITE_OK:
		return rc
	case n != pageSize || !sumHolds(view(buf, pageSize)):
		return sqlite3.SQLITE_IOERR_DATA
	}
	return rc
}

func (f *file) empty(tls *libc.TLS, p uintptr) bool {
	out := tls.Alloc(8)
	defer tls.Free(8)
	rc := call[sizeFunc](f.sys.size)(tls, p, out)
	return rc == sqlite3.SQLITE_OK && *(*int64)(at(out)) == 0
}

func writeFile(tls *libc.TLS, p, buf uintptr, n int32, offset int64) int32 {
	f := stateOf(p)
	write := call[ioFunc](f.sys.write)
	if failWrite != nil {
		if rc := failWrite(f.log); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	if !f.log {
		if n != pageSize || f.held {
			return sqlite3.SQLITE_IOERR_WRITE
		}
		page := f.frame[frameHead:]
		copy(page, view(buf, pageSize))
		sum(page)
		return f.writeScratch(tls, write, p, page, offset)
	}
	switch {
	case n == logHead && offset == 0:
		f.held = false
		f.start(view(buf, logHead))
		return write(tls, p, buf, n, offset)
	case n == frameHead && (offset-logHead)%frameSize == 0:
		copy(f.frame[:], view(buf, frameHead))
		f.held, f.at = true, offset
		return sqlite3.SQLITE_OK
	case n == pageSize && f.held && offset == f.at+frameHead:
		f.held = false
		copy(f.frame[frameHead:], view(buf, pageSize))
		if f.end != f.at {
			if rc := f.recall(tls, p); rc != sqlite3.SQLITE_OK {
				return rc
			}
		}
		s1, s2 := f.seal()
		rc := f.writeScratch(tls, write, p, f.frame[:], f.at)
		if rc == sqlite3.SQLITE_OK {
			f.end, f.s1, f.s2 = f.at+frameSize, s1, s2
		} else {
			f.end = 0
		}
		return rc
	}
	// SQLite writes a log in no other way while its cache does not spill.
	return sqlite3.SQLITE_IOERR_WRITE
}

func truncateFile(tls *libc.TLS, p uintptr, size int64) int32 {
	f := stateOf(p)
	f.held, f.end = false, 0
	return call[cutFunc](f.sys.truncate)(tls, p, size)
}

func syncFile(tls *libc.TLS, p uintptr, flags int32) int32 {
	f := stateOf(p)
	if f.held {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return call[syncFunc](f.sys.sync)(tls, p, flags)
}

// writeScratch writes bytes of the state, by way of memory of C code.
func (f *file) writeScratch(tls *libc.TLS, write ioFunc, p uintptr, b []byte, offset int64) int32 {
	c := tls.Alloc(frameSize)
	defer tls.Free(frameSize)
	copy(view(c, len(b)), b)
	return write(tls, p, c, int32(len(b)), offset)
}
