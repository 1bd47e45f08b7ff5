package catalog

// StreamRecord is one change stream of a table: the current one, one that was
// turned off, or one whose table is gone. It can be read for 24 hours after it
// ended.
type StreamRecord struct {
	ARN     string `json:"arn"`
	Label   string `json:"label"`
	View    string `json:"view"`
	Table   string `json:"table"`
	TableID string `json:"table_id"`
	Key     Key    `json:"key"`
	// Created and Ended are Unix milliseconds; Ended is 0 while it is on.
	Created int64 `json:"created"`
	Ended   int64 `json:"ended,omitempty"`
	// Partitions are those that have shards in it.
	Partitions []PartitionID `json:"partitions"`
}
