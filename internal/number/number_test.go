package number

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNormalForms(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for _, c := range []struct{ in, want string }{
		{"0", "0"}, {"-0", "0"}, {"+0", "0"}, {"0.000", "0"}, {"-0.0e10", "0"}, {"0e125", "0"}, {"0e-130", "0"},
		{"1", "1"}, {"+1", "1"}, {"-1", "-1"}, {"007", "7"}, {"-007", "-7"}, {"1.0", "1"}, {"1.50", "1.5"}, {".5", "0.5"}, {"5.", "5"}, {"-.5", "-0.5"},
		{"1e3", "1000"}, {"1E+3", "1000"}, {"1.5e3", "1500"}, {"1500e-3", "1.5"}, {"1e-3", "0.001"}, {"0.00120", "0.0012"}, {"1200", "1200"},
		{"123456789012345678901234567890", "123456789012345678901234567890"}, {"12.340", "12.34"}, {"0012.340e1", "123.4"},
		{"100000000000000000000", "100000000000000000000"},
		{nines, nines}, {"-" + nines, "-" + nines}, {nines + "000", nines + "000"}, {"0." + nines, "0." + nines},
		{"1e125", "1" + strings.Repeat("0", 125)}, {"9.9e125", "99" + strings.Repeat("0", 124)},
		{"1e-130", "0." + strings.Repeat("0", 129) + "1"},
		{"9." + nines[1:] + "e-130", "0." + strings.Repeat("0", 129) + nines},
		{strings.Repeat("0", 500) + "5" + "." + strings.Repeat("0", 500), "5"},
	} {
		got, err := Parse(c.in)
		if err != nil || got != c.want {
			t.Errorf("Parse(%q) = %q, %v; want %q", c.in, got, err, c.want)
			continue
		}
		if again, err := Parse(got); again != got || err != nil {
			t.Errorf("the normal form %q is not its own", got)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		in   string
		want error
	}{
		{"", ErrSyntax}, {" 1", ErrSyntax}, {"1 ", ErrSyntax}, {"b", ErrSyntax}, {"1e", ErrSyntax}, {"1e+", ErrSyntax}, {".", ErrSyntax}, {"-", ErrSyntax},
		{"--1", ErrSyntax}, {"1.2.3", ErrSyntax}, {"0x10", ErrSyntax}, {"NaN", ErrSyntax}, {"Infinity", ErrSyntax}, {"1,5", ErrSyntax}, {"1e1.5", ErrSyntax}, {"e5", ErrSyntax},
		{"1e126", ErrOverflow}, {"-1e126", ErrOverflow}, {"1e9223372036854775807", ErrOverflow}, {"1e9223372036854775808", ErrSyntax}, {"0e126", ErrOverflow}, {"0e-131", ErrUnderflow}, {"1" + strings.Repeat("0", 126), ErrOverflow},
		{"1e-131", ErrUnderflow}, {"-1e-131", ErrUnderflow}, {"9e-131", ErrUnderflow}, {"1e-9223372036854775808", ErrUnderflow}, {"1e-9223372036854775809", ErrSyntax},
		{strings.Repeat("1", 39), ErrPrecision}, {"1." + strings.Repeat("1", 38), ErrPrecision}, {"1" + strings.Repeat("0", 37) + "1", ErrPrecision},
		{"1" + strings.Repeat("0", 38) + "1e100", ErrOverflow},
	} {
		if got, err := Parse(c.in); err != c.want {
			t.Errorf("Parse(%q) = %q, %v; want %v", c.in, got, err, c.want)
		}
	}
}

// anyNumber draws a number within the limits in a random spelling.
func anyNumber() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		digits := rapid.StringMatching(`[0-9]{1,38}`).Draw(t, "digits")
		if rapid.Bool().Draw(t, "short") && len(digits) > 3 {
			digits = digits[:3]
		}
		if at := rapid.IntRange(-1, len(digits)).Draw(t, "dot"); at >= 0 {
			digits = digits[:at] + "." + digits[at:]
		}
		sign := rapid.SampledFrom([]string{"", "-", "+"}).Draw(t, "sign")
		exp := ""
		if rapid.Bool().Draw(t, "exp") {
			exp = rapid.SampledFrom([]string{"e", "E"}).Draw(t, "e") + big.NewInt(int64(rapid.IntRange(-80, 80).Draw(t, "exponent"))).String()
		}
		return sign + digits + exp
	})
}

func exact(t *rapid.T, s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is not a number", s)
	}
	return r
}

func TestByteOrderIsValueOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, errA := Parse(anyNumber().Draw(t, "a"))
		b, errB := Parse(anyNumber().Draw(t, "b"))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		want := exact(t, a).Cmp(exact(t, b))
		if got := Compare(a, b); got != want {
			t.Fatalf("Compare(%s, %s) = %d", a, b, got)
		}
		ka, kb := AppendKey(nil, a), AppendKey(nil, b)
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("key of %s is %x, of %s %x", a, ka, b, kb)
		}
		if want != 0 && (bytes.HasPrefix(ka, kb) || bytes.HasPrefix(kb, ka)) {
			t.Fatalf("%x and %x: one begins the other", ka, kb)
		}
	})
}

func TestNormalFormKeepsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyNumber().Draw(t, "in")
		out, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if exact(t, in).Cmp(exact(t, out)) != 0 {
			t.Fatalf("%s became %s", in, out)
		}
	})
}

func TestSumsAreExactOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, _ := Parse(anyNumber().Draw(t, "a"))
		b, _ := Parse(anyNumber().Draw(t, "b"))
		for _, op := range []struct {
			f    func(a, b string) (string, error)
			want *big.Rat
		}{
			{Add, new(big.Rat).Add(exact(t, a), exact(t, b))},
			{Sub, new(big.Rat).Sub(exact(t, a), exact(t, b))},
		} {
			got, err := op.f(a, b)
			if err != nil {
				if digits := strings.Trim(strings.Replace(op.want.FloatString(300), ".", "", 1), "-0"); len(digits) <= 38 {
					t.Fatalf("%s and %s: %v, though the result is %s", a, b, err, digits)
				}
				continue
			}
			if exact(t, got).Cmp(op.want) != 0 {
				t.Fatalf("%s and %s gave %s", a, b, got)
			}
			if again, err := Parse(got); again != got || err != nil {
				t.Fatalf("%s is not normal", got)
			}
		}
	})
}

func TestSumsBeyondTheLimits(t *testing.T) {
	top, _ := Parse(strings.Repeat("9", 38) + "e88")
	one, _ := Parse("1e88")
	if _, err := Add(top, one); err != ErrOverflow {
		t.Errorf("error %v", err)
	}
	if _, err := Sub("-"+top, one); err != ErrOverflow {
		t.Errorf("error %v", err)
	}
	tiny, _ := Parse("1e-130")
	if _, err := Add("1", tiny); err != ErrPrecision {
		t.Errorf("error %v", err)
	}
	a, _ := Parse("1.1e-130")
	b, _ := Parse("1e-130")
	if _, err := Sub(a, b); err != ErrUnderflow {
		t.Errorf("error %v", err)
	}
	if got, err := Add("999999999999999999", "1"); got != "1000000000000000000" || err != nil {
		t.Errorf("%s %v", got, err)
	}
}

// From the recordings named at Size.
func TestSizes(t *testing.T) {
	for in, want := range map[string]int{
		"0": 1, "1": 2, "10": 2, "101": 3, "0.001": 2, "1.5": 3, "-120.05": 5, "1200": 2, "3.14159": 5, "123456": 4, "-1": 3,
		"1" + strings.Repeat("0", 125): 2, "1.05": 3, "0.0101": 3, "42.12": 3, strings.Repeat("9", 38): 20,
	} {
		if got := Size(in); got != want {
			t.Errorf("Size(%s) = %d, want %d", in, got, want)
		}
	}
}

// From the recordings of partiqlParameterNumbers and valueLayers of paritysuite.
func TestTheOlderLayerReadsNumbersIn32Bits(t *testing.T) {
	for in, want := range map[string]error{
		"1": nil, "1.5e3": nil, "0e125": nil, "": ErrSyntax, "abc": ErrSyntax, "1e99999999999": ErrSyntax, "-1e99999999999": ErrSyntax,
		"1e2147483648": ErrSyntax, "1e-2147483648": ErrSyntax, "1.5e-2147483647": ErrSyntax, "1e2147483647": ErrUnderflow, "1e126": ErrOverflow, "1e-131": ErrUnderflow,
		strings.Repeat("1", 39): ErrPrecision, "1e-130": nil, "9.9e125": nil, "0012.50": nil,
	} {
		if got := Older(in); got != want {
			t.Errorf("Older(%q) = %v, want %v", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1", "-0.5", "1e125", "+.5e-3", "00012", "1e-130", strings.Repeat("9", 39)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(a); err != nil || again != a {
			t.Fatalf("%q became %q, then %q, %v", s, a, again, err)
		}
		AppendKey(nil, a)
	})
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{"integer": "1234567890", "decimal": "12345.6789", "exponent": "1.5e10"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendKey(b *testing.B) {
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = AppendKey(dst[:0], "1234567890")
	}
}
