// Package expr is DynamoDB's expression language: conditions, filters, key
// conditions, updates and projections, and the older parameters that say the
// same things without an expression. Texts are parsed by hand into a tree,
// which can be printed again, evaluated, and carried in the journal.
//
// The language is described in the Amazon DynamoDB Developer Guide, "Using
// expressions in DynamoDB".
package expr

import (
	"strconv"
	"strings"

	"shvm-db/internal/item"
)

// Names of the parameters that carry expressions, as errors repeat them.
const (
	ConditionExpression    = "ConditionExpression"
	FilterExpression       = "FilterExpression"
	KeyConditionExpression = "KeyConditionExpression"
	ProjectionExpression   = "ProjectionExpression"
	UpdateExpression       = "UpdateExpression"
)

// Path is a document path: an attribute name, then names and list indexes.
type Path []Step

// Step is one step of a Path: a name, or an index if Name is empty.
type Step struct {
	Name  string
	Index int
}

// String is the path as error messages show it: [a, b, [1]].
func (p Path) String() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, s := range p {
		if i > 0 {
			b.WriteString(", ")
		}
		if s.Name != "" {
			b.WriteString(s.Name)
			continue
		}
		b.WriteByte('[')
		b.WriteString(strconv.Itoa(s.Index))
		b.WriteByte(']')
	}
	b.WriteByte(']')
	return b.String()
}

// Equal says whether both paths have the same steps.
func (p Path) Equal(q Path) bool {
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		if p[i] != q[i] {
			return false
		}
	}
	return true
}

// In finds what the path leads to in an item.
func (p Path) In(m item.Map) (item.Value, bool) {
	if v := p.find(m); v != nil {
		return *v, true
	}
	return item.Value{}, false
}

// find is In without a copy: it points into the item.
func (p Path) find(m item.Map) *item.Value {
	var v *item.Value
	for i := range p {
		switch s := &p[i]; {
		case s.Name == "":
			// No path that was parsed begins with an index. One that does leads
			// nowhere: a panic here would come again at every replay.
			if v == nil || v.Kind != item.L || s.Index >= len(v.List) {
				return nil
			}
			v = &v.List[s.Index]
		default:
			if i > 0 {
				if v.Kind != item.M {
					return nil
				}
				m = v.Map
			}
			if v = entry(m, s.Name); v == nil {
				return nil
			}
		}
	}
	return v
}

func entry(m item.Map, name string) *item.Value {
	for i := range m {
		if m[i].Name == name {
			return &m[i].Value
		}
	}
	return nil
}

// Condition is a condition or filter, resolved: no placeholders are left.
type Condition struct{ root node }

// Update is an update expression, resolved: its clauses in the order written.
type Update struct{ clauses []clause }

// Projection is a projection expression, resolved.
type Projection struct{ paths []Path }

// Names gives the attributes, at the top of the item, that the condition
// mentions; each once.
func (c *Condition) Names() []string {
	var names []string
	walk(c.root, func(p Path) { names = addName(names, p[0].Name) })
	return names
}

// Paths gives the paths that the condition mentions, in the order written.
func (c *Condition) Paths() []Path {
	var paths []Path
	walk(c.root, func(p Path) { paths = append(paths, p) })
	return paths
}

// Targets gives the paths that the update writes, in the order written.
func (u *Update) Targets() []Path {
	paths := make([]Path, len(u.clauses))
	for i := range u.clauses {
		paths[i] = u.clauses[i].path
	}
	return paths
}

// Values gives, for the targets that are set to a value written in the
// expression itself, that value; others are nil. It is parallel to Targets.
func (u *Update) Values() []*item.Value {
	values := make([]*item.Value, len(u.clauses))
	for i := range u.clauses {
		if u.clauses[i].verb != remove {
			values[i] = u.clauses[i].value.value
		}
	}
	return values
}

// Paths gives the paths of the projection, in the order written.
func (p *Projection) Paths() []Path { return p.paths }

// Names gives the attributes, at the top of the item, that the projection
// mentions; each once.
func (p *Projection) Names() []string {
	var names []string
	for _, path := range p.paths {
		names = addName(names, path[0].Name)
	}
	return names
}

func addName(names []string, name string) []string {
	for _, n := range names {
		if n == name {
			return names
		}
	}
	return append(names, name)
}
