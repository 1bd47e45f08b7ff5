//go:build clients

package client

import (
	"testing"

	"shvm-db/e2e/node"
)

func TestBoto3ClientAndResourceWork(t *testing.T) {
	n := node.Start(t, node.Options{})
	mustRun(t, n, ".", python(t), "boto3_flow.py")
}
