//go:build clients || faults

package stream

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"shvm-db/e2e/lineage"
	"shvm-db/e2e/node"
)

// tail follows the stream in a process of its own through rolls, one of them by
// hand, and ends when the stream does.
func TestTailPrintsEveryChangeThroughRolls(t *testing.T) {
	program, err := node.Program()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	out, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	follow := exec.Command(program, "tail", table, "--endpoint", s.URL, "--from", "trim-horizon", "--json")
	follow.Stdout, follow.Stderr = out, out
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- follow.Wait() }()
	t.Cleanup(func() { follow.Process.Kill() })

	effective := s.write(t, 2*time.Second, false)
	roll, err := exec.Command(program, "roll", table, "--listen", s.Addr).CombinedOutput()
	if err != nil || !strings.Contains(string(roll), "rolled over the shards of 2 partitions") {
		t.Fatalf("roll: %v\n%s", err, roll)
	}
	if other, err := exec.Command(program, "roll", "Copy", "--listen", s.Addr).CombinedOutput(); err == nil {
		t.Errorf("rolled over a table without a stream: %s", other)
	}
	s.end(t)
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(node.Patience):
		t.Fatal("the stream ended, and tail did not")
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	var records []lineage.Record
	for line := range strings.Lines(string(text)) {
		var r struct {
			EventID, EventName string
			Dynamodb           struct {
				SequenceNumber           string
				Keys, OldImage, NewImage json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		records = append(records, lineage.Record{
			ID: r.EventID, Event: r.EventName, Sequence: r.Dynamodb.SequenceNumber,
			Keys: r.Dynamodb.Keys, Old: r.Dynamodb.OldImage, New: r.Dynamodb.NewImage,
		})
	}
	for _, err := range lineage.Check(records, s.scan(t, table), []string{"pk", "sk"}) {
		t.Error(err)
	}
	if len(records) != effective {
		t.Errorf("%d records for %d writes that changed something", len(records), effective)
	}
}
