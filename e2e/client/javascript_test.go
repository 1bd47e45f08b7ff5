//go:build clients

package client

import (
	"testing"

	"shvm-db/e2e/node"
)

func TestTheSeedsSnippetsRunVerbatim(t *testing.T) {
	n := node.Start(t, node.Options{})
	mustRun(t, n, javascript(t), "node", "seed.mjs")
}

func TestTheJavaScriptDocumentClientWorks(t *testing.T) {
	n := node.Start(t, node.Options{})
	mustRun(t, n, javascript(t), "node", "document.mjs")
}

func TestElectroDBWorks(t *testing.T) {
	n := node.Start(t, node.Options{})
	mustRun(t, n, javascript(t), "node", "electrodb.mjs")
}

func TestDynamoDBAdminShowsAndEditsAnItem(t *testing.T) {
	n := node.Start(t, node.Options{})
	mustRun(t, n, javascript(t), "node", "admin.mjs")
}
