package gateway

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"shvm-db/internal/capacity"
	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
	"shvm-db/internal/throttle"
)

// pageBytes ends a page of Query and Scan: the item that reaches it is the last
// one. It is measured before the filter.
const pageBytes = 1 << 20

// reading is what Query and Scan have in common: where to read, how much, and
// what of it to answer.
type reading struct {
	t      *catalog.Table
	ix     *catalog.Index // nil is the table itself
	global bool           // ix is a global index

	index   string // IndexName as it was given
	choice  string // Select
	strong  bool
	reverse bool
	limit   int // items before the filter; 0 is no limit
	detail  capacity.Detail
	start   item.Map // ExclusiveStartKey
	filter  *expr.Condition
	project *expr.Projection
	// shape, if set, makes the answer's item of an item, in place of project.
	shape func(item.Map) item.Map

	// narrow says that the index holds only a part of each item, and fetch that
	// the rest is wanted all the same, which only local indexes give.
	narrow, fetch bool
	projected     []string // what a narrow index holds

	spans  []span
	memory *command.PageMemory // of its pages; nil if each has its own
}

// span is a range of keys in one partition.
type span struct {
	partition catalog.PartitionID
	from, to  []byte
}

// tally is what a reading came to.
type tally struct {
	matched, scanned int
	bytes            int            // of what was read, before the filter
	fetched          capacity.Units // reads of whole items behind a local index
	last             *command.Row   // where the next page starts; nil at the end
}

// options reads the parameters that Query and Scan share, as far as no schema
// is needed, except for the filter. doing is "Querying" or "Scanning".
func (l layer) options(r *Request, doing string) (*reading, error) {
	b := r.Body
	rd := &reading{
		index: text(b, "IndexName"), choice: text(b, "Select"),
		strong: flag(b, "ConsistentRead"),
		detail: capacity.ParseDetail(text(b, "ReturnConsumedCapacity")),
		memory: r.Memory,
	}
	rd.limit, _ = count(b, "Limit")
	var err error
	if _, ok := member(b, "ExclusiveStartKey"); ok {
		if rd.start, err = l.items(b, "ExclusiveStartKey"); err != nil {
			var f *fault.Error
			if l == older && errors.As(err, &f) && f.Type == "ValidationException" {
				return nil, fault.StartKey(f.Message)
			}
			return nil, err
		}
		if rd.start == nil {
			rd.start = item.Map{}
		}
	}
	if rd.project, err = l.attributesToGet(b); err != nil {
		return nil, err
	}
	parameter := "AttributesToGet"
	if _, ok := member(b, expr.ProjectionExpression); ok {
		parameter = expr.ProjectionExpression
	} else if rd.project == nil {
		parameter = ""
	}
	switch {
	case parameter != "" && rd.choice != "" && rd.choice != "SPECIFIC_ATTRIBUTES":
		return nil, fault.SelectWith(parameter, rd.choice)
	case parameter == "" && rd.choice == "SPECIFIC_ATTRIBUTES":
		return nil, fault.SelectWithout()
	case rd.choice == "ALL_PROJECTED_ATTRIBUTES" && rd.index == "":
		return nil, fault.SelectProjected(doing)
	}
	return rd, nil
}

// resolve finds the table and the index.
func (rd *reading) resolve(g *Gateway, b jsonscan.Value) (err error) {
	if rd.t, err = g.table(text(b, "TableName")); err != nil {
		return err
	}
	if rd.index == "" {
		return nil
	}
	if rd.ix = rd.t.LocalIndex(rd.index); rd.ix == nil {
		rd.ix, rd.global = rd.t.GlobalIndex(rd.index), true
	}
	switch {
	case rd.ix == nil:
		return fault.NoIndex(rd.index)
	case rd.global && rd.strong:
		return fault.StrongIndex()
	case rd.global && (rd.ix.Status == "CREATING" || rd.ix.Backfilling):
		return fault.IndexBackfilling(rd.index)
	}
	return nil
}

// schema is the key of what is read.
func (rd *reading) schema() catalog.Key {
	if rd.ix != nil {
		return rd.ix.Key
	}
	return rd.t.Key
}

// attributes decides what is answered of each item, after resolve.
func (rd *reading) attributes() error {
	if f := checkPaths(rd.t, rd.project); f != nil {
		return f
	}
	if rd.filter != nil {
		if f := keyPaths(rd.t, rd.filter.Paths()); f != nil {
			return f
		}
	}
	if rd.ix == nil || rd.ix.Projection.Type == "ALL" {
		return nil
	}
	if rd.global && rd.choice == "ALL_ATTRIBUTES" {
		return fault.SelectAllOfIndex(rd.index)
	}
	rd.projected = projectedNames(rd.t, rd.ix)
	var missing []string
	if rd.project != nil {
		for _, name := range rd.project.Names() {
			if !slices.Contains(rd.projected, name) {
				missing = append(missing, name)
			}
		}
	}
	if rd.global {
		if missing != nil {
			return fault.NotProjected(rd.index, missing)
		}
		return nil // the entries of a global index hold just what it projects
	}
	rd.narrow = true
	rd.fetch = missing != nil || rd.choice == "ALL_ATTRIBUTES"
	if rd.filter != nil && !rd.fetch {
		rd.fetch = slices.ContainsFunc(rd.filter.Names(), func(name string) bool { return !slices.Contains(rd.projected, name) })
	}
	return nil
}

