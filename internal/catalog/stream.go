package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// StreamRetention is how long a stream can be read after it ended.
const StreamRetention = 24 * time.Hour

// StreamRecord is one change stream of a table: the current one, one that was
// turned off, or one whose table is gone. It can be read for 24 hours after it
// ended.
type StreamRecord struct {
	ARN     string `json:"arn"`
	Label   string `json:"label"`
	View    string `json:"view"`
	Table   string `json:"table"`
	TableID string `json:"table_id"`
	Key     Key    `json:"key"`
	// Created and Ended are Unix milliseconds; Ended is 0 while it is on.
	Created int64 `json:"created"`
	Ended   int64 `json:"ended,omitempty"`
	// Partitions are those that have shards in it.
	Partitions []PartitionID `json:"partitions"`
}

// endedPrefix is where the streams of tables that are gone are kept, by the
// table's id.
const endedPrefix = "ended."

// Streams lists all streams that can be read, or could be until lately: those
// of tables, on or off, and those of tables that are gone.
func (r *Registry) Streams() []StreamRecord {
	var out []StreamRecord
	for _, t := range r.Tables() {
		out = append(out, t.Streams...)
	}
	if ended := r.ended.Load(); ended != nil {
		for _, s := range *ended {
			out = append(out, s...)
		}
	}
	return out
}

// settleStreams brings the records of a table's streams in line with the one
// that is on, and forgets those past their time.
func (t *Table) settleStreams(now time.Time) {
	t.Streams = slices.DeleteFunc(t.Streams, func(s StreamRecord) bool { return expired(s, now) })
	found := false
	for i := range t.Streams {
		s := &t.Streams[i]
		switch {
		case t.Stream != nil && s.Label == t.Stream.Label:
			found = true
			s.Partitions = t.streamPartitions(s.Partitions)
		case s.Ended == 0:
			s.Ended = now.UnixMilli()
		}
	}
	if t.Stream != nil && !found {
		t.Streams = append(t.Streams, StreamRecord{
			ARN: t.Stream.ARN, Label: t.Stream.Label, View: t.Stream.View,
			Table: t.Name, TableID: t.ID, Key: t.Key,
			Created: now.UnixMilli(), Partitions: t.streamPartitions(nil),
		})
	}
}

// streamPartitions adds the table's own partitions to those a stream had.
func (t *Table) streamPartitions(had []PartitionID) []PartitionID {
	for _, p := range t.Partitions {
		if p.Index == "" && !slices.Contains(had, p.ID) {
			had = append(had, p.ID)
		}
	}
	return had
}

func expired(s StreamRecord, now time.Time) bool {
	return s.Ended != 0 && now.UnixMilli()-s.Ended > StreamRetention.Milliseconds()
}

// loadEnded reads the streams of a table that is gone; nil if they are past
// their time, when their record is deleted.
func (r *Registry) loadEnded(ctx context.Context, key string) ([]StreamRecord, error) {
	value, revision, err := r.store.Get(ctx, key)
	if errors.Is(err, ErrNoKey) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s of the catalog: %w", key, err)
	}
	var all []StreamRecord
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, fmt.Errorf("the catalog's record %s is damaged: %w", key, err)
	}
	now := r.now()
	kept := slices.DeleteFunc(all, func(s StreamRecord) bool { return expired(s, now) })
	if len(kept) == 0 {
		if err := r.store.Delete(ctx, key, revision); err != nil && !errors.Is(err, ErrNoKey) && !errors.Is(err, ErrChanged) {
			return nil, fmt.Errorf("forgetting %s of the catalog: %w", key, err)
		}
	}
	return kept, nil
}

// endStreams keeps the streams of a table that is about to go. The caller
// holds changing.
func (r *Registry) endStreams(ctx context.Context, t *Table) error {
	c, err := t.clone()
	if err != nil {
		return err
	}
	c.Stream = nil
	c.settleStreams(r.now())
	if len(c.Streams) == 0 {
		return nil
	}
	value, err := json.Marshal(c.Streams)
	if err != nil {
		return fmt.Errorf("encoding the streams of table %s: %w", t.Name, err)
	}
	// Somebody who was interrupted may have written it before.
	if _, err := r.store.Create(ctx, endedPrefix+t.ID, value); err != nil && !errors.Is(err, ErrChanged) {
		return fmt.Errorf("keeping the streams of table %s: %w", t.Name, err)
	}
	r.gone(t.ID, c.Streams)
	return nil
}

// gone publishes the streams of a table that is gone. The caller holds
// changing, or is alone.
func (r *Registry) gone(id string, streams []StreamRecord) {
	now := r.now()
	next := map[string][]StreamRecord{}
	if ended := r.ended.Load(); ended != nil {
		for k, s := range *ended {
			if slices.ContainsFunc(s, func(s StreamRecord) bool { return !expired(s, now) }) {
				next[k] = s
			}
		}
	}
	if len(streams) > 0 {
		next[id] = streams
	}
	r.ended.Store(&next)
}

func endedID(key string) (id string, ok bool) { return strings.CutPrefix(key, endedPrefix) }
