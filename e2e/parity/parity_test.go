package parity

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"shvm-db/e2e/node"
	"shvm-db/gateway"
	"shvm-db/gateway/memory"
	"shvm-db/internal/catalog"
)

func TestMain(m *testing.M) {
	// Each history is some forty requests on a table of its own. More of them:
	// go test ./e2e/parity -rapid.checks 500
	if err := flag.Set("rapid.checks", "6"); err != nil {
		panic(err)
	}
	os.Exit(node.Main(m))
}

func TestANodeAnswersAsTheModelDoes(t *testing.T) {
	model := startModel(t)
	for _, partitions := range []string{"1", "3"} {
		t.Run(partitions+" partitions", func(t *testing.T) {
			n := node.Start(t, node.Options{Args: []string{"--partitions", partitions, "--sleep", "50ms"}})
			tables := 0
			rapid.Check(t, func(r *rapid.T) {
				tables++
				made := table{
					name:   fmt.Sprintf("t%s-%d", partitions, tables),
					ranged: maybe.Draw(r, "ranged"),
					wide:   rapid.IntRange(0, 3).Draw(r, "global indexes"),
				}
				if made.ranged {
					made.local = rapid.IntRange(0, 2).Draw(r, "local indexes")
				}
				for _, url := range []string{n.URL, model} {
					if status, got := send(r, url, "CreateTable", made.create()); status != 200 {
						r.Fatalf("CreateTable: %s", got)
					}
				}
				for range rapid.IntRange(20, 40).Draw(r, "steps") {
					compare(r, n.URL, model, made.draw(r))
				}
				if maybe.Draw(r, "killed") {
					n.Kill()
					n.Restart()
				}
				pages(r, n.URL, model, made)
			})
		})
	}
}

// startModel serves the gateway over memory.
func startModel(t *testing.T) string {
	t.Helper()
	r, err := catalog.Open(t.Context(), catalog.NewMemory())
	if err != nil {
		t.Fatal(err)
	}
	m := memory.New(r)
	g := gateway.New(gateway.Options{Registry: r, Data: m, Transactions: m, Logger: slog.New(slog.DiscardHandler)})
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	return s.URL
}

// compare sends a request to both and fails unless the answers are equal. One
// of a global index is asked for again until it is.
func compare(r *rapid.T, url, model string, s step) (answer []byte) {
	r.Helper()
	wantStatus, want := send(r, model, s.op, s.body)
	deadline := time.Now().Add(node.Patience)
	for {
		status, got := send(r, url, s.op, s.body)
		diff := difference(want, got)
		if status == wantStatus && diff == "" {
			return want
		}
		if !s.late || time.Now().After(deadline) {
			r.Fatalf("%s %s\nnode  %d %s\nmodel %d %s\n%s", s.op, s.body, status, got, wantStatus, want, diff)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// pages reads the table and its indexes to the end, page by page.
func pages(r *rapid.T, url, model string, made table) {
	r.Helper()
	names := []string{""}
	for i := range made.local {
		names = append(names, fmt.Sprintf("local%d", i))
	}
	for i := range made.wide {
		names = append(names, fmt.Sprintf("global%d", i))
	}
	for _, index := range names {
		head := `{"TableName":"` + made.name + `","Limit":3`
		if index != "" {
			head += `,"IndexName":"` + index + `"`
		}
		start := ""
		for {
			answer := compare(r, url, model, step{op: "Scan", body: head + start + "}", late: strings.HasPrefix(index, "global")})
			var page struct{ LastEvaluatedKey json.RawMessage }
			if err := json.Unmarshal(answer, &page); err != nil {
				r.Fatal(err)
			}
			if page.LastEvaluatedKey == nil {
				break
			}
			start = `,"ExclusiveStartKey":` + string(page.LastEvaluatedKey)
		}
	}
}

func send(r *rapid.T, url, op, body string) (int, []byte) {
	r.Helper()
	q, err := http.NewRequest("POST", url+"/", strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-amz-json-1.0")
	q.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
	q.Header.Set("X-Amz-Date", "20260101T000000Z")
	q.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=b")
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		r.Fatal(err)
	}
	defer a.Body.Close()
	got, err := io.ReadAll(a.Body)
	if err != nil {
		r.Fatal(err)
	}
	return a.StatusCode, got
}

// difference compares two answers as JSON.
func difference(want, got []byte) string {
	if bytes.Equal(want, got) {
		return ""
	}
	var x, y any
	if err := json.Unmarshal(want, &x); err != nil {
		return err.Error()
	}
	if err := json.Unmarshal(got, &y); err != nil {
		return err.Error()
	}
	return cmp.Diff(x, y)
}
