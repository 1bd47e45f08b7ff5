package gateway

import (
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

const (
	// maxBody is the service's limit on a request, before and after it is
	// uncompressed.
	maxBody = 16 << 20
	// A body above largeBody bytes waits for its share of largeBudget bytes.
	largeBody   = 1 << 20
	largeBudget = 128 << 20
)

var (
	errTooLarge = errors.New("gateway: the body is too large")
	// errAborted: the client went away, was too slow, or broke the framing.
	errAborted = errors.New("gateway: the body did not arrive")
	// errEncoding: the body is not in the encoding that it says.
	errEncoding = errors.New("gateway: the body cannot be uncompressed")
)

// body reads the whole body of a request into dst, by way of raw, and
// uncompresses it. Its raw.release must be called when the body is no longer
// used, whatever the error.
func (g *Gateway) body(r *http.Request, raw *counted, dst []byte) ([]byte, error) {
	if r.ContentLength > maxBody {
		return dst, errTooLarge
	}
	*raw = counted{from: r.Body, gate: g, ctx: r.Context()}
	encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	if encoding == "" || encoding == "identity" || encoding == "aws-chunked" {
		body, err := readAll(raw, dst, int(r.ContentLength))
		if err == nil {
			r.Body.Close() // or the server looks for a rest before it answers
		}
		return body, err
	}
	plain, err := uncompress(encoding, raw)
	if err != nil {
		return dst, raw.blame()
	}
	// What comes out counts as what comes in: the raw bytes are not kept.
	body, err := readAll(&counted{from: plain, gate: g, ctx: r.Context(), share: raw}, dst, -1)
	if err != nil && !errors.Is(err, errTooLarge) {
		return body, raw.blame()
	}
	return body, err
}

func uncompress(encoding string, from io.Reader) (io.Reader, error) {
	switch encoding {
	case "gzip", "x-gzip":
		return gzip.NewReader(from)
	case "deflate":
		return zlib.NewReader(from)
	}
	return nil, errEncoding
}

// readAll reads to the end, into dst. It takes memory as bytes arrive, not as
// they are announced, until there are so many that the body has its share of the
// memory for large ones. announced is negative if it is not known.
func readAll(from io.Reader, dst []byte, announced int) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			more := max(4<<10, len(dst))
			if len(dst) > largeBody && announced >= len(dst) {
				more = announced - len(dst) + 1 // room to see the end
			}
			dst = slices.Grow(dst, more)
		}
		n, err := from.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}

// counted reads at most maxBody bytes. When they become many it waits for its
// share of the memory for large bodies.
type counted struct {
	from io.Reader
	gate *Gateway
	ctx  context.Context
	n    int64
	// share holds the share instead, if it is set.
	share *counted
	held  bool
	err   error // the first error of the connection
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	if c.n > maxBody {
		c.err = errTooLarge
		return n, c.err
	}
	if c.n > largeBody {
		holder := c
		if c.share != nil {
			holder = c.share
		}
		if err := holder.hold(); err != nil {
			c.err = errAborted
			return n, c.err
		}
	}
	if err != nil && err != io.EOF {
		c.err = errAborted
		return n, c.err
	}
	return n, err
}

func (c *counted) hold() error {
	if c.held {
		return nil
	}
	if err := c.gate.large.Acquire(c.ctx, maxBody); err != nil {
		return err
	}
	c.held = true
	return nil
}

func (c *counted) release() {
	if c.held {
		c.held = false
		c.gate.large.Release(maxBody)
	}
}

// blame tells a body that did not arrive from one that arrived in a wrong
// encoding.
func (c *counted) blame() error {
	if c.err != nil {
		return c.err
	}
	return errEncoding
}
