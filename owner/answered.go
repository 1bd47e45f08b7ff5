package owner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cespare/xxhash/v2"
)

// answeredFile remembers the highest message of which a command was answered.
// It is written before each answer and never fsynced: it outlives the process,
// and a journal that comes back shorter is noticed by it.
//
//	┌──────────┬──────────────┬────────────────────────┐
//	│ sequence │ running hash │ XXH64 of the 16 bytes  │
//	│ 8 B      │ 8 B          │ 8 B                    │
//	└──────────┴──────────────┴────────────────────────┘
type answeredFile struct {
	f   *os.File
	seq uint64
	run uint64
	buf [24]byte
}

// errAnswered says that the file cannot be believed.
var errAnswered = errors.New("its checksum does not match")

// openAnswered opens the file and reads what it says; zero is nothing. With
// errAnswered the file is open all the same.
func openAnswered(path string) (*answeredFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	a := &answeredFile{f: f}
	n, err := f.ReadAt(a.buf[:], 0)
	switch {
	case n == 0 && err == io.EOF:
		return a, nil
	case err != nil && err != io.EOF:
		f.Close()
		return nil, err
	case n < len(a.buf) || xxhash.Sum64(a.buf[:16]) != binary.LittleEndian.Uint64(a.buf[16:]):
		return a, fmt.Errorf("%s: %w", path, errAnswered)
	}
	a.seq, a.run = binary.LittleEndian.Uint64(a.buf[:]), binary.LittleEndian.Uint64(a.buf[8:])
	return a, nil
}

// write notes that a message is about to be answered.
func (a *answeredFile) write(seq, run uint64) error {
	binary.LittleEndian.PutUint64(a.buf[:], seq)
	binary.LittleEndian.PutUint64(a.buf[8:], run)
	binary.LittleEndian.PutUint64(a.buf[16:], xxhash.Sum64(a.buf[:16]))
	if _, err := a.f.WriteAt(a.buf[:], 0); err != nil {
		return err
	}
	a.seq, a.run = seq, run
	return nil
}

func (a *answeredFile) close() error { return a.f.Close() }
