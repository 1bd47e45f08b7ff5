package journal

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// doRepair is what to do about damage that a cut can mend.
const doRepair = "restore the folder from a backup; or run `shvm-db repair`, which says which writes would be lost before it cuts the file there"

// verify reads every block of every stream before the server does: the server
// itself drops what it cannot read without a word, and a flipped bit in a
// sequence makes it count for hours. It mends one thing: the torn record that
// a crash in the middle of a write leaves behind the last acknowledged one.
func verify(dir string, h *head, log *slog.Logger) error {
	streams, err := filepath.Glob(filepath.Join(filepath.Dir(streamDir(dir, "x")), "*"))
	if err != nil {
		return err
	}
	seen := false
	for _, name := range streams {
		stream := filepath.Base(name)
		if stream == streamName {
			seen = true
		}
		if err := verifyMeta(name, stream); err != nil {
			return err
		}
		v := &verifier{stream: stream, head: h, log: log}
		if err := v.run(messageDir(dir, stream)); err != nil {
			return err
		}
	}
	if !seen && h.seq > 0 {
		return &Damage{
			Path: streamDir(dir, streamName), Sequence: h.seq, What: fmt.Sprintf("the stream is missing, though messages up to %d were acknowledged", h.seq),
			Do: "restore the folder from a backup",
		}
	}
	return nil
}

// verifier walks the blocks of one stream.
type verifier struct {
	stream string
	head   *head
	log    *slog.Logger

	first    uint64 // the first message's sequence; 0 is none yet
	last     uint64 // the last message's sequence
	lastHash uint64 // the last message's stored hash
	hash     uint64 // the stored hash of the message that the head names
	seen     bool   // that message was met
	mend     mend   // of what is found wrong with the record at hand
}

func (v *verifier) journal() bool { return v.stream == streamName }

func (v *verifier) run(dir string) error {
	all, err := blocks(dir)
	if err != nil {
		return err
	}
	for i, b := range all {
		if err := v.block(b, i == len(all)-1); err != nil {
			return err
		}
	}
	if !v.journal() || v.head.seq == 0 {
		return nil
	}
	if v.last < v.head.seq {
		return &Damage{
			Path: dir, Sequence: v.last + 1, What: fmt.Sprintf("the journal ends at message %d, though messages up to %d were acknowledged", v.last, v.head.seq),
			Do: doRepair, mend: mendHead, last: v.last, hash: v.lastHash,
		}
	}
	if v.seen && v.hash != v.head.hash {
		return &Damage{
			Path: dir, Sequence: v.head.seq, What: fmt.Sprintf("message %d is another one than was acknowledged", v.head.seq),
			Do: "this folder mixes two journals: restore it from a backup; or run `shvm-db repair`, which takes the messages that are there", mend: mendHead, last: v.last, hash: v.lastHash,
		}
	}
	return nil
}

func (v *verifier) block(b block, tail bool) error {
	data, err := os.ReadFile(b.path)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return v.records(b, data, tail)
}

// records checks what is in a block; tail says that it is the last one.
func (v *verifier) records(b block, data []byte, tail bool) error {
	s := newScanner(v.stream, b.index)
	for at := 0; at < len(data); {
		v.mend = mendCut
		r, wrong := s.next(data[at:])
		if wrong == "" {
			wrong = v.record(r)
		}
		if wrong == "" {
			at += r.size
			continue
		}
		// A crash in the middle of a write leaves a part of a record, or, when
		// the power went too, a hole: always the last one, and never
		// acknowledged.
		if torn := tail && v.last >= v.acknowledged() && !s.resync(data[at:]); torn {
			v.log.Warn("the journal's last record was not completely written, and nobody was told that it was: it is cut off", "path", b.path, "offset", at, "reason", wrong)
			return truncate(b.path, int64(at))
		}
		return &Damage{Path: b.path, Offset: int64(at), Sequence: v.last + 1, What: wrong, Do: doRepair, mend: v.mend}
	}
	return nil
}

// acknowledged is the last sequence that must be there.
func (v *verifier) acknowledged() uint64 {
	if v.journal() {
		return v.head.seq
	}
	return 0
}

// record checks what the server's own checksum does not.
func (v *verifier) record(r record) string {
	if !v.journal() {
		// A bucket deletes: holes and marks are its daily life.
		if r.tombstone || r.erased {
			return ""
		}
		if !strings.HasPrefix(string(r.subject), "$KV.") {
			return fmt.Sprintf("a record of the bucket has the subject %q", r.subject)
		}
		if r.seq <= v.last {
			return fmt.Sprintf("message %d follows message %d", r.seq, v.last)
		}
		v.last = r.seq
		return ""
	}
	if r.tombstone || r.erased {
		// Left when the journal was emptied or moved forward: the sequence is
		// the last one that is gone.
		v.last = max(v.last, r.seq)
		return ""
	}
	if v.last > 0 && r.seq != v.last+1 {
		return fmt.Sprintf("message %d follows message %d", r.seq, v.last)
	}
	if first := max(v.head.first, 1); v.last == 0 && r.seq > first {
		v.mend = mendFirst
		return fmt.Sprintf("the journal starts at message %d, though it was never purged beyond %d", r.seq, first)
	}
	subject := plainSubject(string(r.subject))
	_, sum, ok := unseal(subject, r.body)
	if !ok {
		return fmt.Sprintf("message %d does not match its checksum", r.seq)
	}
	if r.seq == v.head.seq {
		v.seen, v.hash = true, sum
	}
	if v.first == 0 {
		v.first = r.seq
	}
	v.last, v.lastHash = r.seq, sum
	return ""
}

func truncate(name string, size int64) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		return fmt.Errorf("journal: cut %s: %w", name, err)
	}
	return f.Sync()
}

// dropIndexes removes what the server derives from its blocks.
func dropIndexes(dir string) error {
	for _, pattern := range []string{"*/msgs/index.db", "*/msgs/thw.db", "*/msgs/sched.db", "*/sources.db"} {
		names, err := filepath.Glob(filepath.Join(filepath.Dir(streamDir(dir, "x")), pattern))
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := removeIfThere(name); err != nil {
				return fmt.Errorf("journal: %w", err)
			}
		}
	}
	return nil
}
