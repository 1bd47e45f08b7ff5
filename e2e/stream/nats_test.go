//go:build clients

package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"shvm-db/e2e/lineage"
	"shvm-db/e2e/node"
)

// subscriber runs one of the examples until it has had count changes.
func subscriber(t *testing.T, count int, dir, name string, args ...string) []lineage.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off")
	c.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("%s %v: %v after %d lines\n%s", name, args, err, bytes.Count(out.Bytes(), []byte("\n")), errs.String())
	}
	var records []lineage.Record
	for d := json.NewDecoder(&out); d.More(); {
		var r struct {
			EventID, EventName string
			Dynamodb           struct {
				SequenceNumber           string
				Keys, OldImage, NewImage json.RawMessage
			}
		}
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		records = append(records, lineage.Record{
			ID: r.EventID, Event: r.EventName, Sequence: r.Dynamodb.SequenceNumber,
			Keys: r.Dynamodb.Keys, Old: r.Dynamodb.OldImage, New: r.Dynamodb.NewImage,
		})
	}
	if len(records) != count {
		t.Errorf("%s: %d records, want %d", name, len(records), count)
	}
	return records
}

func TestNATSSubscribersGetEveryChangeOnceThroughKills(t *testing.T) {
	address, err := node.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, "--nats-listen", address, "--nats-password", "secret")
	effective := s.write(t, soak(t), true)
	items := s.scan(t, table)
	dir := t.TempDir()
	example := filepath.Join(dir, "subscribe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", example, ".")
	build.Dir, build.Env = "../../docs/examples/subscribe-go", append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the example: %v\n%s", err, out)
	}
	got := map[string][]lineage.Record{
		"go": subscriber(t, effective, ".", example, "-server", "nats://"+address, "-password", "secret", "-table", table, "-count", fmt.Sprint(effective)),
		"javascript": subscriber(t, effective, "../../docs/examples/subscribe-js", "node", "subscribe.mjs",
			"--server", address, "--password", "secret", "--count", fmt.Sprint(effective), table),
	}
	for who, records := range got {
		for _, err := range lineage.Check(records, items, []string{"pk", "sk"}) {
			t.Errorf("%s: %v", who, err)
		}
		t.Logf("%s: %d records", who, len(records))
	}
}
