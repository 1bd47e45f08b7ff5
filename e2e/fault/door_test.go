//go:build faults

package fault

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shvm-db/e2e/node"
)

// What a person meets who starts the program wrongly: each time it says what
// is wrong and what to do, and touches nothing.
func TestErrorsAtTheDoorSayWhatToDo(t *testing.T) {
	n := node.Start(t, node.Options{})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(t.TempDir(), "newer")
	if err := os.Mkdir(newer, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(newer, "version"), []byte("9999\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		o    node.Options
		want []string
	}{
		{"the port is taken", node.Options{Listen: n.Addr}, []string{n.Addr, "taken", "--listen"}},
		{"a second process", node.Options{Data: n.Data}, []string{n.Data, "in use by another process", "--data"}},
		{"the folder is a file", node.Options{Data: file}, []string{file, "--data"}},
		{"the folder cannot be made", node.Options{Data: "/proc/shvm-data"}, []string{"/proc/shvm-data", "--data"}},
		{"a newer version's data", node.Options{Data: newer}, []string{newer, "newer version"}},
		{"no address", node.Options{Listen: "nowhere"}, []string{"nowhere", "HOST:PORT"}},
		{"an unknown durability", node.Options{Durability: "none"}, []string{"--durability", "fsync"}},
		{"an unknown flag", node.Options{Args: []string{"--colour"}}, []string{"--colour", "--help"}},
	} {
		_, err := node.Try(t, c.o)
		if err == nil {
			t.Errorf("%s: it started", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: no %q in %v", c.name, want, err)
			}
		}
	}
	// The first node noticed nothing.
	createTables(t, node.Client(n.URL))
	alive(t, node.Client(n.URL))
	n.Stop()
}
