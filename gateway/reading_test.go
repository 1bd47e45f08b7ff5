package gateway

import (
	"context"
	"slices"
	"testing"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
)

// drops answers one row to a page, each in the memory of the one before, of
// which nothing is left from the start.
type drops struct {
	nothing
	keys []string // in order
}

func (d drops) Page(_ context.Context, r command.Range) (command.Page, error) {
	clear(r.Memory.Bytes[:cap(r.Memory.Bytes)])
	keys := slices.Clone(d.keys)
	if r.Reverse {
		slices.Reverse(keys)
	}
	for _, k := range keys {
		if k >= string(r.From) && (r.To == nil || k < string(r.To)) {
			mem := append(append(r.Memory.Bytes[:0], k...), `{"k":{"S":"`+k+`"}}`...)
			rows := append(r.Memory.Rows[:0], command.Row{Key: mem[:len(k):len(k)], Item: mem[len(k):], Size: 2})
			r.Memory.Keep(rows, mem)
			return command.Page{Rows: rows, More: true}, nil
		}
	}
	return command.Page{}, nil
}

// What comes of a page, and where the next one starts, must not change when
// that one takes its memory.
func TestPagesOfAReadingMayShareTheirMemory(t *testing.T) {
	for _, reverse := range []bool{false, true} {
		rd := &reading{t: &catalog.Table{}, reverse: reverse, memory: &command.PageMemory{}, spans: []span{{1, []byte("a"), []byte("z")}}}
		got, err := rd.answer(&Gateway{Options: Options{Data: drops{keys: []string{"b", "c", "dd", "e"}}}}, t.Context(), nil)
		want := `{"Items":[{"k":{"S":"b"}},{"k":{"S":"c"}},{"k":{"S":"dd"}},{"k":{"S":"e"}}],"Count":4,"ScannedCount":4}`
		if reverse {
			want = `{"Items":[{"k":{"S":"e"}},{"k":{"S":"dd"}},{"k":{"S":"c"}},{"k":{"S":"b"}}],"Count":4,"ScannedCount":4}`
		}
		if err != nil || string(got) != want {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	}
}

// A request must not see what another one read before in the same memory, and
// must not pay for memory again.
func TestRequestsThatFollowEachOtherShareTheirMemory(t *testing.T) {
	rows := append(make([]command.Row, 0, 4), command.Row{Item: []byte("{}")})
	x := &scratch{in: make([]byte, 5, 50), out: make([]byte, 5, 2<<20), request: Request{Operation: "Query"}}
	x.pages.Keep(rows, make([]byte, 10, 100))
	x.clear()
	if len(x.pages.Rows)+len(x.pages.Bytes)+len(x.in) != 0 || rows[0].Item != nil || x.request != (Request{}) {
		t.Errorf("left behind: %+v", x)
	}
	if cap(x.pages.Rows) != 4 || cap(x.pages.Bytes) != 100 || cap(x.in) != 50 || x.out != nil {
		t.Errorf("kept: rows %d, bytes %d, body %d, answer %d", cap(x.pages.Rows), cap(x.pages.Bytes), cap(x.in), cap(x.out))
	}
}
