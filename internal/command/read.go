package command

import "shvm-db/internal/catalog"

// Range asks one partition for a page of items in the order of their keys.
type Range struct {
	Partition catalog.PartitionID
	// Index is a local index; "" is the partition's own order, which in a
	// partition of a global index is that of the index.
	Index string
	// From and To bound the encoded keys: From <= key < To. A nil To is the end
	// of the partition.
	From, To []byte
	// Reverse starts at To and goes down.
	Reverse bool
	// Limit is the most items of the page; 0 is no limit.
	Limit int
	// Bytes ends the page: the item that reaches it is the last one. 0 is no
	// limit.
	Bytes int
	// Memory, if set, is that of the page.
	Memory *PageMemory
}

// PageMemory is memory for pages, one after the other: a page is gone when the
// next one is read into it. The zero value is ready. Only one reader may use it
// at a time.
type PageMemory struct {
	Rows  []Row
	Bytes []byte // keys and items lie in it one after the other

	most int // rows that were in use since it was cleared
}

// PageBytes is the most that a PageMemory keeps for keys and items from one page
// to another: a page takes its memory in pieces of this size at most.
const PageBytes = 64 << 10

const keptRows = 1 << 10

// Keep puts the memory of a page by for the next one. Large pieces are left to
// the collector.
func (m *PageMemory) Keep(rows []Row, bytes []byte) {
	m.Rows, m.Bytes, m.most = nil, nil, max(m.most, len(rows))
	if cap(rows) <= keptRows {
		m.Rows = rows
	}
	if cap(bytes) <= PageBytes {
		m.Bytes = bytes
	}
}

// Clear forgets the rows, so that memory that is not kept can go.
func (m *PageMemory) Clear() {
	clear(m.Rows[:min(m.most, cap(m.Rows))])
	m.Rows, m.Bytes, m.most = m.Rows[:0], m.Bytes[:0], 0
}

// Row is one stored item.
type Row struct {
	// Key is the encoded key in the order that was read.
	Key []byte
	// Item is the item's JSON as it is stored: the object that maps names to
	// values. It belongs to the caller, or lies in the Range's Memory and is gone
	// with the next page.
	Item []byte
	// Size is the item's size in bytes as DynamoDB counts it. In a local index
	// that does not project everything it is still the whole item's.
	Size int
}

// Page is what a Range answers.
type Page struct {
	Rows []Row
	// More says that the page ended by Limit or Bytes, not by the bounds. As in
	// DynamoDB it may be true with nothing behind.
	More bool
}
