package bench

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strconv"
)

// keys chooses among the items that were put in before a row is measured.
// Their keys look random, so that neighbours in time are none in the file.
type keys struct {
	items int
	hot   bool
}

func newKeys(o *Options) keys { return keys{o.Items, o.Keys == "hot"} }

func (k keys) pick(r *rand.Rand) int {
	if k.hot && r.IntN(10) > 0 {
		return r.IntN(max(1, k.items/100))
	}
	return r.IntN(k.items)
}

// appendKey appends 16 hexadecimal digits.
func appendKey(dst []byte, n uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[n>>shift&15])
	}
	return dst
}

// scramble is a bijection whose values look random (the finalizer of
// SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
// generators", 2014).
func scramble(i int) uint64 {
	z := uint64(i)*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// padding brings an item to its size.
func padding(itemBytes int) []byte {
	// The names and the other values take 60 bytes.
	return bytes.Repeat([]byte("x"), max(1, itemBytes-60))
}

// appendItem appends the attributes of an item behind its key: a number, the
// keys of global indexes, and the padding.
func appendItem(dst []byte, r *rand.Rand, pad []byte) []byte {
	dst = append(dst, `,"n":{"N":"1"}`...)
	for g := range 2 {
		dst = append(dst, `,"g`...)
		dst = append(dst, byte('0'+g))
		dst = append(dst, `":{"S":"`...)
		dst = appendKey(dst, r.Uint64())
		dst = append(dst, `"}`...)
	}
	dst = append(dst, `,"d":{"S":"`...)
	dst = append(dst, pad...)
	return append(dst, `"}`...)
}

func isOK(status int) bool { return status == http.StatusOK }

// put writes a new item each time.
type put struct {
	table string
	pad   []byte
}

func newPut(o *Options, table string) *put { return &put{table, padding(o.ItemBytes)} }

func (p *put) next(r *rand.Rand, dst []byte) (string, []byte) {
	return "PutItem", append(p.appendPut(dst, r), '}')
}

// appendPut leaves the object open.
func (p *put) appendPut(dst []byte, r *rand.Rand) []byte {
	dst = append(dst, `{"TableName":"`...)
	dst = append(dst, p.table...)
	dst = append(dst, `","Item":{"pk":{"S":"`...)
	dst = appendKey(dst, r.Uint64())
	dst = append(dst, `"}`...)
	dst = appendItem(dst, r, p.pad)
	return append(dst, '}')
}

func (p *put) good(status int, _ []byte) bool { return isOK(status) }

// update counts in an item that is there.
type update struct{ keys }

func (u *update) next(r *rand.Rand, dst []byte) (string, []byte) {
	dst = append(dst, `{"TableName":"`+tableName+`","Key":{"pk":{"S":"`...)
	dst = appendKey(dst, scramble(u.pick(r)))
	return "UpdateItem", append(dst, `"}},"UpdateExpression":"SET n = n + :one","ConditionExpression":"n >= :one",`+
		`"ExpressionAttributeValues":{":one":{"N":"1"}}}`...)
}

func (u *update) good(status int, _ []byte) bool { return isOK(status) }

// get reads an item that is there.
type get struct {
	keys
	strong bool
}

func (g *get) next(r *rand.Rand, dst []byte) (string, []byte) {
	dst = append(dst, `{"TableName":"`+tableName+`","Key":{"pk":{"S":"`...)
	dst = appendKey(dst, scramble(g.pick(r)))
	dst = append(dst, `"}},"ConsistentRead":`...)
	dst = strconv.AppendBool(dst, g.strong)
	return "GetItem", append(dst, '}')
}

func (g *get) good(status int, answer []byte) bool {
	return isOK(status) && bytes.HasPrefix(answer, []byte(`{"Item":{`))
}

// mixed writes a new item if it is not there, or reads one that is.
type mixed struct {
	put *put
	get *get
}

func (m *mixed) next(r *rand.Rand, dst []byte) (string, []byte) {
	if r.IntN(2) == 0 {
		return m.get.next(r, dst)
	}
	return "PutItem", append(m.put.appendPut(dst, r), `,"ConditionExpression":"attribute_not_exists(pk)"}`...)
}

func (m *mixed) good(status int, _ []byte) bool { return isOK(status) }

// query reads the ten items of a partition key.
type query struct{ keys }

func (q *query) next(r *rand.Rand, dst []byte) (string, []byte) {
	dst = append(dst, `{"TableName":"`+tableName+`","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"`...)
	dst = appendKey(dst, scramble(q.pick(r)/10))
	return "Query", append(dst, `"}}}`...)
}

func (q *query) good(status int, answer []byte) bool {
	return isOK(status) && bytes.Contains(answer, []byte(`"Count":10`))
}

// transact puts two new items, or neither.
type transact struct{ put *put }

func (t *transact) next(r *rand.Rand, dst []byte) (string, []byte) {
	dst = append(dst, `{"TransactItems":[`...)
	for i := range 2 {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"Put":`...)
		dst = append(t.put.appendPut(dst, r), `}}`...)
	}
	return "TransactWriteItems", append(dst, `]}`...)
}

func (t *transact) good(status int, _ []byte) bool { return isOK(status) }
