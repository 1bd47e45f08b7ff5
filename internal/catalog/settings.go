package catalog

import (
	"slices"
	"time"
)

// Settings are what the control plane keeps of a table and nobody else looks
// at. Times are Unix milliseconds; 0 is never.
type Settings struct {
	// BillingChanged is when the table last became on-demand.
	BillingChanged int64 `json:"billing_changed,omitempty"`
	// Class is the table class, "" if none was ever named.
	Class        string `json:"class,omitempty"`
	ClassChanged int64  `json:"class_changed,omitempty"`
	// Encryption is that with a KMS key; nil is the service's own.
	Encryption *Encryption `json:"encryption,omitempty"`
	Tags       []Tag       `json:"tags,omitempty"`
	Policy     *Policy     `json:"policy,omitempty"`
	// LastStream is the label of the last stream that was on.
	LastStream string `json:"last_stream,omitempty"`
	// TTLChanged is when time to live was last turned on or off.
	TTLChanged int64     `json:"ttl_changed,omitempty"`
	Recovery   *Recovery `json:"recovery,omitempty"`
	// Insights are the modes of Contributor Insights, by index; "" is the table.
	Insights map[string]Insight `json:"insights,omitempty"`
	// Kinesis are the streaming destinations, in the order they were asked for.
	Kinesis []Destination `json:"kinesis,omitempty"`
}

// Encryption is server-side encryption with a key of KMS.
type Encryption struct {
	Type string `json:"type"` // KMS
	Key  string `json:"key"`  // an ARN
}

// Tag is a label on a table.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Policy is a resource policy.
type Policy struct {
	Text     string `json:"text"`
	Revision string `json:"revision"`
}

// Recovery is point-in-time recovery that was turned on.
type Recovery struct {
	Since int64 `json:"since"`
	Days  int64 `json:"days"`
}

// Insight is Contributor Insights of a table or index.
type Insight struct {
	Enabled bool   `json:"enabled"`
	Mode    string `json:"mode"`
	Changed int64  `json:"changed"`
}

// Destination is a Kinesis stream that was asked for.
type Destination struct {
	ARN       string `json:"arn"`
	Status    string `json:"status"`
	Precision string `json:"precision,omitempty"`
}

// IndexARN is the Amazon resource name of an index of the table.
func (t *Table) IndexARN(name string) string { return t.ARN() + "/index/" + name }

// Kind is the type of one of the table's defined attributes; false if there is
// none of that name.
func (t *Table) Kind(name string) (KeyAttr, bool) {
	for _, a := range t.Attributes {
		if a.Name == name {
			return a, true
		}
	}
	return KeyAttr{}, false
}

// PartitionsOf are the partitions of the table (index "") or of a global index.
func (t *Table) PartitionsOf(index string) []Partition {
	var out []Partition
	for _, p := range t.Partitions {
		if p.Index == index {
			out = append(out, p)
		}
	}
	return out
}

// SchemaFor is what a partition of the table has to know. Global indexes that
// are being deleted are no longer kept.
func (t *Table) SchemaFor(p Partition) *Schema {
	s := &Schema{Table: t.Name, TableID: t.ID, Key: t.Key}
	if p.Index != "" {
		if ix := t.GlobalIndex(p.Index); ix != nil {
			copied := *ix
			s.Index = &copied
		}
		return s
	}
	s.Local, s.Stream, s.TTL = t.Local, t.Stream, t.TTL
	for _, ix := range t.Global {
		if ix.Status != "DELETING" {
			s.Global = append(s.Global, ix)
		}
	}
	return s
}

// DropIndexes forgets global indexes, their partitions, and the definitions of
// attributes that no key uses any more.
func (t *Table) DropIndexes(which func(Index) bool) {
	dropped := map[string]bool{}
	t.Global = slices.DeleteFunc(t.Global, func(ix Index) bool {
		if which(ix) {
			dropped[ix.Name] = true
			return true
		}
		return false
	})
	if len(dropped) == 0 {
		return
	}
	t.Partitions = slices.DeleteFunc(t.Partitions, func(p Partition) bool { return dropped[p.Index] })
	used := map[string]bool{}
	for _, k := range t.keys() {
		for _, a := range slices.Concat(k.Hash, k.Range) {
			used[a.Name] = true
		}
	}
	t.Attributes = slices.DeleteFunc(t.Attributes, func(a KeyAttr) bool { return !used[a.Name] })
}

func (t *Table) keys() []Key {
	keys := []Key{t.Key}
	for _, ix := range t.Local {
		keys = append(keys, ix.Key)
	}
	for _, ix := range t.Global {
		keys = append(keys, ix.Key)
	}
	return keys
}

// StreamLabel is the form of a stream's label: the time it was turned on.
const StreamLabel = "2006-01-02T15:04:05.000"

// StartStream turns the table's change stream on.
func (t *Table) StartStream(view string, now time.Time) {
	label := now.UTC().Format(StreamLabel)
	t.Stream = &Stream{View: view, Label: label, ARN: t.ARN() + "/stream/" + label}
	t.LastStream = label
}
