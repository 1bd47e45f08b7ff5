package gateway

import (
	"context"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// describeTable tells all of a table.
func describeTable(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.named(r)
	if err != nil {
		return nil, err
	}
	return encode(dst, struct{ Table tableAnswer }{g.describe(t)})
}

// named is the table that a request of the control plane names.
func (g *Gateway) named(r *Request) (*catalog.Table, error) {
	name, _ := r.Body.Field("TableName")
	t, ok := g.Registry.Table(tableName(name.Str()))
	if !ok {
		return nil, fault.TableNamedNotFound(tableName(name.Str()))
	}
	return t, nil
}
