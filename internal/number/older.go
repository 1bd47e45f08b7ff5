package number

import (
	"math"
	"strconv"
	"strings"
)

// Older says what the older of the service's two layers finds wrong with a
// number; nil is nothing. It reads numbers with Java's BigDecimal: an exponent
// or a scale beyond 32 bits is no number, and the magnitude is computed in 32
// bits, so that 1e2147483647 is too small.
func Older(text string) error {
	d, err := read(text)
	if err != nil {
		return ErrSyntax
	}
	mantissa, exponentText, _ := strings.Cut(strings.ToLower(text), "e")
	exponent, err := strconv.ParseInt("0"+strings.TrimLeft(exponentText, "+-"), 10, 32)
	if err != nil {
		return ErrSyntax
	}
	if strings.HasPrefix(exponentText, "-") {
		exponent = -exponent
	}
	whole, fraction, _ := strings.Cut(strings.TrimLeft(mantissa, "+-"), ".")
	scale := int64(len(fraction)) - exponent
	if scale < math.MinInt32 || scale > math.MaxInt32 {
		return ErrSyntax
	}
	precision := max(1, len(strings.TrimLeft(whole+fraction, "0")))
	switch magnitude := int32(precision) - int32(scale); {
	case magnitude > maxExponent+1:
		return ErrOverflow
	case magnitude < minExponent+1:
		return ErrUnderflow
	case len(d.digits) > maxDigits:
		return ErrPrecision
	}
	return nil
}
