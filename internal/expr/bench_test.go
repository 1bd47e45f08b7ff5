package expr

import (
	"testing"

	"shvm-db/internal/item"
)

const (
	usualCondition = "attribute_exists(#id) AND #v = :seen"
	usualUpdate    = "SET #v = #v + :one, #t = :now"
)

func usualHolder() Placeholders {
	return Placeholders{
		Names:  map[string]string{"#id": "id", "#v": "version", "#t": "touched"},
		Values: map[string]item.Value{":seen": {Kind: item.N, Text: "4"}, ":one": {Kind: item.N, Text: "1"}, ":now": {Kind: item.S, Text: "now"}},
	}
}

func BenchmarkParseSimple(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseCondition(ConditionExpression, "attribute_not_exists(pk)", nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCondition(b *testing.B) {
	holder := usualHolder()
	b.ReportAllocs()
	for b.Loop() {
		ph := Placeholders{Names: holder.Names, Values: holder.Values}
		if _, err := ParseCondition(ConditionExpression, usualCondition, &ph); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseUpdate(b *testing.B) {
	holder := usualHolder()
	b.ReportAllocs()
	for b.Loop() {
		ph := Placeholders{Names: holder.Names, Values: holder.Values}
		if _, err := ParseUpdate(usualUpdate, &ph); err != nil {
			b.Fatal(err)
		}
	}
}

func usualItem(b *testing.B) item.Map {
	return anItem(b, `{"id":{"S":"a"},"name":{"S":"someone"},"version":{"N":"4"},"tags":{"SS":["a","b"]}}`)
}

func BenchmarkMatch(b *testing.B) {
	ph := usualHolder()
	c, err := ParseCondition(ConditionExpression, usualCondition, &ph)
	if err != nil {
		b.Fatal(err)
	}
	m := usualItem(b)
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := c.Match(m); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	ph := usualHolder()
	u, err := ParseUpdate(usualUpdate, &ph)
	if err != nil {
		b.Fatal(err)
	}
	m := usualItem(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := u.Apply(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrint(b *testing.B) {
	ph := usualHolder()
	c, err := ParseCondition(ConditionExpression, usualCondition, &ph)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if c.Source().Text == "" {
			b.Fatal("nothing")
		}
	}
}
