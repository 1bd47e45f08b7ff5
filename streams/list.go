package streams

import (
	"context"
	"strconv"

	"shvm-db/internal/jsonscan"
)

// limit reads the member Limit; otherwise it is the most there may be.
func limit(in jsonscan.Value, most int) int {
	v, ok := in.Field("Limit")
	if !ok || v.Kind() != jsonscan.Number {
		return most
	}
	n, err := strconv.Atoi(v.Number())
	if err != nil || n > most || n < 1 {
		return most
	}
	return n
}

func (h *Handler) listStreams(_ context.Context, in jsonscan.Value) ([]byte, error) {
	table, after, most := tableName(text(in, "TableName")), text(in, "ExclusiveStartStreamArn"), limit(in, 100)
	out := []byte(`{"Streams":[`)
	n, last := 0, ""
	for _, s := range h.streams() {
		if table != "" && s.Table != table || after != "" && s.ARN <= after {
			continue
		}
		if n == most {
			out = append(out, `],"LastEvaluatedStreamArn":`...)
			out = strconv.AppendQuote(out, last)
			return append(out, '}'), nil
		}
		if n > 0 {
			out = append(out, ',')
		}
		n, last = n+1, s.ARN
		out = append(out, `{"StreamArn":`...)
		out = strconv.AppendQuote(out, s.ARN)
		out = append(out, `,"StreamLabel":`...)
		out = strconv.AppendQuote(out, s.Label)
		out = append(out, `,"TableName":`...)
		out = strconv.AppendQuote(out, s.Table)
		out = append(out, '}')
	}
	return append(out, ']', '}'), nil
}
