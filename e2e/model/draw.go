package model

import (
	"fmt"
	"slices"
	"sync/atomic"

	"pgregory.net/rapid"
)

// Everything is drawn from small sets, so that keys meet, conditions hold as
// often as not, and indexes have items side by side.

var (
	hashValues = map[string][]Value{
		"S": {S("p"), S("q"), S("ü")},
		"N": {N("1"), N("-2"), N("0.5")},
		"B": {B("\x00"), B("\xff\x00"), B("k")},
	}
	rangeValues = map[string][]Value{
		"S": {S("a"), S("ab"), S("abc"), S("b"), S("é"), S("\U0001F600"), S("Z"), S("a\x00b")},
		"N": {N("0"), N("1"), N("10"), N("9"), N("-1"), N("-10"), N("0.1"), N("1e2"), N("-0.05"), N("123456789012345678901234567890")},
		"B": {B("a"), B("a\x00"), B("a\x00\x00"), B("a\xff"), B("\xff"), B("\x01"), B("ab")},
	}
	// spellings are numbers equal to those above, written in other ways.
	spellings = map[string][]string{
		"1": {"1.0", "1e0", "+1"}, "10": {"1e1", "10.00"}, "-2": {"-2.0"}, "0.5": {".5", "5e-1"},
		"0": {"0.0", "-0"}, "9": {"09"}, "-10": {"-1e1"}, "0.1": {"1e-1"},
	}
	// indexAttributes may be keys of indexes, and then have to be of these types.
	indexAttributes = []Attr{{"x", "S"}, {"y", "N"}, {"z", "B"}}
	plainAttributes = []string{"a", "b", "c"}
)

// respelled is the value, a number perhaps in another spelling.
func respelled(t *rapid.T, v Value) Value {
	if kind, inner := tag(v); kind == "N" {
		if others := spellings[inner.(string)]; others != nil && rapid.Bool().Draw(t, "respell") {
			return N(rapid.SampledFrom(others).Draw(t, "spelling"))
		}
	}
	return v
}

func drawHash(t *rapid.T, kind string) Value {
	return respelled(t, rapid.SampledFrom(hashValues[kind]).Draw(t, "hash"))
}

func drawRange(t *rapid.T, kind string) Value {
	return respelled(t, rapid.SampledFrom(rangeValues[kind]).Draw(t, "range"))
}

func (t *Table) drawKey(rt *rapid.T) Item {
	k := Item{t.Hash.Name: drawHash(rt, t.Hash.Type)}
	if t.Range.Name != "" {
		k[t.Range.Name] = drawRange(rt, t.Range.Type)
	}
	return k
}

// drawValue draws any value.
func drawValue(t *rapid.T) Value {
	switch rapid.SampledFrom([]string{"S", "S", "N", "N", "N", "B", "SS", "NS", "L", "M", "BOOL", "NULL"}).Draw(t, "type") {
	case "N":
		return drawRange(t, "N")
	case "B":
		return drawRange(t, "B")
	case "SS":
		return Value{"SS": drawSet(t, "p", "q", "r")}
	case "NS":
		return Value{"NS": drawSet(t, "1", "2", "3.5")}
	case "L":
		return Value{"L": []any{drawRange(t, "N"), drawRange(t, "S")}}
	case "M":
		return Value{"M": Item{"in": drawRange(t, "S"), "k": N("1")}}
	case "BOOL":
		return Value{"BOOL": rapid.Bool().Draw(t, "bool")}
	case "NULL":
		return Value{"NULL": true}
	}
	return drawRange(t, "S")
}

func drawSet(t *rapid.T, elements ...string) []any {
	chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(elements), 1, len(elements), rapid.ID).Draw(t, "set")
	out := make([]any, len(chosen))
	for i, e := range chosen {
		out[i] = e
	}
	return out
}

func drawItem(rt *rapid.T, t *Table) Item {
	m := t.drawKey(rt)
	for _, name := range plainAttributes {
		if rapid.Bool().Draw(rt, "has "+name) {
			m[name] = drawValue(rt)
		}
	}
	for _, a := range indexAttributes {
		switch rapid.IntRange(0, 19).Draw(rt, "has "+a.Name) {
		case 0:
			m[a.Name] = drawValue(rt)
		case 1, 2, 3, 4, 5, 6, 7:
			// absent
		default:
			m[a.Name] = drawRange(rt, a.Type)
		}
	}
	return m
}

func drawAttribute(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b", "c", "x", "y", "z"}).Draw(t, "attribute")
}

