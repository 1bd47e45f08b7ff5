package journal

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// wire is a connection of its own for the one publisher, which speaks the NATS
// client protocol by hand: the goroutine that publishes writes straight into
// the server's pipe, and the one that reads the acknowledgement runs what waits
// for it. The general client has two more goroutines in that path.
//
// https://docs.nats.io/reference/reference-protocols/nats-protocol
type wire struct {
	conn  net.Conn
	ended chan struct{} // closed when the reader has ended
	idle  func() bool   // whether the stream's store is at rest
	watch *time.Timer   // runs while a publish is under way

	wmu sync.Mutex // guards writes
	buf []byte     // the message under way

	mu      sync.Mutex
	waiting func(uint64, error) // of the publish under way; nil is none
	busy    bool                // the reader runs what waited for an earlier one
	token   uint64              // the reply subject's number of that publish
	rests   int                 // how often in a row the server was seen at rest
	broken  error
}

const replyRoot = "_ACK."

// watchEvery is how often a publish that gets no answer looks whether the
// server is at work on it. A server that could not write, on a full disk, gives
// no answer ever. Seen at rest twice in a row it has given up.
const watchEvery = 500 * time.Millisecond

// dial opens the connection and waits until the server has read it.
func dial(srv *server.Server, idle func() bool) (*wire, error) {
	conn, err := srv.InProcessConn()
	if err != nil {
		return nil, fmt.Errorf("journal: connect: %w", err)
	}
	w := &wire{conn: conn, ended: make(chan struct{}), idle: idle}
	w.watch = time.AfterFunc(watchEvery, w.look)
	w.watch.Stop()
	r := bufio.NewReaderSize(conn, 32<<10)
	if line, err := r.ReadString('\n'); err != nil || line[:min(5, len(line))] != "INFO " {
		conn.Close()
		return nil, fmt.Errorf("journal: connect: the server greets with %q: %w", line, err)
	}
	hello := `CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"name":"publisher","lang":"go","version":"1","protocol":1}` +
		"\r\nSUB " + replyRoot + "* 1\r\nPING\r\n"
	ready := make(chan error, 1)
	go w.read(r, ready)
	if _, err := conn.Write([]byte(hello)); err != nil {
		conn.Close()
		<-w.ended
		return nil, fmt.Errorf("journal: connect: %w", err)
	}
	if err := <-ready; err != nil {
		conn.Close()
		<-w.ended
		return nil, fmt.Errorf("journal: connect: %w", err)
	}
	return w, nil
}

// close ends the connection; the reader ends soon after (see ended).
func (w *wire) close() { w.conn.Close() }

// publish sends one message; done is called once, with the sequence or an
// error, on the reader's goroutine, or on one of its own if it cannot be sent.
// The message is not touched after publish has returned. A second publish
// before done is a mistake of the caller.
func (w *wire) publish(subject string, sum uint64, body []byte, expected uint64, done func(uint64, error)) {
	w.wmu.Lock()
	w.mu.Lock()
	if w.broken != nil {
		err := w.broken
		w.mu.Unlock()
		w.wmu.Unlock()
		go done(0, err)
		return
	}
	if w.waiting != nil {
		w.mu.Unlock()
		w.wmu.Unlock()
		panic("journal: two publishes at once")
	}
	w.token++
	w.waiting = done
	token := w.token
	w.rests = 0
	w.watch.Reset(watchEvery)
	w.mu.Unlock()

	var num [20]byte
	seq := strconv.AppendUint(num[:0], expected, 10)
	const head = "NATS/1.0\r\nNats-Expected-Last-Sequence: "
	hlen := len(head) + len(seq) + 4
	b := append(w.buf[:0], "HPUB "+subjectRoot+"."...)
	b = append(b, subject...)
	b = append(b, " "+replyRoot...)
	b = strconv.AppendUint(b, token, 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(hlen), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(hlen+sumSize+len(body)), 10)
	b = append(b, "\r\n"+head...)
	b = append(b, seq...)
	b = append(b, "\r\n\r\n"...)
	b = binary.LittleEndian.AppendUint64(b, sum)
	b = append(b, body...)
	b = append(b, "\r\n"...)
	_, err := w.conn.Write(b)
	if cap(b) <= 1<<20 { // a rare large one is not kept for ever
		w.buf = b
	} else {
		w.buf = nil
	}
	w.wmu.Unlock()
	if err != nil {
		go w.fail(fmt.Errorf("%w: %w", ErrUnknown, err))
	}
}

// look is run while a publish is under way.
func (w *wire) look() {
	w.mu.Lock()
	token := w.token
	w.mu.Unlock()
	idle := w.idle()
	w.mu.Lock()
	if w.waiting == nil || w.token != token {
		w.mu.Unlock()
		return
	}
	w.rests++
	if !idle || w.busy {
		// An answer that the reader has no time for yet is not one that is missing.
		w.rests = 0
	}
	gone := w.rests >= 2
	if !gone {
		w.watch.Reset(watchEvery)
	}
	w.mu.Unlock()
	if gone {
		w.fail(fmt.Errorf("%w: %w: it could not write", ErrUnknown, errStopped))
	}
}

