package command

import (
	"encoding/binary"
	"fmt"

	"shvm-db/internal/catalog"
)

// Transaction is what a Transact command does: all its actions or none of them.
// A gateway sets Actions, Token and Digest; the rest is between the owner's own
// commands.
type Transaction struct {
	// Actions are Put, Update, Delete and Check commands in the order of the
	// request, no two of one item. Inside a journal all are of the command's own
	// partition; what a gateway asks for may spread over many.
	Actions []*Command
	// Token is the client's ClientRequestToken; "" is none.
	Token string
	// Digest is the hash of the request that a repeat of the token has to have.
	Digest []byte

	// ID names the transaction for ever: 16 random bytes.
	ID []byte
	// Participants are the partitions of its actions.
	Participants []catalog.PartitionID
	// Commit is what a Decide, Finish or Settle is about; if not, it is an abort.
	Commit bool
}

// State is how far a transaction is.
type State uint8

const (
	Undecided State = iota
	Committed
	Aborted
)

// Verdict is what the ledger of transactions answers.
type Verdict struct {
	// ID is the transaction that is meant: an earlier one, if the token came
	// before.
	ID    []byte
	State State
	// Participants are its partitions, if the ledger still knows them.
	Participants []catalog.PartitionID
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
	dst = appendBytes(dst, t.ID)
	dst = binary.AppendUvarint(dst, uint64(len(t.Participants)))
	for _, p := range t.Participants {
		dst = binary.AppendUvarint(dst, uint64(p))
	}
	commit := uint64(0)
	if t.Commit {
		commit = 1
	}
	dst = binary.AppendUvarint(dst, commit)
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
	t := &Transaction{Token: string(r.bytes()), Digest: r.bytes(), ID: r.bytes()}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		t.Participants = append(t.Participants, catalog.PartitionID(r.uvarint()))
	}
	switch r.uvarint() {
	case 0:
	case 1:
		t.Commit = true
	default:
		r.fail()
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
