package expr

import (
	"errors"
	"testing"

	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
)

// anItem reads an item from its JSON.
func anItem(t testing.TB, text string) item.Map {
	t.Helper()
	doc, err := jsonscan.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	m, err := item.FromJSON(doc.Root())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

// aHolder makes Placeholders of two JSON objects; "" is none.
func aHolder(t testing.TB, names, values string) *Placeholders {
	t.Helper()
	ph := new(Placeholders)
	if names != "" {
		doc, err := jsonscan.Parse([]byte(names))
		if err != nil {
			t.Fatalf("%s: %v", names, err)
		}
		ph.Names = map[string]string{}
		for k, v := range doc.Root().Members() {
			ph.Names[k] = v.Str()
		}
	}
	if values != "" {
		ph.Values = map[string]item.Value{}
		for _, a := range anItem(t, values) {
			ph.Values[a.Name] = a.Value
		}
	}
	return ph
}

// message is the message of a fault; "" is no error.
func message(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("not a fault: %v", err)
	}
	if f.Type != "ValidationException" {
		t.Fatalf("not a validation: %v", err)
	}
	return f.Message
}

func TestVersionedWrite(t *testing.T) {
	ph := aHolder(t, `{"#v":"version"}`, `{":one":{"N":"1"},":seen":{"N":"4"}}`)
	c, err := ParseCondition(ConditionExpression, "attribute_exists(id) AND #v = :seen", ph)
	if err != nil {
		t.Fatal(err)
	}
	u, err := ParseUpdate("SET #v = #v + :one REMOVE draft", ph)
	if err != nil {
		t.Fatal(err)
	}
	if err := ph.Unused(); err != nil {
		t.Fatal(err)
	}
	m := anItem(t, `{"id":{"S":"a"},"version":{"N":"4"},"draft":{"BOOL":true}}`)
	if ok, err := c.Match(m); err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	out, touched, err := u.Apply(m)
	if err != nil {
		t.Fatal(err)
	}
	if want := anItem(t, `{"id":{"S":"a"},"version":{"N":"5"}}`); !item.EqualMap(out, want) {
		t.Fatalf("%v", out)
	}
	if len(touched) != 2 || touched[0].String() != "[version]" || touched[1].String() != "[draft]" {
		t.Fatalf("%v", touched)
	}
	if ok, _ := c.Match(out); ok {
		t.Fatal("a stale version matched")
	}
}
