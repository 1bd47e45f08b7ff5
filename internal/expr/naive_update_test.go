package expr

import (
	"encoding/json"
	"math/big"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// plainClause is a clause of an update on plain JSON.
type plainClause struct {
	verb  string
	path  plainPath
	value plainNode
}

// removed stands for an element of a list that is gone, until the end.
type removed struct{}

func copied(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// compute gives what a SET assigns; nil is a refusal.
func (n plainNode) compute(m, values plain) any {
	switch n.op {
	case "path", "value":
		return n.eval(m, values)
	case "if_not_exists":
		if v := n.kids[0].eval(m, values); v != nil {
			return v
		}
		return n.kids[1].compute(m, values)
	}
	a, b := n.kids[0].compute(m, values), n.kids[1].compute(m, values)
	if a == nil || b == nil {
		return nil
	}
	ta, va := only(a)
	tb, vb := only(b)
	if n.op == "list_append" {
		if ta != "L" || tb != "L" {
			return nil
		}
		return plain{"L": append(append([]any{}, va.([]any)...), vb.([]any)...)}
	}
	if ta != "N" || tb != "N" {
		return nil
	}
	return plain{"N": plainSum(va, vb, n.op == "-")}
}

func plainSum(a, b any, subtract bool) string {
	x, _ := new(big.Rat).SetString(a.(string))
	y, _ := new(big.Rat).SetString(b.(string))
	if subtract {
		y.Neg(y)
	}
	text := x.Add(x, y).FloatString(10)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// plainApply gives the item after the clauses; nil is a refusal.
func plainApply(clauses []plainClause, m, values plain) plain {
	type appended struct {
		index int
		value any
	}
	after := map[string][]appended{} // by the path of the list
	lists := map[string]plainPath{}
	out := copied(m).(plain)
	for _, c := range clauses {
		last := c.path[len(c.path)-1]
		var old any
		parentMap, parentList := out, []any(nil)
		var parent plainPath
		if len(c.path) > 1 {
			parent = c.path[:len(c.path)-1]
			v := parent.find(m)
			if v == nil {
				return nil
			}
			tag, _ := only(v)
			if _, isIndex := last.(int); isIndex != (tag == "L") || !isIndex && tag != "M" {
				return nil
			}
			_, inner := only(parent.find(out))
			if tag == "L" {
				parentMap, parentList = nil, inner.([]any)
			} else {
				parentMap = inner.(plain)
			}
		}
		old = c.path.find(m)
		var value any // nil removes
		switch c.verb {
		case "SET":
			if value = c.value.compute(m, values); value == nil {
				return nil
			}
		case "ADD", "DELETE":
			operand := values[c.value.key]
			to, vo := only(operand)
			var gone bool
			if old == nil {
				if c.verb == "DELETE" {
					continue
				}
				value = operand
				break
			}
			tv, vv := only(old)
			if tv != to {
				return nil
			}
			if to == "N" {
				value = plain{"N": plainSum(vv, vo, false)}
				break
			}
			set := map[string]bool{}
			for _, e := range vv.([]any) {
				set[e.(string)] = true
			}
			for _, e := range vo.([]any) {
				if c.verb == "ADD" {
					set[e.(string)] = true
				} else {
					delete(set, e.(string))
				}
			}
			left := []any{}
			for e := range set {
				left = append(left, e)
			}
			if gone = len(left) == 0; !gone {
				value = plain{to: left}
			}
		}
		switch {
		case parentMap != nil && value == nil:
			delete(parentMap, last.(string))
		case parentMap != nil:
			parentMap[last.(string)] = copied(value)
		case last.(int) < len(parentList) && value == nil:
			parentList[last.(int)] = removed{}
		case last.(int) < len(parentList):
			parentList[last.(int)] = copied(value)
		case value != nil:
			key, _ := json.Marshal(parent)
			after[string(key)] = append(after[string(key)], appended{last.(int), copied(value)})
			lists[string(key)] = parent
		}
	}
	for key, more := range after {
		sort.Slice(more, func(i, j int) bool { return more[i].index < more[j].index })
		list := lists[key].find(out).(plain)
		for _, a := range more {
			list["L"] = append(list["L"].([]any), a.value)
		}
	}
	return withoutGaps(out).(plain)
}

func withoutGaps(v any) any {
	switch v := v.(type) {
	case plain:
		for k, e := range v {
			v[k] = withoutGaps(e)
		}
	case []any:
		kept := []any{}
		for _, e := range v {
			if e != (any)(removed{}) {
				kept = append(kept, withoutGaps(e))
			}
		}
		return kept
	}
	return v
}

func (w *writer) assigned(n plainNode) string {
	switch n.op {
	case "+", "-":
		return w.assigned(n.kids[0]) + w.pick("sign", n.op, " "+n.op+" ") + w.assigned(n.kids[1])
	case "path", "value":
		return w.operand(n)
	}
	return n.op + "(" + w.assigned(n.kids[0]) + ", " + w.assigned(n.kids[1]) + ")"
}

func (w *writer) drawAssigned(depth int) plainNode {
	path := plainNode{op: "path", path: drawPath(w.t)}
	if depth == 0 {
		if rapid.Bool().Draw(w.t, "path?") {
			return path
		}
		return w.drawKey(drawValue(w.t, 1))
	}
	switch op := w.pick("assign", "path", "value", "value", "+", "-", "if_not_exists", "list_append"); op {
	case "path":
		return path
	case "value":
		return w.drawKey(drawValue(w.t, 2))
	case "if_not_exists":
		return plainNode{op: op, kids: []plainNode{path, w.drawAssigned(0)}}
	case "list_append":
		return plainNode{op: op, kids: []plainNode{w.drawAssigned(0), w.drawAssigned(0)}}
	default:
		return plainNode{op: op, kids: []plainNode{w.drawAssigned(0), w.drawAssigned(0)}}
	}
}

func TestUpdatesDoWhatANaiveEvaluatorDoes(t *testing.T) {
	applied, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWriter(t)
		var clauses []plainClause
		var sections []string
		for _, verb := range []string{"SET", "REMOVE", "ADD", "DELETE"} {
			var parts []string
			for range rapid.IntRange(0, 2).Draw(t, verb) {
				c := plainClause{verb: verb, path: drawPath(t)}
				switch verb {
				case "SET":
					c.value = w.drawAssigned(1)
				case "ADD", "DELETE":
					c.value = w.drawKey(drawValue(t, 0))
				}
				clauses = append(clauses, c)
				text := w.writePath(c.path)
				switch verb {
				case "SET":
					text += " = " + w.assigned(c.value)
				case "ADD", "DELETE":
					text += " " + c.value.key
				}
				parts = append(parts, text)
			}
			if parts != nil {
				sections = append(sections, w.pick("section", verb, strings.ToLower(verb))+" "+strings.Join(parts, ", "))
			}
		}
		if sections == nil {
			return
		}
		text := strings.Join(rapid.Permutation(sections).Draw(t, "sections"), " ")
		u, err := ParseUpdate(text, w.ph)
		if err != nil {
			if strings.Contains(err.Error(), "Syntax error") || strings.Contains(err.Error(), "not defined") {
				t.Fatalf("%s: %v", text, err)
			}
			return
		}
		again, err := ParseStoredUpdate(u.Source())
		if err != nil {
			t.Fatalf("%s: printed as %s: %v", text, u.Source().Text, err)
		}
		for range 3 {
			m := drawMap(t, 2)
			before := object(m)
			want := plainApply(clauses, plainItem(m), w.values)
			for _, u := range []*Update{u, again} {
				out, _, err := u.Apply(m)
				switch {
				case object(m) != before:
					t.Fatalf("%s changed %s itself", text, before)
				case err != nil && want != nil:
					t.Fatalf("%s of %s: %v, want %v\nvalues %v", text, before, err, want, w.values)
				case err != nil:
					refused++
				case want == nil:
					t.Fatalf("%s of %s: %s, want a refusal\nvalues %v", text, before, object(out), w.values)
				case canonical(plain{"M": plainItem(out)}) != canonical(plain{"M": want}):
					t.Fatalf("%s of %s: %s, want %v\nvalues %v", text, before, object(out), want, w.values)
				default:
					applied++
				}
			}
		}
	})
	if applied == 0 || refused == 0 {
		t.Errorf("%d applied, %d refused: too few to mean anything", applied, refused)
	}
}

func TestProjectionsKeepWhatTheirPathsFind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWriter(t)
		var paths []plainPath
		var parts []string
		for range rapid.IntRange(1, 4).Draw(t, "paths") {
			p := drawPath(t)
			paths = append(paths, p)
			parts = append(parts, w.writePath(p))
		}
		p, err := ParseProjection(strings.Join(parts, ","), w.ph)
		if err != nil {
			if !strings.Contains(err.Error(), "Two document paths") {
				t.Fatal(err)
			}
			return
		}
		m := drawMap(t, 2)
		out := p.Project(m)
		// With names only, a path finds the same in what is left; and with one
		// path, nothing else is left.
		whole, left := plainItem(m), plainItem(out)
		for i, path := range p.Paths() {
			named := true
			for _, s := range path {
				named = named && s.Name != ""
			}
			if named && !same(paths[i].find(whole), paths[i].find(left)) {
				t.Fatalf("%s of %s: %s", parts[i], object(m), object(out))
			}
		}
		if len(paths) == 1 {
			found := paths[0].find(whole)
			if (found != nil) != (len(out) == 1) {
				t.Fatalf("%s of %s: %s", parts[0], object(m), object(out))
			}
			for v := any(plain{"M": left}); found != nil; {
				if canonical(v) == canonical(found) {
					break
				}
				_, inner := only(v)
				var next any
				count := 0
				switch inner := inner.(type) {
				case plain:
					for _, e := range inner {
						next, count = e, count+1
					}
				case []any:
					for _, e := range inner {
						next, count = e, count+1
					}
				}
				if count != 1 {
					t.Fatalf("%s of %s: %s", parts[0], object(m), object(out))
				}
				v = next
			}
		}
	})
}

func same(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return canonical(a) == canonical(b)
}
