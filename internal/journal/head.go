package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/cespare/xxhash/v2"
)

// head is a small file that remembers the last acknowledged message. It is
// written before anybody hears of the acknowledgement, and not synced: it
// outlives a killed process, and after a power cut it may be older than the
// journal, never newer (when the journal syncs every message).
//
// Two slots of 32 bytes, written in turn: sequence, hash, counter, and the XXH64
// of these three, all little-endian. The slot with a good checksum and the
// greater counter counts.
type head struct {
	f     *os.File
	seq   uint64
	hash  uint64
	count uint64
}

const (
	slotSize = 32
	headSize = 2 * slotSize
)

func openHead(name string, sync bool, log *slog.Logger) (*head, error) {
	_, statErr := os.Stat(name)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	h := &head{f: f}
	var b [headSize]byte
	n, err := f.ReadAt(b[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		f.Close()
		return nil, fmt.Errorf("journal: read %s: %w", name, err)
	}
	good := 0
	for i := 0; i+slotSize <= n; i += slotSize {
		slot := b[i : i+slotSize]
		if binary.LittleEndian.Uint64(slot[24:]) != xxhash.Sum64(slot[:24]) {
			continue
		}
		good++
		if c := binary.LittleEndian.Uint64(slot[16:]); good == 1 || c > h.count {
			h.seq, h.hash, h.count = binary.LittleEndian.Uint64(slot), binary.LittleEndian.Uint64(slot[8:]), c
		}
	}
	if statErr == nil && good == 0 {
		// A power cut can leave it so. The blocks verify themselves.
		log.Warn("the journal's head file is not readable and is made again: that the journal ends where it ended cannot be checked this once", "path", name)
	}
	if n < headSize || good == 0 {
		// Both slots are laid out now, so that a full disk later cannot refuse
		// the write.
		for range 2 {
			if err := h.set(h.seq, h.hash); err != nil {
				f.Close()
				return nil, err
			}
		}
		if sync {
			if err := f.Sync(); err != nil {
				f.Close()
				return nil, fmt.Errorf("journal: sync %s: %w", name, err)
			}
		}
	}
	return h, nil
}

// set remembers a message.
func (h *head) set(seq, hash uint64) error {
	h.seq, h.hash, h.count = seq, hash, h.count+1
	var slot [slotSize]byte
	binary.LittleEndian.PutUint64(slot[:], seq)
	binary.LittleEndian.PutUint64(slot[8:], hash)
	binary.LittleEndian.PutUint64(slot[16:], h.count)
	binary.LittleEndian.PutUint64(slot[24:], xxhash.Sum64(slot[:24]))
	if _, err := h.f.WriteAt(slot[:], int64(h.count%2)*slotSize); err != nil {
		return fmt.Errorf("journal: write %s: %w", h.f.Name(), err)
	}
	return nil
}

func (h *head) close() error { return h.f.Close() }
