package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// Verify reads every page of a file that nothing writes to, and gives
// ErrCorrupt if one does not match its checksum. Pages that are only in the
// file's log are not looked at: the log is verified when the file is opened.
func Verify(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return &Error{Path: path, Op: "verify", Detail: err.Error(), kind: ErrIO}
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(f, 64*pageSize)
	page := make([]byte, pageSize)
	for n := 1; ; n++ {
		_, err := io.ReadFull(in, page)
		switch {
		case err == io.EOF && n > 1:
			return nil
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			return &Error{Path: path, Op: "verify", Detail: fmt.Sprintf("page %d is cut off", n), kind: ErrCorrupt}
		case err != nil:
			return &Error{Path: path, Op: "verify", Detail: err.Error(), kind: ErrIO}
		case allZero(page):
			// SQLite never writes a page that one transaction takes and gives back.
			// Reading one is refused all the same.
		case !sumHolds(page):
			return &Error{Path: path, Op: "verify", Detail: fmt.Sprintf("page %d does not match its checksum", n), kind: ErrCorrupt}
		}
	}
}

func allZero(page []byte) bool {
	for _, b := range page {
		if b != 0 {
			return false
		}
	}
	return true
}
