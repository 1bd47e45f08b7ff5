package expr

import (
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"shvm-db/internal/item"
)

// A second evaluator, as plain as can be: it works on the JSON of items, with
// big rationals for numbers, and on a tree of its own that it also writes as
// text. Whatever it says, the real one has to say.

type plain = map[string]any

// plainItem is an item as encoding/json sees it.
func plainItem(m item.Map) plain {
	var out plain
	if err := json.Unmarshal(item.AppendJSON(nil, m), &out); err != nil {
		panic(err)
	}
	return out
}

// only gives the tag of a value and what is behind it.
func only(v any) (string, any) {
	for tag, inner := range v.(plain) {
		return tag, inner
	}
	panic("a value without a type")
}

// plainPath is a path: names and indexes.
type plainPath []any

func (p plainPath) find(m plain) any {
	at, ok := m[p[0].(string)]
	if !ok {
		return nil
	}
	for _, step := range p[1:] {
		tag, inner := only(at)
		switch step := step.(type) {
		case string:
			if tag != "M" {
				return nil
			}
			if at, ok = inner.(plain)[step]; !ok {
				return nil
			}
		case int:
			if tag != "L" || step >= len(inner.([]any)) {
				return nil
			}
			at = inner.([]any)[step]
		}
	}
	return at
}

// plainNode is a condition, an operand or what an update assigns.
type plainNode struct {
	op   string // AND, =, size, path, value and so on
	kids []plainNode
	path plainPath
	key  string // of a value
}

// writer turns trees into the text of an expression.
type writer struct {
	t      *rapid.T
	values plain
	ph     *Placeholders
}

func (w *writer) pick(label string, choices ...string) string {
	return rapid.SampledFrom(choices).Draw(w.t, label)
}

func (w *writer) writePath(p plainPath) string {
	var b strings.Builder
	for i, step := range p {
		switch step := step.(type) {
		case string:
			if i > 0 {
				b.WriteString(w.pick("dot", ".", " . "))
			}
			if rapid.Bool().Draw(w.t, "placeholder") {
				key := "#" + step
				w.ph.Names[key] = step
				b.WriteString(key)
			} else {
				b.WriteString(step)
			}
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		}
	}
	return b.String()
}

// operand writes a node that gives a value.
func (w *writer) operand(n plainNode) string {
	var text string
	switch n.op {
	case "path":
		text = w.writePath(n.path)
	case "value":
		text = n.key
	default:
		return w.call(n)
	}
	if rapid.IntRange(0, 9).Draw(w.t, "parentheses") == 0 {
		return "(" + text + ")"
	}
	return text
}

func (w *writer) call(n plainNode) string {
	parts := make([]string, len(n.kids))
	for i, k := range n.kids {
		parts[i] = w.operand(k)
	}
	return n.op + w.pick("call", "(", " ( ") + strings.Join(parts, w.pick("comma", ",", ", ")) + ")"
}

// condition writes a condition; inner says that something surrounds it.
func (w *writer) condition(n plainNode, inner bool) string {
	var text string
	switch n.op {
	case "AND", "OR":
		text = w.condition(n.kids[0], true) + " " + w.pick("word", n.op, strings.ToLower(n.op)) + " " + w.condition(n.kids[1], true)
		if inner {
			text = "(" + text + ")"
		}
	case "NOT":
		text = w.pick("not", "NOT ", "not ") + w.condition(n.kids[0], true)
		if inner {
			text = "(" + text + ")"
		}
	case "BETWEEN":
		text = w.operand(n.kids[0]) + " between " + w.operand(n.kids[1]) + " and " + w.operand(n.kids[2])
	case "IN":
		list := n
		list.op, list.kids = " IN ", n.kids[1:]
		text = w.operand(n.kids[0]) + w.call(list)
	case "=", "<>", "<", "<=", ">", ">=":
		text = w.operand(n.kids[0]) + w.pick("space", "", " ") + n.op + w.operand(n.kids[1])
	default:
		text = w.call(n)
	}
	return text
}

// eval gives the value of an operand in an item; nil is none.
func (n plainNode) eval(m plain, values plain) any {
	switch n.op {
	case "path":
		return n.path.find(m)
	case "value":
		return values[n.key]
	}
	// size
	v := n.kids[0].eval(m, values)
	if v == nil {
		return nil
	}
	size := -1
	switch tag, inner := only(v); tag {
	case "S":
		size = len(utf16.Encode([]rune(inner.(string))))
	case "SS", "NS", "BS", "L":
		size = len(inner.([]any))
	case "M":
		size = len(inner.(plain))
	}
	if size < 0 {
		return nil
	}
	return plain{"N": fmt.Sprint(size)}
}

