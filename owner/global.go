package owner

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
	"shvm-db/internal/key"
	"shvm-db/owner/store"
)

// outgoing is what one write changes in one global index: it has to reach the
// partition that holds the item's new entry, and the one that held the old.
type outgoing struct {
	// seq is the message of the journal that the write was in.
	seq uint64
	// index is the index's ID, name its name.
	index catalog.PartitionID
	name  string
	// left is the hash under which the index held the item before, if it did.
	leaves bool
	left   uint64
	// entry has the new key, nil if the item left the index.
	entry command.Entry
}

// outbox are the changes of global indexes that are not yet confirmed. They
// are sent as soon as they are applied, before SQLite's COMMIT: a replay makes
// the same ones with the same numbers. Only what is not confirmed at a COMMIT
// goes into the file. The actor's lock guards it.
type outbox struct {
	// list is in the order of the numbers. spilled says that more follow that are
	// only in the file.
	list    []outgoing
	spilled bool
	// low: everything up to it is confirmed. kept: what is not confirmed up to
	// it is in the file. row is the lowest number in the file; 0 is none.
	low, kept, row int64
	// sending says that a sender is at it; more wakes it.
	sending bool
	more    chan struct{}
}

const outboxQueue = "index"

// outboxRoom is how many changes of a partition are held in memory. While an
// index cannot be reached, more wait in the file alone.
var outboxRoom = 16 * sendCount

func (b *outbox) empty() bool { return len(b.list) == 0 && !b.spilled }

// behind says whether a change made by a message up to seq is not confirmed.
func (b *outbox) behind(seq uint64) bool {
	if len(b.list) == 0 {
		return b.spilled
	}
	return b.list[0].seq <= seq
}

// confirm notes that everything up to a number has been applied where it
// belongs.
func (b *outbox) confirm(number int64) {
	n := b.after(number)
	clear(b.list[:n])
	b.list = b.list[n:]
	b.low = max(b.low, number)
}

// after is the place of the first change above a number.
func (b *outbox) after(number int64) int {
	return sort.Search(len(b.list), func(i int) bool { return b.list[i].entry.Number > number })
}

// load reads what a file that was just opened still has to send.
func (b *outbox) load(f *store.Store) error {
	b.list, b.row = nil, 0
	b.low, b.kept = f.Mark().Outbox, f.Mark().Outbox
	if err := b.refill(f, 0); err != nil || len(b.list) == 0 {
		return err
	}
	b.row = b.list[0].entry.Number
	b.low = b.row - 1
	return nil
}

// refill reads changes above a number from the file.
func (b *outbox) refill(f *store.Store, above int64) error {
	rows, err := f.ReadOut(outboxQueue, above, outboxRoom)
	if err != nil {
		return err
	}
	for _, r := range rows {
		m, err := decodeOutgoing(r.Body)
		if err != nil {
			return corrupt(f, err)
		}
		b.list = append(b.list, m)
	}
	b.spilled = len(rows) == outboxRoom
	return nil
}

// keep puts what is not confirmed into the file, in the transaction that is
// about to end, and takes out what is.
func (b *outbox) keep(f *store.Store) error {
	for i := b.after(b.kept); i < len(b.list); i++ {
		n := b.list[i].entry.Number
		if err := f.PushOut(outboxQueue, store.Message{Number: n, Body: appendOutgoing(nil, &b.list[i])}); err != nil {
			return err
		}
		if b.row == 0 {
			b.row = n
		}
	}
	b.kept = max(b.kept, f.Mark().Outbox)
	if len(b.list) > outboxRoom {
		b.list, b.spilled = slices.Clone(b.list[:outboxRoom]), true
	}
	if b.row == 0 || b.row > b.low {
		return nil
	}
	if err := f.TrimOut(outboxQueue, b.low); err != nil {
		return err
	}
	b.row = 0
	switch {
	case len(b.list) > 0:
		b.row = b.list[0].entry.Number
	case b.spilled:
		b.row = b.low + 1
	}
	return nil
}

// push numbers a change and takes it into the outbox.
func (b *outbox) push(f *store.Store, m outgoing) error {
	mark := f.Mark()
	mark.Outbox++
	f.SetMark(mark)
	m.entry.Number = mark.Outbox
	if b.spilled {
		return f.PushOut(outboxQueue, store.Message{Number: mark.Outbox, Body: appendOutgoing(nil, &m)})
	}
	b.list = append(b.list, m)
	return nil
}

// globalEntries compares the entries of the item in the global indexes before
// and after, and notes what changes in the outcome. It writes nothing.
func (w *write) globalEntries(out *command.Outcome) {
	for i := range w.schema.Global {
		ix := &w.schema.Global[i]
		was, is := w.globalEntry(ix, w.oldItem, out.OldSize, w.old.Item), w.globalEntry(ix, w.next, w.nextSize, w.nextJSON)
		if c, changed := indexChange(ix.Name, was, is); changed {
			out.Indexes = append(out.Indexes, c)
			w.global = append(w.global, globalChange{ix, was.key, is})
		}
	}
}

