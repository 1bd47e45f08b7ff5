package owner

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
)

// BenchmarkDeliver is the applying of puts and of conditional updates of random
// items, in batches of 64: what the owner costs, without HTTP and journal.
func BenchmarkDeliver(b *testing.B) {
	for _, partitions := range []int{1, 64} {
		for _, op := range []string{"put", "update"} {
			b.Run(fmt.Sprintf("%s/%d", op, partitions), func(b *testing.B) {
				l := newLog()
				o := l.open(b, b.TempDir(), func(o *Options) { o.Checkpoint = time.Hour })
				for p := range partitions {
					create(b, o, catalog.PartitionID(p+1))
				}
				const items = 50_000
				filler := item.Attr{Name: "filler", Value: str(strings.Repeat("x", 200))}
				made := func(n int) *command.Command {
					id := fmt.Sprintf("%016x", n*0x9e3779b1)
					p := catalog.PartitionID(n%partitions + 1)
					if op == "put" {
						m := item.Map{{Name: "id", Value: str(id)}, filler, {Name: "n", Value: num("1")}}
						return put(b, p, m)
					}
					c := add(b, p, id)
					c.Condition = condition(b, "attribute_not_exists(gone)", nil)
					return c
				}
				rng := rand.New(rand.NewPCG(1, 1))
				batch := make([]*command.Command, 64)
				seq, number := o.Head(), uint64(0)
				b.ReportAllocs()
				for n := 0; n < b.N; n += len(batch) {
					b.StopTimer()
					for i := range batch {
						batch[i] = made(rng.IntN(items))
						batch[i].ItemJSON() // the appender has made it
					}
					seq, number = seq+1, number+1
					d := Delivery{Sequence: seq, Hash: seq, Commands: batch,
						Header: command.Header{Incarnation: 99, Number: number, Time: 1, Count: len(batch)}}
					b.StartTimer()
					if err := o.Deliver(d); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
				crash(o)
			})
		}
	}
}