// fail ends the publish under way and all later ones.
func (w *wire) fail(err error) {
	w.mu.Lock()
	if w.broken == nil {
		w.broken = err
	}
	done := w.waiting
	w.waiting = nil
	w.watch.Stop()
	w.mu.Unlock()
	if done != nil {
		done(0, err)
	}
}

// finish ends the publish with this token.
func (w *wire) finish(token, seq uint64, err error) {
	w.mu.Lock()
	done := w.waiting
	if token != w.token {
		done = nil
	} else {
		w.waiting = nil
		w.watch.Stop()
	}
	w.busy = done != nil
	w.mu.Unlock()
	if done != nil {
		done(seq, err)
		w.mu.Lock()
		w.busy = false
		w.mu.Unlock()
	}
}

// read is the reader's goroutine. ready gets nil at the first PONG.
func (w *wire) read(r *bufio.Reader, ready chan<- error) {
	defer close(w.ended)
	err := w.readAll(r, ready)
	w.conn.Close()
	select {
	case ready <- err:
	default:
	}
	w.fail(fmt.Errorf("%w: the connection to the server ended: %w", ErrUnknown, err))
}

func (w *wire) readAll(r *bufio.Reader, ready chan<- error) error {
	var payload []byte
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		verb, rest, _ := bytes.Cut(line, []byte(" "))
		switch string(verb) {
		case "MSG", "HMSG":
			token, hlen, size, err := parseDelivery(string(verb), rest)
			if err != nil {
				return err
			}
			if cap(payload) < size+2 {
				payload = make([]byte, size+2)
			}
			payload = payload[:size+2]
			if _, err := io.ReadFull(r, payload); err != nil {
				return err
			}
			if hlen > 0 {
				// The one message with headers is "503": nobody listens, since
				// the stream is not served any more.
				w.finish(token, 0, fmt.Errorf("%w: the server does not serve the stream", errStopped))
				continue
			}
			seq, err := parseAck(payload[:size])
			w.finish(token, seq, err)
		case "PING":
			w.wmu.Lock()
			_, err := w.conn.Write([]byte("PONG\r\n"))
			w.wmu.Unlock()
			if err != nil {
				return err
			}
		case "PONG":
			select {
			case ready <- nil:
			default:
			}
		case "+OK", "INFO":
		case "-ERR":
			return fmt.Errorf("the server says %s", rest)
		default:
			return fmt.Errorf("the server sends %q", line)
		}
	}
}

// errStopped: nothing was stored, and nothing will be until the server is
// started again.
var errStopped = errors.New("journal: the server has stopped serving")

// parseDelivery reads "subject sid [headers] size".
func parseDelivery(verb string, rest []byte) (token uint64, headers, size int, err error) {
	f := bytes.Fields(rest)
	want := 3
	if verb == "HMSG" {
		want = 4
	}
	if len(f) != want || !bytes.HasPrefix(f[0], []byte(replyRoot)) {
		return 0, 0, 0, fmt.Errorf("the server sends %s %q", verb, rest)
	}
	token, err = strconv.ParseUint(string(f[0][len(replyRoot):]), 10, 64)
	if err == nil && want == 4 {
		headers, err = strconv.Atoi(string(f[2]))
	}
	if err == nil {
		size, err = strconv.Atoi(string(f[want-1]))
	}
	return token, headers, size, err
}

// Codes of JetStream's errors, from the server's errors.json.
const (
	codeWrongLastSequence = 10071
	codeStoreFailed       = 10077
)

// parseAck reads the JSON of an acknowledgement.
func parseAck(b []byte) (uint64, error) {
	const usual = `{"stream":"` + streamName + `","seq":`
	if n := len(b) - 1; n > len(usual) && b[n] == '}' && string(b[:len(usual)]) == usual {
		if seq, err := strconv.ParseUint(string(b[len(usual):n]), 10, 64); err == nil {
			return seq, nil
		}
	}
	var ack struct {
		Seq   uint64 `json:"seq"`
		Error *struct {
			Code        int    `json:"err_code"`
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(b, &ack); err != nil {
		return 0, fmt.Errorf("%w: the server acknowledges with %q", ErrUnknown, b)
	}
	switch {
	case ack.Error == nil && ack.Seq > 0:
		return ack.Seq, nil
	case ack.Error == nil:
		return 0, fmt.Errorf("%w: the server acknowledges with %q", ErrUnknown, b)
	case ack.Error.Code == codeWrongLastSequence:
		return 0, fmt.Errorf("%w: %s", ErrSequence, ack.Error.Description)
	}
	// The store failed, or the limits: whether bytes reached the file is known
	// only after it has been read again.
	return 0, fmt.Errorf("%w: %s (%d)", errStopped, ack.Error.Description, ack.Error.Code)
}
