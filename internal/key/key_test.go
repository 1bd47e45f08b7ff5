package key

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shvm-db/internal/catalog"
	"shvm-db/internal/item"
	"shvm-db/internal/number"
)

func text(s string) item.Value { return item.Value{Kind: item.S, Text: s} }
func num(s string) item.Value {
	n, err := number.Parse(s)
	if err != nil {
		panic(err)
	}
	return item.Value{Kind: item.N, Text: n}
}

func schema(hash item.Kind, ranges ...item.Kind) catalog.Key {
	k := catalog.Key{Hash: []catalog.KeyAttr{{Name: "h", Kind: hash}}}
	for i, r := range ranges {
		k.Range = append(k.Range, catalog.KeyAttr{Name: fmt.Sprintf("r%d", i), Kind: r})
	}
	return k
}

// The bytes are on disk and in journals: this test failing means that they
// could not be read any more.
func TestKeyBytesStayWhatTheyAre(t *testing.T) {
	k := schema(item.S, item.N)
	got, err := Encode(k, item.Map{{Name: "h", Value: text("a\x00b")}, {Name: "r0", Value: num("-12.3")}})
	if err != nil {
		t.Fatal(err)
	}
	want := "f4a481b19bfa7c53" + "6100ff620001" + "01" + "7c" + "f2" + "e0" + "ff"
	if s := fmt.Sprintf("%x", got); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if HashOf(got) != Hash([]item.Value{text("a\x00b")}) {
		t.Error("the key does not begin with its hash")
	}
}

func anyPart(kind item.Kind) *rapid.Generator[item.Value] {
	return rapid.Custom(func(t *rapid.T) item.Value {
		switch kind {
		case item.N:
			return num(fmt.Sprintf("%de%d", rapid.IntRange(-300, 300).Draw(t, "n"), rapid.IntRange(-3, 3).Draw(t, "e")))
		default:
			// Few different bytes, so that prefixes and zeros are frequent.
			b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', 0xFE, 0xFF}), 0, 5).Draw(t, "bytes")
			return item.Value{Kind: kind, Text: string(b)}
		}
	})
}

var kinds = []item.Kind{item.S, item.N, item.B}

func TestByteOrderIsValueOrderWithinAPartitionKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := schema(rapid.SampledFrom(kinds).Draw(t, "hash"), rapid.SampledFrom(kinds).Draw(t, "r0"), rapid.SampledFrom(kinds).Draw(t, "r1"))
		h := anyPart(k.Hash[0].Kind).Draw(t, "h")
		draw := func(name string) item.Map {
			return item.Map{
				{Name: "h", Value: h},
				{Name: "r0", Value: anyPart(k.Range[0].Kind).Draw(t, name+"0")},
				{Name: "r1", Value: anyPart(k.Range[1].Kind).Draw(t, name+"1")},
			}
		}
		a, b := draw("a"), draw("b")
		ka, errA := Encode(k, a)
		kb, errB := Encode(k, b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		want := item.Compare(a[1].Value, b[1].Value)
		if want == 0 {
			want = item.Compare(a[2].Value, b[2].Value)
		}
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("%v %x, %v %x: %d", a, ka, b, kb, got)
		}
		if want != 0 && (bytes.HasPrefix(ka, kb) || bytes.HasPrefix(kb, ka)) {
			t.Fatalf("%x and %x: one begins the other", ka, kb)
		}
		if !bytes.HasPrefix(ka, mustPrefix(t, k, h)) {
			t.Fatal("the key does not begin with its HashPrefix")
		}
	})
}