// projectedNames are the attributes that an index keeps.
func projectedNames(t *catalog.Table, ix *catalog.Index) []string {
	var names []string
	for _, attrs := range [][]catalog.KeyAttr{t.Key.Hash, t.Key.Range, ix.Key.Hash, ix.Key.Range} {
		for _, a := range attrs {
			if !slices.Contains(names, a.Name) {
				names = append(names, a.Name)
			}
		}
	}
	return append(names, ix.Projection.NonKeys...)
}

// answer reads the spans and appends the answer of Query or Scan.
func (rd *reading) answer(g *Gateway, ctx context.Context, dst []byte) ([]byte, error) {
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
	dst = append(dst, '{')
	if rd.choice != "COUNT" {
		dst = append(dst, `"Items":[`...)
	}
	dst, n, err := rd.walk(g, ctx, dst)
	if err != nil {
		return nil, err
	}
	if rd.choice != "COUNT" {
		dst = append(dst, "],"...)
	}
	dst = strconv.AppendInt(append(dst, `"Count":`...), int64(n.matched), 10)
	dst = strconv.AppendInt(append(dst, `,"ScannedCount":`...), int64(n.scanned), 10)
	if n.last != nil {
		m, err := item.Decode(n.last.Item)
		if err != nil {
			return nil, err
		}
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

// walk reads span after span until a limit ends the page.
func (rd *reading) walk(g *Gateway, ctx context.Context, dst []byte) ([]byte, tally, error) {
	var n tally
	for _, s := range rd.spans {
		for {
			q := command.Range{Partition: s.partition, From: s.from, To: s.to, Reverse: rd.reverse, Bytes: pageBytes - n.bytes, Memory: rd.memory}
			if rd.ix != nil && !rd.global {
				q.Index = rd.index
			}
			if rd.limit > 0 {
				q.Limit = rd.limit - n.scanned
			}
			page, err := g.Data.Page(ctx, q)
			if err != nil {
				return nil, n, err
			}
			for i := range page.Rows {
				if dst, err = rd.row(dst, &page.Rows[i], &n); err != nil {
					return nil, n, err
				}
				if n.scanned == rd.limit || n.bytes >= pageBytes {
					n.last = &page.Rows[i]
					return dst, n, nil
				}
			}
			if !page.More {
				break
			}
			if len(page.Rows) == 0 {
				return nil, n, errors.New("gateway: a page without rows says that there are more")
			}
			last := page.Rows[len(page.Rows)-1].Key
			if rd.reverse {
				s.to = slices.Clone(last) // the next page takes its memory
			} else {
				s.from = key.After(last)
			}
		}
	}
	return dst, n, nil
}

// row counts a row and appends it if it passes the filter.
func (rd *reading) row(dst []byte, row *command.Row, n *tally) ([]byte, error) {
	n.scanned++
	counting := rd.choice == "COUNT"
	if rd.filter == nil && rd.project == nil && rd.shape == nil && !rd.narrow {
		n.bytes += row.Size
		n.matched++
		if counting {
			return dst, nil
		}
		return append(separate(dst), row.Item...), nil
	}
	m, err := item.Decode(row.Item)
	if err != nil {
		return nil, err
	}
	whole := true
	if rd.narrow {
		entry := rd.entry(m)
		n.bytes += item.Size(entry)
		if rd.fetch {
			n.fetched += capacity.Read(row.Size, rd.strong)
		} else {
			m, whole = entry, false
		}
	} else {
		n.bytes += row.Size
	}
	if rd.filter != nil {
		ok, err := rd.filter.Match(m)
		if err != nil {
			return nil, err
		}
		if !ok {
			return dst, nil
		}
	}
	n.matched++
	switch {
	case counting:
		return dst, nil
	case rd.shape != nil:
		return item.AppendJSON(separate(dst), rd.shape(m)), nil
	case rd.project != nil:
		return item.AppendJSON(separate(dst), rd.project.Project(m)), nil
	case whole && rd.narrow && rd.choice != "ALL_ATTRIBUTES":
		// Only the filter wanted to see the rest.
		return item.AppendJSON(separate(dst), rd.entry(m)), nil
	case whole:
		return append(separate(dst), row.Item...), nil
	}
	return item.AppendJSON(separate(dst), m), nil
}

// separate puts a comma after an element of a list.
func separate(dst []byte) []byte {
	if dst[len(dst)-1] == '[' {
		return dst
	}
	return append(dst, ',')
}

// entry is what a narrow index holds of an item.
func (rd *reading) entry(m item.Map) item.Map {
	out := make(item.Map, 0, len(rd.projected))
	for i := range m {
		if slices.Contains(rd.projected, m[i].Name) {
			out = append(out, m[i])
		}
	}
	return out
}

// position is the key that the next page starts after: the table's key, and
// with it the index's.
func (rd *reading) position(m item.Map) item.Map {
	var out item.Map
	keys := []catalog.Key{rd.t.Key}
	if rd.ix != nil {
		keys = append(keys, rd.ix.Key)
	}
	for _, k := range keys {
		for _, attrs := range [][]catalog.KeyAttr{k.Hash, k.Range} {
			for _, a := range attrs {
				if _, have := out.Get(a.Name); have {
					continue
				}
				if v, ok := m.Get(a.Name); ok {
					out = append(out, item.Attr{Name: a.Name, Value: v})
				}
			}
		}
	}
	return out
}

// consumed is what the reading cost: what was read of an index is the index's,
// what had to be fetched behind it the table's.
func (rd *reading) consumed(n tally) *capacity.Consumed {
	used := &capacity.Consumed{TableName: rd.t.Name}
	units := capacity.Read(n.bytes, rd.strong)
	if rd.ix == nil {
		used.Table = units
		return used
	}
	used.Table = n.fetched
	used.AddIndex(rd.index, !rd.global, units)
	return used
}
