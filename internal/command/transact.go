package command

import (
	"encoding/binary"
	"fmt"

	"shvm-db/internal/catalog"
)

// Transaction is what a Transact command does: all its actions or none of them.
type Transaction struct {
	// Actions are Put, Update, Delete and Check commands in the order of the
	// request, no two of one item. Inside a journal all are of the command's own
	// partition; what a gateway asks for may spread over many.
	Actions []*Command
	// Token is the client's ClientRequestToken; "" is none.
	Token string
	// Digest is the hash of the request that a repeat of the token has to have.
	Digest []byte
}

// Point is one item to be read.
type Point struct {
	Partition catalog.PartitionID
	Key       []byte
}

// Sight is what was found at a Point.
type Sight struct {
	Row
	Found bool
	// Held says that an undecided transaction is about to write the item: the
	// reading is cancelled for it.
	Held bool
}

// AppendTransaction appends the byte form of a transaction, as drawn in
// docs/FORMATS.md.
func AppendTransaction(dst []byte, t *Transaction) []byte {
	dst = appendBytes(dst, []byte(t.Token))
	dst = appendBytes(dst, t.Digest)
	dst = binary.AppendUvarint(dst, uint64(len(t.Actions)))
	for _, a := range t.Actions {
		dst = AppendEntry(dst, Append(nil, a))
	}
	return dst
}

// DecodeTransaction reads what AppendTransaction wrote, which must be all of
// encoded. The result aliases it.
func DecodeTransaction(encoded []byte) (*Transaction, error) {
	r := reader{rest: encoded}
	t := &Transaction{Token: string(r.bytes()), Digest: r.bytes()}
	if len(t.Digest) == 0 {
		t.Digest = nil
	}
	n := r.uvarint()
	if r.bad || n > uint64(len(r.rest)) {
		return nil, fmt.Errorf("%w: a transaction is cut off", ErrFormat)
	}
	t.Actions = make([]*Command, 0, n)
	for range n {
		a, err := Decode(r.bytes())
		if err != nil {
			return nil, err
		}
		if a.Op == Transact {
			return nil, fmt.Errorf("%w: a transaction inside a transaction", ErrFormat)
		}
		t.Actions = append(t.Actions, a)
	}
	return t, r.end()
}
