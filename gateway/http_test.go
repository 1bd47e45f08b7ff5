package gateway

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
)

// nothing is a Data without items, which takes every command.
type nothing struct{}

func (nothing) Do(context.Context, *command.Command) (*command.Outcome, error) {
	return &command.Outcome{}, nil
}

func (nothing) Get(context.Context, catalog.PartitionID, []byte) (command.Row, bool, error) {
	return command.Row{}, false, nil
}

func (nothing) Page(context.Context, command.Range) (command.Page, error) {
	return command.Page{}, nil
}

// broken is a Data whose every call fails.
type broken struct{ nothing }

func (broken) Do(context.Context, *command.Command) (*command.Outcome, error) {
	return nil, errors.New("no space left on device")
}

// testGateway serves a gateway over an empty catalog.
func testGateway(t *testing.T, o Options) *httptest.Server {
	t.Helper()
	if o.Registry == nil {
		r, err := catalog.Open(t.Context(), catalog.NewMemory())
		if err != nil {
			t.Fatal(err)
		}
		o.Registry = r
	}
	if o.Data == nil {
		o.Data = nothing{}
	}
	o.Logger = slog.New(slog.DiscardHandler)
	g := New(o)
	s := httptest.NewUnstartedServer(g)
	s.Config = Server(s.Config.Handler, o.Logger)
	s.Listener = Listener(s.Listener)
	s.Start()
	t.Cleanup(func() {
		s.Close()
		g.Close()
	})
	return s
}

// exchange is a request, and its answer.
type exchange struct {
	method, path string
	header       map[string]string // "" takes a default header away
	body         string

	status int
	got    string
	gotten http.Header
}

func (e *exchange) send(t *testing.T, s *httptest.Server) {
	t.Helper()
	if e.method == "" {
		e.method = "POST"
	}
	r, err := http.NewRequestWithContext(t.Context(), e.method, s.URL+"/"+e.path, strings.NewReader(e.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Date", "20260101T000000Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-2/dynamodb/aws4_request, SignedHeaders=host, Signature=b")
	r.Header.Set("Accept-Encoding", "identity")
	for name, value := range e.header {
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
	}
	a, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	e.status, e.got, e.gotten = a.StatusCode, string(body), a.Header
	if e.status != 413 {
		if sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10); sum != a.Header.Get("X-Amz-Crc32") && e.method != "OPTIONS" {
			t.Errorf("the checksum is %s, the header says %s", sum, a.Header.Get("X-Amz-Crc32"))
		}
	}
	if id := a.Header.Get("X-Amzn-Requestid"); !regexp.MustCompile(`^[0-9A-Z]{52}$`).MatchString(id) {
		t.Errorf("request id %q", id)
	}
	if a.Header.Get("Server") != "Server" || a.Header.Get("Date") == "" {
		t.Errorf("headers %v", a.Header)
	}
}

// call does one operation and gives the status and the body of the answer.
func call(t *testing.T, s *httptest.Server, operation, body string) (int, string) {
	t.Helper()
	e := exchange{header: map[string]string{"X-Amz-Target": target + operation}, body: body}
	e.send(t, s)
	return e.status, e.got
}

const (
	serialization = `{"__type":"com.amazon.coral.service#SerializationException"}`
	unknown       = `{"__type":"com.amazon.coral.service#UnknownOperationException"}`
	noToken       = `{"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Request is missing Authentication Token"}`
	nowhereXML    = "<UnknownOperationException/>\n"
)

// The wordings and the checksums behind them are those that dynalite's
// connection tests recorded against the service.
func TestRefusalsBeforeTheOperation(t *testing.T) {
	s := testGateway(t, Options{})
	endpoints := target + "DescribeEndpoints"
	for name, test := range map[string]struct {
		exchange
		status int
		want   string
	}{
		"no target":        {exchange{body: "{}"}, 400, unknown},
		"no body, no type": {exchange{header: map[string]string{"Content-Type": ""}}, 400, unknown},
		"a wrong target":   {exchange{header: map[string]string{"X-Amz-Target": "whatever"}, body: "{}"}, 400, unknown},
		"a wrong service":  {exchange{header: map[string]string{"X-Amz-Target": "DescribeEndpoints"}, body: "{}"}, 400, unknown},
		"a wrong operation comes before credentials": {exchange{header: map[string]string{"X-Amz-Target": target + "ListTable", "Authorization": ""}, body: "{}"}, 400, unknown},
		"a body without a type":                      {exchange{header: map[string]string{"Content-Type": ""}, body: "hi"}, 404, nowhereXML},
		"a body of another type":                     {exchange{header: map[string]string{"Content-Type": "whatever"}, body: "hi"}, 404, nowhereXML},
		"another path":                               {exchange{path: "x", body: "{}"}, 404, nowhereXML},
		"another method":                             {exchange{method: "PUT"}, 404, nowhereXML},
		"OPTIONS from nowhere":                       {exchange{method: "OPTIONS"}, 404, nowhereXML},
		"no credentials":                             {exchange{header: map[string]string{"X-Amz-Target": endpoints, "Authorization": ""}, body: "{}"}, 400, noToken},
		"credentials come before JSON":               {exchange{header: map[string]string{"X-Amz-Target": endpoints, "Authorization": "AWS4"}, body: "hi"}, 400, noToken},
		"credentials without parts": {exchange{header: map[string]string{"X-Amz-Target": endpoints, "Authorization": "AWS4-", "X-Amz-Date": ""}, body: "{}"}, 400,
			`{"__type":"com.amazon.coral.service#IncompleteSignatureException","message":"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-"}`},
		"credentials in two places": {exchange{path: "?X-Amz-Algorithm=AWS4-HMAC-SHA256", header: map[string]string{"X-Amz-Target": endpoints}, body: "{}"}, 400,
			`{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."}`},
		"not JSON":         {exchange{header: map[string]string{"X-Amz-Target": endpoints}, body: "hi"}, 400, serialization},
		"no body":          {exchange{header: map[string]string{"X-Amz-Target": endpoints}}, 400, serialization},
		"half an object":   {exchange{header: map[string]string{"X-Amz-Target": endpoints}, body: `{"a":`}, 400, serialization},
		"not gzip":         {exchange{header: map[string]string{"X-Amz-Target": endpoints, "Content-Encoding": "gzip"}, body: `{}`}, 400, serialization},
		"a cut gzip":       {exchange{header: map[string]string{"X-Amz-Target": endpoints, "Content-Encoding": "gzip"}, body: zipped(`{}`)[:20]}, 400, serialization},
		"another encoding": {exchange{header: map[string]string{"X-Amz-Target": endpoints, "Content-Encoding": "br"}, body: `{}`}, 400, serialization},
		"too large":        {exchange{header: map[string]string{"Content-Type": "whatever"}, body: strings.Repeat(" ", maxBody+1)}, 413, ""},
		"not too large":    {exchange{header: map[string]string{"Content-Type": "whatever"}, body: strings.Repeat(" ", maxBody)}, 404, nowhereXML},
		"a gzip bomb":      {exchange{header: map[string]string{"X-Amz-Target": endpoints, "Content-Encoding": "gzip"}, body: zipped(strings.Repeat(" ", maxBody+1))}, 413, ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.send(t, s)
			if test.exchange.status != test.status || test.got != test.want {
				t.Errorf("got %d %s\nwant %d %s", test.exchange.status, test.got, test.status, test.want)
			}
		})
	}
}

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.String()
}

