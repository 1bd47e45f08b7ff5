package appender

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/item"
	"shvm-db/internal/journal"
)

// answer hears one command's outcome.
type answer chan error

func (a answer) Answer(_ *command.Outcome, err error) { a <- err }

// put is a command of about 400 bytes.
func put(partition catalog.PartitionID, i int) *command.Command {
	return &command.Command{
		Op: command.Put, Partition: partition, Stamp: 1, NotAfter: time.Now().Add(time.Minute).UnixMilli(),
		Key: fmt.Appendf(nil, "key %032d", i),
		Item: item.Map{
			{Name: "pk", Value: item.Value{Kind: item.S, Text: fmt.Sprintf("key %032d", i)}},
			{Name: "data", Value: item.Value{Kind: item.S, Text: strings.Repeat("x", 250)}},
		},
	}
}

// accept answers every command of a batch.
func accept(b Batch) {
	for _, c := range b.Commands {
		c.Waiter.Answer(nil, nil)
	}
}

func openBench(b *testing.B, sync bool) (*journal.Journal, *Appender) {
	j, err := journal.Open(journal.Options{Dir: b.TempDir(), Sync: sync, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	a, err := New(Options{Log: j, Sink: accept})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			b.Error(err)
		}
		j.Close()
	})
	return j, a
}

// BenchmarkSubmit is a number of clients, each of which waits for the
// acknowledgement of its command before it sends the next one.
func BenchmarkSubmit(b *testing.B) {
	for _, durability := range []string{"fsync", "process"} {
		for _, clients := range []int{1, 64, 256} {
			b.Run(fmt.Sprintf("%s/clients=%d", durability, clients), func(b *testing.B) {
				_, a := openBench(b, durability == "fsync")
				b.ReportAllocs()
				var next sync.WaitGroup
				work := make(chan int, b.N)
				for i := range b.N {
					work <- i
				}
				close(work)
				b.ResetTimer()
				for range clients {
					next.Go(func() {
						for i := range work {
							done := make(answer, 1)
							c := put(catalog.PartitionID(1+i%8), i)
							c.Waiter = done
							if err := a.Submit(context.Background(), c); err != nil {
								b.Error(err)
								return
							}
							if err := <-done; err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				next.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
			})
		}
	}
}
