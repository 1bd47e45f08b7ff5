package catalog

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestEveryHashHasOnePartition(t *testing.T) {
	for _, n := range []int{1, 2, 3, 512} {
		table := Table{Partitions: append(Ranges("", 1, n), Ranges("g", PartitionID(n+1), n)...)}
		hashes := []uint64{0, 1, math.MaxUint64, math.MaxUint64 - 1}
		for _, p := range table.Partitions {
			hashes = append(hashes, p.Lo, p.Hi)
		}
		for range 1000 {
			hashes = append(hashes, rand.Uint64())
		}
		for _, hash := range hashes {
			for _, index := range []string{"", "g"} {
				want := PartitionID(0)
				for _, p := range table.Partitions {
					if p.Index == index && p.Lo <= hash && hash <= p.Hi {
						want = p.ID
					}
				}
				if got := table.PartitionOf(index, hash); got != want || want == 0 {
					t.Fatalf("%d partitions, index %q, hash %x: %d, want %d", n, index, hash, got, want)
				}
			}
		}
	}
	if p := (&Table{}).PartitionOf("", 7); p != 0 {
		t.Error("a table without partitions has", p)
	}
}