// plainCompare orders two values of the same type S or N.
func plainCompare(a, b any) (int, bool) {
	if a == nil || b == nil {
		return 0, false
	}
	ta, va := only(a)
	tb, vb := only(b)
	if ta != tb {
		return 0, false
	}
	switch ta {
	case "N":
		x, _ := new(big.Rat).SetString(va.(string))
		y, _ := new(big.Rat).SetString(vb.(string))
		return x.Cmp(y), true
	case "S":
		return strings.Compare(va.(string), vb.(string)), true
	}
	return 0, false
}

func plainEqual(a, b any) bool {
	if a == nil || b == nil {
		return false
	}
	return canonical(a) == canonical(b)
}

// canonical is a value's JSON with sets sorted.
func canonical(v any) string {
	tag, inner := only(v)
	switch inner := inner.(type) {
	case []any:
		parts := make([]string, len(inner))
		for i, e := range inner {
			if tag == "L" {
				parts[i] = canonical(e)
			} else {
				parts[i] = fmt.Sprintf("%q", e)
			}
		}
		if tag != "L" {
			sort.Strings(parts)
		}
		return tag + "[" + strings.Join(parts, ",") + "]"
	case plain:
		var parts []string
		for k, e := range inner {
			parts = append(parts, fmt.Sprintf("%q:%s", k, canonical(e)))
		}
		sort.Strings(parts)
		return tag + "{" + strings.Join(parts, ",") + "}"
	}
	return fmt.Sprintf("%s %v", tag, inner)
}

// holds says whether a condition holds.
func (n plainNode) holds(m plain, values plain) bool {
	v := func(i int) any { return n.kids[i].eval(m, values) }
	switch n.op {
	case "AND":
		return n.kids[0].holds(m, values) && n.kids[1].holds(m, values)
	case "OR":
		return n.kids[0].holds(m, values) || n.kids[1].holds(m, values)
	case "NOT":
		return !n.kids[0].holds(m, values)
	case "=":
		return plainEqual(v(0), v(1))
	case "<>":
		return !plainEqual(v(0), v(1))
	case "IN":
		for i := range n.kids[1:] {
			if plainEqual(v(0), v(i+1)) {
				return true
			}
		}
		return false
	case "BETWEEN":
		lo, ok1 := plainCompare(v(0), v(1))
		hi, ok2 := plainCompare(v(0), v(2))
		return ok1 && ok2 && lo >= 0 && hi <= 0
	case "attribute_exists":
		return v(0) != nil
	case "attribute_not_exists":
		return v(0) == nil
	case "attribute_type":
		if v(0) == nil {
			return false
		}
		tag, _ := only(v(0))
		_, want := only(v(1))
		return tag == want
	case "begins_with":
		if v(0) == nil || v(1) == nil {
			return false
		}
		ta, a := only(v(0))
		tb, b := only(v(1))
		return ta == "S" && tb == "S" && strings.HasPrefix(a.(string), b.(string))
	case "contains":
		if v(0) == nil || v(1) == nil {
			return false
		}
		ta, a := only(v(0))
		tb, b := only(v(1))
		switch {
		case ta == "S" && tb == "S":
			return strings.Contains(a.(string), b.(string))
		case ta == "L":
			for _, e := range a.([]any) {
				if plainEqual(e, v(1)) {
					return true
				}
			}
		case ta == tb+"S":
			for _, e := range a.([]any) {
				if e == b {
					return true
				}
			}
		}
		return false
	}
	d, ok := plainCompare(v(0), v(1))
	switch n.op {
	case "<":
		return ok && d < 0
	case "<=":
		return ok && d <= 0
	case ">":
		return ok && d > 0
	}
	return ok && d >= 0
}

// --- what the tests draw ---

var attributeNames = []string{"aa", "bb", "cc", "dd"}

func drawValue(t *rapid.T, depth int) item.Value {
	kinds := []item.Kind{item.S, item.N, item.N, item.S, item.SS, item.NS, item.BOOL, item.NULL}
	if depth > 0 {
		kinds = append(kinds, item.L, item.M, item.M)
	}
	text := rapid.SampledFrom([]string{"", "a", "ab", "abc", "b", "é𝄞"})
	numbers := rapid.SampledFrom([]string{"0", "1", "-1", "2", "10", "0.5", "-0.5"})
	v := item.Value{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	switch v.Kind {
	case item.S:
		v.Text = text.Draw(t, "text")
	case item.N:
		v.Text = numbers.Draw(t, "number")
	case item.BOOL:
		v.Bool = rapid.Bool().Draw(t, "bool")
	case item.SS:
		v.Set = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "ab"}), 1, 3, rapid.ID).Draw(t, "set")
	case item.NS:
		v.Set = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "10"}), 1, 3, rapid.ID).Draw(t, "numbers")
	case item.L:
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			v.List = append(v.List, drawValue(t, depth-1))
		}
	case item.M:
		v.Map = drawMap(t, depth-1)
	}
	return v
}

