// Package catalog describes tables, their indexes, and the partitions that
// hold them.
package catalog

import "shvm-db/internal/item"

// PartitionID names a partition for ever: it is never used again.
type PartitionID uint64

// Partition is a hash range [Lo, Hi] of a table or of one of its global
// indexes: one SQLite file, one actor.
type Partition struct {
	ID PartitionID `json:"id"`
	// Index is the global index the partition belongs to; "" is the table.
	Index string `json:"index,omitempty"`
	// Lo and Hi are the first and the last hash value, both included.
	Lo uint64 `json:"lo"`
	Hi uint64 `json:"hi"`
}

// KeyAttr is one attribute of a key.
type KeyAttr struct {
	Name string    `json:"name"`
	Kind item.Kind `json:"kind"` // S, N or B
}

// Key is a key schema: one hash attribute (up to four in a global index), and
// none or one range attribute (up to four in a global index).
type Key struct {
	Hash  []KeyAttr `json:"hash"`
	Range []KeyAttr `json:"range,omitempty"`
}

// Projection is what an index keeps of an item.
type Projection struct {
	Type    string   `json:"type"` // ALL, KEYS_ONLY, INCLUDE
	NonKeys []string `json:"non_keys,omitempty"`
}

// Index is a local or a global secondary index.
type Index struct {
	Name       string     `json:"name"`
	Key        Key        `json:"key"`
	Projection Projection `json:"projection"`
	// The rest is of global indexes only.

	// ID names the index for ever: one made again under the name has another.
	// It is the ID of the index's first partition when it was made.
	ID          PartitionID `json:"id,omitempty"`
	Status      string      `json:"status,omitempty"` // CREATING, UPDATING, DELETING, ACTIVE
	Backfilling bool        `json:"backfilling,omitempty"`
	Throughput  Throughput  `json:"throughput,omitzero"`
	OnDemand    OnDemand    `json:"on_demand,omitzero"`
	Warm        Warm        `json:"warm,omitzero"`
}

// Throughput is provisioned capacity, in units a second.
type Throughput struct {
	Read, Write                int64
	LastIncrease, LastDecrease int64 // Unix milliseconds; 0 is never
	DecreasesToday             int64
}

// OnDemand is the optional maximum of an on-demand table, in units a second;
// 0 is none.
type OnDemand struct{ MaxRead, MaxWrite int64 }

// Warm is warm throughput, in units a second; 0 is the default.
type Warm struct{ Read, Write int64 }

// Stream is the change stream of a table.
type Stream struct {
	View  string `json:"view"`  // KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES
	Label string `json:"label"` // the time it was enabled: 2006-01-02T15:04:05.000
	ARN   string `json:"arn"`
}

// Schema is what a partition must know to apply writes. It is part of the
// partition's state and changes only by commands in its journal.
type Schema struct {
	Table   string  `json:"table"`
	TableID string  `json:"table_id"`
	Key     Key     `json:"key"`
	Local   []Index `json:"local,omitempty"`
	// Global are the global indexes that writes have to keep, those being
	// filled included.
	Global []Index `json:"global,omitempty"`
	// Index is set in the partitions of a global index: its own description.
	Index  *Index  `json:"index,omitempty"`
	Stream *Stream `json:"stream,omitempty"`
	// TTL is the attribute of time to live; "" is off.
	TTL string `json:"ttl,omitempty"`
}
