//go:build faults

package fault

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"shvm-db/e2e/cutfs"
	"shvm-db/e2e/node"
)

// counters are items that clients count up; answered has the highest number that
// was answered for each.
type counters struct {
	mu       sync.Mutex
	answered map[string]int
	total    int
}

// count lets clients write until the context ends. first is above every number
// written before.
func (c *counters) count(ctx context.Context, db *dynamodb.Client, clients, first int) {
	var all sync.WaitGroup
	for id := range clients {
		all.Go(func() {
			for n := first; ctx.Err() == nil; n++ {
				key := fmt.Sprintf("%d-%d", id, n%20)
				_, err := db.PutItem(ctx, &dynamodb.PutItemInput{
					TableName: aws.String(registers), Item: attributes{"pk": text(key), "n": text(strconv.Itoa(n))},
				})
				if err == nil {
					c.mu.Lock()
					c.answered[key] = n
					c.total++
					c.mu.Unlock()
				}
			}
		})
	}
	all.Wait()
}

// seen is what was answered until now.
func (c *counters) seen() (map[string]int, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.answered), c.total
}

// missing is an error if an answered write is not there.
func missing(ctx context.Context, db *dynamodb.Client, answered map[string]int) error {
	for key, n := range answered {
		got, err := db.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: aws.String(registers), Key: attributes{"pk": text(key)}, ConsistentRead: aws.Bool(true),
		})
		if err != nil {
			return err
		}
		if found, _ := strconv.Atoi(textOf(got.Item["n"])); found < n {
			return fmt.Errorf("%s is %d, though %d was answered", key, found, n)
		}
	}
	return nil
}

// powerCuts lets clients write to a node and cuts its power, three times: all
// that was not fsynced is gone. The error says what was lost, or that the node
// did not start again.
func powerCuts(t *testing.T, durability string) error {
	t.Helper()
	const clients = 8
	dir := t.TempDir()
	disk := cutfs.Disk{}
	c := &counters{answered: map[string]int{}}
	var n *node.Node
	for round, length := range []time.Duration{time.Second, 8 * time.Second, 2 * time.Second} {
		fs := cutfs.Mount(t, dir, disk)
		if n == nil {
			n = node.Start(t, node.Options{Data: filepath.Join(dir, "data"), Durability: durability})
			createTables(t, node.Client(n.URL))
		} else if err := n.TryRestart(); err != nil {
			return fmt.Errorf("after cut %d: %w", round, err)
		}
		db := node.Client(n.URL)
		before, had := c.seen()
		if err := missing(t.Context(), db, before); err != nil {
			return fmt.Errorf("after cut %d: %w", round, err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var writing sync.WaitGroup
		writing.Go(func() { c.count(ctx, db, clients, 1_000_000*(round+1)) })
		time.Sleep(length) // the fault's own schedule
		for end := time.Now().Add(node.Patience); ; time.Sleep(10 * time.Millisecond) {
			if _, total := c.seen(); total > had+100 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("round %d: nothing is answered", round)
			}
		}
		must, total := c.seen() // before the cut
		disk = fs.AfterCut()
		n.Kill()
		stop()
		writing.Wait()
		t.Logf("cut %d: %d writes answered, %d fsyncs", round, total-had, fs.Syncs())
		c.mu.Lock()
		c.answered = must
		c.mu.Unlock()
		fs.Unmount(t)
	}
	cutfs.Mount(t, dir, disk)
	if err := n.TryRestart(); err != nil {
		return fmt.Errorf("after the last cut: %w", err)
	}
	must, _ := c.seen()
	if err := missing(t.Context(), node.Client(n.URL), must); err != nil {
		return fmt.Errorf("after the last cut: %w", err)
	}
	n.Stop()
	return nil
}

func TestNoAnsweredWriteIsLostWhenThePowerIsCut(t *testing.T) {
	if err := powerCuts(t, "fsync"); err != nil {
		t.Error(err)
	}
}

// Without fsync the same cuts must lose something, or the test proves nothing.
func TestThePowerCutFindsLazySync(t *testing.T) {
	if err := powerCuts(t, "process"); err == nil {
		t.Error("nothing was lost, although nothing was fsynced")
	} else {
		t.Logf("lost, as it should be: %.300v", err)
	}
}
