//go:build faults

package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"

	"shvm-db/e2e/node"
)

// smallDisk mounts a file system of so many megabytes for the test.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Fatal("the test mounts a small tmpfs, which needs root:", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error("unmount:", err)
		}
	})
	return dir
}

// occupy takes all room but a little with a file, and gives the function that
// gives it back.
func occupy(t *testing.T, dir string, leave int64) (release func()) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	free := int64(s.Bavail) * s.Bsize
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 64<<10)
	for n := free - leave; n > 0; n -= int64(len(block)) {
		if _, err := f.Write(block[:min(n, int64(len(block)))]); err != nil {
			break // full is what was wanted
		}
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

func TestAFullDiskLosesNothingThatWasAnswered(t *testing.T) {
	dir := smallDisk(t, 256)
	n := node.Start(t, node.Options{Data: filepath.Join(dir, "data"), Durability: "fsync"})
	c := node.Client(n.URL)
	createTables(t, c)
	pad := strings.Repeat("x", 20_000)
	answered := map[string]string{}
	put := func() error {
		key, value := fmt.Sprintf("k%d", rand.IntN(200)), fmt.Sprint(rand.Uint64())
		_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String(registers), Item: attributes{"pk": text(key), "v": text(value), "pad": text(pad)},
		})
		if err == nil {
			answered[key] = value
		} else {
			delete(answered, key) // it may be either
		}
		return err
	}
	check := func(when string) {
		t.Helper()
		for key, value := range answered {
			var got *dynamodb.GetItemOutput
			var err error
			for deadline := time.Now().Add(node.Patience); ; time.Sleep(50 * time.Millisecond) {
				got, err = c.GetItem(t.Context(), &dynamodb.GetItemInput{
					TableName: aws.String(registers), Key: attributes{"pk": text(key)}, ConsistentRead: aws.Bool(true),
				})
				// A connection that broke says nothing about the item; an answer does.
				var answer smithy.APIError
				if err == nil || errors.As(err, &answer) || time.Now().After(deadline) {
					break
				}
			}
			if err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			if found := textOf(got.Item["v"]); found != value {
				t.Fatalf("%s: %s is %q, answered was %q", when, key, found, value)
			}
		}
	}
	for range 100 {
		if err := put(); err != nil {
			t.Fatal(err)
		}
	}

	release := occupy(t, dir, 2<<20)
	failures := 0
	for deadline := time.Now().Add(node.Patience); failures < 20; {
		if put() != nil {
			failures++
		}
		if time.Now().After(deadline) {
			t.Fatalf("the disk is full, and only %d writes failed", failures)
		}
	}
	// What is answered while there is no room is right, or an error.
	for key, value := range answered {
		got, err := c.GetItem(t.Context(), &dynamodb.GetItemInput{
			TableName: aws.String(registers), Key: attributes{"pk": text(key)}, ConsistentRead: aws.Bool(true),
		})
		if err == nil && textOf(got.Item["v"]) != value {
			t.Fatalf("while full: %s is %q, answered was %q", key, textOf(got.Item["v"]), value)
		}
	}

	release()
	for deadline := time.Now().Add(node.Patience); ; time.Sleep(50 * time.Millisecond) {
		err := put()
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("there is room again, and writes still fail:", err)
		}
	}
	check("with room again")
	n.Stop()
	n.Restart()
	check("after a restart")
}
