//go:build faults

package fault

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"shvm-db/e2e/node"
)

// post sends a body as an SDK would and gives the status and the answer.
func post(t *testing.T, url, operation string, body []byte) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	req.Header.Set("X-Amz-Date", "20260101T000000Z")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=any/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=00")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// resident is the memory of a process in bytes (proc(5)).
func resident(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func TestBadInputIsRefusedAndHurtsNobodyElse(t *testing.T) {
	n := node.Start(t, node.Options{})
	c := node.Client(n.URL)
	createTables(t, c)
	nested := strings.Repeat(`{"M":{"a":`, 100) + `{"S":"x"}` + strings.Repeat(`}}`, 100)
	deepJSON := strings.Repeat(`[`, 200_000)
	operators := "attribute_exists(a)" + strings.Repeat(" AND attribute_exists(a)", 5000)
	for _, bad := range []struct {
		name, operation, body string
		want                  string
	}{
		{"no JSON", "PutItem", `{"TableName":`, "SerializationException"},
		{"not an object", "PutItem", `[1,2]`, "SerializationException"},
		{"a wrong type", "PutItem", `{"TableName":["registers"],"Item":{}}`, "SerializationException"},
		{"bytes that are no text", "PutItem", "{\"TableName\":\"\xff\xfe\"}", "SerializationException"},
		{"an unknown operation", "NoSuchThing", `{}`, "UnknownOperationException"},
		{"nothing", "PutItem", `{}`, "ValidationException"},
		{"100 levels", "PutItem", `{"TableName":"registers","Item":{"pk":{"S":"x"},"a":` + nested + `}}`, "ValidationException"},
		{"a tower of brackets", "PutItem", deepJSON, "SerializationException"},
		{"5000 operators", "PutItem", `{"TableName":"registers","Item":{"pk":{"S":"x"}},"ConditionExpression":"` + operators + `"}`, "ValidationException"},
		{"an item too large", "PutItem", `{"TableName":"registers","Item":{"pk":{"S":"x"},"a":{"S":"` + strings.Repeat("x", 500_000) + `"}}}`, "ValidationException"},
		{"a number too long", "PutItem", `{"TableName":"registers","Item":{"pk":{"S":"x"},"a":{"N":"` + strings.Repeat("9", 100_000) + `"}}}`, "ValidationException"},
	} {
		status, answer, err := post(t, n.URL, bad.operation, []byte(bad.body))
		if err != nil || status != http.StatusBadRequest || !strings.Contains(answer, bad.want) {
			t.Errorf("%s: %d %.300s %v", bad.name, status, answer, err)
		}
	}
	// A body above the limit: an error, or a closed connection.
	if status, answer, err := post(t, n.URL, "PutItem", bytes.Repeat([]byte("x"), 17<<20)); err == nil && status < 400 {
		t.Errorf("17 MB: %d %.300s", status, answer)
	}
	alive(t, c)
}

// alive says that ordinary clients are served.
func alive(t *testing.T, c *dynamodb.Client) {
	t.Helper()
	item := attributes{"pk": text("alive"), "v": text("yes")}
	if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(registers), Item: item}); err != nil {
		t.Error(err)
	}
	got, err := c.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(registers), Key: attributes{"pk": text("alive")}, ConsistentRead: aws.Bool(true),
	})
	if err != nil || textOf(got.Item["v"]) != "yes" {
		t.Error(got, err)
	}
}

func TestSlowAndHalfClosedSendersHoldNothingUp(t *testing.T) {
	n := node.Start(t, node.Options{})
	c := node.Client(n.URL)
	createTables(t, c)
	alive(t, c)
	before := resident(t, n.PID())
	var held []net.Conn
	defer func() {
		for _, conn := range held {
			conn.Close()
		}
	}()
	head := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: 1000000\r\n\r\n"
	for i := range 300 {
		conn, err := net.Dial("tcp", n.Addr)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
		switch i % 3 {
		case 0: // says nothing
		case 1: // announces a megabyte and sends a little of it
			io.WriteString(conn, head+`{"TableName":"registers"`)
		case 2: // half of the headers, then closes its sending side
			io.WriteString(conn, head[:60])
			conn.(*net.TCPConn).CloseWrite()
		}
	}
	alive(t, c)
	if grown := resident(t, n.PID()) - before; grown > 150<<20 {
		t.Errorf("300 idle senders took %d MB", grown>>20)
	}
	// Those that closed their side have been answered or closed.
	for i := 2; i < len(held); i += 3 {
		held[i].SetReadDeadline(time.Now().Add(node.Patience))
		if _, err := io.Copy(io.Discard, bufio.NewReader(held[i])); err != nil && os.IsTimeout(err) {
			t.Fatal("a half-closed connection was left open")
		}
	}
	alive(t, c)
}

func TestMemoryStaysFlatUnderLargeBodies(t *testing.T) {
	n := node.Start(t, node.Options{})
	c := node.Client(n.URL)
	createTables(t, c)
	alive(t, c)
	body := []byte(`{"TableName":"registers","Item":{"pk":{"S":"x"},"a":{"S":"` + strings.Repeat("x", 15<<20) + `"}}}`)
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			for range 3 {
				if status, answer, err := post(t, n.URL, "PutItem", body); err == nil && status != http.StatusBadRequest {
					t.Errorf("%d %.200s", status, answer)
				}
			}
		})
	}
	all.Wait()
	alive(t, c)
	r := resident(t, n.PID())
	t.Logf("the node takes %d MB", r>>20)
	if r > 1<<30 {
		t.Errorf("the node takes %d MB", r>>20)
	}
}
