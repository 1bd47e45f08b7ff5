package gateway

import (
	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
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

// command is what a statement that writes does, held against the table's
// schema, and what it returns as ReturnValues says it.
func (s *statement) command(r *Request) (*command.Command, string, error) {
	a, returns, err := s.draft(r)
	if err != nil {
		return nil, "", err
	}
	if f := a.refusal(); f != nil {
		return nil, "", f
	}
	return a.c, returns, a.locate()
}

// draft is command before the schema is looked at, but for the names of its
// key. The old item of a failed condition is not asked for.
func (s *statement) draft(r *Request) (a action, returns string, err error) {
	if s.index != "" {
		return a, "", fault.WriteIndex()
	}
	a = action{name: s.t.Name, t: s.t}
	switch tree := s.tree.(type) {
	case *partiql.Insert:
		// The item must not be there.
		a.c = r.command(command.Put)
		if a.c.Item, err = tree.Item(s.params); err != nil {
			return a, "", err
		}
		a.c.Condition, err = partiql.Condition(nil, s.onKey("attribute_not_exists"))
		return a, "", err
	case *partiql.Update:
		// The item must be there.
		a.c = r.command(command.Update)
		rest, err := s.named(tree.Where, a.c)
		if err != nil {
			return a, "", err
		}
		if a.c.Update, err = tree.Update(s.params); err != nil {
			return a, "", err
		}
		a.c.Condition, err = partiql.Condition(s.params, append([]partiql.Expr{s.onKey("attribute_exists")}, rest...)...)
		return a, returnValues[tree.Returning], err
	case *partiql.Delete:
		a.c = r.command(command.Delete)
		rest, err := s.named(tree.Where, a.c)
		if err != nil {
			return a, "", err
		}
		a.c.Condition, err = partiql.Condition(s.params, rest...)
		return a, returnValues[tree.Returning], err
	}
	return a, "", fault.ExistsAlone()
}

var returnValues = map[partiql.Returning]string{
	"ALL OLD": "ALL_OLD", "ALL NEW": "ALL_NEW", "MODIFIED OLD": "UPDATED_OLD", "MODIFIED NEW": "UPDATED_NEW",
}

// named sets the key of a command to that of the item which a WHERE names, and
// gives the conditions beyond the key.
func (s *statement) named(where partiql.Expr, c *command.Command) (rest []partiql.Expr, err error) {
	var ok bool
	c.KeyItem, rest, ok, err = partiql.Single(where, s.t.Key, s.params)
	if err == nil && !ok {
		err = fault.WhereKey()
	}
	return rest, err
}

// onKey is a function of the partition key: it tells whether the item is there.
func (s *statement) onKey(function string) partiql.Expr {
	path := expr.Path{{Name: s.t.Key.Hash[0].Name}}
	return &partiql.Call{Name: function, Args: []partiql.Expr{&partiql.Path{Path: path}}}
}

// one is the key of the only item that a SELECT can be of, if its WHERE is that
// key and nothing else, and it is not of an index. The key is not checked.
func (s *statement) one() (item.Map, bool, error) {
	tree, ok := s.tree.(*partiql.Select)
	if !ok || s.index != "" || tree.Order != nil {
		return nil, false, nil
	}
	at, rest, ok, err := partiql.Single(tree.Where, s.t.Key, s.params)
	return at, ok && rest == nil, err
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

// appendShaped appends a stored item in a shape that columns made.
func appendShaped(dst, stored []byte, shape func(item.Map) item.Map) ([]byte, error) {
	if shape == nil {
		return append(dst, stored...), nil
	}
	m, err := item.Decode(stored)
	if err != nil {
		return nil, err
	}
	return item.AppendJSON(dst, shape(m)), nil
}
