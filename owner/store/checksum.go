package store

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// sum writes the checksum of a page into its end.
func sum(page []byte) {
	binary.LittleEndian.PutUint64(page[pageSize-sumSize:], xxhash.Sum64(page[:pageSize-sumSize]))
}

func sumHolds(page []byte) bool {
	return binary.LittleEndian.Uint64(page[pageSize-sumSize:]) == xxhash.Sum64(page[:pageSize-sumSize])
}

// start begins the chain of frame checksums with the head of a log, whose own
// checksum is the chain's first (https://sqlite.org/fileformat2.html#checksum_algorithm).
func (f *file) start(head []byte) {
	f.bigWords = binary.BigEndian.Uint32(head)&1 != 0
	f.s1, f.s2 = binary.BigEndian.Uint32(head[24:]), binary.BigEndian.Uint32(head[28:])
	f.end = logHead
}

// recall reads the chain before the frame at f.at from the log: the log was
// written by another connection, or frames were taken back by a rollback.
func (f *file) recall(tls *libc.TLS, p uintptr) int32 {
	read := call[ioFunc](f.sys.read)
	c := tls.Alloc(logHead)
	defer tls.Free(logHead)
	if rc := read(tls, p, c, logHead, 0); rc != sqlite3.SQLITE_OK {
		return rc
	}
	f.start(view(c, logHead))
	if f.at > logHead {
		if rc := read(tls, p, c, frameHead, f.at-frameSize); rc != sqlite3.SQLITE_OK {
			return rc
		}
		head := view(c, frameHead)
		f.s1, f.s2 = binary.BigEndian.Uint32(head[16:]), binary.BigEndian.Uint32(head[20:])
	}
	f.end = f.at
	return sqlite3.SQLITE_OK
}

// seal puts the page's checksum into the frame, and the chain's next one into
// its head.
func (f *file) seal() (s1, s2 uint32) {
	page := f.frame[frameHead:]
	sum(page)
	s1, s2 = f.s1, f.s2
	s1, s2 = f.chain(f.frame[:8], s1, s2)
	s1, s2 = f.chain(page, s1, s2)
	binary.BigEndian.PutUint32(f.frame[16:], s1)
	binary.BigEndian.PutUint32(f.frame[20:], s2)
	return s1, s2
}

// chain carries the checksum on over bytes, by the words of the machine that
// began the log.
func (f *file) chain(b []byte, s1, s2 uint32) (uint32, uint32) {
	if !f.bigWords {
		return chainLittle(b, s1, s2)
	}
	for ; len(b) >= 8; b = b[8:] {
		s1 += binary.BigEndian.Uint32(b) + s2
		s2 += binary.BigEndian.Uint32(b[4:]) + s1
	}
	return s1, s2
}

func chainLittle(b []byte, s1, s2 uint32) (uint32, uint32) {
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		s1 += uint32(w) + s2
		s2 += uint32(w>>32) + s1
	}
	return s1, s2
}
