package lineage

import (
	"encoding/json"
	"fmt"
	"testing"
)

// history is two items: one inserted, changed and removed, one inserted and
// changed twice.
func history() ([]Record, []json.RawMessage) {
	var out []Record
	add := func(k int, event, old, new string) {
		r := Record{ID: fmt.Sprint("e", len(out)), Event: event, Sequence: fmt.Sprintf("%03d", len(out)), Keys: json.RawMessage(fmt.Sprintf(`{"k":{"N":"%d"}}`, k))}
		if old != "" {
			r.Old = json.RawMessage(fmt.Sprintf(`{"k":{"N":"%d"},"v":{"S":"%s"}}`, k, old))
		}
		if new != "" {
			r.New = json.RawMessage(fmt.Sprintf(`{"v":{"S":"%s"},"k":{"N":"%d"}}`, new, k))
		}
		out = append(out, r)
	}
	add(1, "INSERT", "", "a")
	add(2, "INSERT", "", "b")
	add(1, "MODIFY", "a", "c")
	add(2, "MODIFY", "b", "d")
	add(1, "REMOVE", "c", "")
	add(2, "MODIFY", "d", "e")
	return out, []json.RawMessage{[]byte(`{"k":{"N":"2"},"v":{"S":"e"}}`)}
}

func TestAWholeHistoryPasses(t *testing.T) {
	records, items := history()
	if errs := Check(records, items, []string{"k"}); errs != nil {
		t.Error(errs)
	}
}

func TestAnyRecordLostDoubledOrSwappedIsFound(t *testing.T) {
	whole, items := history()
	for i := range whole {
		lost := append(append([]Record{}, whole[:i]...), whole[i+1:]...)
		if Check(lost, items, []string{"k"}) == nil {
			t.Errorf("record %d lost, and nothing was said", i)
		}
		doubled := append(append(append([]Record{}, whole[:i+1]...), whole[i]), whole[i+1:]...)
		if Check(doubled, items, []string{"k"}) == nil {
			t.Errorf("record %d doubled, and nothing was said", i)
		}
		if j := i + 2; j < len(whole) { // the next one of the same item
			swapped := append([]Record{}, whole...)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			if Check(swapped, items, []string{"k"}) == nil {
				t.Errorf("records %d and %d swapped, and nothing was said", i, j)
			}
		}
	}
}

func TestATableThatDiffersIsFound(t *testing.T) {
	records, items := history()
	for name, table := range map[string][]json.RawMessage{
		"missing": {},
		"another": {[]byte(`{"k":{"N":"2"},"v":{"S":"x"}}`)},
		"more":    {items[0], []byte(`{"k":{"N":"3"}}`)},
	} {
		if Check(records, table, []string{"k"}) == nil {
			t.Errorf("an item is %s, and nothing was said", name)
		}
	}
}
