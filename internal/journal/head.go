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
// Two slots of 40 bytes, written in turn: sequence, hash, first, counter, and the
// XXH64 of these four, all little-endian. The slot with a good checksum and the
// greater counter counts.
type head struct {
	f     *os.File
	fresh bool   // there was nothing to read
	seq   uint64 // of the last acknowledged message
	hash  uint64 // of that message
	first uint64 // everything from here on must be there; 0 is 1
	count uint64
}

const (
	slotSize = 40
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
		var v [5]uint64
		for k := range v {
			v[k] = binary.LittleEndian.Uint64(slot[8*k:])
		}
		if v[4] != xxhash.Sum64(slot[:32]) {
			continue
		}
		good++
		if good == 1 || v[3] > h.count {
			h.seq, h.hash, h.first, h.count = v[0], v[1], v[2], v[3]
		}
	}
	h.fresh = good == 0
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
			if err := h.sync(); err != nil {
				f.Close()
				return nil, err
			}
		}
	}
	return h, nil
}

// set remembers a message.
func (h *head) set(seq, hash uint64) error {
	h.seq, h.hash, h.count = seq, hash, h.count+1
	var slot [slotSize]byte
	for k, v := range [4]uint64{h.seq, h.hash, h.first, h.count} {
		binary.LittleEndian.PutUint64(slot[8*k:], v)
	}
	binary.LittleEndian.PutUint64(slot[32:], xxhash.Sum64(slot[:32]))
	if _, err := h.f.WriteAt(slot[:], int64(h.count%2)*slotSize); err != nil {
		return fmt.Errorf("journal: write %s: %w", h.f.Name(), err)
	}
	return nil
}

// sync makes what was set durable.
func (h *head) sync() error {
	if err := h.f.Sync(); err != nil {
		return fmt.Errorf("journal: sync %s: %w", h.f.Name(), err)
	}
	return nil
}

func (h *head) close() error { return h.f.Close() }
