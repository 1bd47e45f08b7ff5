package owner

import (
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"shvm-db/internal/command"
)

// head is how far the journal has been taken: everything that is decided from
// the journal alone, whatever the partitions hold. Two owners that took the
// same messages have the same head.
type head struct {
	seq uint64
	// run is the running hash: it covers every message from the journal's
	// beginning to seq.
	run uint64
	// base is the checkpoint's sequence and baseRun the running hash there;
	// tail[i] is the running hash at base+1+i.
	base, baseRun uint64
	tail          []uint64
	// appenders has the last batch of each appender.
	appenders map[uint64]appenderState
	// refused are the messages after base whose commands have no effect.
	refused map[uint64]refusal
}

// appenderState is the last batch that an appender got into the journal.
type appenderState struct {
	// number is the batch's, seq its message's.
	number, seq uint64
}

// refusal is why no command of a message is applied.
type refusal uint8

const (
	accepted refusal = iota
	// repeated: the batch is in the journal already.
	repeated
	// skipped: a batch between the appender's last one and this is missing, so
	// the order in which its clients saw their answers is not kept.
	skipped
)

// keepAppenders is how many messages after its last one an appender is
// remembered: far longer than a publish can be under way.
const keepAppenders = 1 << 20

// begin is the running hash of a journal without messages.
func begin(incarnation string) uint64 { return xxhash.Sum64String("shvm-db journal " + incarnation) }

// next is the running hash after one more message.
func next(run, message uint64) uint64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], run)
	binary.LittleEndian.PutUint64(b[8:], message)
	return xxhash.Sum64(b[:])
}

// at is the running hash at a sequence, if it is still known.
func (h *head) at(seq uint64) (uint64, bool) {
	switch {
	case seq == h.seq:
		return h.run, true
	case seq == h.base:
		return h.baseRun, true
	case seq > h.base && seq < h.seq:
		return h.tail[seq-h.base-1], true
	}
	return 0, false
}

// take moves the head over one message and says whether its commands are to be
// applied.
func (h *head) take(seq, message uint64, b command.Header) refusal {
	h.seq, h.run = seq, next(h.run, message)
	h.tail = append(h.tail, h.run)
	last, known := h.appenders[b.Incarnation]
	verdict := accepted
	switch {
	case known && b.Number <= last.number:
		verdict = repeated
	case b.Number != last.number+1:
		verdict = skipped
	default:
		h.appenders[b.Incarnation] = appenderState{b.Number, seq}
	}
	if verdict != accepted {
		h.refused[seq] = verdict
	}
	return verdict
}

// same checks a message that was taken before: it must be the same one. What
// lies before the checkpoint was checked when that was made.
func (h *head) same(seq, message uint64) error {
	before, ok := h.at(seq - 1)
	if !ok {
		return nil
	}
	if after, ok := h.at(seq); ok && next(before, message) != after {
		return &Damage{Path: "the journal", What: fmt.Sprintf("message %d was delivered again with another body", seq), Do: restoreAdvice}
	}
	return nil
}

// trim forgets what lies before a checkpoint.
func (h *head) trim(base uint64) {
	if base <= h.base {
		return
	}
	h.baseRun, _ = h.at(base)
	h.tail = append([]uint64(nil), h.tail[base-h.base:]...)
	h.base = base
	for seq := range h.refused {
		if seq <= base {
			delete(h.refused, seq)
		}
	}
	for id, a := range h.appenders {
		if a.seq+keepAppenders < base {
			delete(h.appenders, id)
		}
	}
}
