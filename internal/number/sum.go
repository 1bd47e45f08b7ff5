package number

import "strconv"

// Add is the sum of two numbers in normal form, in normal form. It is exact: a
// sum that does not fit into a number is ErrOverflow, ErrUnderflow or
// ErrPrecision.
func Add(a, b string) (string, error) {
	if len(a) <= 18 && len(b) <= 18 {
		// Neither can overflow an int64, nor can their sum.
		x, errX := strconv.ParseInt(a, 10, 64)
		y, errY := strconv.ParseInt(b, 10, 64)
		if errX == nil && errY == nil {
			return strconv.FormatInt(x+y, 10), nil
		}
	}
	return add(normal(a), normal(b))
}

// Sub is a - b, as Add.
func Sub(a, b string) (string, error) {
	switch {
	case b == "0":
		return a, nil
	case b[0] == '-':
		return Add(a, b[1:])
	}
	return Add(a, "-"+b)
}

func add(x, y decimal) (string, error) {
	if x.digits == "" {
		return y.String(), nil
	}
	if y.digits == "" {
		return x.String(), nil
	}
	if x.neg != y.neg {
		switch x.magnitude(y) {
		case 0:
			return "0", nil
		case -1:
			x, y = y, x
		}
	}
	// Now |x| >= |y| where they have different signs, and the sum has the sign
	// of x. One digit more on the left takes the carry.
	high := max(x.point, y.point) + 1
	low := min(x.point-len(x.digits), y.point-len(y.digits))
	sum := make([]byte, high-low)
	for i := range sum {
		sum[i] = '0'
	}
	copy(sum[high-x.point:], x.digits)
	carry := 0
	for i := len(sum) - 1; i >= 0; i-- {
		other := 0
		if j := i - (high - y.point); 0 <= j && j < len(y.digits) {
			other = int(y.digits[j] - '0')
		}
		digit := int(sum[i]-'0') + carry
		if x.neg == y.neg {
			digit += other
		} else {
			digit -= other
		}
		carry = 0
		switch {
		case digit > 9:
			digit, carry = digit-10, 1
		case digit < 0:
			digit, carry = digit+10, -1
		}
		sum[i] = byte('0' + digit)
	}
	from, to := 0, len(sum)
	for sum[from] == '0' {
		from++
	}
	for sum[to-1] == '0' {
		to--
	}
	d := decimal{neg: x.neg, digits: string(sum[from:to]), point: high - from}
	if err := d.check(); err != nil {
		return "", err
	}
	return d.String(), nil
}
