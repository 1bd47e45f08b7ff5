package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestANodeWithoutItsCheckpointsIsRepaired(t *testing.T) {
	config := testConfig(t)
	p := start(t, config)
	c := sdk(t, p.URL())
	createTable(t, c, "things")
	put := func(value string) {
		t.Helper()
		if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String("things"), Item: attributes{"pk": text("a"), "v": text(value)},
		}); err != nil {
			t.Fatal(err)
		}
	}
	put("kept")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(config.Data, "partitions", "checkpoint.db")); err != nil {
		t.Fatal(err)
	}
	refused := func(when string) {
		t.Helper()
		p := &Program{Config: config}
		defer p.Close()
		if err := p.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "shvm-db repair") {
			t.Fatalf("%s: %v", when, err)
		}
	}
	refused("without checkpoints")
	if code, out, errs := command(t, "repair", "--data", config.Data); code != exitOK || !strings.Contains(out, "nothing was changed") {
		t.Fatalf("%d: %s%s", code, out, errs)
	}
	refused("after a look")
	if code, out, errs := command(t, "repair", "--write", "--data", config.Data); code != exitOK || !strings.Contains(out, "repaired") {
		t.Fatalf("%d: %s%s", code, out, errs)
	}
	p = start(t, config)
	c = sdk(t, p.URL())
	if got := read(t, c, "things", "a"); got != "kept" {
		t.Fatalf("the item says %q", got)
	}
	put("written")
	if got := read(t, c, "things", "a"); got != "written" {
		t.Fatalf("the item says %q", got)
	}
}

func TestANodeWithADamagedJournalIsRepaired(t *testing.T) {
	config := testConfig(t)
	p := start(t, config)
	c := sdk(t, p.URL())
	createTable(t, c, "things")
	if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String("things"), Item: attributes{"pk": text("a"), "v": text("kept")},
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	blocks, err := filepath.Glob(filepath.Join(config.Data, "journal", "jetstream", "$G", "streams", "journal", "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatal(blocks, err)
	}
	last := blocks[len(blocks)-1]
	data, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-20] ^= 1
	if err := os.WriteFile(last, data, 0o600); err != nil {
		t.Fatal(err)
	}
	refused := func(when string) {
		t.Helper()
		p := &Program{Config: config}
		defer p.Close()
		if err := p.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "shvm-db repair") {
			t.Fatalf("%s: %v", when, err)
		}
	}
	refused("with a flipped bit")
	if code, out, errs := command(t, "repair", "--data", config.Data); code != exitOK || !strings.Contains(out, "nothing was changed") {
		t.Fatalf("%d: %s%s", code, out, errs)
	}
	refused("after a look")
	if code, out, errs := command(t, "repair", "--write", "--data", config.Data); code != exitOK || !strings.Contains(out, "repaired") {
		t.Fatalf("%d: %s%s", code, out, errs)
	}
	p = start(t, config)
	c = sdk(t, p.URL())
	if got := read(t, c, "things", "a"); got != "kept" { // its effect was in the partition's file
		t.Fatalf("the item says %q", got)
	}
}
