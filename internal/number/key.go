package number

// The first byte of a number's key bytes.
const (
	keyNegative = 0x01
	keyZero     = 0x02
	keyPositive = 0x03
)

// AppendKey appends bytes whose order is the order of the numbers, and of which
// none begins another: the sign; for numbers other than zero then the place of
// the decimal point + 129; the digits two to a byte, each + 1; and 0x00. Of a
// negative number all but the first byte are inverted.
func AppendKey(dst []byte, normalForm string) []byte {
	d := normal(normalForm)
	if d.digits == "" {
		return append(dst, keyZero)
	}
	first, flip := byte(keyPositive), byte(0)
	if d.neg {
		first, flip = keyNegative, 0xFF
	}
	dst = append(dst, first, byte(d.point+129)^flip)
	for i := 0; i < len(d.digits); i += 2 {
		pair := (d.digits[i] - '0') * 10
		if i+1 < len(d.digits) {
			pair += d.digits[i+1] - '0'
		}
		dst = append(dst, (pair+1)^flip)
	}
	return append(dst, flip)
}

// KeyLen is the length of the number's bytes at the start of b.
func KeyLen(b []byte) int {
	if b[0] == keyZero {
		return 1
	}
	end := byte(0)
	if b[0] == keyNegative {
		end = 0xFF
	}
	// The byte of the point may look like the end.
	i := 2
	for b[i] != end {
		i++
	}
	return i + 1
}