// globalEntry is entryOf for an item whose size and JSON are known: an index
// that projects everything shares them.
func (w *write) globalEntry(ix *catalog.Index, m item.Map, size int, text []byte) entry {
	if m == nil || ix.Projection.Type != "ALL" {
		return entryOf(w.schema.Key, ix, m)
	}
	k, ok := key.IndexEntry(w.schema.Key, ix.Key, m)
	if !ok {
		return entry{}
	}
	return entry{key: k, item: m, size: size, json: text}
}

// globalChange is an entry of globalEntries.
type globalChange struct {
	ix  *catalog.Index
	was []byte
	is  entry
}

// storeGlobal puts what globalEntries found into the outbox, under the version
// that the item has now.
func (w *write) storeGlobal(version int64) error {
	for _, g := range w.global {
		if err := w.out.push(w.file, changeOf(w.seq, g.ix, w.c.Key, version, g.was, g.is)); err != nil {
			return err
		}
	}
	return nil
}

func changeOf(seq uint64, ix *catalog.Index, base []byte, version int64, was []byte, is entry) outgoing {
	m := outgoing{seq: seq, index: ix.ID, name: ix.Name,
		entry: command.Entry{Base: base, Version: version, Key: is.key, Size: is.size}}
	if was != nil {
		m.leaves, m.left = true, key.HashOf(was)
	}
	switch {
	case is.key == nil:
	case is.json != nil:
		m.entry.Item = is.json
	default:
		m.entry.Item = item.AppendJSON(nil, is.item)
	}
	return m
}

// feed applies entries to a partition of a global index. Of two that speak of
// one item the one with the higher version is right, whichever comes first;
// heed false ignores that, for the tests that must notice.
func feed(f *store.Store, c *command.Entries, heed bool) error {
	low, err := f.Low(c.Source)
	if err != nil {
		return err
	}
	for i := range c.List {
		e := &c.List[i]
		if e.Number <= low && heed {
			continue
		}
		if err := feedOne(f, c.Source, e, heed); err != nil {
			return err
		}
	}
	if c.Low <= low {
		return nil
	}
	return f.SetLow(c.Source, c.Low)
}

func feedOne(f *store.Store, source catalog.PartitionID, e *command.Entry, heed bool) error {
	version, was, known, err := f.Entry(e.Base)
	if err != nil || heed && known && version >= e.Version {
		return err
	}
	if was != nil && !bytes.Equal(was, e.Key) {
		r, found, err := f.Stat(was)
		if err != nil {
			return err
		}
		if found {
			if err := f.Delete(r.ID); err != nil {
				return err
			}
		}
	}
	if e.Key != nil {
		r := store.Record{Key: e.Key}
		if was != nil && bytes.Equal(was, e.Key) {
			if r, _, err = f.Stat(e.Key); err != nil {
				return err
			}
		}
		r.Item, r.Size, r.Version = e.Item, e.Size, e.Version
		if err := f.Put(&r); err != nil {
			return err
		}
	}
	return f.SetEntry(source, e.Number, e.Base, e.Version, e.Key)
}

// appendOutgoing appends the byte form of a change in the outbox, as drawn in
// docs/FORMATS.md.
func appendOutgoing(dst []byte, m *outgoing) []byte {
	dst = binary.AppendUvarint(dst, m.seq)
	dst = binary.AppendUvarint(dst, uint64(m.index))
	dst = binary.AppendUvarint(dst, uint64(len(m.name)))
	dst = append(dst, m.name...)
	if m.leaves {
		dst = append(dst, 1)
	} else {
		dst = append(dst, 0)
	}
	dst = binary.LittleEndian.AppendUint64(dst, m.left)
	return command.AppendOneEntry(dst, &m.entry)
}

func decodeOutgoing(b []byte) (outgoing, error) {
	var m outgoing
	var err error
	seq, n := binary.Uvarint(b)
	if n <= 0 {
		return m, fmt.Errorf("%w: an index change is cut off", command.ErrFormat)
	}
	index, k := binary.Uvarint(b[n:])
	if k <= 0 {
		return m, fmt.Errorf("%w: an index change is cut off", command.ErrFormat)
	}
	b = b[n+k:]
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) || len(b)-n-int(size) < 9 {
		return m, fmt.Errorf("%w: an index change is cut off", command.ErrFormat)
	}
	m.seq, m.index, m.name = seq, catalog.PartitionID(index), string(b[n:n+int(size)])
	b = b[n+int(size):]
	m.leaves, m.left = b[0] == 1, binary.LittleEndian.Uint64(b[1:])
	m.entry, err = command.DecodeOneEntry(b[9:])
	return m, err
}
