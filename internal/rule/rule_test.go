package rule

import (
	"os"
	"strings"
	"testing"
)

const root = "../.."

func TestTheTreeKeepsItsRules(t *testing.T) {
	packages, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 5 {
		t.Fatalf("found only %d packages", len(packages))
	}
	for _, broken := range Check(packages) {
		t.Error(broken)
	}
}

func TestEveryRoleSaysWhatItRejected(t *testing.T) {
	for _, r := range roles {
		if _, err := os.Stat(root + "/" + r); err != nil {
			continue // not built yet
		}
		if _, err := os.Stat(root + "/" + r + "/DESIGN.md"); err != nil {
			t.Errorf("%s has no DESIGN.md", r)
		}
	}
}

func TestBrokenRulesAreFound(t *testing.T) {
	for _, c := range []struct{ dir, imported, want string }{
		{"gateway", "shvm-db/owner", "never import one another"},
		{"streams/x", "shvm-db/gateway/y", "never import one another"},
		{"gateway", "github.com/nats-io/nats.go", "only internal/journal"},
		{"owner", "modernc.org/sqlite/lib", "only owner/store"},
		{"internal/item", "shvm-db/owner/store", "below the roles"},
		{"gateway", "shvm-db/cmd/shvm-db", "above everything"},
		{"owner", "shvm-db/owner/store", ""},
		{"internal/journal", "github.com/nats-io/nats.go/jetstream", ""},
		{"cmd/shvm-db", "shvm-db/gateway", ""},
		{"gateway", "shvm-db/internal/item", ""},
	} {
		got := Check([]Package{{Dir: c.dir, HasCode: true, Documented: true, Imports: []Import{{Path: c.imported, File: c.dir + "/a.go"}}}})
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s may import %s, but: %v", c.dir, c.imported, got)
		case c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)):
			t.Errorf("%s imports %s: %v", c.dir, c.imported, got)
		}
	}
	if got := Check([]Package{{Dir: "owner", HasCode: true}}); len(got) != 1 {
		t.Error("a missing package comment:", got)
	}
}
