package check

import (
	"strings"
	"testing"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

var (
	key = catalog.Key{
		Hash:  []catalog.KeyAttr{{Name: "pk", Kind: item.S}},
		Range: []catalog.KeyAttr{{Name: "sk", Kind: item.N}},
	}
	local = []catalog.Index{{Name: "l", Key: catalog.Key{
		Hash: key.Hash, Range: []catalog.KeyAttr{{Name: "lsk", Kind: item.B}}}}}
	global = []catalog.Index{{Name: "g", Key: catalog.Key{
		Hash: []catalog.KeyAttr{{Name: "gpk", Kind: item.S}}, Range: []catalog.KeyAttr{{Name: "gsk", Kind: item.N}}}}}
)

func s(text string) item.Value { return item.Value{Kind: item.S, Text: text} }
func n(text string) item.Value { return item.Value{Kind: item.N, Text: text} }
func b(text string) item.Value { return item.Value{Kind: item.B, Text: text} }

func m(pairs ...any) item.Map {
	var out item.Map
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, item.Attr{Name: pairs[i].(string), Value: pairs[i+1].(item.Value)})
	}
	return out
}

func message(f *fault.Error) string {
	if f == nil {
		return ""
	}
	return f.Message
}

const (
	inv      = "One or more parameter values were invalid: "
	mismatch = "The provided key element does not match the schema"
	emptyKey = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"
)

func TestWhatIsWrongWithAnItemIsSaidInTheServicesWords(t *testing.T) {
	long := strings.Repeat("x", MaxHash+1)
	for _, c := range []struct {
		name                string
		item                item.Map
		put, batch, updated string
	}{
		{"good", m("pk", s("a"), "sk", n("1")), "", "", ""},
		{"good, indexed", m("pk", s("a"), "sk", n("1"), "gpk", s("x"), "gsk", n("1"), "lsk", b("y")), "", "", ""},
		{"no hash", m("sk", n("1")), inv + "Missing the key pk in the item", mismatch, ""},
		{"no range", m("pk", s("a")), inv + "Missing the key sk in the item", mismatch, ""},
		{"hash of another type", m("pk", n("5"), "sk", n("1")), inv + "Type mismatch for key pk expected: S actual: N", mismatch, ""},
		{"hash a list", m("pk", item.Value{Kind: item.L}, "sk", n("1")), inv + "Type mismatch for key pk expected: S actual: L", mismatch, ""},
		{"hash empty", m("pk", s(""), "sk", n("1")), emptyKey, emptyKey, ""},
		{"hash too long", m("pk", s(long), "sk", n("1")),
			inv + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
			inv + "Size of hashkey has exceeded the maximum size limit of2048 bytes", ""},
		{"global index key of another type", m("pk", s("a"), "sk", n("1"), "gsk", s("x")),
			inv + "Type mismatch for Index Key gsk Expected: N Actual: S IndexName: g",
			inv + "Type mismatch for Index Key gsk Expected: N Actual: S IndexName: g",
			"The update expression attempted to update the secondary index key to unsupported type"},
		{"global index key empty", m("pk", s("a"), "sk", n("1"), "gpk", s("")),
			"One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: g, IndexKey: gpk",
			"One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: g, IndexKey: gpk",
			"One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value."},
		{"local index key empty", m("pk", s("a"), "sk", n("1"), "lsk", b("")),
			"One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty binary value. IndexName: l, IndexKey: lsk",
			"One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty binary value. IndexName: l, IndexKey: lsk",
			"One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty binary value."},
	} {
		if got := message(Item(key, local, global, c.item)); got != c.put {
			t.Errorf("%s, put: %q, want %q", c.name, got, c.put)
		}
		if got := message(BatchItem(key, local, global, c.item)); got != c.batch {
			t.Errorf("%s, batch: %q, want %q", c.name, got, c.batch)
		}
		if got := message(Updated(local, global, c.item)); got != c.updated {
			t.Errorf("%s, update: %q, want %q", c.name, got, c.updated)
		}
	}
}

func TestAKeyHasTheAttributesOfTheSchemaAndNoOthers(t *testing.T) {
	for _, c := range []struct {
		name string
		key  item.Map
		want string
	}{
		{"good", m("sk", n("1"), "pk", s("a")), ""},
		{"none", nil, mismatch},
		{"half", m("pk", s("a")), mismatch},
		{"more", m("pk", s("a"), "sk", n("1"), "x", s("b")), mismatch},
		{"other", m("pk", s("a"), "x", n("1")), mismatch},
		{"type", m("pk", s("a"), "sk", s("1")), mismatch},
		{"empty", m("pk", s(""), "sk", n("1")), emptyKey},
	} {
		if got := message(Key(key, c.key)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	binary := catalog.Key{Hash: []catalog.KeyAttr{{Name: "h", Kind: item.B}}, Range: []catalog.KeyAttr{{Name: "r", Kind: item.S}}}
	if got := message(Key(binary, m("h", b("x"), "r", s(strings.Repeat("y", MaxRange+1))))); got != inv+"Aggregated size of all range keys has exceeded the size limit of 1024 bytes" {
		t.Error(got)
	}
	if got := message(Empty(m("h", b("")))); got != strings.ReplaceAll(strings.ReplaceAll(emptyKey, "string", "binary"), "pk", "h") {
		t.Error(got)
	}
}

func TestOnlyValidationsGetAnEnvelope(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a", "1 validation error detected: a"},
		{"1 validation error detected: a", "1 validation error detected: a"},
		{"2 validation errors detected: a; b", "2 validation errors detected: a; b"},
	} {
		if got := fault.Enveloped(fault.Validation(c.in)).Message; got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if f := fault.Enveloped(fault.ConditionFailed(nil)); f.Message != "The conditional request failed" {
		t.Error(f)
	}
}
