package gateway

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
)

// raw opens a connection of its own.
func raw(t *testing.T, s *httptest.Server) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(45 * time.Second))
	return conn.(*net.TCPConn)
}

// head is the head of a request with a body of some length.
func head(operation string, length int) string {
	return "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: " + target + operation +
		"\r\nX-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c\r\nContent-Length: " +
		strconv.Itoa(length) + "\r\n\r\n"
}

func response(t *testing.T, conn net.Conn) (int, string, error) {
	t.Helper()
	a, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, "", err
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	return a.StatusCode, string(body), err
}

func TestManyRequestsUseOneConnection(t *testing.T) {
	s := testGateway(t, Options{})
	conn := raw(t, s)
	in := bufio.NewReader(conn)
	for i, body := range []string{"{}", "hi", "{}", `{"Limit":0}`, "{}"} {
		io.WriteString(conn, head("ListTables", len(body))+body)
		a, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		if _, err := io.Copy(io.Discard, a.Body); err != nil || a.Close {
			t.Errorf("request %d: closed %t, %v", i, a.Close, err)
		}
	}
}

// A sender that is too slow loses its connection; nobody waits for it.
func TestASlowSenderIsCutOff(t *testing.T) {
	g := New(Options{Registry: emptyRegistry(t), Data: nothing{}, Logger: slog.New(slog.DiscardHandler)})
	s := httptest.NewUnstartedServer(g)
	s.Config = Server(g, slog.New(slog.DiscardHandler))
	s.Config.ReadHeaderTimeout, s.Config.ReadTimeout = 500*time.Millisecond, time.Second
	s.Start()
	t.Cleanup(func() { s.Close(); g.Close() })
	var slow []*net.TCPConn
	for i := range 30 {
		conn := raw(t, s)
		slow = append(slow, conn)
		switch i % 3 {
		case 0: // nothing at all
		case 1:
			io.WriteString(conn, head("ListTables", 100)[:50])
		case 2:
			io.WriteString(conn, head("ListTables", 16<<20)+`{"Limit":`)
		}
	}
	if status, got := call(t, s, "ListTables", "{}"); status != 200 {
		t.Errorf("beside slow senders: %d %s", status, got)
	}
	for i, conn := range slow {
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("sender %d still has its connection: %v", i, err)
		}
	}
}

// A client that closes its sending side in the middle of a body gets an answer
// or a closed connection; one that closed it after the body gets its answer.
func TestHalfClosedConnections(t *testing.T) {
	s := testGateway(t, Options{})
	half := raw(t, s)
	io.WriteString(half, head("ListTables", 10)+`{"a`)
	half.CloseWrite()
	if status, _, err := response(t, half); err == nil && status != 400 {
		t.Errorf("half a body: %d", status)
	}
	whole := raw(t, s)
	io.WriteString(whole, head("DescribeLimits", 2)+`{}`)
	whole.CloseWrite()
	if status, got, err := response(t, whole); err == nil && status != 200 {
		t.Errorf("a whole body: %d %s", status, got)
	}
}

