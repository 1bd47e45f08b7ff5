package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"shvm-db/internal/capacity"
	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/key"
	"shvm-db/internal/partiql"
	"shvm-db/internal/throttle"
)

// read plans a SELECT: a query of each partition key that its WHERE can be of,
// or else a scan. What key conditions do not say is left to the filter.
func (s *statement) read(r *Request, tree *partiql.Select) (*reading, error) {
	rd := &reading{
		t: s.t, index: s.index, strong: flag(r.Body, "ConsistentRead"), shape: columns(tree),
		detail: capacity.ParseDetail(text(r.Body, "ReturnConsumedCapacity")),
	}
	rd.limit, _ = count(r.Body, "Limit")
	if err := rd.statementIndex(); err != nil {
		return nil, err
	}
	w, err := partiql.Plan(tree.Where, rd.schema(), s.params)
	if err != nil {
		return nil, err
	}
	if err := rd.statementColumns(tree, w); err != nil {
		return nil, err
	}
	if rd.filter, err = partiql.Condition(s.params, w.Rest...); err != nil {
		return nil, err
	}
	if err := rd.statementOrder(tree, &w); err != nil {
		return nil, err
	}
	if err := rd.statementSpans(w); err != nil {
		return nil, err
	}
	return rd, rd.resume(r)
}

// statementIndex finds the index of a SELECT.
func (rd *reading) statementIndex() error {
	if rd.index == "" {
		return nil
	}
	if rd.ix = rd.t.LocalIndex(rd.index); rd.ix == nil {
		rd.ix, rd.global = rd.t.GlobalIndex(rd.index), true
	}
	switch {
	case rd.ix == nil:
		return fault.StatementNoIndex()
	case len(rd.ix.Key.Hash) > 1 || len(rd.ix.Key.Range) > 1:
		return fault.StatementMultiKey()
	case rd.global && rd.strong:
		return fault.StatementStrongIndex()
	case rd.global && (rd.ix.Status == "CREATING" || rd.ix.Backfilling):
		return fault.IndexBackfilling(rd.index)
	}
	return nil
}

