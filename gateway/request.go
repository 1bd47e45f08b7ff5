package gateway

import (
	"time"

	"shvm-db/internal/command"
	"shvm-db/internal/jsonscan"
)

// Request is one request whose body has the shape its operation asks for.
type Request struct {
	// Operation is its name, as in "PutItem".
	Operation string
	// Host is the address that the client used.
	Host string
	// Body is the JSON object. It is gone when the operation returns.
	Body jsonscan.Value
	// Time is when the request was taken; Deadline is when it is given up.
	Time, Deadline time.Time
	// Room is for the pages that the operation reads; nil if it has none.
	Room *command.Room
}

// Stamp and NotAfter are Time and Deadline as commands carry them: Unix
// milliseconds.
func (r *Request) Stamp() int64 { return r.Time.UnixMilli() }

// NotAfter is described at Stamp.
func (r *Request) NotAfter() int64 { return r.Deadline.UnixMilli() }