func TestABodyInChunksIsRead(t *testing.T) {
	s := testGateway(t, Options{})
	conn := raw(t, s)
	io.WriteString(conn, strings.Replace(head("ListTables", 0), "Content-Length: 0", "Transfer-Encoding: chunked", 1)+"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
	if status, got, err := response(t, conn); status != 200 || err != nil {
		t.Errorf("%d %s %v", status, got, err)
	}
	broken := raw(t, s)
	io.WriteString(broken, strings.Replace(head("ListTables", 0), "Content-Length: 0", "Transfer-Encoding: chunked", 1)+"zz\r\n")
	if status, got, err := response(t, broken); err == nil && status != 400 {
		t.Errorf("%d %s", status, got)
	}
}

// Sixteen megabytes that say they are more, and more that do not say so.
func TestBodiesThatAreTooLargeAreNotRead(t *testing.T) {
	s := testGateway(t, Options{})
	announced := raw(t, s)
	io.WriteString(announced, head("PutItem", 17<<20))
	if status, _, err := response(t, announced); status != 413 || err != nil {
		t.Errorf("announced: %d %v", status, err)
	}
	chunked := raw(t, s)
	go func() {
		io.WriteString(chunked, strings.Replace(head("PutItem", 0), "Content-Length: 0", "Transfer-Encoding: chunked", 1))
		piece := fmt.Sprintf("%x\r\n%s\r\n", 1<<20, strings.Repeat(" ", 1<<20))
		for range 17 {
			if _, err := io.WriteString(chunked, piece); err != nil {
				return
			}
		}
	}()
	if status, _, err := response(t, chunked); err == nil && status != 413 {
		t.Errorf("in chunks: %d", status)
	}
}

// Large bodies at once take no more memory than their budget.
func TestLargeBodiesShareABudget(t *testing.T) {
	s := testGateway(t, Options{})
	body := []byte(`{"a":"` + strings.Repeat("x", 15<<20) + `"}`)
	var wait sync.WaitGroup
	var most uint64
	stop := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-stop:
				return
			default:
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			time.Sleep(10 * time.Millisecond)
		}
	}()
	for range 24 {
		wait.Go(func() {
			r, err := http.NewRequest("POST", s.URL, bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", jsonType)
			r.Header.Set("X-Amz-Target", target+"ListTables")
			r.Header.Set("X-Amz-Date", "20260101T000000Z")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c")
			a, err := s.Client().Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer a.Body.Close()
			if got, _ := io.ReadAll(a.Body); a.StatusCode != 200 {
				t.Errorf("%d %s", a.StatusCode, got)
			}
		})
	}
	wait.Wait()
	close(stop)
	<-watched
	// Sixteen bodies at once, each of them read and copied once, and as much
	// again that the collector has not seen yet.
	if most > 1500<<20 {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
}

func TestMalformedRequestsAreRefused(t *testing.T) {
	s := goldenServer(t, 1, nil)
	nested := func(n int) string {
		return strings.Repeat(`{"L":[`, n) + `{"S":"x"}` + strings.Repeat(`]}`, n)
	}
	const put = `{"TableName":"hash","Item":{"pk":{"S":"x"},"a":`
	for name, test := range map[string]struct{ op, body, want string }{
		"a tower of brackets": {"PutItem", strings.Repeat("[", 100_000), "SerializationException: "},
		"a tower in an item":  {"PutItem", put + nested(100) + `}}`, "ValidationException: "},
		"a NUL":               {"PutItem", "{\"TableName\":\"a\x00b\"}", "SerializationException: "},
		"not UTF-8":           {"PutItem", "{\"TableName\":\"a\xff\"}", "SerializationException: "},
		"two values":          {"PutItem", "{}{}", "SerializationException: "},
		"an array":            {"PutItem", "[]", "SerializationException: "},
		"null":                {"PutItem", "null", "SerializationException: "},
		"a long number":       {"PutItem", put + `{"N":"` + strings.Repeat("9", 1<<20) + `"}}}`, "ValidationException: "},
		"a huge exponent":     {"PutItem", put + `{"N":"1e999999999999"}}}`, "ValidationException: "},
		"5,000 operators": {"PutItem", `{"TableName":"hash","Item":{"pk":{"S":"x"}},"ConditionExpression":"a=b` + strings.Repeat(" OR a=b", 5000) + `"}`,
			"ValidationException: "},
		"5,000 parentheses": {"PutItem", `{"TableName":"hash","Item":{"pk":{"S":"x"}},"ConditionExpression":"` + strings.Repeat("(", 2000) + "a=b" + strings.Repeat(")", 2000) + `"}`,
			"ValidationException: "},
		"a huge limit": {"Query", `{"TableName":"hash","Limit":1e400}`, "ValidationException: "},
	} {
		if got := ask(t, s, test.op, test.body); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s", name, abridge(got))
		}
	}
}

func TestLongAnswersAreCompressedForWhoAsks(t *testing.T) {
	s, _, _ := control(t, nil)
	for i := range 100 {
		ask(t, s, "CreateTable", `{`+strings.Replace(users, "users", fmt.Sprintf("%s%d", strings.Repeat("t", 60), i), 1)+`}`)
	}
	e := exchange{header: map[string]string{"X-Amz-Target": target + "ListTables", "Accept-Encoding": "br, gzip;q=0.5"}, body: "{}"}
	e.send(t, s) // which checks the checksum of the bytes as they were sent
	z, err := gzip.NewReader(strings.NewReader(e.got))
	if err != nil || e.gotten.Get("Content-Encoding") != "gzip" {
		t.Fatal(err, e.gotten)
	}
	plain, err := io.ReadAll(z)
	if err != nil || string(plain) != ask(t, s, "ListTables", "{}") {
		t.Error(err, string(plain))
	}
	for _, no := range []string{"gzip;q=0", "deflate", "identity"} {
		e := exchange{header: map[string]string{"X-Amz-Target": target + "ListTables", "Accept-Encoding": no}, body: "{}"}
		if e.send(t, s); e.gotten.Get("Content-Encoding") != "" {
			t.Errorf("compressed for %s", no)
		}
	}
}

func emptyRegistry(t *testing.T) *catalog.Registry {
	t.Helper()
	r, err := catalog.Open(t.Context(), catalog.NewMemory())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// panicking is a Data with a mistake in it.
type panicking struct{ nothing }

func (panicking) Get(context.Context, catalog.PartitionID, []byte) (command.Row, bool, error) {
	panic("a mistake")
}

// Whatever goes wrong inside is one answer, without a word of why.
func TestInternalErrorsAreNotExplained(t *testing.T) {
	const want = `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"}`
	s := goldenServer(t, 1, func(o *Options) { o.Data = broken{} })
	if status, got := call(t, s, "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"x"}}}`); status != 500 || got != want {
		t.Errorf("%d %s", status, got)
	}
	s = goldenServer(t, 1, func(o *Options) { o.Data = panicking{} })
	if status, got := call(t, s, "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"x"}}}`); status != 500 || got != want {
		t.Errorf("%d %s", status, got)
	}
}
