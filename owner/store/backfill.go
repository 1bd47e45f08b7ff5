package store

import sqlite3 "modernc.org/sqlite/lib"

// Backfill moves what is committed in a file's write-ahead log into the file,
// over a connection of its own, while the partition works on. What it moved is
// on the disk; a Checkpoint after it has little left to do.
func Backfill(path string) error {
	vfs, err := checksums()
	if err != nil {
		return err
	}
	c, err := connect(path, vfs)
	if err != nil {
		return err
	}
	err = c.exec("PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA mmap_size=0; PRAGMA cache_size=-100")
	if err == nil {
		out := c.tls.Alloc(8)
		// Busy is fine: somebody else is at it.
		rc := sqlite3.Xsqlite3_wal_checkpoint_v2(c.tls, c.db, 0, sqlite3.SQLITE_CHECKPOINT_PASSIVE, out, out+4)
		c.tls.Free(8)
		if rc != sqlite3.SQLITE_OK && rc&0xff != sqlite3.SQLITE_BUSY {
			err = c.fail("checkpoint", rc)
		}
	}
	if closed := c.close(); err == nil {
		err = closed
	}
	return err
}
