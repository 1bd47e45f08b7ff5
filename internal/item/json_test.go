package item

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

func readValue(t testing.TB, r Reader, text string) (Value, error) {
	t.Helper()
	doc, err := jsonscan.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer doc.Release()
	return r.Value(doc.Root())
}

func TestReadsEveryType(t *testing.T) {
	for _, c := range []struct {
		text string
		want Value
	}{
		{`{"S":""}`, Value{Kind: S}},
		{`{"S":"h\u00e9"}`, Value{Kind: S, Text: "hé"}},
		{`{"N":"1.50e1"}`, Value{Kind: N, Text: "15"}},
		{`{"B":"AAEC/w=="}`, Value{Kind: B, Text: "\x00\x01\x02\xff"}},
		{`{"B":""}`, Value{Kind: B}},
		{`{"BOOL":true}`, Value{Kind: BOOL, Bool: true}},
		{`{"BOOL":"FALSE"}`, Value{Kind: BOOL}},
		{`{"NULL":true}`, Value{Kind: NULL}},
		{`{"M":{}}`, Value{Kind: M, Map: Map{}}},
		{`{"M":{"a":{"L":[{"S":"x"},{"NULL":true}]}}}`, Value{Kind: M, Map: Map{{"a", Value{Kind: L, List: []Value{{Kind: S, Text: "x"}, {Kind: NULL}}}}}}},
		{`{"L":[]}`, Value{Kind: L}},
		{`{"SS":["b","a",""]}`, Value{Kind: SS, Set: []string{"b", "a", ""}}},
		{`{"NS":["2.0","10"]}`, Value{Kind: NS, Set: []string{"2", "10"}}},
		{`{"BS":["Yg==",""]}`, Value{Kind: BS, Set: []string{"b", ""}}},
		{`{"S":"a","N":null,"X":1}`, Value{Kind: S, Text: "a"}},
	} {
		got, err := readValue(t, Reader{}, c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if d := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", c.text, d)
		}
	}
}