func mustPrefix(t *rapid.T, k catalog.Key, h item.Value) []byte {
	p, err := HashPrefix(k, []item.Value{h})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fulfils(t Term, v item.Value) bool {
	c := func(i int) int { return item.Compare(v, t.Values[i]) }
	switch t.Op {
	case EQ:
		return c(0) == 0
	case LT:
		return c(0) < 0
	case LE:
		return c(0) <= 0
	case GT:
		return c(0) > 0
	case GE:
		return c(0) >= 0
	case Between:
		return c(0) >= 0 && c(1) <= 0
	}
	return strings.HasPrefix(v.Text, t.Values[0].Text)
}

func TestBoundsHoldExactlyWhatTheTermsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := schema(item.S, rapid.SampledFrom(kinds).Draw(t, "r0"), rapid.SampledFrom(kinds).Draw(t, "r1"))
		var terms []Term
		for i := range rapid.IntRange(0, 2).Draw(t, "terms") {
			terms = append(terms, Term{EQ, []item.Value{anyPart(k.Range[i].Kind).Draw(t, "value")}})
		}
		if n := len(terms); n > 0 {
			kind := k.Range[n-1].Kind
			op := rapid.SampledFrom([]Op{EQ, LT, LE, GT, GE, Between, BeginsWith}).Draw(t, "op")
			if op == BeginsWith && kind == item.N {
				op = LE
			}
			terms[n-1].Op = op
			if op == Between {
				terms[n-1].Values = append(terms[n-1].Values, anyPart(kind).Draw(t, "upper"))
			}
		}
		h := text("x")
		from, to, err := Bounds(mustPrefix(t, k, h), k, terms...)
		if err != nil {
			t.Fatal(err)
		}
		base := schema(item.S)
		for range 10 {
			m := item.Map{
				{Name: "h", Value: rapid.SampledFrom([]item.Value{h, text("xa"), text("")}).Draw(t, "h")},
				{Name: "r0", Value: anyPart(k.Range[0].Kind).Draw(t, "r0")},
				{Name: "r1", Value: anyPart(k.Range[1].Kind).Draw(t, "r1")},
			}
			want := m[0].Value.Text == "x"
			for i, term := range terms {
				want = want && fulfils(term, m[i+1].Value)
			}
			key, _ := Encode(k, m)
			entry, ok := IndexEntry(base, k, m)
			if !ok {
				t.Fatal("no entry")
			}
			for _, b := range [][]byte{key, entry} {
				in := bytes.Compare(from, b) <= 0 && (to == nil || bytes.Compare(b, to) < 0)
				if in != want {
					t.Fatalf("%v in %x..%x of %v: %v", m, from, to, terms, in)
				}
			}
			own, rest := Split(k, entry)
			baseKey, _ := Encode(base, m)
			if !bytes.Equal(own, key) || !bytes.Equal(rest, baseKey) {
				t.Fatalf("split into %x %x", own, rest)
			}
		}
	})
}

func TestAnItemWithoutTheIndexKeyIsNotInTheIndex(t *testing.T) {
	base, ix := schema(item.S), catalog.Key{Hash: []catalog.KeyAttr{{Name: "g", Kind: item.S}}}
	for _, m := range []item.Map{{{Name: "h", Value: text("a")}}, {{Name: "h", Value: text("a")}, {Name: "g", Value: num("1")}}} {
		if _, ok := IndexEntry(base, ix, m); ok {
			t.Errorf("%v is in the index", m)
		}
	}
}

func TestMissingAndWrongAttributes(t *testing.T) {
	k := schema(item.S, item.N)
	if _, err := Encode(k, item.Map{{Name: "h", Value: text("a")}}); err != ErrMissing {
		t.Error(err)
	}
	if _, err := Encode(k, item.Map{{Name: "h", Value: num("1")}}); err != ErrKind {
		t.Error(err)
	}
	if _, err := HashPrefix(k, nil); err != ErrMissing {
		t.Error(err)
	}
	if _, err := HashPrefix(k, []item.Value{num("1")}); err != ErrKind {
		t.Error(err)
	}
	if _, _, err := Bounds(nil, k, Term{BeginsWith, []item.Value{num("1")}}); err != ErrKind {
		t.Error(err)
	}
}

func TestSegmentsAreAllHashesOnce(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 256, 1_000_000} {
		next := uint64(0)
		for i := range n {
			lo, hi := Segment(i, n)
			if lo != next || hi < lo {
				t.Fatalf("segment %d of %d is %d..%d, want it to start at %d", i, n, lo, hi, next)
			}
			next = hi + 1
		}
		if next != 0 {
			t.Fatalf("%d segments end at %d", n, next-1)
		}
	}
	if from, to := HashBounds(1, math.MaxUint64); !slices.Equal(from, []byte{0, 0, 0, 0, 0, 0, 0, 1}) || to != nil {
		t.Errorf("%x %x", from, to)
	}
	if _, to := HashBounds(0, 255); !slices.Equal(to, []byte{0, 0, 0, 0, 0, 0, 1, 0}) {
		t.Errorf("%x", to)
	}
}

func TestSuccessorAndAfter(t *testing.T) {
	for in, want := range map[string]string{"a": "b", "a\xff": "b", "a\xff\xff": "b", "a\x00": "a\x01"} {
		if got := string(Successor([]byte(in))); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if Successor([]byte("\xff\xff")) != nil || Successor(nil) != nil {
		t.Error("there is a successor of the last prefix")
	}
	if got := string(After([]byte("a"))); got != "a\x00" {
		t.Errorf("%q", got)
	}
}

func BenchmarkEncode(b *testing.B) {
	k := schema(item.S, item.N)
	m := item.Map{{Name: "x", Value: text("other")}, {Name: "h", Value: text("user#0123456789abcdef")}, {Name: "r0", Value: num("1234567890")}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(k, m); err != nil {
			b.Fatal(err)
		}
	}
}
