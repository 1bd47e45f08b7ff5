package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// pair is two ends of a TCP connection, of which the first is a conn.
func pair(t *testing.T) (*conn, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	far, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	near, err := Listener(l).Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near.(*conn), far.(*net.TCPConn)
}

// The deadline that holds is the one that was set last, whether it was set
// before the read or while it waited, and whatever the socket's own was.
func TestTheLastDeadlineHolds(t *testing.T) {
	// Whoever changes the deadline has time enough for it on a busy machine.
	const soon, later = time.Second, 1500 * time.Millisecond
	never := time.Time{}
	in := func(d time.Duration) time.Time { return time.Now().Add(d) }
	for name, c := range map[string]struct {
		before, during func(*conn) // the read, which waits for what comes later
		passes         bool
	}{
		"none":                      {before: func(*conn) {}},
		"soon":                      {before: func(c *conn) { c.SetReadDeadline(in(soon)) }, passes: true},
		"soon, of both":             {before: func(c *conn) { c.SetDeadline(in(soon)) }, passes: true},
		"soon and put off":          {before: func(c *conn) { c.SetReadDeadline(in(soon)) }, during: func(c *conn) { c.SetReadDeadline(in(time.Minute)) }},
		"soon and taken away":       {before: func(c *conn) { c.SetReadDeadline(in(soon)) }, during: func(c *conn) { c.SetReadDeadline(never) }},
		"replaced before the read":  {before: func(c *conn) { c.SetReadDeadline(in(soon)); c.SetReadDeadline(in(time.Minute)) }},
		"late and brought forward":  {before: func(c *conn) { c.SetReadDeadline(in(time.Minute)) }, during: func(c *conn) { c.SetReadDeadline(in(soon)) }, passes: true},
		"none, then brought in":     {before: func(*conn) {}, during: func(c *conn) { c.SetReadDeadline(in(soon)) }, passes: true},
		"put off and brought again": {before: func(c *conn) { c.SetReadDeadline(in(soon)) }, during: func(c *conn) { c.SetReadDeadline(in(time.Minute)); c.SetReadDeadline(in(2 * soon)) }, passes: true},
		"passed long ago":           {before: func(c *conn) { c.SetReadDeadline(time.Unix(1, 0)) }, passes: true},
		"passed, and taken away":    {before: func(c *conn) { c.SetReadDeadline(time.Unix(1, 0)); c.SetReadDeadline(never) }},
		"of a write":                {before: func(c *conn) { c.SetWriteDeadline(in(soon)) }},
		"a read that had failed": {before: func(c *conn) {
			c.SetReadDeadline(time.Unix(1, 0))
			if _, err := c.Read(make([]byte, 2)); !os.IsTimeout(err) {
				t.Errorf("a read past its deadline: %v", err)
			}
			c.SetReadDeadline(never)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			near, far := pair(t)
			c.before(near)
			if c.during != nil {
				time.AfterFunc(soon/100, func() { c.during(near) })
			}
			if !c.passes {
				time.AfterFunc(later, func() { far.Write([]byte("late")) })
			}
			buf := make([]byte, 8)
			n, err := near.Read(buf)
			switch {
			case c.passes && !os.IsTimeout(err):
				t.Errorf("%q, %v, not a deadline that passed", buf[:n], err)
			case !c.passes && (err != nil || string(buf[:n]) != "late"):
				t.Errorf("%q, %v", buf[:n], err)
			}
		})
	}
}

// A write to somebody who does not read says how much was sent when its deadline
// passes; one whose deadline is put off goes on where it was.
func TestWritesHaveDeadlinesToo(t *testing.T) {
	near, far := pair(t)
	big := make([]byte, 64<<20)
	near.SetWriteDeadline(time.Now().Add(time.Second))
	n, err := near.Write(big)
	if !os.IsTimeout(err) || n == 0 || n == len(big) {
		t.Fatalf("%d bytes, %v", n, err)
	}

	got := make(chan int64, 1)
	near.SetWriteDeadline(time.Now().Add(time.Second))
	time.AfterFunc(10*time.Millisecond, func() { near.SetWriteDeadline(time.Now().Add(time.Minute)) })
	time.AfterFunc(1500*time.Millisecond, func() {
		n, _ := io.Copy(io.Discard, far)
		got <- n
	})
	m, err := near.Write(big)
	if err != nil || m != len(big) {
		t.Fatalf("%d bytes, %v", m, err)
	}
	near.CloseWrite()
	if all := <-got; all != int64(n+m) {
		t.Errorf("%d bytes came of %d and %d", all, n, m)
	}
}

// Only the first of several reads of one byte is a glance.
func TestAGlanceTakesNothing(t *testing.T) {
	near, far := pair(t)
	far.Write([]byte("abc"))
	buf := make([]byte, 2)
	for i, want := range []struct {
		size int
		got  string
	}{{1, ""}, {1, "a"}, {1, ""}, {2, "bc"}, {1, ""}} {
		n, err := near.Read(buf[:want.size])
		if err != nil || string(buf[:n]) != want.got {
			t.Errorf("read %d: %q, %v, want %q", i, buf[:n], err, want.got)
		}
	}
	far.Close()
	if _, err := near.Read(buf); err != io.EOF {
		t.Errorf("after its end: %v", err)
	}
}

// What a server does with these connections is what it does with others:
// requests one after the other and all at once, bodies that come in pieces, a
// client that sends nothing more but listens.
func TestAServerOnSuchConnections(t *testing.T) {
	s := testGateway(t, Options{})
	request := func(body string) string {
		return fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.0\r\n"+
			"X-Amz-Target: DynamoDB_20120810.ListTables\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-2/dynamodb/aws4_request, SignedHeaders=host, Signature=b\r\n"+
			"X-Amz-Date: 20260101T000000Z\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	c, err := new(net.Dialer).DialContext(context.Background(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers := bufio.NewReader(c)
	answer := func() {
		t.Helper()
		a, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		if err != nil || a.StatusCode != 200 || string(body) != `{"TableNames":[]}` {
			t.Fatalf("%d %q %v", a.StatusCode, body, err)
		}
	}
	for range 3 { // one after the other
		io.WriteString(c, request("{}"))
		answer()
	}
	io.WriteString(c, strings.Repeat(request("{}"), 5)) // all at once
	for range 5 {
		answer()
	}
	for _, b := range []byte(request(" {\n} ")) { // byte by byte
		c.Write([]byte{b})
	}
	answer()
	io.WriteString(c, request("{}"))
	c.(*net.TCPConn).CloseWrite()
	answer()
	if _, err := answers.ReadByte(); err != io.EOF {
		t.Errorf("after the last answer: %v", err)
	}
}
