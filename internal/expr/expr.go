// Package expr is DynamoDB's expression language: conditions, filters, key
// conditions, updates and projections. Expressions are parsed by hand into a
// tree, which can be printed again, evaluated, and carried in the journal.
package expr

// Path is a document path: an attribute name, then names and list indexes.
type Path []Step

// Step is one step of a Path: a name, or an index if Name is empty.
type Step struct {
	Name  string
	Index int
}

// Condition is a condition or filter, resolved: no placeholders are left.
type Condition struct{ root node }

// Update is an update expression, resolved.
type Update struct{ clauses []clause }

type node interface{}

type clause struct{}
