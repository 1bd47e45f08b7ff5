package gateway

import (
	"bytes"
	"context"

	"shvm-db/internal/catalog"
	"shvm-db/internal/check"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/key"
)

var queryGrammar = grammar{
	expressions: []string{expr.ProjectionExpression, expr.FilterExpression, expr.KeyConditionExpression},
	legacy:      []string{"AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"},
	valued:      []string{expr.FilterExpression, expr.KeyConditionExpression},
}

// keyedGrammar is that of a Query with KeyConditions in place of a
// KeyConditionExpression: as the one older parameter they may stand beside
// expressions (recorded in dynalite's tests).
var keyedGrammar = grammar{
	expressions: queryGrammar.expressions,
	legacy:      []string{"AttributesToGet", "QueryFilter", "ConditionalOperator"},
	valued:      queryGrammar.valued,
}

func query(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	rd, terms, err := readQuery(r)
	if err != nil {
		return nil, err
	}
	if err := rd.resolve(g, r.Body); err != nil {
		return nil, err
	}
	if err := rd.bound(terms); err != nil {
		return nil, err
	}
	if f := rd.checkFilter(r.Body); f != nil {
		return nil, f
	}
	if err := rd.attributes(); err != nil {
		return nil, err
	}
	return rd.answer(g, ctx, dst)
}

// readQuery reads what needs no schema.
func readQuery(r *Request) (*reading, *expr.KeyCondition, error) {
	const l = bare
	b := r.Body
	rules := &queryGrammar
	if _, ok := member(b, expr.KeyConditionExpression); !ok {
		rules = &keyedGrammar
	}
	if err := rules.check(b); err != nil {
		return nil, nil, err
	}
	rd, err := l.options(r, "Querying")
	if err != nil {
		return nil, nil, err
	}
	if v, ok := member(b, "ScanIndexForward"); ok {
		rd.reverse = v.Kind() == jsonscan.Bool && !v.Bool()
	}
	if rd.filter, err = l.oldFilter(b, "QueryFilter"); err != nil {
		return nil, nil, err
	}
	terms, err := l.keyConditions(b)
	if err != nil {
		return nil, nil, err
	}
	ph, err := l.placeholders(b)
	if err != nil {
		return nil, nil, err
	}
	if v, ok := member(b, expr.KeyConditionExpression); ok {
		if terms, err = expr.ParseKeyCondition(v.Str(), ph); err != nil {
			return nil, nil, err
		}
	}
	if terms == nil {
		return nil, nil, fault.NoKeyConditions()
	}
	if rd.filter == nil {
		if rd.filter, err = l.condition(b, expr.FilterExpression, ph); err != nil {
			return nil, nil, err
		}
	}
	if rd.project == nil {
		if rd.project, err = l.projection(b, ph); err != nil {
			return nil, nil, err
		}
	}
	return rd, terms, l.unused(ph)
}

// bound turns the key conditions and the starting key into the span to read.
// The order of its refusals is the service's (recorded in dynalite's tests).
func (rd *reading) bound(kc *expr.KeyCondition) error {
	k := rd.schema()
	if rd.start != nil && len(rd.start) != len(rd.startNames()) {
		return fault.StartKey("")
	}
	if most := len(k.Hash) + len(k.Range); len(kc.Terms) > most {
		return fault.QueryConditions(len(kc.Terms), most)
	}
	hash, err := rd.hashValues(k, kc)
	if err != nil {
		return err
	}
	terms, err := rd.rangeTerms(k, kc)
	if err != nil {
		return err
	}
	if rd.start != nil {
		if err := rd.checkStartTable(); err != nil {
			return err
		}
	}
	prefix, err := key.HashPrefix(k, hash)
	if err != nil {
		return err
	}
	from, to, err := key.Bounds(prefix, k, terms...)
	if err != nil {
		return err
	}
	s := span{rd.t.PartitionOf(rd.partitioned(), key.HashOf(prefix)), from, to}
	if rd.start != nil {
		if err := rd.restart(&s, prefix, len(terms) > 0); err != nil {
			return err
		}
	}
	if to == nil || bytes.Compare(s.from, s.to) < 0 {
		rd.spans = []span{s}
	}
	return nil
}

// partitioned is the index whose partitions are read: a local index lives in
// those of its table.
func (rd *reading) partitioned() string {
	if rd.global {
		return rd.index
	}
	return ""
}

