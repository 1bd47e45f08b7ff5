// Package api is what the service's own model says of its operations: their
// members, and what is demanded of them before anything else is looked at.
package api

import (
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// Check says whether a request's body fits its operation. Its errors are
// *fault.Error.
func Check(operation string, body jsonscan.Value) error {
	if body.Kind() != jsonscan.Object {
		return fault.NotJSON()
	}
	return nil
}
