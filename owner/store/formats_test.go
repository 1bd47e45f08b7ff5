package store

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every table that this package makes is told of in docs/FORMATS.md, and no
// other.
func TestFormatsTellsOfEveryTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/FORMATS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text2, ok := strings.Cut(string(text), "## A partition's file")
	if !ok {
		t.Fatal("docs/FORMATS.md has no section on a partition's file")
	}
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(text2, -1) {
		for _, name := range strings.Split(m[1], ",") {
			told[strings.Trim(name, " `")] = true
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{"local NAME": true, string(Pending): true, string(Applied): true, string(Tokens): true, string(Transactions): true}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`CREATE TABLE (?:IF NOT EXISTS )?(\w+)\(`).FindAllStringSubmatch(string(source), -1) {
			made[m[1]] = true
		}
	}
	for name := range made {
		if !told[name] {
			t.Errorf("table %s is not in docs/FORMATS.md", name)
		}
	}
	for name := range told {
		if !made[name] {
			t.Errorf("docs/FORMATS.md tells of a table %s that is never made", name)
		}
	}
}