func deflated(text string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.String()
}

func TestCompressedBodiesAreRead(t *testing.T) {
	s := testGateway(t, Options{})
	for encoding, body := range map[string]string{"gzip": zipped("{}"), "deflate": deflated("{}")} {
		e := exchange{header: map[string]string{"X-Amz-Target": target + "DescribeEndpoints", "Content-Encoding": encoding}, body: body}
		e.send(t, s)
		if e.status != 200 || !strings.Contains(e.got, strings.TrimPrefix(s.URL, "http://")) {
			t.Errorf("%s: %d %s", encoding, e.status, e.got)
		}
	}
}

func TestHealth(t *testing.T) {
	e := exchange{method: "GET"}
	e.send(t, testGateway(t, Options{}))
	if e.status != 200 || !strings.HasPrefix(e.got, "healthy: ") {
		t.Errorf("%d %q", e.status, e.got)
	}
}

func TestBrowsersMayCall(t *testing.T) {
	s := testGateway(t, Options{})
	e := exchange{method: "OPTIONS", header: map[string]string{"Origin": "http://x", "Access-Control-Request-Headers": "a, b", "Access-Control-Request-Method": "POST"}}
	e.send(t, s)
	for name, want := range map[string]string{"Allow-Origin": "*", "Allow-Headers": "a, b", "Allow-Methods": "POST", "Max-Age": "172800"} {
		if got := e.gotten.Get("Access-Control-" + name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	e = exchange{header: map[string]string{"Origin": "http://x"}, body: "{}"}
	e.send(t, s)
	if e.got != unknown || e.gotten.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("an error: %s %v", e.got, e.gotten)
	}
}

// Every second has its own date, in the form of HTTP.
func TestAnswersOfASecondShareItsDate(t *testing.T) {
	first := time.Date(2026, 2, 3, 4, 5, 6, 7, time.FixedZone("", 3600))
	for _, at := range []time.Time{first, first.Add(900 * time.Millisecond), first.Add(time.Second), first} {
		if got, want := dated(at), at.Add(-time.Hour).Format("Mon, 02 Jan 2006 15:04:05 ")+"GMT"; len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if a, b := dated(first), dated(first); &a[0] != &b[0] {
		t.Error("two dates of one second")
	}
}
