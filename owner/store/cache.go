package store

import "fmt"

// SetCache sets the room for the page cache, in bytes. Pages that a transaction
// has changed stay in it whatever its size.
func (s *Store) SetCache(bytes int64) error {
	return s.c.exec(fmt.Sprintf("PRAGMA cache_size=-%d", bytes>>10))
}
