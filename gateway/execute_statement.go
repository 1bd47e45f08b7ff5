package gateway

import (
	"context"
	"errors"

	"shvm-db/internal/capacity"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/partiql"
)

func executeStatement(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	s, err := parseStatement(r.Body)
	if err != nil {
		return nil, err
	}
	if err := s.resolve(g); err != nil {
		return nil, err
	}
	if tree, ok := s.tree.(*partiql.Select); ok && !tree.Exists {
		rd, err := s.read(r, tree)
		if err != nil {
			return nil, err
		}
		return rd.answerStatement(g, ctx, r, dst)
	}
	c, returns, err := s.command(r)
	if err != nil {
		return nil, err
	}
	c.OldOnFailure = oldOnFailure(r.Body)
	ask := answering{values: returns, detail: capacity.ParseDetail(text(r.Body, "ReturnConsumedCapacity"))}
	ask.want(c)
	o, err := g.do(ctx, s.t, c)
	if err != nil {
		var f *fault.Error
		if errors.As(err, &f) {
			return nil, s.failed(f)
		}
		return nil, err
	}
	dst = append(dst, `{"Items":[`...)
	if returned := ask.image(o); len(returned) > 0 {
		dst = item.AppendJSON(dst, returned)
	}
	dst = append(dst, ']')
	if ask.detail != capacity.None {
		used := capacity.Consumed{TableName: s.t.Name}
		used.AddWrite(o, 1, localIn(s.t))
		dst = used.Append(append(dst, `,"ConsumedCapacity":`...), ask.detail)
	}
	return append(dst, '}'), nil
}