func drawMap(t *rapid.T, depth int) item.Map {
	var m item.Map
	for _, name := range attributeNames {
		if rapid.Bool().Draw(t, "has") {
			m = append(m, item.Attr{Name: name, Value: drawValue(t, depth)})
		}
	}
	return m
}

func drawPath(t *rapid.T) plainPath {
	p := plainPath{rapid.SampledFrom(attributeNames).Draw(t, "name")}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2}).Draw(t, "steps") {
		if rapid.Bool().Draw(t, "index?") {
			p = append(p, rapid.IntRange(0, 3).Draw(t, "index"))
		} else {
			p = append(p, rapid.SampledFrom(attributeNames).Draw(t, "name"))
		}
	}
	return p
}

// drawKey adds a value to the placeholders.
func (w *writer) drawKey(v item.Value) plainNode {
	key := fmt.Sprintf(":v%d", len(w.ph.Values))
	w.ph.Values[key] = v
	w.values[key] = plainItem(item.Map{{Name: "v", Value: v}})["v"]
	return plainNode{op: "value", key: key}
}

func (w *writer) drawOperand() plainNode {
	switch rapid.IntRange(0, 5).Draw(w.t, "operand") {
	case 0, 1, 2:
		return plainNode{op: "path", path: drawPath(w.t)}
	case 3:
		return plainNode{op: "size", kids: []plainNode{{op: "path", path: drawPath(w.t)}}}
	}
	return w.drawKey(drawValue(w.t, 1))
}

func (w *writer) drawCondition(depth int) plainNode {
	ops := []string{
		"=", "<>", "<", "<=", ">", ">=", "BETWEEN", "IN", "attribute_exists", "attribute_not_exists",
		"attribute_type", "begins_with", "contains",
	}
	if depth > 0 {
		ops = append(ops, "AND", "OR", "NOT", "AND", "OR", "NOT")
	}
	n := plainNode{op: rapid.SampledFrom(ops).Draw(w.t, "op")}
	path := plainNode{op: "path", path: drawPath(w.t)}
	switch n.op {
	case "AND", "OR":
		n.kids = []plainNode{w.drawCondition(depth - 1), w.drawCondition(depth - 1)}
	case "NOT":
		n.kids = []plainNode{w.drawCondition(depth - 1)}
	case "attribute_exists", "attribute_not_exists":
		n.kids = []plainNode{path}
	case "attribute_type":
		n.kids = []plainNode{path, w.drawKey(item.Value{Kind: item.S, Text: rapid.SampledFrom([]string{"S", "N", "M", "L", "SS", "NULL"}).Draw(w.t, "type")})}
	case "BETWEEN":
		n.kids = []plainNode{w.drawOperand(), w.drawOperand(), w.drawOperand()}
	case "IN":
		n.kids = []plainNode{path, w.drawOperand()}
		for range rapid.IntRange(0, 2).Draw(w.t, "more") {
			n.kids = append(n.kids, w.drawOperand())
		}
	default:
		n.kids = []plainNode{w.drawOperand(), w.drawOperand()}
	}
	return n
}

func newWriter(t *rapid.T) *writer {
	return &writer{t: t, values: plain{}, ph: &Placeholders{Names: map[string]string{}, Values: map[string]item.Value{}}}
}

func TestConditionsSayWhatANaiveEvaluatorSays(t *testing.T) {
	parsed := 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWriter(t)
		n := w.drawCondition(3)
		text := w.condition(n, false)
		c, err := ParseCondition(ConditionExpression, text, w.ph)
		if err != nil {
			// Some of what is drawn has to be refused: operands that are the
			// same, or of types that have no order.
			if strings.Contains(err.Error(), "Syntax error") || strings.Contains(err.Error(), "not defined") {
				t.Fatalf("%s: %v", text, err)
			}
			return
		}
		parsed++
		if err := w.ph.Unused(); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		again, err := ParseStoredCondition(c.Source())
		if err != nil {
			t.Fatalf("%s: printed as %s: %v", text, c.Source().Text, err)
		}
		for range 3 {
			m := drawMap(t, 2)
			want := n.holds(plainItem(m), w.values)
			for _, c := range []*Condition{c, again} {
				if got, err := c.Match(m); err != nil || got != want {
					t.Fatalf("%s of %s: %v, %v, want %v\nvalues %v", text, object(m), got, err, want, w.values)
				}
			}
		}
	})
	if parsed == 0 {
		t.Error("all that was drawn was refused")
	}
}
