package expr

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
)

var rewrite = flag.Bool("rewrite", false, "write what came out into the scripts of testdata")

// TestScripts runs the scripts of testdata; testdata/README.md explains them.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := script{t: t, file: file}
			s.run(strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"))
			if *rewrite {
				if err := os.WriteFile(file, []byte(strings.Join(s.out, "\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// script is the state of a script that runs.
type script struct {
	t    *testing.T
	file string
	line int // of the line that runs, from 1

	item          item.Map
	names, values string // as JSON; "" is none
	got           string // what the last eval gave
	waiting       bool   // for an expect
	out           []string
}

func (s *script) run(lines []string) {
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		s.line = i + 1
		s.out = append(s.out, line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for i+1 < len(lines) && (strings.HasPrefix(lines[i+1], " ") || strings.HasPrefix(lines[i+1], "\t")) {
			i++
			s.out = append(s.out, lines[i])
			line += "\n" + lines[i]
		}
		word, rest, _ := strings.Cut(line, " ")
		if s.waiting != (word == "expect") {
			s.t.Fatalf("%s:%d: every eval wants one expect, right below", s.file, s.line)
		}
		s.waiting = word == "eval"
		switch word {
		case "item":
			s.item = nil
			if rest != "none" {
				s.item = anItem(s.t, rest)
			}
		case "names":
			s.names = strings.TrimPrefix(rest, "none")
		case "values":
			s.values = strings.TrimPrefix(rest, "none")
		case "eval":
			s.got = s.eval(rest)
		case "expect":
			if *rewrite {
				s.out[len(s.out)-1] = "expect " + s.got
			} else if rest != s.got {
				s.t.Errorf("%s:%d:\nwant %s\n got %s", s.file, s.line, rest, s.got)
			}
		default:
			s.t.Fatalf("%s:%d: no such line: %s", s.file, s.line, word)
		}
	}
	if s.waiting {
		s.t.Fatalf("%s: the last eval has no expect", s.file)
	}
}

// eval does one thing and says what came of it.
func (s *script) eval(what string) string {
	kind, text, _ := strings.Cut(what, " ")
	strict := kind == "strict"
	if strict {
		kind, text, _ = strings.Cut(text, " ")
	}
	if kind == "old" {
		var second string
		second, text, _ = strings.Cut(text, " ")
		kind += " " + second
	}
	ph := aHolder(s.t, s.names, s.values)
	unused := func() error { return nil }
	if strict {
		unused = ph.Unused
	}
	switch kind {
	case "condition", "filter":
		name := ConditionExpression
		if kind == "filter" {
			name = FilterExpression
		}
		c, err := ParseCondition(name, text, ph)
		return s.ask(c, firstOf(err, unused))
	case "update":
		u, err := ParseUpdate(text, ph)
		return s.apply(u, firstOf(err, unused))
	case "projection":
		p, err := ParseProjection(text, ph)
		if err = firstOf(err, unused); err != nil {
			return refused(s.t, err)
		}
		source := p.Source()
		again, err := ParseProjection(source.Text, named(source))
		s.same(source, p, again, err)
		return object(p.Project(s.item))
	case "key":
		k, err := ParseKeyCondition(text, ph)
		return s.terms(k, firstOf(err, unused))
	case "expected", "old filter":
		operator, rest, _ := strings.Cut(text, " ")
		if operator != "AND" && operator != "OR" {
			operator, rest = "", text
		}
		from := FromExpected
		if kind == "old filter" {
			from = FromFilter
		}
		c, err := from(s.json(rest), operator)
		return s.ask(c, err)
	case "old key":
		k, err := FromKeyConditions(s.json(text))
		return s.terms(k, err)
	case "updates":
		u, err := FromAttributeUpdates(s.json(text))
		return s.apply(u, err)
	}
	s.t.Fatalf("%s:%d: no such eval: %s", s.file, s.line, kind)
	return ""
}

func (s *script) json(text string) jsonscan.Value {
	s.t.Helper()
	doc, err := jsonscan.Parse([]byte(text))
	if err != nil {
		s.t.Fatalf("%s:%d: %v", s.file, s.line, err)
	}
	return doc.Root()
}

// ask gives what a condition says about the item.
func (s *script) ask(c *Condition, err error) string {
	if err != nil {
		return refused(s.t, err)
	}
	ok, err := c.Match(s.item)
	if err != nil {
		return refused(s.t, err)
	}
	if c != nil {
		again, err := ParseStoredCondition(c.Source())
		s.same(c.Source(), c, again, err)
		if got, _ := again.Match(s.item); got != ok {
			s.t.Errorf("%s:%d: printed and parsed again it says %v", s.file, s.line, got)
		}
	}
	return fmt.Sprint(ok)
}

// apply gives the item after an update.
func (s *script) apply(u *Update, err error) string {
	if err != nil {
		return refused(s.t, err)
	}
	again, err := ParseStoredUpdate(u.Source())
	s.same(u.Source(), u, again, err)
	before := object(s.item)
	out, _, err := u.Apply(s.item)
	if after := object(s.item); after != before {
		s.t.Errorf("%s:%d: the item itself was changed:\n%s\n%s", s.file, s.line, before, after)
	}
	if err != nil {
		return refused(s.t, err)
	}
	return object(out)
}

// same holds that what was printed and parsed again is the same tree.
func (s *script) same(source Source, tree, again any, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Errorf("%s:%d: printed as %s: %v", s.file, s.line, source.Text, err)
		return
	}
	if d := treeDiff(tree, again); d != "" {
		s.t.Errorf("%s:%d: printed as %s:\n%s", s.file, s.line, source.Text, d)
	}
}

func (s *script) terms(k *KeyCondition, err error) string {
	if err != nil {
		return refused(s.t, err)
	}
	var parts []string
	for _, t := range k.Terms {
		part := t.Name + " " + t.Op
		for i := range t.Values {
			part += " " + bound(&t.Values[i])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// named makes Placeholders of the names of a printed projection.
func named(s Source) *Placeholders {
	ph := &Placeholders{Names: map[string]string{}}
	for i, name := range s.Names {
		ph.Names[fmt.Sprint("#", i)] = name
	}
	return ph
}

// treeDiff says how two trees differ; "" is not at all.
func treeDiff(a, b any) string {
	return cmp.Diff(a, b, cmp.Exporter(func(reflect.Type) bool { return true }),
		cmp.Comparer(func(x, y *function) bool { return x == y }),
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".room" }, cmp.Ignore()))
}

// firstOf is the first of two errors.
func firstOf(err error, next func() error) error {
	if err != nil {
		return err
	}
	return next()
}

func refused(t *testing.T, err error) string {
	var v *fault.ValueError
	if errors.As(err, &v) {
		err = v.Bare()
	}
	return "refused: " + message(t, err)
}

func object(m item.Map) string { return string(item.AppendJSON(nil, m)) }
