package gateway

import (
	"context"
	"errors"

	"shvm-db/internal/capacity"
	"shvm-db/internal/check"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/partiql"
)

// slot is one statement of a batch, and what came of it.
type slot struct {
	*statement
	body jsonscan.Value
	fail error
	// ran says that the statement came as far as its table.
	ran bool
	// item is the JSON of what it returned; nil is nothing.
	item []byte
}

func batchExecuteStatement(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	list, _ := r.Body.Field("Statements")
	slots := make([]slot, 0, list.Len())
	reads, writes := false, false
	for body := range list.Elems() {
		s := slot{body: body}
		s.statement, s.fail = parseStatement(body)
		if s.fail == nil {
			_, read := s.tree.(*partiql.Select)
			reads, writes = reads || read, writes || !read
		}
		slots = append(slots, s)
	}
	if reads && writes {
		return nil, fault.MixedBatch()
	}
	detail := capacity.ParseDetail(text(r.Body, "ReturnConsumedCapacity"))
	var used consumption
	for i := range slots {
		if s := &slots[i]; s.fail == nil {
			s.fail = s.run(g, ctx, r, &used)
		}
	}
	dst = append(dst, `{"Responses":[`...)
	for i := range slots {
		dst = slots[i].append(g, separate(dst))
	}
	dst = append(dst, ']')
	if detail != capacity.None {
		dst = used.append(append(dst, `,"ConsumedCapacity":`...), detail)
	}
	return append(dst, '}'), nil
}

// run does one statement of a batch.
func (s *slot) run(g *Gateway, ctx context.Context, r *Request, used *consumption) error {
	if err := s.resolve(g); err != nil {
		return err
	}
	if tree, ok := s.tree.(*partiql.Select); ok {
		return s.get(g, ctx, tree, used)
	}
	c, returns, err := s.command(r)
	if err != nil {
		return err
	}
	ask := answering{values: returns}
	ask.want(c)
	s.ran = true
	o, err := g.do(ctx, s.t, c)
	if err != nil {
		var f *fault.Error
		if errors.As(err, &f) {
			return s.failed(f)
		}
		return err
	}
	used.of(s.t.Name).AddWrite(o, 1, localIn(s.t))
	if returned := ask.image(o); len(returned) > 0 {
		s.item = item.AppendJSON(nil, returned)
	}
	return nil
}

// get does a SELECT of one item.
func (s *slot) get(g *Gateway, ctx context.Context, tree *partiql.Select, used *consumption) error {
	if s.index != "" {
		// That the index cannot be read at all goes first.
		rd := reading{t: s.t, index: s.index}
		if err := rd.statementIndex(); err != nil {
			return err
		}
	}
	at, ok, err := s.one()
	if err != nil {
		return err
	}
	if !ok {
		return fault.SelectWithoutKey("BatchExecuteStatement")
	}
	if f := check.Empty(at); f != nil {
		return f
	}
	if f := check.Key(s.t.Key, at); f != nil {
		return f
	}
	s.ran = true
	strong := flag(s.body, "ConsistentRead")
	row, found, err := g.get(ctx, s.t, at, strong)
	if err != nil {
		return err
	}
	used.of(s.t.Name).Table += capacity.Read(row.Size, strong)
	if !found {
		return nil
	}
	s.item, err = appendShaped(nil, row.Item, columns(tree))
	return err
}

// append appends the answer to one statement.
func (s *slot) append(g *Gateway, dst []byte) []byte {
	dst = append(dst, '{')
	empty := len(dst)
	if s.fail != nil {
		f := g.fault("BatchExecuteStatement", s.fail)
		dst = append(append(dst, `"Error":{"Code":"`...), batchCode(f)...)
		dst = item.AppendString(append(dst, `","Message":`...), f.Message)
		dst = append(dst, '}')
	}
	if s.ran {
		dst = item.AppendString(append(comma(dst, empty), `"TableName":`...), s.t.Name)
	}
	if s.item != nil {
		dst = append(append(comma(dst, empty), `"Item":`...), s.item...)
	}
	return append(dst, '}')
}

// batchCode is the code of a fault in the answer to one statement of a batch.
func batchCode(f *fault.Error) string {
	switch f.Type {
	case "ValidationException":
		return "ValidationError"
	case "ConditionalCheckFailedException":
		return "ConditionalCheckFailed"
	case "ResourceNotFoundException":
		return "ResourceNotFound"
	case "DuplicateItemException":
		return "DuplicateItem"
	case "ProvisionedThroughputExceededException":
		return "ProvisionedThroughputExceeded"
	case "ThrottlingException":
		return "ThrottlingError"
	case "RequestLimitExceeded":
		return "RequestLimitExceeded"
	case "TransactionConflictException":
		return "TransactionConflict"
	case "ItemCollectionSizeLimitExceededException":
		return "ItemCollectionSizeLimitExceeded"
	case "AccessDeniedException":
		return "AccessDenied"
	}
	return "InternalServerError"
}

// consumption is what a request consumed of several tables, in the order of
// their first use.
type consumption []*capacity.Consumed

// of is what was consumed of a table.
func (c *consumption) of(table string) *capacity.Consumed {
	for _, used := range *c {
		if used.TableName == table {
			return used
		}
	}
	used := &capacity.Consumed{TableName: table}
	*c = append(*c, used)
	return used
}

func (c consumption) append(dst []byte, d capacity.Detail) []byte {
	dst = append(dst, '[')
	for _, used := range c {
		dst = used.Append(separate(dst), d)
	}
	return append(dst, ']')
}
