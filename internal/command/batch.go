package command

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ApplyVersion is the version of the rules by which this program applies
// commands. A batch carries the version it was made for; a program applies
// only versions that it implements.
const ApplyVersion = 1

// HeaderSize is the length of a batch's head in bytes.
const HeaderSize = 1 + 1 + 8 + 8 + 8 + 4

const batchFormat = 1

// ErrFormat is behind every error of decoding: the bytes are not a batch or a
// command that this program knows.
var ErrFormat = errors.New("not a batch of commands this program can read")

// Header is the head of a batch, the body of one message of the journal. It is
// drawn in docs/FORMATS.md.
type Header struct {
	// Apply is the version of the rules the batch is applied by.
	Apply uint8
	// Incarnation is the appender that made the batch, Number its place among
	// that appender's batches: 1, 2, 3 without a gap.
	Incarnation, Number uint64
	// Time is when the batch was made, in Unix milliseconds: the journal's clock,
	// by which deadlines are judged.
	Time int64
	// Count is the number of commands.
	Count int
}

// AppendHeader appends the head of a batch. h.Count entries follow it.
func AppendHeader(dst []byte, h Header) []byte {
	dst = append(dst, batchFormat, h.Apply)
	dst = binary.LittleEndian.AppendUint64(dst, h.Incarnation)
	dst = binary.LittleEndian.AppendUint64(dst, h.Number)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.Time))
	return binary.LittleEndian.AppendUint32(dst, uint32(h.Count))
}

// AppendEntry appends one encoded command (made by Append) with its length.
func AppendEntry(dst, encoded []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(encoded)))
	return append(dst, encoded...)
}

// ParseHeader reads the head of a batch; entries are what follows it, to be
// read with NextEntry.
func ParseHeader(body []byte) (h Header, entries []byte, err error) {
	if len(body) < HeaderSize {
		return Header{}, nil, fmt.Errorf("%w: %d bytes are no header", ErrFormat, len(body))
	}
	if body[0] != batchFormat {
		return Header{}, nil, fmt.Errorf("%w: format %d", ErrFormat, body[0])
	}
	h = Header{
		Apply:       body[1],
		Incarnation: binary.LittleEndian.Uint64(body[2:]),
		Number:      binary.LittleEndian.Uint64(body[10:]),
		Time:        int64(binary.LittleEndian.Uint64(body[18:])),
		Count:       int(binary.LittleEndian.Uint32(body[26:])),
	}
	if h.Apply == 0 || h.Apply > ApplyVersion {
		return Header{}, nil, fmt.Errorf("%w: apply version %d, this program has %d", ErrFormat, h.Apply, ApplyVersion)
	}
	if h.Count > len(body)-HeaderSize {
		return Header{}, nil, fmt.Errorf("%w: %d commands in %d bytes", ErrFormat, h.Count, len(body))
	}
	return h, body[HeaderSize:], nil
}

// NextEntry takes the first encoded command off entries. Both results alias
// entries.
func NextEntry(entries []byte) (encoded, rest []byte, err error) {
	n, used := binary.Uvarint(entries)
	if used <= 0 || n > uint64(len(entries)-used) {
		return nil, nil, fmt.Errorf("%w: a command is cut off", ErrFormat)
	}
	return entries[used : used+int(n)], entries[used+int(n):], nil
}
