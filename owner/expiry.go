package owner

import (
	"strconv"

	"shvm-db/internal/item"
)

// expiry is the Unix second after which time to live may delete an item: the
// number in the attribute, 0 is never. Anything but a whole number of seconds
// above zero expires nothing.
func expiry(attribute string, m item.Map) int64 {
	if attribute == "" || m == nil {
		return 0
	}
	v, ok := m.Get(attribute)
	if !ok || v.Kind != item.N {
		return 0
	}
	at, err := strconv.ParseInt(v.Text, 10, 64)
	if err != nil || at < 0 {
		return 0
	}
	return at
}
