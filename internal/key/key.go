// Package key makes the bytes under which items are stored. Their order is the
// order of the service: by the hash of the partition key, then by the partition
// key, then by the sort key.
//
//	key   = hash (8 bytes, big-endian) ‖ hash parts ‖ range parts
//	entry = key by the index's schema ‖ key of the item in its table
//
// A part of type S or B is its bytes with 0x00 written as 0x00 0xFF, and 0x00
// 0x01 at the end; a part of type N is what number.AppendKey makes. So bytes
// compare as values do, and no part begins another: the end of a part is known
// without a length.
package key

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"shvm-db/internal/catalog"
	"shvm-db/internal/item"
	"shvm-db/internal/number"
)

// HashSize is the bytes of the hash at the start of a key.
const HashSize = 8

// What is wrong with a key attribute. Gateways check keys in the words of the
// service before they come here.
var (
	ErrMissing = errors.New("key attribute is missing")
	ErrKind    = errors.New("key attribute has the wrong type")
)

// Hash is the hash of the values of a partition key: XXH64 over their parts.
func Hash(parts []item.Value) uint64 {
	var space [64]byte
	buf := space[:0]
	for i := range parts {
		buf = appendPart(buf, parts[i])
	}
	return xxhash.Sum64(buf)
}

// HashOf is the hash that a key begins with.
func HashOf(key []byte) uint64 { return binary.BigEndian.Uint64(key) }

// Encode is the key of an item, or of a map with its key attributes. The error
// is ErrMissing or ErrKind.
func Encode(k catalog.Key, m item.Map) ([]byte, error) {
	return appendKey(make([]byte, HashSize, 64), k, m)
}

// appendKey appends a key to the HashSize bytes that are kept for its hash.
func appendKey(dst []byte, k catalog.Key, m item.Map) ([]byte, error) {
	dst, err := appendAttrs(dst, k.Hash, m)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint64(dst, xxhash.Sum64(dst[HashSize:]))
	return appendAttrs(dst, k.Range, m)
}

func appendAttrs(dst []byte, attrs []catalog.KeyAttr, m item.Map) ([]byte, error) {
	for _, a := range attrs {
		v, ok := m.Get(a.Name)
		if !ok {
			return nil, ErrMissing
		}
		if v.Kind != a.Kind {
			return nil, ErrKind
		}
		dst = appendPart(dst, v)
	}
	return dst, nil
}

func appendPart(dst []byte, v item.Value) []byte {
	if v.Kind == item.N {
		return number.AppendKey(dst, v.Text)
	}
	return append(appendText(dst, v.Text), 0x00, 0x01)
}

func appendText(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		if s[i] == 0x00 {
			dst = append(dst, s[from:i+1]...)
			dst = append(dst, 0xFF)
			from = i + 1
		}
	}
	return append(dst, s[from:]...)
}

// HashPrefix is what the keys of all items with these partition key values
// begin with. The values are in the order of the schema; the error is
// ErrMissing or ErrKind.
func HashPrefix(k catalog.Key, values []item.Value) ([]byte, error) {
	if len(values) != len(k.Hash) {
		return nil, ErrMissing
	}
	dst := make([]byte, HashSize, 64)
	for i, v := range values {
		if v.Kind != k.Hash[i].Kind {
			return nil, ErrKind
		}
		dst = appendPart(dst, v)
	}
	binary.BigEndian.PutUint64(dst, xxhash.Sum64(dst[HashSize:]))
	return dst, nil
}

// Successor is the first key behind all that begin with the prefix; nil if
// there is none.
func Successor(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xFF {
			out := append([]byte(nil), prefix[:i+1]...)
			out[i]++
			return out
		}
	}
	return nil
}

// After is the first key behind one key, which need not be there: where a page
// that follows it starts.
func After(key []byte) []byte {
	out := make([]byte, len(key)+1)
	copy(out, key)
	return out
}

// Segment is the first and the last hash of segment i of n of a parallel scan.
// Segments are of equal size, and together they are all hashes.
func Segment(i, n int) (lo, hi uint64) {
	lo, _ = bits.Div64(uint64(i), 0, uint64(n))
	if i == n-1 {
		return lo, math.MaxUint64
	}
	next, _ := bits.Div64(uint64(i+1), 0, uint64(n))
	return lo, next - 1
}

// HashBounds bounds the keys whose hashes are from lo to hi, both included:
// from <= key < to. A nil to is the end.
func HashBounds(lo, hi uint64) (from, to []byte) {
	from = binary.BigEndian.AppendUint64(nil, lo)
	if hi < math.MaxUint64 {
		to = binary.BigEndian.AppendUint64(nil, hi+1)
	}
	return from, to
}

// IndexEntry is the key of an item in an index: the key by the index's schema,
// then the key of the item in its table, which makes it unique. ok is false if
// the item lacks an attribute of the index's key, so that it is not in it.
func IndexEntry(base, index catalog.Key, m item.Map) (entry []byte, ok bool) {
	entry, err := appendKey(make([]byte, HashSize, 128), index, m)
	if err != nil {
		return nil, false
	}
	baseKey, err := Encode(base, m)
	if err != nil {
		return nil, false
	}
	return append(entry, baseKey...), true
}

// Split parts the entry of an index into the index's own key and the item's key
// in its table. Both share the entry's bytes. It panics if the entry is not
// one of that schema.
func Split(index catalog.Key, entry []byte) (own, base []byte) {
	at := HashSize
	for _, a := range index.Hash {
		at += partLen(entry[at:], a.Kind)
	}
	for _, a := range index.Range {
		at += partLen(entry[at:], a.Kind)
	}
	return entry[:at:at], entry[at:]
}

// partLen is the length of the part at the start of b.
func partLen(b []byte, kind item.Kind) int {
	if kind == item.N {
		return number.KeyLen(b)
	}
	for i := 0; ; i++ {
		if b[i] == 0x00 {
			if b[i+1] == 0x01 {
				return i + 2
			}
			i++
		}
	}
}
