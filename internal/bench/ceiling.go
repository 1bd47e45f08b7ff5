package bench

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"shvm-db/internal/jsonscan"
)

// Ceiling serves the bare HTTP server until the context ends: it reads the
// body, finds the fields of a PutItem in it, and answers {}. It logs its
// address as a node does.
func Ceiling(ctx context.Context, log *slog.Logger) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	log.Info("listening", "address", l.Addr().String())
	server := &http.Server{Handler: http.HandlerFunc(bare)}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

var bodies = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

func bare(w http.ResponseWriter, r *http.Request) {
	buf := bodies.Get().(*[]byte)
	defer bodies.Put(buf)
	body := (*buf)[:0]
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	*buf = body
	doc, err := jsonscan.Parse(body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	fields := 0
	for _, name := range []string{"TableName", "Item"} {
		if v, ok := doc.Root().Field(name); ok {
			fields++
			if v.Kind() == jsonscan.Object {
				for range v.Members() {
					fields++
				}
			}
		}
	}
	doc.Release()
	if fields < 2 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/x-amz-json-1.0"}
	h["Content-Length"] = []string{"2"}
	w.Write([]byte("{}"))
}
