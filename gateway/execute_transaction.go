package gateway

import (
	"context"
	"crypto/sha256"
	"errors"

	"shvm-db/internal/capacity"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/partiql"
)

func executeTransaction(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	list, _ := r.Body.Field("TransactStatements")
	statements, reads, err := parseTransaction(list)
	if err != nil {
		return nil, err
	}
	for _, s := range statements {
		if err := s.resolve(g); err != nil {
			return nil, err
		}
	}
	if reads {
		return g.readStatements(ctx, r, statements, dst)
	}
	return g.writeStatements(ctx, r, list, statements, dst)
}

// parseTransaction reads the statements, and tells whether they read. EXISTS is
// a condition of those that write.
func parseTransaction(list jsonscan.Value) (statements []*statement, reads bool, err error) {
	writes := false
	for body := range list.Elems() {
		s, err := parseStatement(body)
		if err != nil {
			return nil, false, err
		}
		returning := partiql.Returning("")
		switch tree := s.tree.(type) {
		case *partiql.Select:
			reads, writes = reads || !tree.Exists, writes || tree.Exists
		case *partiql.Update:
			writes, returning = true, tree.Returning
		case *partiql.Delete:
			writes, returning = true, tree.Returning
		default:
			writes = true
		}
		if returning != "" {
			return nil, false, fault.InTransactStatement(len(statements), fault.TransactReturning())
		}
		statements = append(statements, s)
	}
	if reads && writes {
		return nil, false, fault.MixedTransaction()
	}
	return statements, reads, nil
}

// readStatements reads the items of SELECTs as they are at one moment.
func (g *Gateway) readStatements(ctx context.Context, r *Request, statements []*statement, dst []byte) ([]byte, error) {
	looks := make([]look, len(statements))
	for i, s := range statements {
		if s.index != "" {
			return nil, fault.InTransactStatement(i, fault.TransactIndex())
		}
		at, ok, err := s.one()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fault.InTransactStatement(i, fault.SelectWithoutKey("ExecuteTransaction"))
		}
		looks[i] = look{name: s.t.Name, t: s.t, key: at}
	}
	points, err := pointsOf(looks)
	if err != nil {
		return nil, err
	}
	sights, err := g.snapshot(ctx, looks, points)
	if err != nil {
		return nil, err
	}
	dst = append(dst, `{"Responses":[`...)
	for i := range sights {
		dst = append(separate(dst), '{')
		if sights[i].Found {
			shape := columns(statements[i].tree.(*partiql.Select))
			if dst, err = appendShaped(append(dst, `"Item":`...), sights[i].Item, shape); err != nil {
				return nil, err
			}
		}
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
	if d := capacity.ParseDetail(text(r.Body, "ReturnConsumedCapacity")); d != capacity.None {
		dst = appendLooked(dst, looks, sights, d)
	}
	return append(dst, '}'), nil
}

// writeStatements does statements that write, all or none.
func (g *Gateway) writeStatements(ctx context.Context, r *Request, list jsonscan.Value, statements []*statement, dst []byte) ([]byte, error) {
	actions := make([]action, len(statements))
	for i, s := range statements {
		var err error
		if tree, ok := s.tree.(*partiql.Select); ok {
			actions[i], err = s.exists(r, tree, i)
		} else {
			actions[i], _, err = s.draft(r)
		}
		if err != nil {
			return nil, err
		}
		actions[i].c.OldOnFailure = oldOnFailure(list.Index(i))
	}
	if err := checkTransaction(actions); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(list.Raw())
	c := r.command(command.Transact)
	c.Transaction = &command.Transaction{Token: text(r.Body, "ClientRequestToken"), Digest: digest[:]}
	for i := range actions {
		c.Transaction.Actions = append(c.Transaction.Actions, actions[i].c)
	}
	o, err := g.transact(ctx, c, actions)
	if err != nil {
		return nil, reworded(statements, err)
	}
	// A transaction of writes has no responses.
	dst = append(dst, `{"Responses":[]`...)
	at := len(dst)
	dst = appendTransacted(dst, actions, o, answering{detail: capacity.ParseDetail(text(r.Body, "ReturnConsumedCapacity"))})
	if len(dst) == at+len("{}") {
		return append(dst[:at], '}'), nil
	}
	dst[at] = ','
	return dst, nil
}

// exists is the check that EXISTS(SELECT …) stands for.
func (s *statement) exists(r *Request, tree *partiql.Select, i int) (a action, err error) {
	if s.index != "" {
		return a, fault.InTransactStatement(i, fault.TransactIndex())
	}
	a = action{name: s.t.Name, t: s.t, c: r.command(command.Check)}
	at, rest, ok, err := partiql.Single(tree.Where, s.t.Key, s.params)
	if err != nil {
		return a, err
	}
	if !ok || rest == nil {
		return a, fault.InTransactStatement(i, fault.TransactExists())
	}
	a.c.KeyItem = at
	a.c.Condition, err = partiql.Condition(s.params, rest...)
	return a, err
}

// reworded puts the reasons of a cancelled transaction into the words of its
// statements: what an INSERT finds is a duplicate.
func reworded(statements []*statement, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Reasons) != len(statements) {
		return err
	}
	reasons := make([]fault.Reason, len(statements))
	for i, s := range statements {
		reasons[i] = f.Reasons[i]
		if _, insert := s.tree.(*partiql.Insert); insert && reasons[i].Code == "ConditionalCheckFailed" {
			reasons[i] = fault.ReasonOf(fault.DuplicateItem())
		}
	}
	return fault.Cancelled(reasons)
}
