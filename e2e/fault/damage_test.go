//go:build faults

package fault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"shvm-db/e2e/node"
)

// files reads everything in a folder, by relative path.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err == nil {
			all[rel], err = os.ReadFile(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// lay makes a folder hold exactly these files.
func lay(t *testing.T, dir string, all map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for rel, data := range all {
		name := filepath.Join(dir, rel)
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// itemsOf reads both tables.
func itemsOf(ctx context.Context, c *dynamodb.Client) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	found := map[string]string{}
	for _, table := range []string{registers, logs} {
		pages := dynamodb.NewScanPaginator(c, &dynamodb.ScanInput{TableName: aws.String(table), ConsistentRead: aws.Bool(true)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, it := range page.Items {
				found[table+"/"+textOf(it["pk"])] = textOf(it["v"])
			}
		}
	}
	return found, nil
}

// A wound is what happens to a file.
type wound struct {
	file string
	name string
	do   func(data []byte) []byte // nil is gone
}

// wounds are flips and cuts of every file, in random order.
func wounds(all map[string][]byte) []wound {
	var out []wound
	for rel, data := range all {
		if filepath.Base(rel) == "lock" || strings.HasSuffix(rel, "-shm") {
			continue // nothing is kept in them
		}
		out = append(out, wound{rel, "removed", func([]byte) []byte { return nil }})
		if len(data) == 0 {
			continue
		}
		for range 4 {
			at, bit := rand.IntN(len(data)), rand.IntN(8)
			out = append(out, wound{rel, fmt.Sprintf("byte %d bit %d flipped", at, bit), func(data []byte) []byte {
				data[at] ^= 1 << bit
				return data
			}})
			cut := rand.IntN(len(data))
			out = append(out, wound{rel, fmt.Sprintf("cut to %d", cut), func(data []byte) []byte { return data[:cut] }})
		}
	}
	rand.Shuffle(len(out), func(a, b int) { out[a], out[b] = out[b], out[a] })
	return out
}

// TestADamagedFolderIsRefusedOrWhole kills a node, wounds one of its files, and
// starts it: it refuses, or answers with an error, or has everything.
func TestADamagedFolderIsRefusedOrWhole(t *testing.T) {
	n := node.Start(t, node.Options{Durability: "process"})
	c := node.Client(n.URL)
	createTables(t, c)
	want := map[string]string{}
	write := func(from, to int) {
		for i := from; i < to; i++ {
			table, key, value := registers, fmt.Sprintf("k%d", i%60), fmt.Sprint("value ", i)
			if i%3 == 0 {
				table = logs
			}
			if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{
				TableName: aws.String(table), Item: attributes{"pk": text(key), "v": text(value), "pad": text(strings.Repeat("p", 300))},
			}); err != nil {
				t.Fatal(err)
			}
			want[table+"/"+key] = value
		}
	}
	write(0, 150)
	n.Stop() // what was written lies in the partitions' files
	n.Restart()
	write(150, 250)
	n.Kill() // and this in the journal and in their logs
	whole := files(t, n.Data)

	refused, served, failed := 0, 0, 0
	end := time.Now().Add(20 * time.Second)
	for i, w := range wounds(whole) {
		if i >= 8 && time.Now().After(end) {
			break
		}
		hurt := maps.Clone(whole)
		if data := w.do(slices.Clone(whole[w.file])); data == nil {
			delete(hurt, w.file)
		} else {
			hurt[w.file] = data
		}
		lay(t, n.Data, hurt)
		if err := n.TryRestart(); err != nil {
			refused++
			if !n.Ended() {
				t.Errorf("%s %s: neither started nor refused: %v", w.file, w.name, err)
			}
			if !helpful(err.Error()) {
				t.Errorf("%s %s: the refusal does not help: %v", w.file, w.name, err)
			}
			n.Kill()
			continue
		}
		got, err := itemsOf(t.Context(), c)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			t.Errorf("%s %s: no answer", w.file, w.name)
		case err != nil:
			failed++
		case !maps.Equal(got, want):
			t.Errorf("%s %s: served %d items of %d: %s", w.file, w.name, len(got), len(want), difference(got, want))
		default:
			served++
		}
		n.Kill()
	}
	t.Logf("%d refused, %d whole, %d answered with an error", refused, served, failed)
}

// helpful tells whether a refusal says what to do.
func helpful(said string) bool {
	if strings.Contains(said, "goroutine ") {
		return false // it crashed
	}
	for _, advice := range []string{"restore", "repair", "check that", "start the newer program"} {
		if strings.Contains(said, advice) {
			return true
		}
	}
	return false
}

// difference is the first thing that differs.
func difference(got, want map[string]string) string {
	for key, value := range want {
		if got[key] != value {
			return fmt.Sprintf("%s is %q, written was %q", key, got[key], value)
		}
	}
	return "there is more than was written"
}
