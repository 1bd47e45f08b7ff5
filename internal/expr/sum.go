package expr

import (
	"errors"

	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/number"
)

// sum adds or subtracts two numbers.
func sum(x, y string, subtract bool) (item.Value, error) {
	f := number.Add
	if subtract {
		f = number.Sub
	}
	text, err := f(x, y)
	if err != nil {
		return item.Value{}, numberFault(err)
	}
	return item.Value{Kind: item.N, Text: text}, nil
}

// numberFault words an error of package number.
func numberFault(err error) *fault.Error {
	switch {
	case errors.Is(err, number.ErrOverflow):
		return fault.NumberOverflow().Bare()
	case errors.Is(err, number.ErrUnderflow):
		return fault.NumberUnderflow().Bare()
	}
	return fault.NumberPrecision().Bare()
}
