package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-chi/chi/v5"

	"shvm-db/gateway"
	"shvm-db/internal/datadir"
	"shvm-db/internal/telemetry"
)

// Program is one node. Set its fields, call Run, and Close in any case.
type Program struct {
	Config Config
	Logger *slog.Logger

	metrics  *telemetry.Metrics
	health   telemetry.Health
	dir      *datadir.Dir
	roles    roles
	changes  atomic.Pointer[changes]
	roll     http.HandlerFunc
	listener net.Listener
	server   *http.Server

	failed    chan struct{}
	serveErr  error
	serving   sync.WaitGroup
	closeOnce sync.Once
	closeErr  error
}

// Run opens the data and returns when the node answers requests. After an
// error, Close gives back what had been taken.
func (p *Program) Run(ctx context.Context) error {
	if p.Logger == nil {
		p.Logger = slog.New(slog.DiscardHandler)
	}
	p.failed = make(chan struct{})
	p.metrics = telemetry.New()
	p.health.Starting("starting")
	began := time.Now()

	// The port first: of two nodes started by mistake, the second should say so
	// before it touches any file.
	var err error
	if p.listener, err = listen(ctx, p.Config.Listen); err != nil {
		return err
	}
	if p.dir, err = datadir.Open(p.Config.Data); err != nil {
		return err
	}
	router, err := p.open(ctx)
	if err != nil {
		return err
	}
	p.serve(router)
	p.health.Ready(func(context.Context) error { return p.roles.owner.Err() })
	p.Logger.Info("listening", "address", p.listener.Addr().String(), "data", p.dir.Path(),
		"durability", string(p.Config.Durability), "started_in", time.Since(began).String())
	return nil
}

// serve answers on the node's port: the API, whose routes are there, and beside
// it what only those ask for who run the node.
func (p *Program) serve(router chi.Router) {
	for path, handler := range map[string]http.HandlerFunc{
		"/livez": p.health.Live, "/readyz": p.health.ServeReady, "/metrics": p.metrics.Handler().ServeHTTP,
	} {
		router.Get(path, handler)
		router.Head(path, handler)
	}
	router.Post(rollPath, p.roll)
	if p.Config.Pprof {
		router.Get("/debug/pprof/*", pprof.Index)
		router.Get("/debug/pprof/profile", pprof.Profile)
		router.Get("/debug/pprof/trace", pprof.Trace)
	}
	p.server = gateway.Server(router, p.Logger)
	p.serving.Go(func() {
		if err := p.server.Serve(gateway.Listener(p.listener)); !errors.Is(err, http.ErrServerClosed) {
			p.serveErr = fmt.Errorf("the HTTP server stopped: %w", err)
			close(p.failed)
		}
	})
}

// Failed is closed when the node can no longer answer; Close tells why.
func (p *Program) Failed() <-chan struct{} { return p.failed }

// URL is the endpoint for clients.
func (p *Program) URL() string {
	addr := p.listener.Addr().(*net.TCPAddr)
	host := addr.IP.String()
	if addr.IP.IsLoopback() || addr.IP.IsUnspecified() {
		host = "localhost"
	}
	return fmt.Sprintf("http://%s", net.JoinHostPort(host, fmt.Sprint(addr.Port)))
}

// DataPath is the absolute path of the data folder.
func (p *Program) DataPath() string { return p.dir.Path() }

// Close answers the requests that are in flight, puts everything on disk, and
// gives the folder and the port back. It may be called twice.
func (p *Program) Close() error {
	p.closeOnce.Do(func() { p.closeErr = p.close() })
	return p.closeErr
}

func (p *Program) close() error {
	p.health.Starting("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), p.Config.Grace)
	defer cancel()
	var errs []error
	if p.server != nil {
		if err := p.server.Shutdown(ctx); err != nil {
			// Some client did not finish its request in time: it loses its
			// connection, and nothing that was answered is lost.
			p.Logger.Warn("cut off the requests that were left", "after", p.Config.Grace.String())
			p.server.Close()
		}
		p.serving.Wait()
		errs = append(errs, p.serveErr)
	} else if p.listener != nil {
		p.listener.Close()
	}
	p.changes.Load().close()
	errs = append(errs, p.roles.shut(ctx), p.dir.Close())
	err := errors.Join(errs...)
	if p.Logger != nil && p.server != nil {
		p.Logger.Info("stopped", "clean", err == nil)
	}
	return err
}

// listen words what commonly goes wrong when a port is taken.
func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is taken by another program: stop that one, or choose another port with --listen (port 0 takes any free one)", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be used by this user: choose a port above 1023 with --listen", address)
	default:
		return nil, fmt.Errorf("cannot listen on %q: %w: give --listen as HOST:PORT, for example localhost:8000", address, err)
	}
}
