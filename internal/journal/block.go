package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"
)

// A block file is a row of records, as nats-server 2.15 writes them
// (server/filestore.go, writeMsgRecordLocked), all little-endian:
//
//	0   4  length of the record; bit 31: it has headers
//	4   8  sequence; bit 63: erased, bit 62: the mark of a deletion
//	12  8  time, Unix nanoseconds
//	20  2  length of the subject
//	22     subject; with headers: 4 bytes length of headers, headers; body
//	-8  8  HighwayHash-64 over bytes 4 to 20, subject, headers and body
//
// The length fields are not part of the hash, which is why a body carries a
// checksum over its subject too.
const (
	recordHead   = 22
	recordMin    = recordHead + recordSum
	recordSum    = 8
	recordMax    = 32 << 20 // the server takes a longer one for damage
	headersBit   = 1 << 31
	erasedBit    = 1 << 63
	tombstoneBit = 1 << 62
)

// record is one record of a block; its slices lie in the block.
type record struct {
	seq       uint64
	erased    bool
	tombstone bool
	subject   []byte
	headers   []byte
	body      []byte
	size      int
}

// scanner reads the records of one block of one stream.
type scanner struct{ key [32]byte }

func newScanner(stream string, index int) *scanner {
	return &scanner{key: sha256.Sum256([]byte(stream + "-" + strconv.Itoa(index)))}
}

// next reads the record at the start of b, or says what is wrong with it.
func (s *scanner) next(b []byte) (record, string) {
	if len(b) < recordMin {
		return record{}, fmt.Sprintf("%d bytes are too few for a record", len(b))
	}
	length := binary.LittleEndian.Uint32(b)
	hasHeaders := length&headersBit != 0
	size := int(length &^ headersBit)
	slen := int(binary.LittleEndian.Uint16(b[20:]))
	border := recordHead + slen // where headers or body start
	if hasHeaders {
		border += 4
	}
	if size > recordMax || size > len(b) || border > size-recordSum {
		return record{}, fmt.Sprintf("the record's length of %d bytes cannot be", size)
	}
	r := record{size: size, seq: binary.LittleEndian.Uint64(b[4:])}
	r.erased, r.tombstone = r.seq&erasedBit != 0, r.seq&tombstoneBit != 0
	r.seq &^= erasedBit | tombstoneBit
	r.subject = b[recordHead : recordHead+slen]
	rest := b[border : size-recordSum]
	hash, err := highwayhash.New64(s.key[:])
	if err != nil {
		return record{}, err.Error()
	}
	hash.Write(b[4:20])
	hash.Write(r.subject)
	hash.Write(rest)
	if hash.Sum64() != binary.LittleEndian.Uint64(b[size-recordSum:]) {
		return record{}, "the record does not match its checksum"
	}
	r.body = rest
	if hasHeaders {
		hlen := int(binary.LittleEndian.Uint32(b[border-4:]))
		// That length is not part of the hash either; the headers show their end.
		if !bytes.HasPrefix(rest, []byte("NATS/1.0\r\n")) || hlen > len(rest) ||
			bytes.Index(rest, []byte("\r\n\r\n"))+4 != hlen {
			return record{}, fmt.Sprintf("the length of its headers, %d bytes, cannot be", hlen)
		}
		r.headers, r.body = rest[:hlen], rest[hlen:]
	}
	return r, ""
}

// resync looks for a good record anywhere behind a bad one.
func (s *scanner) resync(b []byte) bool {
	for at := 1; at+recordMin <= len(b); at++ {
		size := int(binary.LittleEndian.Uint32(b[at:]) &^ headersBit)
		if size < recordMin || at+size > len(b) {
			continue
		}
		if _, wrong := s.next(b[at:]); wrong == "" {
			return true
		}
	}
	return false
}

// block is one block file.
type block struct {
	index int
	path  string
}

// blocks lists the block files of a folder in order. A folder that is not
// there has none.
func blocks(dir string) ([]block, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.blk"))
	if err != nil {
		return nil, err
	}
	var out []block
	for _, name := range names {
		index, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".blk"))
		if err != nil {
			return nil, &Damage{Path: name, What: "this is not a name of a block", Do: "move the file away"}
		}
		out = append(out, block{index, name})
	}
	sort.Slice(out, func(a, b int) bool { return out[a].index < out[b].index })
	return out, nil
}

// blockStart is the greatest first sequence of a block that is not above seq; 0
// when there is none.
func blockStart(dir string, seq uint64) (uint64, error) {
	all, err := blocks(dir)
	if err != nil {
		return 0, err
	}
	var start uint64
	for _, b := range all {
		first, err := firstOf(b)
		if err != nil {
			return 0, err
		}
		if first > 0 && first <= seq {
			start = max(start, first)
		}
	}
	return start, nil
}

// firstOf reads the sequence of a block's first record; 0 is none.
func firstOf(b block) (uint64, error) {
	f, err := os.Open(b.path)
	if err != nil {
		return 0, fmt.Errorf("journal: %w", err)
	}
	defer f.Close()
	var head [recordHead]byte
	if n, _ := f.ReadAt(head[:], 0); n < recordHead {
		return 0, nil
	}
	seq := binary.LittleEndian.Uint64(head[4:])
	if seq&(erasedBit|tombstoneBit) != 0 {
		return 0, nil
	}
	return seq, nil
}
