package gateway

import "context"

// describeLimits tells the service's default quotas.
func describeLimits(_ *Gateway, _ context.Context, _ *Request, dst []byte) ([]byte, error) {
	return append(dst, `{"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,`+
		`"TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000}`...), nil
}
