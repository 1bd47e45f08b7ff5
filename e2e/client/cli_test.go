//go:build clients

package client

import (
	"encoding/json"
	"strings"
	"testing"

	"shvm-db/e2e/node"
)

// cli runs "aws dynamodb" and reads its JSON.
func cli(t *testing.T, n *node.Node, args ...string) map[string]any {
	t.Helper()
	out := mustRun(t, n, ".", "aws", append([]string{"--endpoint-url", n.URL, "--output", "json", "dynamodb"}, args...)...)
	if strings.TrimSpace(out) == "" {
		return nil
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return v
}

func TestTheCLIWorks(t *testing.T) {
	n := node.Start(t, node.Options{})
	cli(t, n, "create-table", "--table-name", "Counter", "--billing-mode", "PAY_PER_REQUEST",
		"--attribute-definitions", "AttributeName=PK,AttributeType=S", "--key-schema", "AttributeName=PK,KeyType=HASH")
	cli(t, n, "wait", "table-exists", "--table-name", "Counter")
	cli(t, n, "put-item", "--table-name", "Counter", "--item", `{"PK":{"S":"cnt"},"val":{"N":"10"},"ver":{"N":"1"}}`)
	put := []string{"put-item", "--table-name", "Counter", "--item", `{"PK":{"S":"cnt"},"val":{"N":"11"},"ver":{"N":"2"}}`,
		"--condition-expression", "ver = :v", "--expression-attribute-values", `{":v":{"N":"1"}}`}
	cli(t, n, put...)
	out, err := run(t, n, ".", "aws", append([]string{"--endpoint-url", n.URL, "dynamodb"}, put...)...)
	if err == nil || !strings.Contains(out, "(ConditionalCheckFailedException)") || !strings.Contains(out, "The conditional request failed") {
		t.Errorf("the stale version: %v\n%s", err, out)
	}
	got := cli(t, n, "query", "--table-name", "Counter", "--key-condition-expression", "PK = :p",
		"--expression-attribute-values", `{":p":{"S":"cnt"}}`)
	if got["Count"] != 1.0 || got["Items"].([]any)[0].(map[string]any)["val"].(map[string]any)["N"] != "11" {
		t.Errorf("%v", got)
	}
	got = cli(t, n, "scan", "--table-name", "Counter", "--max-items", "1")
	if got["Count"] != 1.0 {
		t.Errorf("%v", got)
	}
	cli(t, n, "delete-table", "--table-name", "Counter")
	if names := cli(t, n, "list-tables")["TableNames"].([]any); len(names) != 0 {
		t.Errorf("%v", names)
	}
}
