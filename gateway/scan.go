package gateway

import (
	"context"
	"strconv"

	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/key"
)

var scanGrammar = grammar{
	expressions: []string{expr.ProjectionExpression, expr.FilterExpression},
	legacy:      []string{"AttributesToGet", "ScanFilter", "ConditionalOperator"},
	valued:      []string{expr.FilterExpression},
}

// segment is one of the equal parts of a parallel scan.
type segment struct{ number, total int }

func scan(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	rd, part, err := readScan(r)
	if err != nil {
		return nil, err
	}
	if err := rd.resolve(g, r.Body); err != nil {
		return nil, err
	}
	if err := rd.spread(part); err != nil {
		return nil, err
	}
	if err := rd.attributes(); err != nil {
		return nil, err
	}
	return rd.answer(g, ctx, dst)
}

// readScan reads what needs no schema.
func readScan(r *Request) (*reading, segment, error) {
	const l = older
	b := r.Body
	part := segment{0, 1}
	if err := scanGrammar.check(b); err != nil {
		return nil, part, err
	}
	rd, err := l.options(r, "Scanning")
	if err != nil {
		return nil, part, err
	}
	if rd.filter, err = l.oldFilter(b, "ScanFilter"); err != nil {
		return nil, part, err
	}
	if part, err = readSegment(r); err != nil {
		return nil, part, err
	}
	ph, err := l.placeholders(b)
	if err != nil {
		return nil, part, err
	}
	if rd.filter == nil {
		if rd.filter, err = l.condition(b, expr.FilterExpression, ph); err != nil {
			return nil, part, err
		}
	}
	if rd.project == nil {
		if rd.project, err = l.projection(b, ph); err != nil {
			return nil, part, err
		}
	}
	return rd, part, l.unused(ph)
}

func readSegment(r *Request) (segment, error) {
	number, one := count(r.Body, "Segment")
	total, of := count(r.Body, "TotalSegments")
	switch {
	case one && !of:
		return segment{}, fault.TotalSegmentsMissing()
	case of && !one:
		return segment{}, fault.SegmentMissing()
	case !of:
		return segment{0, 1}, nil
	case number >= total:
		return segment{}, fault.SegmentRange(strconv.Itoa(number), strconv.Itoa(total))
	}
	return segment{number, total}, nil
}

// spread turns a segment and the starting key into spans: one for each
// partition, in the order of their hashes.
func (rd *reading) spread(part segment) error {
	if rd.start != nil && len(rd.start) != len(rd.startNames()) {
		if rd.ix == nil {
			return fault.StartKey(fault.KeyMismatch().Message)
		}
		return fault.StartKey("")
	}
	lo, hi := key.Segment(part.number, part.total)
	var at []byte
	if rd.start != nil {
		if err := rd.checkStart(); err != nil {
			return err
		}
		var err error
		if at, err = rd.startAt(); err != nil {
			return err
		}
		hash := key.HashOf(at)
		if hash < lo || hash > hi {
			return fault.SegmentStartKey(strconv.Itoa(part.number), strconv.Itoa(part.total))
		}
		lo = hash
	}
	for _, p := range rd.t.Partitions {
		if p.Index != rd.partitioned() || p.Hi < lo || p.Lo > hi {
			continue
		}
		from, to := key.HashBounds(max(lo, p.Lo), min(hi, p.Hi))
		if at != nil && p.Lo <= lo {
			from = key.After(at)
		}
		rd.spans = append(rd.spans, span{p.ID, from, to})
	}
	return nil
}

// checkStart holds the starting key of a scan against the schema.
func (rd *reading) checkStart() error {
	k := rd.schema()
	if rd.ix != nil {
		for _, a := range append(k.Hash[:len(k.Hash):len(k.Hash)], k.Range...) {
			v, ok := rd.start.Get(a.Name)
			switch {
			case !ok:
				return fault.StartKey("")
			case v.Kind != a.Kind:
				return fault.StartKey(fault.KeyMismatch().Message)
			}
		}
	}
	return rd.checkStartTable()
}
