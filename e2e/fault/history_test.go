package fault

import (
	"testing"
	"time"
)

// record adds an operation that took from call to returned.
func record(h *History, in input, call, returned int64, out output) {
	in.key = "k"
	h.add(1, in, call, out)
	if !out.unknown {
		h.ops[len(h.ops)-1].Return = returned
	}
}

func TestAGoodHistoryPasses(t *testing.T) {
	h := NewHistory()
	record(h, input{verb: write, new: "a"}, 0, 10, output{})
	record(h, input{verb: swap, old: "a", new: "b"}, 5, 20, output{})
	record(h, input{verb: read}, 15, 30, output{value: "b"})
	record(h, input{verb: swap, old: "a", new: "c"}, 25, 40, output{refused: true})
	record(h, input{verb: write, new: "d"}, 50, 0, output{unknown: true})
	record(h, input{verb: read}, 60, 70, output{value: "b"}) // not yet
	record(h, input{verb: read}, 80, 90, output{value: "d"}) // now
	if err := h.Check(time.Minute); err != nil {
		t.Error(err)
	}
}

func TestBadHistoriesFail(t *testing.T) {
	for name, fill := range map[string]func(*History){
		"a lost write": func(h *History) {
			record(h, input{verb: write, new: "a"}, 0, 10, output{})
			record(h, input{verb: read}, 20, 30, output{})
		},
		"a stale read": func(h *History) {
			record(h, input{verb: write, new: "a"}, 0, 10, output{})
			record(h, input{verb: write, new: "b"}, 20, 30, output{})
			record(h, input{verb: read}, 40, 50, output{value: "a"})
		},
		"two winners of one condition": func(h *History) {
			record(h, input{verb: swap, old: "", new: "a"}, 0, 10, output{})
			record(h, input{verb: swap, old: "", new: "b"}, 5, 20, output{})
		},
		"a write that came back": func(h *History) {
			record(h, input{verb: write, new: "a"}, 0, 0, output{unknown: true})
			record(h, input{verb: read}, 20, 30, output{value: "a"})
			record(h, input{verb: remove}, 40, 50, output{})
			record(h, input{verb: read}, 60, 70, output{value: "a"})
		},
	} {
		h := NewHistory()
		fill(h)
		if h.Check(time.Minute) == nil {
			t.Errorf("%s passed", name)
		}
	}
}
