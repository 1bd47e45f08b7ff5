package command

import (
	"encoding/binary"
	"fmt"

	"shvm-db/internal/catalog"
)

// Entries are what one partition of a table tells one partition of a global
// index: what each of some items is there by now.
type Entries struct {
	// Source is the partition of the table.
	Source catalog.PartitionID
	// Low says that every entry of the source up to this number has been
	// applied where it belongs: none of them matters any more.
	Low  int64
	List []Entry
}

// Entry is the state of one item in an index partition.
type Entry struct {
	// Number is the entry's place among all of its source.
	Number int64
	// Base is the item's key in the table, Version the item's version: of two
	// entries with one Base the one with the higher Version is right.
	Base    []byte
	Version int64
	// Key is the item's key in the index, nil if the item is not (or no longer)
	// in this partition.
	Key []byte
	// Item is the JSON of what the index projects, Size its size in bytes.
	Item []byte
	Size int
}

// Walk is one step of a Fill.
type Walk struct {
	// Index is the index to fill; 0 is the expiry times.
	Index catalog.PartitionID
	// From is the key at which the step begins. The partition knows how far its
	// walk has come: a step that begins elsewhere has no effect.
	From []byte
	// Limit is the most items of the step, Bytes ends it at a size.
	Limit, Bytes int
}

// AppendEntries appends the byte form of a Feed's entries, as drawn in
// docs/FORMATS.md.
func AppendEntries(dst []byte, f *Entries) []byte {
	dst = binary.AppendUvarint(dst, uint64(f.Source))
	dst = binary.AppendVarint(dst, f.Low)
	dst = binary.AppendUvarint(dst, uint64(len(f.List)))
	for i := range f.List {
		dst = AppendOneEntry(dst, &f.List[i])
	}
	return dst
}

// AppendOneEntry appends the byte form of one entry.
func AppendOneEntry(dst []byte, e *Entry) []byte {
	dst = binary.AppendVarint(dst, e.Number)
	dst = binary.AppendVarint(dst, e.Version)
	dst = appendBytes(dst, e.Base)
	dst = appendBytes(dst, e.Key)
	dst = appendBytes(dst, e.Item)
	return binary.AppendUvarint(dst, uint64(e.Size))
}

// DecodeEntries reads what AppendEntries wrote; the result aliases b.
func DecodeEntries(b []byte) (*Entries, error) {
	r := reader{rest: b}
	f := &Entries{Source: catalog.PartitionID(r.uvarint()), Low: r.varint()}
	n := r.uvarint()
	if n > uint64(len(b)) {
		return nil, fmt.Errorf("%w: %d entries in %d bytes", ErrFormat, n, len(b))
	}
	f.List = make([]Entry, n)
	for i := range f.List {
		f.List[i] = r.entry()
	}
	return f, r.end()
}

// DecodeOneEntry reads what AppendOneEntry wrote; the result aliases b.
func DecodeOneEntry(b []byte) (Entry, error) {
	r := reader{rest: b}
	e := r.entry()
	return e, r.end()
}

func (r *reader) entry() Entry {
	e := Entry{Number: r.varint(), Version: r.varint()}
	e.Base, e.Key, e.Item = r.bytes(), r.bytes(), r.bytes()
	e.Size = int(r.uvarint())
	return e
}

// AppendWalk appends the byte form of a Fill's step.
func AppendWalk(dst []byte, w *Walk) []byte {
	dst = binary.AppendUvarint(dst, uint64(w.Index))
	dst = appendBytes(dst, w.From)
	dst = binary.AppendUvarint(dst, uint64(w.Limit))
	return binary.AppendUvarint(dst, uint64(w.Bytes))
}

// DecodeWalk reads what AppendWalk wrote; the result aliases b.
func DecodeWalk(b []byte) (*Walk, error) {
	r := reader{rest: b}
	w := &Walk{Index: catalog.PartitionID(r.uvarint()), From: r.bytes()}
	w.Limit, w.Bytes = int(r.uvarint()), int(r.uvarint())
	return w, r.end()
}

func appendBytes(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

// reader takes fields off bytes; the first one that does not fit is the error
// of the end, and every field after it is empty.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) fail() { r.rest, r.bad = nil, true }

func (r *reader) uvarint() uint64 {
	n, used := binary.Uvarint(r.rest)
	if used <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[used:]
	return n
}

func (r *reader) varint() int64 {
	n, used := binary.Varint(r.rest)
	if used <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[used:]
	return n
}

// bytes is nil for an empty field.
func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) end() error {
	if r.bad || len(r.rest) != 0 {
		return fmt.Errorf("%w: a field is cut off or too long", ErrFormat)
	}
	return nil
}
