package catalog

import "math"

// Ranges cuts the hash space into n even ranges: the partitions of a new table
// (index "") or global index, with ids that follow each other.
func Ranges(index string, first PartitionID, n int) []Partition {
	out := make([]Partition, n)
	step := math.MaxUint64/uint64(n) + 1 // 0 if n is 1
	for i := range out {
		out[i] = Partition{ID: first + PartitionID(i), Index: index, Lo: uint64(i) * step, Hi: math.MaxUint64}
		if i > 0 {
			out[i-1].Hi = out[i].Lo - 1
		}
	}
	return out
}
