package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"
)

// wire is one kept-alive connection that speaks as much HTTP/1.1 as a
// benchmark needs. net/http's client costs more than the server it would
// measure, on the same cores.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	host string
	out  []byte
	body []byte
}

func dial(address string) (*wire, error) {
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), host: address}, nil
}

func (w *wire) close() { w.conn.Close() }

// The signature is not one: a node without authentication does not look, and
// computing it would be the load generator's cost.
const signature = "AWS4-HMAC-SHA256 Credential=any/20260101/local/dynamodb/aws4_request, " +
	"SignedHeaders=host;x-amz-date;x-amz-target, Signature=0000000000000000000000000000000000000000000000000000000000000000"

// streamsOperations are those of the DynamoDB Streams API.
var streamsOperations = map[string]bool{
	"ListStreams": true, "DescribeStream": true, "GetShardIterator": true, "GetRecords": true,
}

// ask sends one request and reads its answer. The body of the answer is good
// until the next one.
func (w *wire) ask(operation string, body []byte) (status int, answer []byte, err error) {
	o := append(w.out[:0], "POST / HTTP/1.1\r\nHost: "...)
	o = append(o, w.host...)
	o = append(o, "\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20260101T000000Z\r\nAuthorization: "+signature+"\r\nX-Amz-Target: "...)
	if streamsOperations[operation] {
		o = append(o, "DynamoDBStreams_20120810."...)
	} else {
		o = append(o, "DynamoDB_20120810."...)
	}
	o = append(o, operation...)
	o = append(o, "\r\nContent-Length: "...)
	o = strconv.AppendInt(o, int64(len(body)), 10)
	o = append(o, "\r\n\r\n"...)
	o = append(o, body...)
	w.out = o
	if _, err := w.conn.Write(o); err != nil {
		return 0, nil, err
	}
	return w.read()
}

var errFraming = errors.New("bench: the answer is not HTTP/1.1")

func (w *wire) read() (status int, answer []byte, err error) {
	line, err := w.line()
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, nil, errFraming
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, errFraming
	}
	length, chunked := -1, false
	for {
		if line, err = w.line(); err != nil {
			return 0, nil, err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case len(name) == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, nil, errFraming
			}
		case len(name) == len("Transfer-Encoding") && bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
	switch {
	case chunked:
		if w.body, err = io.ReadAll(httputil.NewChunkedReader(w.in)); err == nil {
			_, err = w.line() // the end of the trailer
		}
		return status, w.body, err
	case length < 0:
		return 0, nil, fmt.Errorf("%w: no length", errFraming)
	}
	if cap(w.body) < length {
		w.body = make([]byte, length)
	}
	w.body = w.body[:length]
	_, err = io.ReadFull(w.in, w.body)
	return status, w.body, err
}

func (w *wire) line() ([]byte, error) {
	line, err := w.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}
