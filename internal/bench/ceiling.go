package bench

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"

	"shvm-db/internal/jsonscan"
)

// Ceiling serves the bare HTTP server until the context ends: it reads the
// body, finds the fields of a PutItem in it, and answers {}. With a journal it
// appends each body to that file before, and fsyncs it: what a write that is on
// disk waits for even if nothing else is done for it. It logs its address as a
// node does.
func Ceiling(ctx context.Context, log *slog.Logger, journal string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	handler := bare(func([]byte) error { return nil })
	if journal != "" {
		f, err := os.OpenFile(journal, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		defer f.Close()
		handler = bare(appending(f))
	}
	log.Info("listening", "address", l.Addr().String())
	server := &http.Server{Handler: handler}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

var bodies = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// appending puts bodies on disk, one after the other.
func appending(f *os.File) func([]byte) error {
	var mu sync.Mutex
	return func(body []byte) error {
		mu.Lock()
		defer mu.Unlock()
		if _, err := f.Write(body); err != nil {
			return err
		}
		return f.Sync()
	}
}

// bare is the handler of the bare server, which keeps each body before it is
// answered.
func bare(keep func([]byte) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { answer(w, r, keep) }
}

func answer(w http.ResponseWriter, r *http.Request, keep func([]byte) error) {
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
	if err := keep(body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/x-amz-json-1.0"}
	h["Content-Length"] = []string{"2"}
	w.Write([]byte("{}"))
}
