package streams

import (
	"context"
	"time"

	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

func (h *Handler) getRecords(ctx context.Context, in jsonscan.Value) ([]byte, error) {
	it, err := parseIterator(text(in, "ShardIterator"))
	if err != nil {
		return nil, err
	}
	now := h.o.Now()
	if now.Sub(time.UnixMilli(it.issued)) > iteratorLife {
		return nil, fault.ExpiredIterator()
	}
	s, err := h.stream(it.arn)
	if err != nil {
		return nil, err
	}
	oldest, err := h.oldest(ctx, it.partition, it.shard)
	if err != nil {
		return nil, err
	}
	if it.number < oldest {
		return nil, fault.TrimmedData()
	}
	batch, err := h.o.Source.Records(ctx, it.partition, it.shard, it.number, limit(in, maxRecords), maxBytes)
	if err != nil {
		return nil, err
	}
	if batch.Trimmed {
		return nil, fault.TrimmedData()
	}
	out := []byte(`{`)
	if !batch.End {
		it.number, it.issued = batch.Next, now.UnixMilli()
		out = appendName(append(out, `"NextShardIterator":`...), it.String(), ',')
	}
	out = append(out, `"Records":[`...)
	for i := range batch.Records {
		if i > 0 {
			out = append(out, ',')
		}
		out = batch.Records[i].AppendJSON(out, it.partition, s.Label, s.View)
	}
	return append(out, ']', '}'), nil
}
