package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"

	"shvm-db/internal/api"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

const (
	jsonType  = "application/x-amz-json-1.0"
	plainJSON = "application/json"
	// target and streamsTarget are what comes before an operation's name.
	target        = "DynamoDB_20120810."
	streamsTarget = "DynamoDBStreams_20120810."
)

// scratch is the memory of one request, and then of another.
type scratch struct {
	in, out []byte // the body and its answer
	raw     counted
	request Request
	pages   command.PageMemory
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// end gives the memory back.
func (x *scratch) end() {
	x.clear()
	scratches.Put(x)
}

// clear makes it ready for another request. Buffers that grew large are left to
// the collector.
func (x *scratch) clear() {
	x.raw.release()
	x.raw, x.request = counted{}, Request{}
	x.pages.Clear()
	x.in, x.out = kept(x.in), kept(x.out)
}

func kept(b []byte) []byte {
	if cap(b) > 1<<20 {
		return nil
	}
	return b[:0]
}

// serve answers POST /.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) {
	start := g.Clock()
	begin(w, r)
	x := scratches.Get().(*scratch)
	defer x.end()
	body, err := g.body(r, &x.raw, x.in)
	x.in = body
	switch {
	case errors.Is(err, errTooLarge):
		tooLarge(w)
		return
	case errors.Is(err, errAborted):
		// Nobody listens any more, or what was sent is not HTTP.
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	kind := contentType(r)
	if kind == "" {
		if len(body) > 0 || err != nil {
			nowhere(w)
			return
		}
		kind = plainJSON
	}
	name, op := g.operation(r)
	x.request = Request{Operation: name, Host: r.Host, Time: start, Deadline: start.Add(g.Timeout), Memory: &x.pages}
	var status int
	x.out, status = g.answer(r, &x.request, op, body, err, x.out)
	write(w, r, kind, status, x.out)
	if g.Observe != nil && op != nil {
		g.Observe(name, status, g.Clock().Sub(start))
	}
}

// operation is what X-Amz-Target names: its name, and what answers it; nil if
// it names nothing.
func (g *Gateway) operation(r *http.Request) (name string, run operation) {
	header := r.Header.Get("X-Amz-Target")
	if name, ok := strings.CutPrefix(header, target); ok {
		return name, operations[name]
	}
	if name, ok := strings.CutPrefix(header, streamsTarget); ok && g.Streams[name] != nil {
		return name, streamsOperation
	}
	return "", nil
}

// streamsOperation hands a request of the Streams API on.
func streamsOperation(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	answer, err := g.Streams[r.Operation](ctx, r.Body)
	return append(dst, answer...), err
}

// answer runs a request and gives the body of its answer, in dst's memory if
// it fits, and the status.
func (g *Gateway) answer(r *http.Request, req *Request, op operation, body []byte, bad error, dst []byte) ([]byte, int) {
	out, err := g.run(r, req, op, body, bad, dst)
	if err == nil {
		return out, http.StatusOK
	}
	f := g.fault(req.Operation, err)
	if g.Refused != nil {
		g.Refused(f)
	}
	return appendFault(dst[:0], f), f.Status
}

// run does the checks of a request in the service's order, then its operation.
// bad is what was wrong with the body.
func (g *Gateway) run(r *http.Request, req *Request, op operation, body []byte, bad error, dst []byte) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if op == nil {
		return nil, fault.UnknownOperation()
	}
	if err := checkToken(r); err != nil {
		return nil, err
	}
	if bad != nil {
		return nil, fault.NotJSON()
	}
	doc, err := jsonscan.Parse(body)
	if err != nil {
		return nil, fault.NotJSON()
	}
	defer doc.Release()
	req.Body = doc.Root()
	if err := api.Check(req.Operation, req.Body); err != nil {
		return nil, err
	}
	return op(g, g.deadlines.context(), req, dst)
}

// fault is the one place where an error that is not the client's doing turns
// into InternalServerError.
func (g *Gateway) fault(name string, err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	g.Logger.Error("internal error", slog.String("operation", name), slog.Any("error", err))
	return fault.Internal()
}

// contentType gives the type to answer in, or "" if it is not one that the
// service takes.
func contentType(r *http.Request) string {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch kind = strings.TrimSpace(kind); kind {
	case jsonType, plainJSON:
		return kind
	}
	return ""
}
