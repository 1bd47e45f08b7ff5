package expr

import (
	"cmp"
	"slices"

	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// Apply gives the item after the update, and the paths that the update wrote;
// m stays as it was. Every clause reads the item as it was before the update.
// Errors are *fault.Error; then nothing is changed. A nil update, which is what
// an UpdateItem without an expression has, changes nothing.
//
// See the Developer Guide, "Using update expressions in DynamoDB".
func (u *Update) Apply(m item.Map) (item.Map, []Path, error) {
	if u == nil {
		return m, nil, nil
	}
	room := [4]item.Value{}
	results := room[:0]
	for i := range u.clauses {
		v, err := u.clauses[i].evaluate(m)
		if err != nil {
			return nil, nil, err
		}
		results = append(results, v)
	}
	out := make(item.Map, len(m), len(m)+len(u.clauses))
	copy(out, m)
	for _, i := range u.order() {
		out = write(out, u.clauses[i].path, &results[i])
	}
	return u.compact(out), u.Targets(), nil
}

// order is the order in which clauses write. What is removed from a list only
// leaves a gap at first, so that indexes keep their meaning; what is put past
// the end of a list is appended, in the order of the indexes.
func (u *Update) order() []int {
	order := make([]int, len(u.clauses))
	indexed := false
	for i := range order {
		order[i] = i
		for _, s := range u.clauses[i].path {
			indexed = indexed || s.Name == ""
		}
	}
	if indexed {
		slices.SortStableFunc(order, func(a, b int) int {
			x, y := &u.clauses[a], &u.clauses[b]
			if (x.verb == remove) != (y.verb == remove) {
				if x.verb == remove {
					return -1
				}
				return 1
			}
			return slices.CompareFunc(x.path, y.path, func(s, t Step) int {
				return cmp.Or(cmp.Compare(s.Name, t.Name), cmp.Compare(s.Index, t.Index))
			})
		})
	}
	return order
}

// compact closes the gaps that removals left in lists. Inner lists come first:
// closing a gap moves what is behind it.
func (u *Update) compact(m item.Map) item.Map {
	var lists []Path
	for i := range u.clauses {
		path := u.clauses[i].path
		if v := u.clauses[i].verb; path[len(path)-1].Name == "" && (v == remove || v == del) {
			lists = append(lists, path[:len(path)-1])
		}
	}
	slices.SortStableFunc(lists, func(a, b Path) int { return len(b) - len(a) })
	for _, path := range lists {
		// The list is a copy made by write, and so are those around it.
		if v := path.find(m); v != nil {
			v.List = slices.DeleteFunc(v.List, func(e item.Value) bool { return e.Kind == 0 })
		}
	}
	return m
}

// evaluate gives what a clause will write; a value without a type removes.
func (c *clause) evaluate(m item.Map) (item.Value, error) {
	if err := c.checkParent(m); err != nil {
		return item.Value{}, err
	}
	switch c.verb {
	case set:
		v, err := c.value.compute(m)
		if err != nil {
			return item.Value{}, err
		}
		return *v, nil
	case remove:
		return item.Value{}, nil
	}
	old, v := c.path.find(m), c.value.value
	switch {
	case old == nil && (c.verb == add || c.verb == oldAdd):
		return *v, nil
	case old == nil:
		return item.Value{}, nil
	case old.Kind != v.Kind && (c.verb == add || c.verb == del):
		return item.Value{}, fault.UpdateOperand()
	case old.Kind != v.Kind:
		return item.Value{}, fault.UpdateMismatch()
	case c.verb == add || c.verb == oldAdd:
		return addTo(old, v)
	}
	return deleteFrom(old, v), nil
}

// checkParent refuses a path whose last step has nothing to stand on.
func (c *clause) checkParent(m item.Map) error {
	n := len(c.path) - 1
	if n == 0 {
		return nil
	}
	need := item.M
	if c.path[n].Name == "" {
		need = item.L
	}
	if v := c.path[:n].find(m); v == nil || v.Kind != need {
		return fault.UpdatePath()
	}
	return nil
}

// compute gives the value of what a SET assigns.
func (o *operand) compute(m item.Map) (*item.Value, error) {
	switch {
	case o.value != nil:
		return o.value, nil
	case o.path != nil:
		v := o.path.find(m)
		if v == nil {
			return nil, fault.UpdateMissing()
		}
		return v, nil
	}
	c := o.call
	if c.fn == ifNotExists {
		if v := c.args[0].path.find(m); v != nil {
			return v, nil
		}
		return c.args[1].compute(m)
	}
	x, err := c.args[0].compute(m)
	if err != nil {
		return nil, err
	}
	y, err := c.args[1].compute(m)
	if err != nil {
		return nil, err
	}
	if x.Kind != c.fn.gives || y.Kind != c.fn.gives {
		return nil, fault.UpdateOperand()
	}
	if c.fn == listAppend {
		return &item.Value{Kind: item.L, List: slices.Concat(x.List, y.List)}, nil
	}
	v, err := sum(x.Text, y.Text, c.fn == minus)
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// addTo gives an attribute after an ADD of a value of its own type.
func addTo(old, v *item.Value) (item.Value, error) {
	switch v.Kind {
	case item.N:
		return sum(old.Text, v.Text, false)
	case item.L:
		return item.Value{Kind: item.L, List: slices.Concat(old.List, v.List)}, nil
	}
	out := item.Value{Kind: old.Kind, Set: slices.Clone(old.Set)}
	has := membership(old.Set)
	for _, e := range v.Set {
		if !has(e) {
			out.Set = append(out.Set, e)
		}
	}
	return out, nil
}

// deleteFrom gives a set after a DELETE. One that would be empty is removed.
func deleteFrom(old, v *item.Value) item.Value {
	var left []string
	gone := membership(v.Set)
	for _, e := range old.Set {
		if !gone(e) {
			left = append(left, e)
		}
	}
	if left == nil {
		return item.Value{}
	}
	return item.Value{Kind: old.Kind, Set: left}
}

// membership says what is in a set, at a cost that does not grow with it.
func membership(set []string) func(string) bool {
	if len(set) <= 16 {
		return func(e string) bool { return slices.Contains(set, e) }
	}
	in := make(map[string]struct{}, len(set))
	for _, e := range set {
		in[e] = struct{}{}
	}
	return func(e string) bool { _, ok := in[e]; return ok }
}

// write puts a value where a path leads, or removes what is there. The map is
// the caller's own; what lies deeper is copied first.
func write(m item.Map, path Path, v *item.Value) item.Map {
	at := -1
	for i := range m {
		if m[i].Name == path[0].Name {
			at = i
			break
		}
	}
	switch {
	case len(path) > 1:
		if at >= 0 {
			m[at].Value = writeInto(m[at].Value, path[1:], v)
		}
	case v.Kind == 0:
		if at >= 0 {
			m = slices.Delete(m, at, at+1)
		}
	case at >= 0:
		m[at].Value = *v
	default:
		m = append(m, item.Attr{Name: path[0].Name, Value: *v})
	}
	return m
}

// writeInto is write in a value.
func writeInto(in item.Value, path Path, v *item.Value) item.Value {
	switch in.Kind {
	case item.M:
		in.Map = write(slices.Clone(in.Map), path, v)
	case item.L:
		i := path[0].Index
		in.List = slices.Clone(in.List)
		switch {
		case i >= len(in.List):
			if len(path) == 1 && v.Kind != 0 {
				in.List = append(in.List, *v)
			}
		case len(path) == 1:
			in.List[i] = *v
		default:
			in.List[i] = writeInto(in.List[i], path[1:], v)
		}
	}
	return in
}
