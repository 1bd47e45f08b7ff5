package gateway

import (
	"context"

	"shvm-db/internal/fault"
)

// searchVectors answers that the table does not have the index: no table has
// vector indexes yet.
func searchVectors(g *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	if _, err := g.table(text(r.Body, "TableName")); err != nil {
		return nil, err
	}
	return nil, fault.NoIndex(text(r.Body, "IndexName"))
}
