package gateway

import (
	"net"
	"sync"
	"time"
)

// Listener gives the connections of l a shape that costs a request less. An
// http.Server sets six deadlines for each request, nearly all of which are
// replaced before they pass, and looks in the background, in a goroutine of its
// own, whether the client has gone. docs/PERFORMANCE.md has what it brings.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return newConn(c), nil
}

// conn is a connection whose deadlines reach the socket only when a read or a
// write would otherwise be held by none, or by a later one.
type conn struct {
	net.Conn
	read, write deadline
	// glanced is whether the last read was a glance, see Read. Reads follow each
	// other, so it needs no lock.
	glanced bool
}

func newConn(c net.Conn) *conn {
	return &conn{Conn: c, read: deadline{set: c.SetReadDeadline}, write: deadline{set: c.SetWriteDeadline}}
}

// Read reads, but answers the first of several reads of one byte with nothing.
// Such a read is the server's look for a client that has gone away while its
// request is under way: nobody here has a use for the answer, since what was
// asked for is done all the same (see deadlines). The look ends at once, rather
// than to wait in the poller until the request is answered and then to be
// interrupted.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 1 && !c.glanced {
		c.glanced = true
		return 0, nil
	}
	c.glanced = false
	for {
		c.read.begin()
		n, err := c.Conn.Read(p)
		if c.read.end(err) {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

// Write writes all of p, or says how much of it and why not the rest.
func (c *conn) Write(p []byte) (int, error) {
	written := 0
	for {
		c.write.begin()
		n, err := c.Conn.Write(p[written:])
		written += n
		if c.write.end(err) {
			return written, err
		}
	}
}

func (c *conn) SetReadDeadline(t time.Time) error  { return c.read.want(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.write.want(t) }

func (c *conn) SetDeadline(t time.Time) error {
	if err := c.read.want(t); err != nil {
		return err
	}
	return c.write.want(t)
}

// CloseWrite ends what is sent, as the server does before it ends a connection
// whose request it did not read to its end.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// deadline is one of a connection's. The socket's own passes no later than the
// wanted one while something waits for it; when it passes too early, end sees to
// it that another round is made.
type deadline struct {
	set func(time.Time) error // the socket's

	mu      sync.Mutex
	wanted  time.Time // zero: none
	armed   time.Time // what the socket has
	waiting bool      // a read or a write is under way
	failed  error     // of set
}

// want sets the deadline; the zero time is none.
func (d *deadline) want(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = t
	if d.waiting {
		d.arm()
	}
	return d.failed
}

// begin comes before a read or a write.
func (d *deadline) begin() {
	d.mu.Lock()
	d.waiting = true
	d.arm()
	d.mu.Unlock()
}

// end comes after it, with its error, and tells whether that is the end of it:
// a deadline that passed may be an earlier one than was wanted.
func (d *deadline) end(err error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = false
	if err == nil {
		return true
	}
	if ne, ok := err.(net.Error); !ok || !ne.Timeout() || d.failed != nil {
		return true
	}
	if !d.wanted.IsZero() && !time.Now().Before(d.wanted) {
		return true
	}
	d.armed = d.wanted
	d.failed = d.set(d.wanted)
	return false
}

// arm gives the socket the wanted deadline, unless it has one that comes before.
func (d *deadline) arm() {
	if d.wanted.IsZero() || !d.armed.IsZero() && !d.armed.After(d.wanted) {
		return
	}
	d.armed = d.wanted
	d.failed = d.set(d.wanted)
}
