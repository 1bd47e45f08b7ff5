package expr

import (
	"fmt"
	"strings"
	"testing"

	"shvm-db/internal/item"
)

func TestTextOfMoreThan4KB(t *testing.T) {
	names := func(n int) string { return strings.Repeat("a", n) }
	for _, size := range []int{4096, 4097} {
		text := names(size-len("attribute_exists()")) + ""
		_, err := ParseCondition(FilterExpression, "attribute_exists("+text+")", nil)
		want := ""
		if size > 4096 {
			want = "Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: 4097"
		}
		if got := message(t, err); got != want {
			t.Errorf("%d bytes: %q", size, got)
		}
	}
	_, err := ParseUpdate("REMOVE "+names(5000), nil)
	if got := message(t, err); !strings.HasSuffix(got, "; expression size: 5007") {
		t.Error(got)
	}
	_, err = ParseProjection(names(4097), nil)
	if got := message(t, err); !strings.HasPrefix(got, "Invalid ProjectionExpression: Expression size") {
		t.Error(got)
	}
}

func TestMoreThan300Operators(t *testing.T) {
	ph := &Placeholders{Values: map[string]item.Value{":v": {Kind: item.N, Text: "1"}}}
	for _, comparisons := range []int{150, 151} {
		// n comparisons and n-1 ANDs.
		text := strings.TrimSuffix(strings.Repeat("a=:v AND ", comparisons), " AND ")
		_, err := ParseCondition(ConditionExpression, text, ph)
		want := ""
		if comparisons > 150 {
			want = "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
		}
		if got := message(t, err); got != want {
			t.Errorf("%d comparisons: %q", comparisons, got)
		}
	}
}

func TestMoreThan100Operands(t *testing.T) {
	ph := &Placeholders{Values: map[string]item.Value{":v": {Kind: item.N, Text: "1"}}}
	for _, operands := range []int{100, 101} {
		text := "a IN (" + strings.TrimSuffix(strings.Repeat(":v,", operands), ",") + ")"
		_, err := ParseCondition(ConditionExpression, text, ph)
		want := ""
		if operands > 100 {
			want = "Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101"
		}
		if got := message(t, err); got != want {
			t.Errorf("%d operands: %q", operands, got)
		}
	}
}

func TestPathsAsDeepAsValues(t *testing.T) {
	deep := func(steps int) string { return "a" + strings.Repeat(".b", steps-1) }
	if _, err := ParseProjection(deep(32), nil); err != nil {
		t.Error(err)
	}
	if _, err := ParseProjection(deep(33), nil); err == nil {
		t.Error("33 steps")
	}
	if _, err := ParseProjection("a[99999999999]", nil); err == nil {
		t.Error("an index beyond all lists")
	}
}

func TestDeepNestingIsNoTrouble(t *testing.T) {
	for _, n := range []int{1000, 2040} {
		_, err := ParseCondition(ConditionExpression, strings.Repeat("(", n)+"a = b"+strings.Repeat(")", n), nil)
		if got := message(t, err); got != "Invalid ConditionExpression: The expression has redundant parentheses;" {
			t.Error(got)
		}
		_, err = ParseUpdate("SET a = "+strings.Repeat("(", n)+"b", nil)
		if got := message(t, err); got != `Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "b"` {
			t.Error(got)
		}
	}
}

func TestReservedWords(t *testing.T) {
	if len(reservedWords) != 573 {
		t.Errorf("%d words", len(reservedWords))
	}
	longest := 0
	for w := range reservedWords {
		longest = max(longest, len(w))
		for _, word := range []string{w, strings.ToLower(w), w[:1] + strings.ToLower(w[1:])} {
			if !reserved(word) {
				t.Errorf("%s is free", word)
			}
		}
	}
	if longest != maxReserved {
		t.Errorf("the longest has %d letters", longest)
	}
	for _, w := range []string{"id", "pk", "sk", "version", "a", "Z", "abortt", "userId", strings.Repeat("x", 100)} {
		if reserved(w) {
			t.Errorf("%s is reserved", w)
		}
	}
}

func TestPlaceholderKeys(t *testing.T) {
	for key, want := range map[string]string{
		"#a": "", "#0": "", "#_": "", "#A9_z": "",
		"a": "a", "#": "#", "": "", "#a-b": "#a-b", "##": "##", ":a": ":a", "# a": "# a",
	} {
		ph := &Placeholders{Names: map[string]string{key: "x"}}
		got := message(t, ph.Check())
		if ok := isPlaceholder(key, '#'); ok != (got == "") {
			t.Errorf("%q: %s", key, got)
		}
		if want != "" && got != fmt.Sprintf(`ExpressionAttributeNames contains invalid key: Syntax error; key: "%s"`, want) {
			t.Errorf("%q: %s", key, got)
		}
	}
	ph := &Placeholders{Values: map[string]item.Value{"v": {}}}
	if got := message(t, ph.Check()); got != `ExpressionAttributeValues contains invalid key: Syntax error; key: "v"` {
		t.Error(got)
	}
}
