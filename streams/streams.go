// Package streams serves the DynamoDB Streams API: which streams there are,
// the shards of each with their lineage, and the records in them. It keeps
// nothing of its own: shards and records are rows in the partitions' files,
// written in the transaction that changed the item.
package streams

import (
	"context"
	"sort"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/change"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// Retention is how long a record can be read.
const Retention = 24 * time.Hour

// iteratorLife is how long an iterator can be used.
const iteratorLife = 15 * time.Minute

// The limits of GetRecords: records and bytes of an answer.
const (
	maxRecords = 1000
	maxBytes   = 1 << 20
)

// Source reads the shards and records of partitions.
type Source interface {
	// Shards lists a partition's shards in a stream, oldest first: the open one,
	// and closed ones until all their records are gone.
	Shards(ctx context.Context, p catalog.PartitionID, label string) ([]change.Shard, error)
	// Records reads the records of one shard from a number on, at most limit of
	// them, ending with the one that reaches bytes.
	Records(ctx context.Context, p catalog.PartitionID, shard, from uint64, limit, bytes int) (change.Batch, error)
	// Seek is the number of the first record of a shard at or after a time in
	// Unix milliseconds; the shard's next number if there is none.
	Seek(ctx context.Context, p catalog.PartitionID, shard uint64, stamp int64) (uint64, error)
}

// Registry knows the streams.
type Registry interface {
	// Streams lists all streams that can be read, in no order.
	Streams() []catalog.StreamRecord
}

// Options are what a Handler needs.
type Options struct {
	Source   Source
	Registry Registry
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Handler answers the four operations of the Streams API.
type Handler struct{ o Options }

// New makes a Handler.
func New(o Options) *Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Handler{o}
}

// Operations maps the API's names to what answers them. The request has passed
// the member constraints of the API model; answers are JSON.
func (h *Handler) Operations() map[string]func(context.Context, jsonscan.Value) ([]byte, error) {
	return map[string]func(context.Context, jsonscan.Value) ([]byte, error){
		"ListStreams":      h.listStreams,
		"DescribeStream":   h.describeStream,
		"GetShardIterator": h.getShardIterator,
		"GetRecords":       h.getRecords,
	}
}

// streams lists what can be read now, by ARN.
func (h *Handler) streams() []catalog.StreamRecord {
	all := h.o.Registry.Streams()
	oldest := h.o.Now().Add(-Retention).UnixMilli()
	kept := all[:0:0]
	for _, s := range all {
		if s.Ended == 0 || s.Ended > oldest {
			kept = append(kept, s)
		}
	}
	sort.Slice(kept, func(i, j int) bool { return kept[i].ARN < kept[j].ARN })
	return kept
}

func (h *Handler) stream(arn string) (catalog.StreamRecord, error) {
	for _, s := range h.streams() {
		if s.ARN == arn {
			return s, nil
		}
	}
	return catalog.StreamRecord{}, fault.StreamNotFound(arn)
}

// shards lists a stream's shards, oldest first; shards that opened at the same
// time are in the order of their names.
func (h *Handler) shards(ctx context.Context, s catalog.StreamRecord) ([]change.Shard, error) {
	var all []change.Shard
	for _, p := range s.Partitions {
		some, err := h.o.Source.Shards(ctx, p, s.Label)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	sort.SliceStable(all, func(i, j int) bool {
		if all[i].Opened != all[j].Opened {
			return all[i].Opened < all[j].Opened
		}
		if all[i].Partition != all[j].Partition {
			return all[i].Partition < all[j].Partition
		}
		return all[i].Number < all[j].Number
	})
	return all, nil
}

func (h *Handler) shard(ctx context.Context, s catalog.StreamRecord, id string) (change.Shard, error) {
	all, err := h.shards(ctx, s)
	if err != nil {
		return change.Shard{}, err
	}
	for _, shard := range all {
		if shard.ID() == id {
			return shard, nil
		}
	}
	return change.Shard{}, fault.ShardNotFound(s.ARN, id)
}

func text(in jsonscan.Value, name string) string {
	if v, ok := in.Field(name); ok && v.Kind() == jsonscan.String {
		return v.Str()
	}
	return ""
}
