package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
)

// While a log is moved into its file, the file holds pages that are newer than
// what SQLite would recover from the beginning of the log alone. If the process
// ends at that moment and the log is damaged after that, SQLite would recover a
// mixture of two states and not notice.
//
// notMixed looks at a log before it is recovered. A log that is whole is fine,
// and so is one that ends in a commit that was not finished. If the log breaks
// off in the middle, the mark in the file must not be one that comes after the
// last commit before the break: every commit writes another mark, and its page
// is among the first to be moved. What a power cut leaves of a log passes: the
// log is on the disk before anything of it is moved.
func notMixed(path string) error {
	ioError := func(err error) error { return &Error{Path: path, Op: "open", Detail: err.Error(), kind: ErrIO} }
	b, err := os.ReadFile(path + "-wal")
	if errors.Is(err, os.ErrNotExist) || err == nil && len(b) < logHead+frameSize {
		return nil
	}
	if err != nil {
		return ioError(err)
	}
	rest, salt, f := b[logHead:], b[16:24], new(file)
	// lost are the frames after the last commit that SQLite will find.
	lost := rest
	headHolds := f.headHolds(b[:logHead])
	if headHolds {
		for len(rest) >= frameSize && f.follows(rest[:frameSize], salt) {
			committed := binary.BigEndian.Uint32(rest[4:]) != 0
			if rest = rest[frameSize:]; committed {
				lost = rest
			}
		}
		if len(rest) < frameSize || !bytes.Equal(rest[8:16], salt) && !f.chains(rest[:frameSize]) {
			return nil // It does not break off: what follows is of an older log.
		}
	}
	db, err := os.Open(path)
	if err != nil {
		return ioError(err)
	}
	defer func() { _ = db.Close() }()
	page := make([]byte, pageSize)
	if n, _ := db.ReadAt(page, (markPage-1)*pageSize); n < pageSize {
		return nil
	}
	for ; len(lost) >= frameSize; lost = lost[frameSize:] {
		if headHolds && !bytes.Equal(lost[8:16], salt) {
			continue // of an older log
		}
		moved := lost[frameHead:frameSize]
		if binary.BigEndian.Uint32(lost) == markPage &&
			(bytes.Equal(page[pageSize-sumSize:], moved[pageSize-sumSize:]) || bytes.Equal(page[:pageSize-sumSize], moved[:pageSize-sumSize])) {
			return &Error{Path: path, Op: "open", kind: ErrCorrupt,
				Detail: "the process ended while the log was moved into the file, and the log is damaged"}
		}
	}
	return nil
}

// markPage is the page of table mark in every file.
const markPage = 3

// headHolds begins the chain with the head of a log and says whether the head
// matches its own checksum.
func (f *file) headHolds(head []byte) bool {
	f.start(head)
	s1, s2 := f.chain(head[:24], 0, 0)
	return s1 == f.s1 && s2 == f.s2
}

// follows carries the chain on over a frame, if it is the next one of the log
// with a salt.
func (f *file) follows(frame, salt []byte) bool {
	if !bytes.Equal(frame[8:16], salt) || !f.chains(frame) {
		return false
	}
	f.s1, f.s2 = binary.BigEndian.Uint32(frame[16:]), binary.BigEndian.Uint32(frame[20:])
	return true
}

// chains says whether a frame has the chain's next checksum.
func (f *file) chains(frame []byte) bool {
	s1, s2 := f.chain(frame[:8], f.s1, f.s2)
	s1, s2 = f.chain(frame[frameHead:], s1, s2)
	return binary.BigEndian.Uint32(frame[16:]) == s1 && binary.BigEndian.Uint32(frame[20:]) == s2
}
