package streams

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"math"
	"strconv"
	"strings"

	"shvm-db/internal/catalog"
	"shvm-db/internal/change"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// iterator is a place in a shard. Its text is the stream's ARN, "|1|", and the
// base64 of: issued, partition, shard, number (8 bytes each, big-endian) and
// the CRC-32 of ARN and those bytes (4 bytes).
type iterator struct {
	arn       string
	issued    int64 // Unix milliseconds
	partition catalog.PartitionID
	shard     uint64
	number    uint64
}

const iteratorSize = 4*8 + 4

func (it iterator) String() string {
	raw := make([]byte, 0, iteratorSize)
	raw = binary.BigEndian.AppendUint64(raw, uint64(it.issued))
	raw = binary.BigEndian.AppendUint64(raw, uint64(it.partition))
	raw = binary.BigEndian.AppendUint64(raw, it.shard)
	raw = binary.BigEndian.AppendUint64(raw, it.number)
	raw = binary.BigEndian.AppendUint32(raw, checksum(it.arn, raw))
	return it.arn + "|1|" + base64.StdEncoding.EncodeToString(raw)
}

func checksum(arn string, raw []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(arn)), crc32.IEEETable, raw)
}

func parseIterator(s string) (iterator, error) {
	arn, rest, ok := strings.Cut(s, "|1|")
	if !ok {
		return iterator{}, fault.InvalidIterator()
	}
	raw, err := base64.StdEncoding.DecodeString(rest)
	if err != nil || len(raw) != iteratorSize || checksum(arn, raw[:iteratorSize-4]) != binary.BigEndian.Uint32(raw[iteratorSize-4:]) {
		return iterator{}, fault.InvalidIterator()
	}
	return iterator{
		arn:       arn,
		issued:    int64(binary.BigEndian.Uint64(raw)),
		partition: catalog.PartitionID(binary.BigEndian.Uint64(raw[8:])),
		shard:     binary.BigEndian.Uint64(raw[16:]),
		number:    binary.BigEndian.Uint64(raw[24:]),
	}, nil
}

func (h *Handler) getShardIterator(ctx context.Context, in jsonscan.Value) ([]byte, error) {
	kind, sequence := text(in, "ShardIteratorType"), text(in, "SequenceNumber")
	stamp, timed, err := timestamp(in)
	if err != nil {
		return nil, err
	}
	numbered := kind == "AT_SEQUENCE_NUMBER" || kind == "AFTER_SEQUENCE_NUMBER"
	switch {
	case numbered && sequence == "":
		return nil, fault.SequenceMissing(kind)
	case !numbered && sequence != "":
		return nil, fault.SequenceUnwanted(kind)
	case kind == "AT_TIMESTAMP" && !timed:
		return nil, fault.TimestampMissing()
	case kind != "AT_TIMESTAMP" && timed:
		return nil, fault.TimestampUnwanted(kind)
	case timed && stamp > h.o.Now().UnixMilli():
		return nil, fault.TimestampInFuture()
	}
	s, err := h.stream(text(in, "StreamArn"))
	if err != nil {
		return nil, err
	}
	shard, err := h.shard(ctx, s, text(in, "ShardId"))
	if err != nil {
		return nil, err
	}
	number, err := h.place(ctx, shard, kind, sequence, stamp)
	if err != nil {
		return nil, err
	}
	it := iterator{arn: s.ARN, issued: h.o.Now().UnixMilli(), partition: shard.Partition, shard: shard.Number, number: number}
	return appendName([]byte(`{"ShardIterator":`), it.String(), '}'), nil
}

// place is the number at which a new iterator starts.
func (h *Handler) place(ctx context.Context, shard change.Shard, kind, sequence string, stamp int64) (uint64, error) {
	switch kind {
	case "TRIM_HORIZON":
		return h.oldest(ctx, shard.Partition, shard.Number)
	case "LATEST":
		return h.o.Source.Seek(ctx, shard.Partition, shard.Number, math.MaxInt64)
	case "AT_TIMESTAMP":
		stamp = max(stamp, h.o.Now().Add(-Retention).UnixMilli())
		return h.o.Source.Seek(ctx, shard.Partition, shard.Number, stamp)
	}
	number, exact, err := change.ParseSequence(shard.Partition, sequence)
	if err != nil || number < shard.First || shard.Closed && number > shard.Last {
		return 0, fault.InvalidSequence(sequence, shard.ID())
	}
	oldest, err := h.oldest(ctx, shard.Partition, shard.Number)
	if err != nil {
		return 0, err
	}
	if exact && kind == "AFTER_SEQUENCE_NUMBER" {
		number++
	}
	if number < oldest {
		return 0, fault.TrimmedData()
	}
	return number, nil
}

// oldest is the number of the oldest record of a shard that may still be read;
// older ones that are not trimmed yet do not count.
func (h *Handler) oldest(ctx context.Context, p catalog.PartitionID, shard uint64) (uint64, error) {
	return h.o.Source.Seek(ctx, p, shard, h.o.Now().Add(-Retention).UnixMilli())
}

// timestamp reads the member Timestamp: seconds, with a fraction, since 1970.
func timestamp(in jsonscan.Value) (ms int64, given bool, err error) {
	v, ok := in.Field("Timestamp")
	if !ok || v.Kind() == jsonscan.Null {
		return 0, false, nil
	}
	seconds, err := strconv.ParseFloat(v.Number(), 64)
	if err != nil || math.IsNaN(seconds) || math.Abs(seconds) > 1e15 {
		return 0, false, fault.Validation("Invalid Timestamp")
	}
	return int64(math.Ceil(seconds * 1000)), true, nil
}

// appendName writes a JSON string, and then bytes as they are.
func appendName(out []byte, s string, then ...byte) []byte {
	quoted, _ := json.Marshal(s) // a string always marshals
	return append(append(out, quoted...), then...)
}
