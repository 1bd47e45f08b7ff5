package gateway

import (
	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
	"shvm-db/internal/partiql"
)

// statement is a PartiQL statement with its parameters and its table.
type statement struct {
	tree   partiql.Statement
	params []item.Value
	t      *catalog.Table
	index  string
}

// parseStatement reads the members Statement and Parameters, without looking
// at the table.
func parseStatement(body jsonscan.Value) (*statement, error) {
	tree, n, err := partiql.Parse(text(body, "Statement"))
	if err != nil {
		return nil, err
	}
	s := &statement{tree: tree}
	if list, ok := member(body, "Parameters"); ok {
		for e := range list.Elems() {
			v, err := item.ValueFromJSON(e)
			if err != nil {
				return nil, fault.AsBare(err)
			}
			s.params = append(s.params, v)
		}
	}
	if len(s.params) != n {
		return nil, fault.ParameterCount()
	}
	return s, nil
}

// resolve finds the table. It does not look at the index.
func (s *statement) resolve(g *Gateway) (err error) {
	var name string
	name, s.index = s.tree.Target()
	s.t, err = g.table(name)
	return err
}

// command is what a statement that writes does, and what it returns as
// ReturnValues says it. The old item of a failed condition is not asked for.
func (s *statement) command(r *Request) (*command.Command, string, error) {
	if s.index != "" {
		return nil, "", fault.WriteIndex()
	}
	switch tree := s.tree.(type) {
	case *partiql.Insert:
		c, err := s.insert(r, tree)
		return c, "", err
	case *partiql.Update:
		c, err := s.update(r, tree)
		return c, returnValues[tree.Returning], err
	case *partiql.Delete:
		c := r.command(command.Delete)
		rest, err := s.locate(tree.Where, c)
		if err == nil {
			c.Condition, err = partiql.Condition(s.params, rest...)
		}
		return c, returnValues[tree.Returning], err
	}
	return nil, "", fault.ExistsAlone()
}

var returnValues = map[partiql.Returning]string{
	"ALL OLD": "ALL_OLD", "ALL NEW": "ALL_NEW", "MODIFIED OLD": "UPDATED_OLD", "MODIFIED NEW": "UPDATED_NEW",
}

// insert puts an item that must not be there.
func (s *statement) insert(r *Request, tree *partiql.Insert) (c *command.Command, err error) {
	c = r.command(command.Put)
	if c.Item, err = tree.Item(s.params); err != nil {
		return nil, err
	}
	if item.Size(c.Item) > check.MaxItem {
		return nil, fault.ItemTooLarge()
	}
	if f := check.Item(s.t.Key, s.t.Local, s.t.Global, c.Item); f != nil {
		return nil, f
	}
	if c.Key, err = key.Encode(s.t.Key, c.Item); err != nil {
		return nil, err
	}
	route(s.t, c)
	c.Condition, err = partiql.Condition(nil, s.onKey("attribute_not_exists"))
	return c, err
}

// update changes an item that must be there.
func (s *statement) update(r *Request, tree *partiql.Update) (*command.Command, error) {
	c := r.command(command.Update)
	rest, err := s.locate(tree.Where, c)
	if err != nil {
		return nil, err
	}
	if c.Update, err = tree.Update(s.params); err != nil {
		return nil, err
	}
	if f := checkTargets(s.t.Key, c.Update); f != nil {
		return nil, f
	}
	c.Condition, err = partiql.Condition(s.params, append([]partiql.Expr{s.onKey("attribute_exists")}, rest...)...)
	return c, err
}

// locate sets the key of a command to the item that a WHERE names, and gives
// the conditions beyond the key.
func (s *statement) locate(where partiql.Expr, c *command.Command) ([]partiql.Expr, error) {
	at, rest, ok, err := partiql.Single(where, s.t.Key, s.params)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fault.WhereKey()
	}
	if f := check.Empty(at); f != nil {
		return nil, f
	}
	c.KeyItem = at
	return rest, locate(s.t, c)
}

// onKey is a function of the partition key: it tells whether the item is there.
func (s *statement) onKey(function string) partiql.Expr {
	path := expr.Path{{Name: s.t.Key.Hash[0].Name}}
	return &partiql.Call{Name: function, Args: []partiql.Expr{&partiql.Path{Path: path}}}
}

// one is the key of the only item that a SELECT can be of, if its WHERE is that
// key and nothing else, and it is not of an index.
func (s *statement) one() (item.Map, bool, error) {
	tree, ok := s.tree.(*partiql.Select)
	if !ok || s.index != "" || tree.Order != nil {
		return nil, false, nil
	}
	at, rest, ok, err := partiql.Single(tree.Where, s.t.Key, s.params)
	if err != nil || !ok || rest != nil {
		return nil, false, err
	}
	if f := check.Empty(at); f != nil {
		return nil, false, f
	}
	if f := check.Key(s.t.Key, at); f != nil {
		return nil, false, f
	}
	return at, true, nil
}

// failed puts what a command was refused for into the words of its statement.
func (s *statement) failed(f *fault.Error) *fault.Error {
	if _, ok := s.tree.(*partiql.Insert); ok && f.Type == "ConditionalCheckFailedException" {
		return fault.DuplicateItem()
	}
	return f
}

// columns makes the items of a SELECT: what each column leads to, under the
// last name of its path; under its number if it ends in a list. Nil keeps items
// as they are.
func columns(tree *partiql.Select) func(item.Map) item.Map {
	if tree.Columns == nil {
		return nil
	}
	return func(m item.Map) item.Map {
		out := make(item.Map, 0, len(tree.Columns))
		for i, c := range tree.Columns {
			if v, ok := c.Path.In(m); ok {
				out = out.With(c.Name(i), v)
			}
		}
		return out
	}
}
