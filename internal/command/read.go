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
}

// Row is one stored item.
type Row struct {
	// Key is the encoded key in the order that was read.
	Key []byte
	// Item is the item's JSON as it is stored: the object that maps names to
	// values. It belongs to the caller.
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
