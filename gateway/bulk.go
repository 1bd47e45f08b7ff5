package gateway

import (
	"context"

	"shvm-db/internal/fault"
)

// Bulk writes read from S3, which is not there: none can be started, hence
// there are none.

func startBulk(g *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	t, err := g.named(r)
	if err != nil {
		return nil, err
	}
	return nil, fault.NotAuthorized(r.Operation, t.ARN())
}

func noBulk(_ *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	return nil, fault.ResourceNotFound("Bulk operation: " + text(r.Body, "BulkOperationArn") + " not found")
}

func listBulk(_ *Gateway, _ context.Context, _ *Request, dst []byte) ([]byte, error) {
	return append(dst, `{"BulkOperationsSummaryList":[]}`...), nil
}
