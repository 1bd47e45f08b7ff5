// Package rule holds the rules of the source tree: what may import what, and
// what every package must say of itself. Its tests check the tree it is in.
package rule

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Module is the path of the module.
const Module = "shvm-db"

// roles never import one another: what they share sits in internal, what
// connects them in cmd/shvm-db.
var roles = []string{"gateway", "owner", "streams", "replicator"}

// homes are the only folders that may import what stands behind each prefix.
var homes = map[string][]string{
	"github.com/nats-io/": {"internal/journal", "docs/examples"}, // the examples are clients, not parts
	"modernc.org/sqlite":  {"owner/store"},
}

// Package is one folder of Go files.
type Package struct {
	// Dir is relative to the module, with slashes; "." is its root.
	Dir string
	// Documented says that a file other than a test has a package comment.
	Documented bool
	// HasCode says that the folder has files other than tests.
	HasCode bool
	// Imports are those of the folder, each with the file that has it.
	Imports []Import
}

// Import is one import of one file.
type Import struct {
	Path string
	File string // relative to the module
	Test bool
}

// Load reads the imports and package comments of every Go file below root,
// whatever its build tags.
func Load(root string) ([]Package, error) {
	found := map[string]*Package{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != root && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		dir := path.Dir(rel)
		p := found[dir]
		if p == nil {
			p = &Package{Dir: dir}
			found[dir] = p
		}
		test := strings.HasSuffix(base, "_test.go")
		if !test {
			p.HasCode = true
			p.Documented = p.Documented || f.Doc != nil
		}
		for _, spec := range f.Imports {
			text, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			p.Imports = append(p.Imports, Import{text, rel, test})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []Package
	for _, p := range found {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Package) int { return strings.Compare(a.Dir, b.Dir) })
	return out, nil
}

// Check lists what breaks the rules, one sentence each.
func Check(packages []Package) []string {
	var broken []string
	for _, p := range packages {
		if p.HasCode && !p.Documented {
			broken = append(broken, fmt.Sprintf("%s has no package comment", p.Dir))
		}
		for _, i := range p.Imports {
			if why := breaks(p.Dir, i.Path); why != "" {
				broken = append(broken, fmt.Sprintf("%s imports %s: %s", i.File, i.Path, why))
			}
		}
	}
	return broken
}

func breaks(dir, imported string) string {
	for prefix, allowed := range homes {
		if strings.HasPrefix(imported, prefix) && !slices.ContainsFunc(allowed, func(a string) bool { return within(dir, a) }) {
			return "only " + strings.Join(allowed, ", ") + " may"
		}
	}
	inside, ok := strings.CutPrefix(imported, Module+"/")
	if !ok {
		return ""
	}
	from, to := role(dir), role(inside)
	switch {
	case from != "" && to != "" && from != to:
		return "roles never import one another"
	case within(dir, "internal") && to != "":
		return "shared nouns sit below the roles"
	case within(inside, "cmd"):
		return "the program is above everything"
	}
	return ""
}

func role(dir string) string {
	for _, r := range roles {
		if within(dir, r) {
			return r
		}
	}
	return ""
}

func within(dir, parent string) bool { return dir == parent || strings.HasPrefix(dir, parent+"/") }
