package gateway

import (
	"context"

	"shvm-db/internal/fault"
)

// unavailable refuses an operation that exists and is not built yet.
func unavailable(_ *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	return nil, fault.Unavailable(r.Operation)
}