// hashValues are the values of the partition key, each compared with =.
func (rd *reading) hashValues(k catalog.Key, kc *expr.KeyCondition) ([]item.Value, error) {
	values := make([]item.Value, 0, len(k.Hash))
	for _, a := range k.Hash {
		if rd.start != nil {
			if err := rd.checkStartAttribute(a); err != nil {
				return nil, err
			}
		}
		term := kc.Find(a.Name)
		if term == nil {
			return nil, fault.KeyConditionMissing(a.Name)
		}
		if err := checkTerm(a, term, check.MaxHash); err != nil {
			return nil, err
		}
		if term.Op != "=" {
			return nil, fault.KeyConditionUnsupported()
		}
		values = append(values, term.Values[0])
	}
	return values, nil
}

// rangeTerms are the conditions on the sort key: equalities on its first
// attributes, and at most one other comparison, on the attribute after them.
func (rd *reading) rangeTerms(k catalog.Key, kc *expr.KeyCondition) ([]key.Term, error) {
	var terms []key.Term
	var open []string // attributes that have no equality
	for _, a := range k.Range {
		if rd.start != nil {
			if err := rd.checkStartAttribute(a); err != nil {
				return nil, err
			}
		}
		term := kc.Find(a.Name)
		if term == nil {
			if len(k.Range) == 1 && len(kc.Terms) > len(k.Hash) {
				return nil, fault.KeyConditionMissing(a.Name)
			}
			open = append(open, a.Name)
			continue
		}
		if err := checkTerm(a, term, check.MaxRange); err != nil {
			return nil, err
		}
		if open != nil {
			return nil, fault.KeyConditionGap(open, a.Name)
		}
		if term.Op != "=" {
			open = append(open, a.Name)
		}
		terms = append(terms, key.Term{Op: operators[term.Op], Values: term.Values})
	}
	if len(k.Hash)+len(terms) < len(kc.Terms) {
		return nil, fault.KeyConditionMissing(k.Range[len(terms)].Name)
	}
	return terms, nil
}

var operators = map[string]key.Op{
	"=": key.EQ, "<": key.LT, "<=": key.LE, ">": key.GT, ">=": key.GE,
	"BETWEEN": key.Between, "begins_with": key.BeginsWith,
}

// checkTerm holds the values of a condition against the schema.
func checkTerm(a catalog.KeyAttr, term *expr.Term, limit int) error {
	for _, v := range term.Values {
		if v.Kind != a.Kind || v.Kind == item.N && term.Op == "begins_with" {
			return fault.KeyConditionType()
		}
		if v.Kind == item.N || term.Op != "=" {
			continue
		}
		if v.Text == "" {
			what := "string"
			if v.Kind == item.B {
				what = "binary"
			}
			return fault.KeyEmpty(a.Name, what)
		}
		if len(v.Text) > limit {
			if limit == check.MaxHash {
				return fault.HashTooLong()
			}
			return fault.RangeTooLong()
		}
	}
	return nil
}

// restart narrows the span to what is behind the starting key.
func (rd *reading) restart(s *span, prefix []byte, ranged bool) error {
	at, err := rd.startAt()
	if err != nil {
		return err
	}
	same := bytes.HasPrefix(at, prefix)
	switch {
	case !ranged && !same:
		return fault.StartKeyOutside()
	case ranged && !rd.within(*s, prefix, at):
		return fault.StartKeyPredicate()
	case !same:
		return fault.StartKeySingle()
	}
	if rd.reverse {
		s.to = at
	} else {
		s.from = key.After(at)
	}
	return nil
}

// within says whether the sort key of a position fulfils the conditions on it,
// whatever its partition key: bounds and position are compared behind their
// partition keys.
func (rd *reading) within(s span, prefix, at []byte) bool {
	k := rd.schema()
	own, _ := key.Split(catalog.Key{Hash: k.Hash}, at)
	behind := at[len(own):]
	moved := append(append(make([]byte, 0, len(prefix)+len(behind)), prefix...), behind...)
	return bytes.Compare(moved, s.from) >= 0 && (s.to == nil || bytes.Compare(moved, s.to) < 0)
}

// checkFilter refuses a filter that mentions the key of what is read.
func (rd *reading) checkFilter(b jsonscan.Value) error {
	if rd.filter == nil {
		return nil
	}
	parameter := "Filter Expression"
	if _, ok := member(b, "QueryFilter"); ok {
		parameter = "QueryFilter"
	}
	k := rd.schema()
	for _, attrs := range [][]catalog.KeyAttr{k.Hash, k.Range} {
		for _, a := range attrs {
			for _, name := range rd.filter.Names() {
				if name == a.Name {
					return fault.FilterOnKey(parameter, name)
				}
			}
		}
	}
	return nil
}
