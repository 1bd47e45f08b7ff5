package journal

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// commandSize is the length of a usual command in bytes.
const commandSize = 400

// BenchmarkSpanningBatch compares the two ways in which a batch of commands for
// several partitions can share one fsync: one message on a common subject, or
// an atomic batch of one message for each partition. DESIGN.md has the results
// and what follows from them.
func BenchmarkSpanningBatch(b *testing.B) {
	for _, partitions := range []int{2, 8, 64} {
		const commands = 64
		report := func(b *testing.B) {
			b.ReportMetric(float64(b.N)*commands/b.Elapsed().Seconds(), "commands/s")
		}
		b.Run(fmt.Sprintf("partitions=%d/message", partitions), func(b *testing.B) {
			j := open(b, b.TempDir())
			body := []byte(strings.Repeat("c", commands*commandSize))
			for i := range b.N {
				if _, err := j.Publish(b.Context(), "all", body, uint64(i)); err != nil {
					b.Fatal(err)
				}
			}
			report(b)
		})
		b.Run(fmt.Sprintf("partitions=%d/atomic", partitions), func(b *testing.B) {
			j := open(b, b.TempDir())
			body := []byte(strings.Repeat("c", commands/partitions*commandSize))
			for i := range b.N {
				if err := publishAtomic(j.node.nc, i, partitions, body); err != nil {
					b.Fatal(err)
				}
			}
			report(b)
		})
	}
}

// publishAtomic publishes one message for each partition, all or none.
func publishAtomic(nc *nats.Conn, batch, partitions int, body []byte) error {
	id := strconv.Itoa(batch)
	for p := range partitions {
		m := nats.NewMsg(storedSubject("p" + strconv.Itoa(p)))
		m.Data = body
		m.Header.Set("Nats-Batch-Id", id)
		m.Header.Set("Nats-Batch-Sequence", strconv.Itoa(p+1))
		if p == 0 {
			m.Header.Set("Nats-Expected-Last-Sequence", strconv.Itoa(batch*partitions))
		}
		if p < partitions-1 {
			if err := nc.PublishMsg(m); err != nil {
				return err
			}
			continue
		}
		m.Header.Set("Nats-Batch-Commit", "1")
		ack, err := nc.RequestMsg(m, 10*time.Second)
		if err != nil {
			return err
		}
		if strings.Contains(string(ack.Data), `"error"`) {
			return fmt.Errorf("the server answers %s", ack.Data)
		}
	}
	return nil
}

// BenchmarkPublish is one publisher that waits for each acknowledgement.
func BenchmarkPublish(b *testing.B) {
	for _, durability := range []string{"fsync", "process"} {
		b.Run(durability, func(b *testing.B) {
			j := open(b, b.TempDir(), func(o *Options) { o.Sync = durability == "fsync" })
			body := []byte(strings.Repeat("c", commandSize))
			b.ReportAllocs()
			for i := range b.N {
				if _, err := j.Publish(b.Context(), "p1", body, uint64(i)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkConsume is how fast a start reads what it has to apply again.
func BenchmarkConsume(b *testing.B) {
	j := open(b, b.TempDir(), func(o *Options) { o.Sync = false })
	body := []byte(strings.Repeat("c", 64*commandSize))
	for i := range b.N {
		if _, err := j.Publish(b.Context(), "all", body, uint64(i)); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(body)))
	b.ResetTimer()
	n := 0
	for _, err := range j.Consume(b.Context(), 1) {
		if err != nil {
			b.Fatal(err)
		}
		if n++; n == b.N {
			break
		}
	}
	b.ReportMetric(float64(b.N)*64/b.Elapsed().Seconds(), "commands/s")
}

// BenchmarkVerify is what a start costs before the server reads.
func BenchmarkVerify(b *testing.B) {
	dir := b.TempDir()
	j := open(b, dir, func(o *Options) { o.Sync = false })
	body := []byte(strings.Repeat("c", 64*commandSize))
	const messages = 2000
	for i := range uint64(messages) {
		if _, err := j.Publish(b.Context(), "all", body, i); err != nil {
			b.Fatal(err)
		}
	}
	j.Close()
	b.SetBytes(messages * int64(len(body)))
	for b.Loop() {
		if err := verifyOnly(dir); err != nil {
			b.Fatal(err)
		}
	}
}