func drawCondition(t *rapid.T, depth int) *Condition {
	ops := []string{"attribute_exists", "attribute_not_exists", "=", "<>", "<", "<=", ">", ">=", "BETWEEN", "IN", "contains", "begins_with"}
	if depth > 0 {
		ops = append(ops, "AND", "OR", "NOT")
	}
	c := &Condition{Op: rapid.SampledFrom(ops).Draw(t, "op"), Attr: drawAttribute(t)}
	ordered := rapid.SampledFrom([]string{"S", "N", "B"}).Draw(t, "ordered")
	switch c.Op {
	case "AND", "OR":
		c.Kids = []*Condition{drawCondition(t, depth-1), drawCondition(t, depth-1)}
	case "NOT":
		c.Kids = []*Condition{drawCondition(t, depth-1)}
	case "attribute_exists", "attribute_not_exists":
	case "BETWEEN":
		c.Values = drawBounds(t, ordered)
	case "begins_with":
		c.Values = []Value{drawRange(t, rapid.SampledFrom([]string{"S", "B"}).Draw(t, "prefix"))}
	case "IN":
		c.Values = []Value{drawValue(t), drawValue(t)}
	case "=", "<>", "contains":
		c.Values = []Value{drawValue(t)}
	default:
		c.Values = []Value{drawRange(t, ordered)}
	}
	return c
}

// drawBounds draws two values in order.
func drawBounds(t *rapid.T, kind string) []Value {
	bounds := []Value{drawRange(t, kind), drawRange(t, kind)}
	if d, _ := compare(bounds[0], bounds[1]); d > 0 {
		slices.Reverse(bounds)
	}
	return bounds
}

func drawClauses(t *rapid.T) []Clause {
	var out []Clause
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "x", "y", "z"}), 1, 3, rapid.ID).Draw(t, "targets")
	for _, name := range names {
		c := Clause{Verb: rapid.SampledFrom([]string{"SET", "SET", "REMOVE", "ADD", "DELETE"}).Draw(t, "verb"), Attr: name}
		switch c.Verb {
		case "SET":
			switch rapid.IntRange(0, 3).Draw(t, "how") {
			case 0:
				c.Plus, c.Value = drawAttribute(t), drawRange(t, "N")
			case 1:
				c.Default = true
				c.Value = drawFor(t, name)
			default:
				c.Value = drawFor(t, name)
			}
		case "ADD":
			c.Value = rapid.SampledFrom([]Value{N("1"), N("-0.5"), N("1e3"), {"SS": []any{"p", "s"}}, {"NS": []any{"2", "4"}}}).Draw(t, "addend")
		case "DELETE":
			c.Value = rapid.SampledFrom([]Value{{"SS": []any{"p", "q"}}, {"NS": []any{"1", "2.0"}}, {"SS": []any{"p", "q", "r", "s"}}}).Draw(t, "gone")
		}
		out = append(out, c)
	}
	return out
}

// drawFor draws a value for an attribute, mostly of the type its index wants.
func drawFor(t *rapid.T, name string) Value {
	for _, a := range indexAttributes {
		if a.Name == name && rapid.IntRange(0, 9).Draw(t, "type") > 0 {
			return drawRange(t, a.Type)
		}
	}
	return drawValue(t)
}

var tables atomic.Int64

func drawTable(t *rapid.T) *Table {
	kinds := rapid.SampledFrom([]string{"S", "N", "B"})
	table := &Table{
		Name: fmt.Sprintf("model-%d", tables.Add(1)),
		Hash: Attr{"pk", kinds.Draw(t, "hash type")},
	}
	if rapid.IntRange(0, 3).Draw(t, "sort key") > 0 {
		table.Range = Attr{"sk", kinds.Draw(t, "range type")}
		for i := range rapid.IntRange(0, 2).Draw(t, "local indexes") {
			table.Indexes = append(table.Indexes, drawProjection(t, Index{
				Name: fmt.Sprintf("local%d", i), Hash: table.Hash,
				Range: rapid.SampledFrom(indexAttributes).Draw(t, "local range"),
			}))
		}
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "global indexes") {
		table.Indexes = append(table.Indexes, drawGlobal(t, fmt.Sprintf("global%d", i), table))
	}
	return table
}

func drawGlobal(t *rapid.T, name string, table *Table) Index {
	choices := slices.Clone(indexAttributes)
	if table.Range.Name != "" {
		choices = append(choices, table.Range)
	}
	attrs := rapid.SliceOfNDistinct(rapid.SampledFrom(choices), 1, 2, func(a Attr) string { return a.Name }).Draw(t, "global keys")
	ix := Index{Name: name, Global: true, Hash: attrs[0]}
	if len(attrs) == 2 {
		ix.Range = attrs[1]
	}
	return drawProjection(t, ix)
}

func drawProjection(t *rapid.T, ix Index) Index {
	ix.Projection = rapid.SampledFrom([]string{"ALL", "KEYS_ONLY", "INCLUDE"}).Draw(t, "projection")
	if ix.Projection == "INCLUDE" {
		ix.Include = []string{"a", "b"}
	}
	return ix
}