// statementColumns holds what a SELECT mentions against what its index keeps. A
// local index reaches for the columns it does not keep, a global one cannot;
// conditions beside a key condition may not need them, and those of a scan of
// the index find nothing there.
func (rd *reading) statementColumns(tree *partiql.Select, w partiql.Where) error {
	if rd.ix == nil || rd.ix.Projection.Type == "ALL" {
		return nil
	}
	rd.projected = projectedNames(rd.t, rd.ix)
	var missing []string
	for _, c := range tree.Columns {
		if name := c.Path[0].Name; !slices.Contains(rd.projected, name) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	if missing != nil && rd.global {
		return fault.NotProjected(rd.index, missing)
	}
	if w.Keyed {
		unkept := slices.DeleteFunc(partiql.Names(w.Rest...), func(name string) bool { return slices.Contains(rd.projected, name) })
		if len(unkept) > 0 {
			return fault.StatementFilter(rd.index, strings.Join(unkept, ", "))
		}
	}
	rd.narrow = !rd.global
	rd.fetch = rd.narrow && missing != nil
	return nil
}

// statementOrder reads ORDER BY: by the partition key its values are put in
// order, by the sort key the items of each.
func (rd *reading) statementOrder(tree *partiql.Select, w *partiql.Where) error {
	if tree.Order == nil {
		return nil
	}
	switch {
	case tree.Where == nil:
		return fault.OrderWithoutWhere()
	case w.Hash == nil:
		return fault.OrderWithoutKey()
	}
	k := rd.schema()
	for _, o := range tree.Order {
		name := o.Path[0].Name
		switch {
		case len(o.Path) == 1 && name == k.Hash[0].Name:
			if err := checkHashes(k.Hash[0], w.Hash); err != nil {
				return err
			}
			slices.SortFunc(w.Hash, item.Compare)
			if o.Descending {
				slices.Reverse(w.Hash)
			}
		case len(o.Path) == 1 && len(k.Range) > 0 && name == k.Range[0].Name:
			rd.reverse = o.Descending
		default:
			return fault.OrderAttribute(name)
		}
	}
	return nil
}

// checkHashes holds the values of a partition key against the schema.
func checkHashes(a catalog.KeyAttr, values []item.Value) error {
	for _, v := range values {
		if v.Kind != a.Kind {
			return fault.KeyConditionType()
		}
		if v.Kind != item.N && v.Text == "" {
			what := "string"
			if v.Kind == item.B {
				what = "binary"
			}
			return fault.KeyEmpty(a.Name, what)
		}
	}
	return nil
}

// statementSpans are where the items of a SELECT can be.
func (rd *reading) statementSpans(w partiql.Where) error {
	if w.Hash == nil {
		return rd.spread(segment{0, 1})
	}
	k := rd.schema()
	if err := checkHashes(k.Hash[0], w.Hash); err != nil {
		return err
	}
	var terms []key.Term
	if w.Range != nil {
		terms = append(terms, *w.Range)
	}
	for _, v := range w.Hash {
		prefix, err := key.HashPrefix(k, []item.Value{v})
		if err != nil {
			return err
		}
		from, to, err := key.Bounds(prefix, k, terms...)
		if err != nil {
			return err
		}
		if to == nil || bytes.Compare(from, to) < 0 {
			rd.spans = append(rd.spans, span{rd.t.PartitionOf(rd.partitioned(), key.HashOf(prefix)), from, to})
		}
	}
	return nil
}

// statementHash tells statements apart: a NextToken is of one statement and its
// parameters.
func statementHash(r *Request) []byte {
	h := xxhash.New()
	_, _ = h.WriteString(text(r.Body, "Statement"))
	if parameters, ok := member(r.Body, "Parameters"); ok {
		_, _ = h.Write(parameters.Raw())
	}
	return binary.BigEndian.AppendUint64(nil, h.Sum64())
}

// resume goes on behind the item that a NextToken names. A token is the hash of
// its statement and the key of the last item that was read, in base64.
func (rd *reading) resume(r *Request) error {
	if _, ok := member(r.Body, "NextToken"); !ok {
		return nil
	}
	token, err := base64.URLEncoding.DecodeString(text(r.Body, "NextToken"))
	if err != nil || len(token) < 16 || !bytes.Equal(token[:8], statementHash(r)) {
		return fault.InvalidNextToken()
	}
	at := token[8:]
	for i, s := range rd.spans {
		if bytes.Compare(at, s.from) < 0 || s.to != nil && bytes.Compare(at, s.to) >= 0 {
			continue
		}
		if rd.reverse {
			s.to = at
		} else {
			s.from = key.After(at)
		}
		rd.spans = append([]span{s}, rd.spans[i+1:]...)
		return nil
	}
	return fault.InvalidNextToken()
}

// answerStatement reads the spans and appends the answer of ExecuteStatement.
func (rd *reading) answerStatement(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	target := throttle.Target{Table: rd.t}
	if rd.global {
		target.Index = rd.index
	}
	if len(rd.spans) > 0 {
		target.Partition = rd.spans[0].partition
	}
	limited := g.Limits != nil && g.Limits.Active(rd.t)
	if limited {
		if f := g.Limits.Admit(target); f != nil {
			return nil, f
		}
	}
	dst, n, err := rd.walk(g, ctx, append(dst, `{"Items":[`...))
	if err != nil {
		return nil, err
	}
	dst = append(dst, ']')
	if n.last != nil {
		m, err := item.Decode(n.last.Item)
		if err != nil {
			return nil, err
		}
		token := append(statementHash(r), n.last.Key...)
		dst = append(dst, `,"NextToken":"`...)
		dst = append(base64.URLEncoding.AppendEncode(dst, token), '"')
		dst = item.AppendJSON(append(dst, `,"LastEvaluatedKey":`...), rd.position(m))
	}
	used := rd.consumed(n)
	if limited {
		g.Limits.Charge(target, used.Total())
	}
	if rd.detail != capacity.None {
		dst = used.Append(append(dst, `,"ConsumedCapacity":`...), rd.detail)
	}
	return append(dst, '}'), nil
}
