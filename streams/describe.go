package streams

import (
	"context"
	"strconv"
	"strings"

	"shvm-db/internal/catalog"
	"shvm-db/internal/change"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// tableName takes the name out of a table's ARN; a name stays as it is.
func tableName(name string) string {
	if _, rest, ok := strings.Cut(name, ":table/"); ok && strings.HasPrefix(name, "arn:") {
		name, _, _ = strings.Cut(rest, "/")
	}
	return name
}

func (h *Handler) describeStream(ctx context.Context, in jsonscan.Value) ([]byte, error) {
	s, err := h.stream(text(in, "StreamArn"))
	if err != nil {
		return nil, err
	}
	shards, err := h.shards(ctx, s)
	if err != nil {
		return nil, err
	}
	if filter, ok := in.Field("ShardFilter"); ok && filter.Kind() == jsonscan.Object && text(filter, "Type") == "CHILD_SHARDS" {
		if shards, err = children(s, shards, text(filter, "ShardId")); err != nil {
			return nil, err
		}
	}
	if after := text(in, "ExclusiveStartShardId"); after != "" {
		at := index(shards, after)
		if at < 0 {
			return nil, fault.ShardNotFound(s.ARN, after)
		}
		shards = shards[at+1:]
	}
	last := ""
	if most := limit(in, 100); len(shards) > most {
		shards = shards[:most]
		last = shards[most-1].ID()
	}

	out := []byte(`{"StreamDescription":{"CreationRequestDateTime":`)
	out = appendSeconds(out, s.Created)
	out = append(out, `,"KeySchema":[`...)
	out = appendKeys(out, s.Key)
	out = append(out, ']')
	if last != "" {
		out = append(out, `,"LastEvaluatedShardId":`...)
		out = strconv.AppendQuote(out, last)
	}
	out = append(out, `,"Shards":[`...)
	for i, shard := range shards {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendShard(out, shard)
	}
	out = append(out, `],"StreamArn":`...)
	out = strconv.AppendQuote(out, s.ARN)
	out = append(out, `,"StreamLabel":`...)
	out = strconv.AppendQuote(out, s.Label)
	out = append(out, `,"StreamStatus":"`...)
	if s.Ended == 0 {
		out = append(out, "ENABLED"...)
	} else {
		out = append(out, "DISABLED"...)
	}
	out = append(out, `","StreamViewType":`...)
	out = strconv.AppendQuote(out, s.View)
	out = append(out, `,"TableName":`...)
	out = strconv.AppendQuote(out, s.Table)
	return append(out, '}', '}'), nil
}

// children are the shards whose parent is the given one.
func children(s catalog.StreamRecord, shards []change.Shard, parent string) ([]change.Shard, error) {
	if parent == "" {
		return nil, fault.ShardFilterIncomplete()
	}
	if index(shards, parent) < 0 {
		return nil, fault.ShardNotFound(s.ARN, parent)
	}
	var out []change.Shard
	for _, shard := range shards {
		if shard.Parent == parent {
			out = append(out, shard)
		}
	}
	return out, nil
}

func index(shards []change.Shard, id string) int {
	for i := range shards {
		if shards[i].ID() == id {
			return i
		}
	}
	return -1
}

func appendShard(out []byte, s change.Shard) []byte {
	out = append(out, '{')
	if s.Parent != "" {
		out = append(out, `"ParentShardId":`...)
		out = strconv.AppendQuote(out, s.Parent)
		out = append(out, ',')
	}
	out = append(out, `"SequenceNumberRange":{`...)
	if s.Closed {
		out = append(out, `"EndingSequenceNumber":"`...)
		out = append(out, change.Sequence(s.Partition, s.Last)...)
		out = append(out, `",`...)
	}
	out = append(out, `"StartingSequenceNumber":"`...)
	out = append(out, change.Sequence(s.Partition, s.First)...)
	out = append(out, `"},"ShardId":`...)
	out = strconv.AppendQuote(out, s.ID())
	return append(out, '}')
}

func appendKeys(out []byte, k catalog.Key) []byte {
	for i, a := range k.Hash {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"AttributeName":`...)
		out = appendName(out, a.Name)
		out = append(out, `,"KeyType":"HASH"}`...)
	}
	for _, a := range k.Range {
		out = append(out, `,{"AttributeName":`...)
		out = appendName(out, a.Name)
		out = append(out, `,"KeyType":"RANGE"}`...)
	}
	return out
}

// appendSeconds writes Unix milliseconds as seconds with their fraction.
func appendSeconds(out []byte, ms int64) []byte {
	return strconv.AppendFloat(out, float64(ms)/1000, 'f', -1, 64)
}