// The words are those of recordings against the service; see internal/fault.
func TestInvalidValuesAreRefusedInBothLayers(t *testing.T) {
	const invalid = "One or more parameter values were invalid: "
	for _, c := range []struct{ text, older, newer string }{
		{`{}`, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes", ""},
		{`{"a":""}`, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes", ""},
		{`null`, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes", ""},
		{`{"M":{"a":{}}}`, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes", ""},
		{`{"L":[{"S":"a"},{}]}`, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes", ""},
		{`{"S":"a","N":"1"}`, "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes", ""},
		{`{"S":"a","N":""}`, "The parameter cannot be converted to a numeric value", "The parameter cannot be converted to a numeric value: "},
		{`{"NULL":false}`, invalid + "Null attribute value types must have the value of true", ""},
		{`{"NULL":"no"}`, invalid + "Null attribute value types must have the value of true", ""},
		{`{"SS":[]}`, invalid + "An string set  may not be empty", ""},
		{`{"NS":[]}`, invalid + "An number set  may not be empty", ""},
		{`{"BS":[]}`, invalid + "Binary sets should not be empty", ""},
		{`{"SS":["a","a"]}`, invalid + "Input collection [a, a] contains duplicates.", invalid + `Input collection ["a", "a"] contains duplicates.`},
		{`{"SS":["",""]}`, invalid + "Input collection [, ] contains duplicates.", invalid + `Input collection ["", ""] contains duplicates.`},
		{`{"SS":["b","a","b","0"]}`, invalid + "Input collection [b, a, b, 0] contains duplicates.", invalid + `Input collection ["a", "b", "b", "0"] contains duplicates.`},
		{`{"BS":["/w==","AA==","AA=="]}`, invalid + "Input collection [/w==, AA==, AA==]of type BS contains duplicates.", invalid + `Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.`},
		{`{"N":"1e2147483647"}`, "Number underflow. Attempting to store a number with magnitude smaller than supported range", "Number overflow. Attempting to store a number with magnitude larger than supported range"},
		{`{"N":"1e99999999999"}`, "The parameter cannot be converted to a numeric value: 1e99999999999", "Number overflow. Attempting to store a number with magnitude larger than supported range"},
		{`{"NS":["1","1.0"]}`, "Input collection contains duplicates", invalid + "Input collection contains duplicates."},
		{`{"BS":["Yg==","Yg=="]}`, invalid + "Input collection [Yg==, Yg==]of type BS contains duplicates.", invalid + `Input collection ["Yg==","Yg=="]of type BS contains duplicates.`},
		{`{"N":"b"}`, "The parameter cannot be converted to a numeric value: b", ""},
		{`{"NS":["1","b"]}`, "The parameter cannot be converted to a numeric value: b", ""},
		{`{"N":"1e126"}`, "Number overflow. Attempting to store a number with magnitude larger than supported range", ""},
		{`{"N":"-1e-131"}`, "Number underflow. Attempting to store a number with magnitude smaller than supported range", ""},
		{`{"N":"123456789012345678901234567890123456789"}`, "Attempting to store more than 38 significant digits in a Number", ""},
		{nested(32), "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit", ""},
		{strings.Repeat(`{"L":[`, 32) + strings.Repeat(`]}`, 32), "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit", ""},
	} {
		_, err := readValue(t, Reader{}, c.text)
		if c.newer == "" {
			c.newer = c.older
		}
		var value *fault.ValueError
		if !errors.As(err, &value) {
			t.Errorf("%s: error %v", c.text, err)
			continue
		}
		for got, want := range map[string]string{
			fault.AsBare(err).Message:      c.older,
			fault.AsCurrent(err).Message:   c.newer,
			fault.AsEnveloped(err).Message: "1 validation error detected: " + c.newer,
			value.Within(":v").Message:     "ExpressionAttributeValues contains invalid value: " + c.older + " for key :v",
		} {
			if got != want {
				t.Errorf("%s: got %q, want %q", c.text, got, want)
			}
		}
	}
}

func TestWrongJSONTypesWinOverInvalidValues(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`"a"`, "Unexpected value type in payload"},
		{`5`, "Unexpected value type in payload"},
		{`[]`, "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"},
		{`{"S":5}`, "NUMBER_VALUE cannot be converted to String"},
		{`{"S":5.5}`, "DECIMAL_VALUE cannot be converted to String"},
		{`{"N":true}`, "TRUE_VALUE cannot be converted to String"},
		{`{"S":[]}`, "Unrecognized collection type class java.lang.String"},
		{`{"S":{}}`, "Start of structure or map found where not expected"},
		{`{"BOOL":"23"}`, "Unexpected token received from parser"},
		{`{"BOOL":1}`, "NUMBER_VALUE cannot be converted to Boolean"},
		{`{"NULL":[]}`, "Unrecognized collection type class java.lang.Boolean"},
		{`{"B":5}`, "only base-64-encoded strings are convertible to bytes"},
		{`{"B":"23456"}`, "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
		{`{"B":"=+/="}`, "Invalid last non-pad Base64 character dectected"},
		{`{"B":"ab\n="}`, "Invalid last non-pad Base64 character dectected"},
		{`{"BS":["+/+="]}`, "Invalid last non-pad Base64 character dectected"},
		{`{"B":[]}`, "Unrecognized collection type class java.nio.ByteBuffer"},
		{`{"SS":"a"}`, "Unexpected field type"},
		{`{"SS":{}}`, "Start of structure or map found where not expected"},
		{`{"SS":[1]}`, "NUMBER_VALUE cannot be converted to String"},
		{`{"L":["a"]}`, "Unexpected value type in payload"},
		{`{"M":"a"}`, "Unexpected field type"},
		{`{"M":[]}`, "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"},
		// The empty set and the bad number stand first, but types are read first.
		{`{"M":{"a":{"SS":[]},"b":{"S":5}}}`, "NUMBER_VALUE cannot be converted to String"},
		{`{"L":[{"N":"x"},{"B":"abc"}]}`, "Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
	} {
		_, err := readValue(t, Reader{}, c.text)
		var f *fault.Error
		if !errors.As(err, &f) || f.Type != "SerializationException" || f.Message != c.want {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}

func TestTheDepthOfValuesIsLimited(t *testing.T) {
	if _, err := readValue(t, Reader{AnyDepth: true}, nested(40)); err != nil {
		t.Error(err)
	}
	if v, err := readValue(t, Reader{}, nested(31)); err != nil || Depth(Map{{"a", v}}) != MaxDepth {
		t.Error(err)
	}
}

// nested is a scalar in n maps.
func nested(n int) string {
	return strings.Repeat(`{"M":{"n":`, n) + `{"S":"leaf"}` + strings.Repeat(`}}`, n)
}

func TestAMapIsReadInOrderAndTheLastDuplicateWins(t *testing.T) {
	doc, _ := jsonscan.Parse([]byte(`{"b":{"S":"1"},"a":{"S":"2"},"b":{"S":"3"}}`))
	defer doc.Release()
	m, err := FromJSON(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(AppendJSON(nil, m)); got != `{"a":{"S":"2"},"b":{"S":"3"}}` {
		t.Error(got)
	}
	null, _ := jsonscan.Parse([]byte(`null`))
	if m, err := FromJSON(null.Root()); m != nil || err != nil {
		t.Error(m, err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int{
		`{"S":""}`: 0, `{"S":"hé"}`: 3, `{"B":"AAEC"}`: 3, `{"BOOL":true}`: 1, `{"NULL":true}`: 1,
		`{"N":"0"}`: 1, `{"N":"1"}`: 2, `{"N":"12"}`: 2, `{"N":"123"}`: 3, `{"N":"-123"}`: 4, `{"N":"1000"}`: 2, `{"N":"0.001"}`: 2,
		`{"N":"99999999999999999999999999999999999999"}`: 20,
		`{"SS":["ab","c"]}`: 3, `{"NS":["1","-22"]}`: 5, `{"N":"3.14159"}`: 5, `{"BS":["AAEC"]}`: 3,
		`{"L":[]}`: 3, `{"M":{}}`: 3, `{"L":[{"S":"abc"},{"NULL":true}]}`: 3 + 2 + 4, `{"M":{"ab":{"S":"abc"}}}`: 3 + 1 + 2 + 3,
	} {
		v, err := readValue(t, Reader{}, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Size(); got != want {
			t.Errorf("%s has size %d, want %d", text, got, want)
		}
		if got := Size(Map{{"name", v}}); got != want+4 {
			t.Errorf("an item with %s has size %d", text, got)
		}
	}
}

func TestEqualAndCompare(t *testing.T) {
	read := func(s string) Value { v, _ := readValue(t, Reader{}, s); return v }
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"S":"a"}`, `{"S":"a"}`, true}, {`{"S":"1"}`, `{"N":"1"}`, false}, {`{"N":"1.0"}`, `{"N":"1"}`, true},
		{`{"SS":["a","b"]}`, `{"SS":["b","a"]}`, true}, {`{"SS":["a"]}`, `{"SS":["b"]}`, false}, {`{"SS":["1"]}`, `{"NS":["1"]}`, false},
		{`{"L":[{"S":"a"},{"S":"b"}]}`, `{"L":[{"S":"b"},{"S":"a"}]}`, false},
		{`{"M":{"a":{"S":"1"},"b":{"S":"2"}}}`, `{"M":{"b":{"S":"2"},"a":{"S":"1"}}}`, true},
		{`{"M":{"a":{"S":"1"}}}`, `{"M":{"b":{"S":"1"}}}`, false},
		{`{"NULL":true}`, `{"NULL":true}`, true}, {`{"BOOL":true}`, `{"BOOL":false}`, false},
	} {
		if got := Equal(read(c.a), read(c.b)); got != c.want {
			t.Errorf("%s = %s: %v", c.a, c.b, got)
		}
	}
	if Compare(read(`{"N":"9"}`), read(`{"N":"10"}`)) != -1 || Compare(read(`{"S":"9"}`), read(`{"S":"10"}`)) != 1 || Compare(read(`{"B":"/w=="}`), read(`{"B":"AA=="}`)) != 1 {
		t.Error("wrong order")
	}
}

// anyValue draws a value as Decode and FromJSON would make it.
func anyValue(depth int) *rapid.Generator[Value] {
	return rapid.Custom(func(t *rapid.T) Value {
		kinds := []Kind{S, N, B, BOOL, NULL, SS, NS, BS}
		if depth > 0 {
			kinds = append(kinds, M, L)
		}
		v := Value{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		num := rapid.Map(rapid.Int64(), func(n int64) string { b, _ := json.Marshal(n); return string(b) })
		raw := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
		switch v.Kind {
		case S:
			v.Text = rapid.String().Draw(t, "s")
		case N:
			v.Text = num.Draw(t, "n")
		case B:
			v.Text = raw.Draw(t, "b")
		case BOOL:
			v.Bool = rapid.Bool().Draw(t, "bool")
		case SS:
			v.Set = rapid.SliceOfNDistinct(rapid.String(), 1, 30, rapid.ID).Draw(t, "ss")
		case NS:
			v.Set = rapid.SliceOfNDistinct(num, 1, 30, rapid.ID).Draw(t, "ns")
		case BS:
			v.Set = rapid.SliceOfNDistinct(raw, 1, 5, rapid.ID).Draw(t, "bs")
		case L:
			v.List = rapid.SliceOfN(anyValue(depth-1), 0, 4).Draw(t, "l")
		case M:
			v.Map = anyMap(depth-1).Draw(t, "m")
		}
		return v
	})
}

func anyMap(depth int) *rapid.Generator[Map] {
	return rapid.Custom(func(t *rapid.T) Map {
		m := Map{}
		for _, name := range rapid.SliceOfNDistinct(rapid.String(), 0, 4, rapid.ID).Draw(t, "names") {
			m = append(m, Attr{name, anyValue(depth).Draw(t, "value")})
		}
		return m
	})
}

func TestJSONRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMap(4).Draw(t, "item")
		text := AppendJSON(nil, m)
		if !json.Valid(text) {
			t.Fatalf("not JSON: %s", text)
		}
		doc, err := jsonscan.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		read, err := FromJSON(doc.Root())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		decoded, err := Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d := cmp.Diff(m, read, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		if d := cmp.Diff(m, decoded, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		if !EqualMap(m, decoded) || Size(m) != Size(decoded) {
			t.Fatal("not equal to itself")
		}
	})
}

func TestDecodeReadsOtherSpellingsAndRefusesDamage(t *testing.T) {
	m, err := Decode([]byte(" { \"a\\u0001\" : { \"N\" : \"1.0\" } }\n"))
	if err != nil || string(AppendJSON(nil, m)) != `{"a\u0001":{"N":"1"}}` {
		t.Error(m, err)
	}
	for _, s := range []string{"", "[]", "{", `{"a":{"S":"b"}`, `{"a":{"S":"b"}}x`, `{"a":{}}`, `null`, `{"a":{"N":"x y"}} `} {
		if m, err := Decode([]byte(s)); err == nil {
			t.Errorf("%q was read as %v", s, m)
		}
	}
}

func FuzzFromJSON(f *testing.F) {
	f.Add([]byte(`{"a":{"S":"b"},"n":{"N":"1e3"},"m":{"M":{"l":{"L":[{"BS":["Yg=="]}]}}}}`))
	f.Add([]byte(nested(33)))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := jsonscan.Parse(data)
		if err != nil {
			return
		}
		defer doc.Release()
		m, err := FromJSON(doc.Root())
		if err != nil {
			fault.AsBare(err)
			return
		}
		text := AppendJSON(nil, m)
		again, err := Decode(text)
		if err != nil || !EqualMap(m, again) {
			t.Fatalf("%q became %q: %v", data, text, err)
		}
	})
}

var itemJSON = []byte(`{"pk":{"S":"user#0123456789abcdef"},"sk":{"N":"1234567890"},"name":{"S":"Ada Lovelace"},` +
	`"text":{"S":"` + strings.Repeat("x", 90) + `"},"tags":{"SS":["a","b"]},"on":{"BOOL":true},"bin":{"B":"AAECAwQF"}}`)

func BenchmarkFromJSON(b *testing.B) {
	b.SetBytes(int64(len(itemJSON)))
	b.ReportAllocs()
	for b.Loop() {
		doc, err := jsonscan.Parse(itemJSON)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := FromJSON(doc.Root()); err != nil {
			b.Fatal(err)
		}
		doc.Release()
	}
}

func BenchmarkDecode(b *testing.B) {
	b.SetBytes(int64(len(itemJSON)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(itemJSON); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	m, err := Decode(itemJSON)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(itemJSON)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = AppendJSON(dst[:0], m)
	}
}

func BenchmarkSize(b *testing.B) {
	m, _ := Decode(itemJSON)
	b.ReportAllocs()
	for b.Loop() {
		Size(m)
	}
}

// The hot path: one copy of the text, the attributes, and what has to be decoded
// from base64 or held as a set. More would be a step back.
func TestReadingAnItemAllocatesLittle(t *testing.T) {
	read := testing.AllocsPerRun(200, func() {
		doc, err := jsonscan.Parse(itemJSON)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := FromJSON(doc.Root()); err != nil {
			t.Fatal(err)
		}
		doc.Release()
	})
	decode := testing.AllocsPerRun(200, func() {
		if _, err := Decode(itemJSON); err != nil {
			t.Fatal(err)
		}
	})
	m, _ := Decode(itemJSON)
	dst := make([]byte, 0, 1024)
	write := testing.AllocsPerRun(200, func() { dst = AppendJSON(dst[:0], m) })
	size := testing.AllocsPerRun(200, func() { Size(m) })
	// A collection may empty the pool of documents now and then.
	if read > 6 || decode > 6 || write > 0 || size > 0 {
		t.Errorf("allocations: read %v, decode %v, write %v, size %v", read, decode, write, size)
	}
}
