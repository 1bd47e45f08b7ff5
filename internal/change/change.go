// Package change describes what a write did to an item, as the change stream
// of a table tells it: records, and the shards that hold them. A shard is one
// generation of a partition; it ends when the partition is rolled over or
// ends, and its child opens where it stopped.
package change

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"shvm-db/internal/catalog"
)

// Event is what happened to an item. The numbers are in partition files: never
// change one.
type Event uint8

const (
	Insert Event = 1
	Modify Event = 2
	Remove Event = 3
)

// String is the event's name in a record: INSERT, MODIFY or REMOVE.
func (e Event) String() string {
	switch e {
	case Insert:
		return "INSERT"
	case Modify:
		return "MODIFY"
	case Remove:
		return "REMOVE"
	}
	return "?"
}

// The views of a stream: which images its records carry.
const (
	KeysOnly  = "KEYS_ONLY"
	NewImage  = "NEW_IMAGE"
	OldImage  = "OLD_IMAGE"
	BothImage = "NEW_AND_OLD_IMAGES"
)

// Record is one change of one item.
type Record struct {
	// Number counts the records of the partition and of its ancestors; with the
	// partition it makes the sequence number.
	Number uint64
	// Shard is the number of the shard that holds the record.
	Shard uint64
	Event Event
	// Stamp is the time of the write, in Unix milliseconds.
	Stamp int64
	// Service says that the service itself made the write: time to live.
	Service bool
	// Keys, Old and New are JSON objects from names to values; Old and New are
	// nil where the view or the event has none.
	Keys, Old, New []byte
	// Size is the size in bytes that the record tells: that of the keys and of
	// the images it carries.
	Size int
}

// Shard is one generation of a partition in a stream. All its members are part
// of the partition's state.
type Shard struct {
	// Number counts the shards of the partition and of its ancestors.
	Number uint64
	// Partition is the one that the shard is a generation of.
	Partition catalog.PartitionID
	// Label is that of the stream.
	Label string
	// Parent is the ID of the shard before it in the same stream; "" is none.
	Parent string
	// First is the number that the first record has or will have.
	First uint64
	// Last is the number at which a closed shard ended: that of its last
	// record, or First if it has none.
	Last   uint64
	Closed bool
	// Empty says that a closed shard had no record.
	Empty bool
	// Opened and Ended are Unix milliseconds; Ended is 0 while it is open.
	Opened, Ended int64
}

// ID is the shard's name: "shardId-", 20 digits, a dash and 8 hexadecimal
// digits, as the service writes it. It is a function of the partition, the
// time and the number, so it is found again without being kept.
func (s Shard) ID() string {
	head := fmt.Sprintf("%06d%014d", s.Number%1e6, s.Opened)
	sum := crc32.ChecksumIEEE(fmt.Appendf(nil, "%s/%d/%d", s.Label, s.Partition, s.Number))
	return fmt.Sprintf("shardId-%s-%08x", head, sum)
}

// Sequence numbers have 23 digits (the service's have 21 to 40): fifteen for
// the record's number, eight for the partition, which makes them unique in a
// stream and rising along a lineage.
const (
	sequenceBase   = 100_000_000_000_000
	partitionModul = 100_000_000
)

// Sequence is the sequence number of a record of a partition.
func Sequence(p catalog.PartitionID, number uint64) string {
	return fmt.Sprintf("%015d%08d", sequenceBase+number, uint64(p)%partitionModul)
}

// ParseSequence gives the number of the first record at or after a sequence
// number of a partition, and whether it is exactly one's number: the text need
// not be one that Sequence made. It fails for what is not decimal.
func ParseSequence(p catalog.PartitionID, text string) (number uint64, exact bool, err error) {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false, fmt.Errorf("sequence number %q is not decimal", text)
		}
	}
	text = strings.TrimLeft(text, "0")
	if len(text) > 23 {
		return 1<<63 - 1, false, nil
	}
	if len(text) < 23 {
		return 0, false, nil
	}
	head, err := strconv.ParseUint(text[:15], 10, 64)
	if err != nil {
		return 0, false, err
	}
	tail, err := strconv.ParseUint(text[15:], 10, 64)
	if err != nil {
		return 0, false, err
	}
	if head < sequenceBase {
		return 0, false, nil
	}
	number = head - sequenceBase
	own := uint64(p) % partitionModul
	switch {
	case tail == own:
		return number, true, nil
	case tail > own:
		return number + 1, false, nil
	}
	return number, false, nil
}

// Image is one image of an item: its JSON, nil if there was no item, and its
// size in bytes as DynamoDB counts it.
type Image struct {
	JSON []byte
	Size int
}

// Carry keeps in a record what a view carries, and sets its size: the keys
// always, images as the view says.
func (r *Record) Carry(view string, keys, old, new Image) {
	r.Keys, r.Size = keys.JSON, keys.Size
	if old.JSON != nil && (view == OldImage || view == BothImage) {
		r.Old = old.JSON
		r.Size += old.Size
	}
	if new.JSON != nil && (view == NewImage || view == BothImage) {
		r.New = new.JSON
		r.Size += new.Size
	}
}

// AppendJSON writes the record as GetRecords answers it. The event's ID is a
// function of the stream, the partition and the number, so it never changes.
func (r *Record) AppendJSON(dst []byte, p catalog.PartitionID, label, view string) []byte {
	sequence := Sequence(p, r.Number)
	dst = append(dst, `{"eventID":"`...)
	dst = fmt.Appendf(dst, "%08x%s", crc32.ChecksumIEEE([]byte(label)), sequence)
	dst = append(dst, `","eventName":"`...)
	dst = append(dst, r.Event.String()...)
	dst = append(dst, `","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"`...)
	dst = append(dst, catalog.Region...)
	dst = append(dst, `","dynamodb":{"ApproximateCreationDateTime":`...)
	dst = strconv.AppendInt(dst, r.Stamp/1000, 10)
	dst = append(dst, `,"Keys":`...)
	dst = append(dst, r.Keys...)
	if r.New != nil {
		dst = append(dst, `,"NewImage":`...)
		dst = append(dst, r.New...)
	}
	if r.Old != nil {
		dst = append(dst, `,"OldImage":`...)
		dst = append(dst, r.Old...)
	}
	dst = append(dst, `,"SequenceNumber":"`...)
	dst = append(dst, sequence...)
	dst = append(dst, `","SizeBytes":`...)
	dst = strconv.AppendInt(dst, int64(r.Size), 10)
	dst = append(dst, `,"StreamViewType":"`...)
	dst = append(dst, view...)
	dst = append(dst, `"}`...)
	if r.Service {
		dst = append(dst, `,"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}`...)
	}
	return append(dst, '}')
}

// Batch is some records of one shard.
type Batch struct {
	Records []Record
	// Next is the number to go on from.
	Next uint64
	// End says that the shard is closed and has no records from Next on.
	End bool
	// Trimmed says that there were records between the number asked for and the
	// oldest that is kept.
	Trimmed bool
}
