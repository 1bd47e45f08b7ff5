package catalog

import "sort"

// Table is one table as the control plane describes it. Tables handed out by
// a registry are snapshots: never change one.
type Table struct {
	Name    string `json:"name"`
	ID      string `json:"id"`      // a UUID: a table made again under a name has another
	Created int64  `json:"created"` // Unix milliseconds
	Status  string `json:"status"`  // CREATING, UPDATING, DELETING, ACTIVE
	// Attributes are the attribute definitions, in the order they were given.
	Attributes []KeyAttr `json:"attributes"`
	Key        Key       `json:"key"`
	Local      []Index   `json:"local,omitempty"`
	Global     []Index   `json:"global,omitempty"`

	OnDemandBilling bool       `json:"on_demand_billing,omitempty"`
	Throughput      Throughput `json:"throughput,omitzero"`
	OnDemand        OnDemand   `json:"on_demand,omitzero"`
	Warm            Warm       `json:"warm,omitzero"`

	Stream *Stream `json:"stream,omitempty"` // nil is off
	// Streams are all streams of the table, the one that is on included, which can
	// still be read. The registry keeps them.
	Streams []StreamRecord `json:"streams,omitempty"`
	TTL     string         `json:"ttl,omitempty"` // "" is off

	DeletionProtection bool `json:"deletion_protection,omitempty"`

	Settings

	// Partitions are those of the table and of its global indexes, in the order
	// of index and hash.
	Partitions []Partition `json:"partitions"`
}

// Region and Account are those of every ARN.
const (
	Region  = "local"
	Account = "000000000000"
)

// ARN is the table's Amazon resource name.
func (t *Table) ARN() string {
	return "arn:aws:dynamodb:" + Region + ":" + Account + ":table/" + t.Name
}

// PartitionOf is the partition of the table (index "") or of a global index
// that holds a hash value; 0 if there is none.
func (t *Table) PartitionOf(index string, hash uint64) PartitionID {
	// The partitions of the table come first, in the order of their hashes.
	if index == "" {
		i := sort.Search(len(t.Partitions), func(i int) bool {
			return t.Partitions[i].Index != "" || t.Partitions[i].Hi >= hash
		})
		if i < len(t.Partitions) && t.Partitions[i].Index == "" && t.Partitions[i].Lo <= hash {
			return t.Partitions[i].ID
		}
		return 0
	}
	for i := range t.Partitions {
		if p := &t.Partitions[i]; p.Index == index && p.Lo <= hash && hash <= p.Hi {
			return p.ID
		}
	}
	return 0
}

// LocalIndex and GlobalIndex find an index by its name; nil if there is none.
func (t *Table) LocalIndex(name string) *Index { return find(t.Local, name) }

// GlobalIndex is described at LocalIndex.
func (t *Table) GlobalIndex(name string) *Index { return find(t.Global, name) }

func find(indexes []Index, name string) *Index {
	for i := range indexes {
		if indexes[i].Name == name {
			return &indexes[i]
		}
	}
	return nil
}
