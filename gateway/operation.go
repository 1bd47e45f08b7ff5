package gateway

import "context"

// An operation answers a validated request: it appends the JSON of its answer
// to dst and gives that back. An error that is a *fault.Error goes to the
// client as it is; any other one becomes InternalServerError.
type operation func(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error)

// operations is the one table of what this gateway answers, by the name that
// comes after the dot of X-Amz-Target.
var operations = map[string]operation{
	"BatchGetItem":      batchGetItem,
	"BatchWriteItem":    batchWriteItem,
	"DeleteItem":        deleteItem,
	"DescribeEndpoints": describeEndpoints,
	"GetItem":           getItem,
	"PutItem":           putItem,
	"Query":             query,
	"Scan":              scan,
	"UpdateItem":        updateItem,
}
