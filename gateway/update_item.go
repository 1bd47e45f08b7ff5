package gateway

import (
	"context"

	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
)

var updateGrammar = grammar{
	expressions: []string{expr.UpdateExpression, expr.ConditionExpression},
	legacy:      []string{"AttributeUpdates", "Expected", "ConditionalOperator"},
}

func updateItem(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	ask := readAnswering(r.Body)
	c := r.command(command.Update)
	if err := enveloped.update(r.Body, c); err != nil {
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
	if f := checkTargets(t.Key, c.Update); f != nil {
		return nil, f
	}
	if f := checkWritten(t, c.Update); f != nil {
		return nil, f
	}
	if c.Update != nil && c.Update.Charge() > check.MaxItem {
		return nil, fault.UpdatedItemTooLarge()
	}
	return g.write(ctx, t, c, ask, dst)
}

// update reads what UpdateItem and its kin ask for, as far as no schema is
// needed.
func (l layer) update(body jsonscan.Value, c *command.Command) (err error) {
	if err := updateGrammar.check(body); err != nil {
		return l.word(err)
	}
	if c.KeyItem, err = l.items(body, "Key"); err != nil {
		return err
	}
	return l.updated(body, c)
}

// updated reads the update and the condition of a write in either form.
func (l layer) updated(body jsonscan.Value, c *command.Command) (err error) {
	c.OldOnFailure = oldOnFailure(body)
	if c.Update, err = l.attributeUpdates(body); err != nil {
		return err
	}
	if c.Update != nil && len(c.Update.Targets()) == 0 {
		c.Update = nil
	}
	if c.Condition, err = l.expected(body); err != nil {
		return err
	}
	ph, err := l.placeholders(body)
	if err != nil {
		return err
	}
	if v, ok := member(body, expr.UpdateExpression); ok {
		if c.Update, err = expr.ParseUpdate(v.Str(), ph); err != nil {
			return l.word(err)
		}
	}
	if c.Condition == nil {
		if c.Condition, err = l.condition(body, expr.ConditionExpression, ph); err != nil {
			return err
		}
	}
	return l.unused(ph)
}

// checkTargets refuses an update that writes a key attribute.
func checkTargets(k catalog.Key, u *expr.Update) *fault.Error {
	if u == nil {
		return nil
	}
	for _, path := range u.Targets() {
		for _, attrs := range [][]catalog.KeyAttr{k.Hash, k.Range} {
			for _, a := range attrs {
				if path[0].Name == a.Name {
					return fault.KeyUpdated(a.Name)
				}
			}
		}
	}
	return nil
}

// checkWritten refuses an update that sets an index key to a value, written in
// the expression itself, that cannot be one. What an update computes is checked
// when it is applied.
func checkWritten(t *catalog.Table, u *expr.Update) *fault.Error {
	if u == nil || len(t.Local)+len(t.Global) == 0 {
		return nil
	}
	var written item.Map
	values := u.Values()
	for i, path := range u.Targets() {
		if len(path) == 1 && values[i] != nil && isWhole(values[i].Kind) {
			written = append(written, item.Attr{Name: path[0].Name, Value: *values[i]})
		}
	}
	return check.Updated(t.Local, t.Global, written)
}

// isWhole says that a value of a kind is what an attribute becomes: sets may be
// elements to add or delete.
func isWhole(k item.Kind) bool { return k != item.SS && k != item.NS && k != item.BS }
