package gateway

import (
	"time"

	"shvm-db/internal/command"
	"shvm-db/internal/jsonscan"
)

// Request is one request whose body has the shape its operation asks for. It is
// gone when the operation returns, for another one to take its memory. The
// strings that were read from its body stay.
type Request struct {
	// Operation is its name, as in "PutItem".
	Operation string
	// Host is the address that the client used.
	Host string
	// Body is the JSON object.
	Body jsonscan.Value
	// Time is when the request was taken; Deadline is when it is given up.
	Time, Deadline time.Time
	// Memory is for the pages of a Query or a Scan; nil if each has its own.
	Memory *command.PageMemory
}

// Stamp and NotAfter are Time and Deadline as commands carry them: Unix
// milliseconds.
func (r *Request) Stamp() int64 { return r.Time.UnixMilli() }

// NotAfter is described at Stamp.
func (r *Request) NotAfter() int64 { return r.Deadline.UnixMilli() }
