package gateway

import (
	"context"

	"shvm-db/internal/fault"
)

// There are no global tables yet. The operations of 2017 answer that there is
// none of the name.

func createGlobalTable(g *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	name := text(r.Body, "GlobalTableName")
	if _, err := g.backedUp(name); err != nil {
		return nil, err
	}
	return nil, fault.NotAuthorized(r.Operation, name)
}

func noGlobalTable(_ *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	return nil, fault.GlobalTableNotFound(text(r.Body, "GlobalTableName"))
}

func listGlobalTables(_ *Gateway, _ context.Context, _ *Request, dst []byte) ([]byte, error) {
	return append(dst, `{"GlobalTables":[]}`...), nil
}

// describeAutoScaling tells of a table that it has no replicas.
func describeAutoScaling(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.named(r)
	if err != nil {
		return nil, err
	}
	return encode(dst, struct{ TableAutoScalingDescription any }{struct {
		Replicas               []string
		TableName, TableStatus string
	}{[]string{}, t.Name, t.Status}})
}

func updateAutoScaling(g *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	t, err := g.named(r)
	if err != nil {
		return nil, err
	}
	return nil, fault.NotAuthorized(r.Operation, t.ARN())
}
