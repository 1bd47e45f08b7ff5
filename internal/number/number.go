// Package number does DynamoDB's numbers: decimals of up to 38 significant
// digits, kept as text and never as floats. Every number has one normal form,
// so equal numbers are equal strings.
//
// The limits are those of "Supported data types and naming rules" in the
// developer guide: 38 digits, magnitudes from 1E-130 to 9.99…E+125.
package number

import (
	"errors"
	"strconv"
	"strings"
)

const (
	maxDigits   = 38
	maxExponent = 125
	minExponent = -130
)

// What can be wrong with a number. The service has a message for each.
var (
	// ErrSyntax is a text that is no number.
	ErrSyntax = errors.New("not a number")
	// ErrOverflow is a magnitude of 1E+126 or more.
	ErrOverflow = errors.New("number too large")
	// ErrUnderflow is a magnitude below 1E-130 that is not zero.
	ErrUnderflow = errors.New("number too small")
	// ErrPrecision is a number of more than 38 significant digits.
	ErrPrecision = errors.New("too many digits")
)

// decimal is ±0.d₁d₂d₃… × 10^point. The digits neither begin nor end with a
// zero; none is zero itself.
type decimal struct {
	neg    bool
	digits string
	point  int
}

// Parse checks a number as a client may write it ("+1.50", ".5", "1e3") and
// gives its normal form: plain decimal notation without an exponent, a plus
// sign or needless zeros. A text that is normal already is returned as it is.
func Parse(text string) (normal string, err error) {
	if plainInteger(text) {
		return text, nil
	}
	d, err := read(text)
	if err != nil {
		return "", err
	}
	if err := d.check(); err != nil {
		return "", err
	}
	if out := d.String(); out != text {
		return out, nil
	}
	return text, nil
}

// plainInteger says that a text is a short integer in normal form: by far the
// most numbers are.
func plainInteger(s string) bool {
	i := 0
	if len(s) > 0 && s[0] == '-' {
		i = 1
	}
	n := len(s) - i
	if n == 0 || n > 18 {
		return false
	}
	if s[i] == '0' {
		return n == 1 && i == 0
	}
	for ; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// read takes a number apart. Limits are not checked.
func read(s string) (decimal, error) {
	var d decimal
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		d.neg = s[i] == '-'
		i++
	}
	whole, i := run(s, i)
	fraction := ""
	if i < len(s) && s[i] == '.' {
		fraction, i = run(s, i+1)
	}
	if whole == "" && fraction == "" {
		return decimal{}, ErrSyntax
	}
	exponent := 0
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		minus := false
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			minus = s[i] == '-'
			i++
		}
		var digits string
		if digits, i = run(s, i); digits == "" {
			return decimal{}, ErrSyntax
		}
		if minus {
			digits = "-" + digits
		}
		// The service reads the exponent in full, as far as 64 bits go.
		wide, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return decimal{}, ErrSyntax
		}
		// Beyond any number that fits, the exact value does not matter.
		exponent = int(max(-1<<40, min(1<<40, wide)))
	}
	if i != len(s) {
		return decimal{}, ErrSyntax
	}
	whole = strings.TrimLeft(whole, "0")
	d.point = len(whole) + exponent
	switch {
	case fraction == "":
		d.digits = whole
	case whole == "":
		d.digits = strings.TrimLeft(fraction, "0")
		d.point -= len(fraction) - len(d.digits)
	default:
		d.digits = whole + fraction
	}
	d.digits = strings.TrimRight(d.digits, "0")
	if d.digits == "" {
		// Zero has a magnitude too: that of the exponent it is written with.
		return decimal{point: exponent + 1}, nil
	}
	return d, nil
}

// run is the digits from i on, and the place after them.
func run(s string, i int) (string, int) {
	from := i
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return s[from:i], i
}

func (d decimal) check() error {
	switch {
	case d.point-1 > maxExponent:
		return ErrOverflow
	case d.point-1 < minExponent:
		return ErrUnderflow
	case len(d.digits) > maxDigits:
		return ErrPrecision
	}
	return nil
}

const zeros = "00000000000000000000000000000000000000000000000000000000000000000" +
	"00000000000000000000000000000000000000000000000000000000000000000000000"

// String is the normal form of a number within the limits.
func (d decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	sign := ""
	if d.neg {
		sign = "-"
	}
	switch {
	case d.point <= 0:
		return sign + "0." + zeros[:-d.point] + d.digits
	case d.point >= len(d.digits):
		return sign + d.digits + zeros[:d.point-len(d.digits)]
	}
	return sign + d.digits[:d.point] + "." + d.digits[d.point:]
}

// normal takes a normal form apart.
func normal(s string) decimal {
	d, err := read(s)
	if err != nil {
		// Only a caller that never parsed the number comes here.
		panic("number: " + strconv.Quote(s) + " is not in normal form")
	}
	return d
}

// Compare orders two numbers in normal form: -1, 0 or 1.
func Compare(a, b string) int {
	if a == b {
		return 0
	}
	x, y := normal(a), normal(b)
	switch {
	case x.sign() != y.sign():
		return order(x.sign(), y.sign())
	case x.sign() < 0:
		return y.magnitude(x)
	}
	return x.magnitude(y)
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// magnitude compares |d| with |e|; neither is zero.
func (d decimal) magnitude(e decimal) int {
	if d.point != e.point {
		return order(d.point, e.point)
	}
	return strings.Compare(d.digits, e.digits)
}

func order(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Size is what the service counts for a number in normal form: one byte, one
// for two digits before the point, one for two digits after it, and one if the
// number is negative. Zeros at both ends do not count. (The developer guide has
// a simpler rule; this one was measured against the service at the limit of an
// item's size, by the public conformance suite of paritysuite.)
func Size(normalForm string) int {
	s, n := normalForm, 1
	if s != "" && s[0] == '-' {
		s, n = s[1:], 2
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if fraction == "" {
		whole = strings.TrimRight(whole, "0")
	}
	if whole == "0" {
		whole, fraction = "", strings.TrimLeft(fraction, "0")
	}
	return n + (len(whole)+1)/2 + (len(fraction)+1)/2
}
