package expr

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shvm-db/internal/item"
)

// scriptTexts gives the texts of one kind of eval in the scripts of testdata.
func scriptTexts(f *testing.F, kind string) []string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	var texts []string
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			if text, ok := strings.CutPrefix(lines.Text(), "eval "+kind+" "); ok {
				texts = append(texts, text)
			}
		}
	}
	if len(texts) == 0 {
		f.Fatalf("no %s in testdata", kind)
	}
	return texts
}

const (
	fuzzItem   = `{"a":{"N":"1"},"b":{"S":"x"},"c":{"M":{"a":{"L":[{"N":"1"},{"S":"y"},{"L":[{"N":"2"}]}]}}},"d":{"SS":["p","q"]},"e":{"L":[{"N":"0"},{"M":{"a":{"BOOL":true}}}]},"f":{"B":"AQI="},"g":{"NS":["1","2"]}}`
	fuzzNames  = `{"#a":"a","#b":"b","#c":"c","#d":"d","#e":"dotted.name","#i":"[3]"}`
	fuzzValues = `{":a":{"N":"1"},":b":{"S":"x"},":c":{"SS":["p"]},":d":{"L":[{"N":"1"}]},":e":{"M":{"a":{"N":"1"}}},":f":{"B":"AQ=="},":g":{"NS":["1","9"]},":h":{"BOOL":true},":i":{"NULL":true},":j":{"S":"SS"},":v":{"N":"7"},":n":{"N":"-7"}}`
)

func FuzzCondition(f *testing.F) {
	for _, text := range append(scriptTexts(f, "condition"), scriptTexts(f, "key")...) {
		f.Add(text)
	}
	m := anItem(f, fuzzItem)
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := ParseKeyCondition(text, aHolder(t, fuzzNames, fuzzValues)); err != nil {
			message(t, err)
		} else if len(k.Terms) == 0 {
			t.Fatalf("%q: no terms", text)
		}
		c, err := ParseCondition(ConditionExpression, text, aHolder(t, fuzzNames, fuzzValues))
		if err != nil {
			message(t, err)
			return
		}
		source := c.Source()
		again, err := ParseStoredCondition(source)
		if err != nil {
			t.Fatalf("%q, printed as %q: %v", text, source.Text, err)
		}
		if d := treeDiff(c, again); d != "" {
			t.Fatalf("%q, printed as %q:\n%s", text, source.Text, d)
		}
		ok, err := c.Match(m)
		if err != nil {
			t.Fatal(err)
		}
		if ok2, _ := again.Match(m); ok2 != ok {
			t.Fatalf("%q, printed as %q: %v and %v", text, source.Text, ok, ok2)
		}
	})
}

func FuzzUpdate(f *testing.F) {
	for _, text := range scriptTexts(f, "update") {
		f.Add(text)
	}
	m := anItem(f, fuzzItem)
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseUpdate(text, aHolder(t, fuzzNames, fuzzValues))
		if err != nil {
			message(t, err)
			return
		}
		source := u.Source()
		again, err := ParseStoredUpdate(source)
		if err != nil {
			t.Fatalf("%q, printed as %q: %v", text, source.Text, err)
		}
		if d := treeDiff(u, again); d != "" {
			t.Fatalf("%q, printed as %q:\n%s", text, source.Text, d)
		}
		out, touched, err := u.Apply(m)
		if object(m) != object(anItem(t, fuzzItem)) {
			t.Fatalf("%q changed the item itself", text)
		}
		if err != nil {
			message(t, err)
			return
		}
		if len(touched) == 0 {
			t.Fatalf("%q touched nothing", text)
		}
		noGaps(t, out)
	})
}

// noGaps holds that no value is without a type.
func noGaps(t *testing.T, m item.Map) {
	t.Helper()
	for _, a := range m {
		noGap(t, a.Value)
	}
}

func noGap(t *testing.T, v item.Value) {
	t.Helper()
	if v.Kind == 0 {
		t.Fatal("a gap was left")
	}
	noGaps(t, v.Map)
	for _, e := range v.List {
		noGap(t, e)
	}
}

func FuzzProjection(f *testing.F) {
	for _, text := range scriptTexts(f, "projection") {
		f.Add(text)
	}
	m := anItem(f, fuzzItem)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseProjection(text, aHolder(t, fuzzNames, ""))
		if err != nil {
			message(t, err)
			return
		}
		once := p.Project(m)
		if len(once) > len(m) {
			t.Fatalf("%q: %s", text, object(once))
		}
		source := p.Source()
		again, err := ParseProjection(source.Text, named(source))
		if err != nil {
			t.Fatalf("%q, printed as %q: %v", text, source.Text, err)
		}
		if d := treeDiff(p, again); d != "" {
			t.Fatalf("%q, printed as %q:\n%s", text, source.Text, d)
		}
	})
}
