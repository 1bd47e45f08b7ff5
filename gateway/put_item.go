package gateway

import (
	"context"

	"shvm-db/internal/check"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
)

var conditionGrammar = grammar{
	expressions: []string{expr.ConditionExpression},
	legacy:      []string{"Expected", "ConditionalOperator"},
}

func putItem(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	ask := readAnswering(r.Body)
	c := r.command(command.Put)
	if err := enveloped.put(r.Body, ask.values, c); err != nil {
		return nil, err
	}
	t, err := g.table(text(r.Body, "TableName"))
	if err != nil {
		return nil, err
	}
	if f := check.Item(t.Key, t.Local, t.Global, c.Item); f != nil {
		return nil, f
	}
	if c.Key, err = key.Encode(t.Key, c.Item); err != nil {
		return nil, err
	}
	route(t, c)
	return g.write(ctx, t, c, ask, dst)
}

// put reads what PutItem and its kin ask for, as far as no schema is needed.
func (l layer) put(body jsonscan.Value, returns string, c *command.Command) (err error) {
	if err := conditionGrammar.check(body); err != nil {
		return l.word(err)
	}
	if c.Item, err = l.items(body, "Item"); err != nil {
		return err
	}
	if c.ItemSize() > check.MaxItem {
		return fault.ItemTooLarge()
	}
	if returns != "" && returns != "ALL_OLD" && returns != "NONE" {
		return l.word(fault.OnlyOldOrNone())
	}
	return l.conditioned(body, c)
}

// conditioned reads the condition of a write in either form.
func (l layer) conditioned(body jsonscan.Value, c *command.Command) (err error) {
	c.OldOnFailure = oldOnFailure(body)
	if c.Condition, err = l.expected(body); err != nil {
		return err
	}
	ph, err := l.placeholders(body)
	if err != nil {
		return err
	}
	if c.Condition == nil {
		if c.Condition, err = l.condition(body, expr.ConditionExpression, ph); err != nil {
			return err
		}
	}
	return l.unused(ph)
}
