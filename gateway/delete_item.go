package gateway

import (
	"context"

	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
)

func deleteItem(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	ask := readAnswering(r.Body)
	c := r.command(command.Delete)
	if err := enveloped.keyed(r.Body, ask.values, c); err != nil {
		return nil, err
	}
	if f := check.Empty(c.KeyItem); f != nil {
		return nil, f
	}
	t, err := g.table(text(r.Body, "TableName"))
	if err != nil {
		return nil, err
	}
	if err := locate(t, c); err != nil {
		return nil, err
	}
	return g.write(ctx, t, c, ask, dst)
}

// keyed reads what DeleteItem and its kin ask for, as far as no schema is
// needed.
func (l layer) keyed(body jsonscan.Value, returns string, c *command.Command) (err error) {
	if err := conditionGrammar.check(body); err != nil {
		return l.word(err)
	}
	if c.KeyItem, err = l.items(body, "Key"); err != nil {
		return err
	}
	if returns != "" && returns != "ALL_OLD" && returns != "NONE" {
		return l.word(fault.OnlyOldOrNone())
	}
	return l.conditioned(body, c)
}

// locate checks the key of a command against its table and encodes it.
func locate(t *catalog.Table, c *command.Command) (err error) {
	if f := check.Key(t.Key, c.KeyItem); f != nil {
		return f
	}
	if c.Key, err = key.Encode(t.Key, c.KeyItem); err != nil {
		return err
	}
	route(t, c)
	return nil
}
