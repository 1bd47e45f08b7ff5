package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// plainValue turns a Value into what encoding/json makes of it.
func plainValue(v Value) any {
	switch v.Kind() {
	case Bool:
		return v.Bool()
	case Number:
		return json.Number(v.Number())
	case String:
		return v.Str()
	case Array:
		out := []any{}
		for e := range v.Elems() {
			out = append(out, plainValue(e))
		}
		return out
	case Object:
		out := map[string]any{}
		for name, m := range v.Members() {
			out[name] = plainValue(m)
		}
		return out
	}
	return nil
}

func standard(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("more")
	}
	return v, nil
}

func TestReadsWhatTheStandardLibraryReads(t *testing.T) {
	for _, text := range []string{
		`null`, ` true `, "\tfalse\n", `0`, `-0`, `12.50`, `-1e+9`, `1E-3`, `""`, `"a"`, `[]`, `[ ]`, `{}`, `{ }`,
		`[1,"x",null,[true],{}]`, `{"a":{"S":"b"},"c":[1,2]}`,
		`"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"`, `"h\u00e9llo"`, `"héllo 😀 und mehr als acht"`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":{"b":3}}`, `{"a\n":1,"a\n":2,"b":3}`,
		`"\ud800"`, `"\ud800x"`, `"\ud800\u0041"`, `"\udc00"`,
		`{"aa":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"aa":13}`,
	} {
		d, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		want, err := standard([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := plainValue(d.Root()); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", text, got, want)
		}
		if got := string(d.Root().Raw()); got != strings.TrimSpace(text) {
			t.Errorf("raw %q of %q", got, text)
		}
		d.Release()
	}
}

func TestRefusesWhatIsNotJSONAndSaysWhere(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
	}{
		{"", 0}, {" ", 1}, {"nul", 0}, {"tru", 0}, {"x", 0}, {"[", 1}, {"[1", 2}, {"[1,", 3}, {"[1,]", 3}, {"[1 2]", 3},
		{"{", 1}, {`{"a"`, 4}, {`{"a":`, 5}, {`{"a":1`, 6}, {`{"a":1,}`, 7}, {`{a:1}`, 1}, {`{"a" 1}`, 5}, {`{"a":1 "b":2}`, 7},
		{`"a`, 2}, {`"\x"`, 2}, {`"\u12g4"`, 2}, {`"\`, 2}, {"\"a\nb\"", 2}, {"\"\x00\"", 1}, {"\"\xff\"", 1}, {"\"aaaaaaaaaaaa\xc3\"", 13},
		{"01", 1}, {"-", 1}, {"1.", 2}, {"1e", 2}, {"1e+", 3}, {".5", 0}, {"+1", 0}, {"1 2", 2}, {"{}}", 2}, {"NaN", 0},
	} {
		_, err := Parse([]byte(c.text))
		var s *SyntaxError
		if !errors.As(err, &s) {
			t.Errorf("%q: error %v", c.text, err)
		} else if s.Offset != c.offset {
			t.Errorf("%q: offset %d, want %d (%v)", c.text, s.Offset, c.offset, err)
		}
	}
}

func TestDepthIsLimited(t *testing.T) {
	ok := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	if _, err := Parse([]byte(ok)); err != nil {
		t.Error(err)
	}
	for _, open := range []string{"[", `{"a":`} {
		if _, err := Parse([]byte(strings.Repeat(open, 1_000_000))); err == nil {
			t.Errorf("%s: no error", open)
		}
	}
}

func TestFieldLenIndex(t *testing.T) {
	d, err := Parse([]byte(`{"a":[1,[2,3],"x"],"b":true,"a":[4,{"k":[]},5],"c\t":7}`))
	if err != nil {
		t.Fatal(err)
	}
	root := d.Root()
	if root.Len() != 3 {
		t.Errorf("len %d", root.Len())
	}
	a, ok := root.Field("a")
	if !ok || a.Len() != 3 || a.Index(0).Number() != "4" || a.Index(2).Number() != "5" {
		t.Errorf("a is %s", a.Raw())
	}
	if c, ok := root.Field("c\t"); !ok || c.Number() != "7" {
		t.Error("no c")
	}
	if _, ok := root.Field("d"); ok {
		t.Error("d was found")
	}
	if _, ok := a.Field("a"); ok {
		t.Error("a field in an array")
	}
	var zero Value
	if zero.Kind() != Null || zero.Len() != 0 || zero.Str() != "" || zero.Bool() || zero.Number() != "" || string(zero.Raw()) != "null" {
		t.Error("the zero Value is not null")
	}
}

func TestStringsOutliveTheDoc(t *testing.T) {
	data := []byte(`["hello","wo\u0072ld"]`)
	d, _ := Parse(data)
	a, b := d.Root().Index(0).Str(), d.Root().Index(1).Str()
	d.Release()
	clear(data)
	for range 10 {
		d, _ := Parse([]byte(`["other","strings"]`))
		d.Release()
	}
	if a != "hello" || b != "world" {
		t.Errorf("%q %q", a, b)
	}
}

func TestAnyStringSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.String())).Draw(t, "in")
		data, _ := json.Marshal(in)
		d, err := Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		if d.Root().Len() != len(in) {
			t.Fatalf("len %d", d.Root().Len())
		}
		for name, list := range d.Root().Members() {
			i := 0
			for e := range list.Elems() {
				if e.Str() != in[name][i] {
					t.Fatalf("%q is not %q", e.Str(), in[name][i])
				}
				i++
			}
			if i != len(in[name]) {
				t.Fatalf("%d elements of %d", i, len(in[name]))
			}
		}
	})
}

// Every place in a string is looked at, wherever it falls in the eight bytes
// that are looked at together.
func TestEveryByteOfAStringIsSeen(t *testing.T) {
	for _, special := range []string{`\"`, `\\`, `é`, "\x7f", "\x1f", "\xff", `"x`, "😀"} {
		for before := range 20 {
			for after := range 20 {
				text := `["` + strings.Repeat("a", before) + special + strings.Repeat("~", after) + `"]`
				want, wrong := standard([]byte(text))
				if strings.Contains(text, "\xff") {
					wrong = errors.New("not UTF-8")
				}
				d, err := Parse([]byte(text))
				if (err != nil) != (wrong != nil) {
					t.Fatalf("%q: %v, want %v", text, err, wrong)
				}
				if err == nil {
					if got := plainValue(d.Root()); !reflect.DeepEqual(got, want) {
						t.Fatalf("%q: %v", text, got)
					}
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":{"S":"b"}}`, `[1,2.5e3,"\u0041",null,{"x":[]}]`, "\"\xff\"", `{"a":1,"a":2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			return
		}
		want, err := standard(data)
		if err != nil {
			t.Fatalf("accepted %q: %v", data, err)
		}
		if got := plainValue(d.Root()); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: got %#v, want %#v", data, got, want)
		}
	})
}

var body = []byte(`{"TableName":"bench","Item":{"pk":{"S":"user#0123456789abcdef"},"sk":{"N":"1234567890"},"name":{"S":"Ada Lovelace"},` +
	`"mail":{"S":"ada@example.com"},"city":{"S":"London"},"text":{"S":"` + strings.Repeat("x", 140) + `"},"tags":{"SS":["a","b","c"]},` +
	`"on":{"BOOL":true}},"ReturnConsumedCapacity":"NONE"}`)

func BenchmarkParse(b *testing.B) {
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Parse(body)
		if err != nil {
			b.Fatal(err)
		}
		d.Release()
	}
}
