package gateway

import (
	"context"
	"errors"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// deleteTable ends a table and its partitions.
func deleteTable(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.named(r)
	if err != nil {
		return nil, err
	}
	t, err = g.Registry.Update(ctx, t.Name, func(t *catalog.Table) error {
		switch {
		case t.Status == "CREATING":
			return fault.TableBusy("created", t.Name)
		case t.Status == "UPDATING":
			return fault.TableBusy("updated", t.Name)
		case t.Status == "DELETING":
			return fault.TableBusy("deleted", t.Name)
		case t.DeletionProtection:
			return fault.Protected()
		}
		t.Status = "DELETING"
		return nil
	})
	if errors.Is(err, catalog.ErrNoTable) {
		name, _ := r.Body.Field("TableName")
		return nil, fault.TableNamedNotFound(tableName(name.Str()))
	}
	if err != nil {
		return nil, err
	}
	if err := g.change(ctx, t); err != nil {
		return nil, err
	}
	return encode(dst, struct{ TableDescription tableAnswer }{g.describe(t)})
}
