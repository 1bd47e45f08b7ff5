package store

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// blank is the content of a new file: the layout, and nothing in it. All new
// files are the same, so it is made once, in memory, and then copied.
var blank = sync.OnceValues(func() ([]byte, error) {
	if _, err := checksums(); err != nil { // sets SQLite up
		return nil, err
	}
	c, err := connect(":memory:", "")
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.close() }()
	if err := c.exec(fmt.Sprintf("PRAGMA page_size=%d", pageSize)); err != nil {
		return nil, err
	}
	if err := c.reserve(); err != nil {
		return nil, err
	}
	if err := c.exec(layout + fmt.Sprintf("PRAGMA user_version=%d", Format)); err != nil {
		return nil, err
	}
	name, err := libc.CString("main")
	if err != nil {
		return nil, &Error{Path: c.path, Op: "serialize", Detail: err.Error(), kind: ErrIO}
	}
	defer libc.Xfree(c.tls, name)
	size := c.tls.Alloc(8)
	defer c.tls.Free(8)
	p := sqlite3.Xsqlite3_serialize(c.tls, c.db, name, size, 0)
	if p == 0 {
		return nil, c.fail("serialize", sqlite3.SQLITE_NOMEM)
	}
	defer sqlite3.Xsqlite3_free(c.tls, p)
	image := append([]byte(nil), unsafe.Slice((*byte)(at(p)), *(*int64)(at(size)))...)
	// The file is in WAL mode from the start
	// (https://sqlite.org/fileformat2.html#file_format_version_numbers).
	image[walWrite], image[walRead] = walVersion, walVersion
	for page := image; len(page) > 0; page = page[pageSize:] {
		sum(page[:pageSize])
	}
	return image, nil
})

// Where a file's head says by which version of the format it is written and
// read.
const (
	walWrite   = 18
	walRead    = 19
	walVersion = 2
)

// draft is the name of a new file until it is whole.
func draft(path string) string { return path + "-new" }

// lay makes a new file. It is whole as soon as it has its name: the log will
// hold only what changes in it, and so cannot mend a page that a power cut left
// half-written. The name itself is on the disk after SyncName.
func lay(path string) (err error) {
	image, err := blank()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = &Error{Path: path, Op: "create", Detail: err.Error(), kind: ErrIO}
		}
	}()
	f, err := os.OpenFile(draft(path), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(image)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(draft(path), path)
	}
	if err != nil {
		_ = os.Remove(draft(path))
	}
	return err
}
