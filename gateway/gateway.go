// Package gateway speaks DynamoDB's HTTP API: it takes a request, validates
// it, routes it to the partitions that hold its items, and words the answer.
package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/semaphore"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
	"shvm-db/internal/throttle"
)

// Data is where items live.
type Data interface {
	// Do applies one command and answers what came of it. The command belongs
	// to Data from here on. An error is of the environment: what became of the
	// command is then unknown.
	Do(ctx context.Context, c *command.Command) (*command.Outcome, error)
	// Get reads one item by its encoded key.
	Get(ctx context.Context, p catalog.PartitionID, key []byte) (command.Row, bool, error)
	// Page reads items in the order of their keys, into the Range's Memory if it
	// has one.
	Page(ctx context.Context, r command.Range) (command.Page, error)
}

// Options are a gateway's neighbours and settings.
type Options struct {
	Data     Data
	Registry *catalog.Registry
	// Logger hears of internal errors only. The default is slog's.
	Logger *slog.Logger
	// Clock is the time of requests. The default is time.Now.
	Clock func() time.Time
	// Timeout is how long a request may take before it is answered
	// InternalServerError. The default is ten seconds.
	Timeout time.Duration
	// Partitions is how many partitions a new table gets. The default is one.
	Partitions int
	// StatusDelay is how long a table stays in a transient status (CREATING,
	// UPDATING, DELETING). The default, zero, is not at all.
	StatusDelay time.Duration
	// Transactions does TransactWriteItems and TransactGetItems.
	Transactions Transactions
	// Limits, if set, hold tables, indexes and partitions to their capacity.
	Limits *throttle.Limiter
	// Streams answers the operations of the Streams API, by their names.
	Streams map[string]func(context.Context, jsonscan.Value) ([]byte, error)
	// Fill brings what a partition of a table holds into a new index, and returns
	// when all of it is there; it may be called again. Without it, an index that
	// is made later has only what is written from then on.
	Fill func(ctx context.Context, p, index catalog.PartitionID) error
	// Size counts the items and bytes of a partition, which may take long.
	// Without it, descriptions say 0.
	Size func(ctx context.Context, p catalog.PartitionID) (items, bytes int64, err error)
	// Refused, if set, hears of every refused request: for metrics.
	Refused func(*fault.Error)
	// Observe, if set, hears of every answered operation: for metrics.
	Observe func(operation string, status int, took time.Duration)
}

func (o *Options) defaults() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Partitions == 0 {
		o.Partitions = 1
	}
}

func (o *Options) validate() error {
	switch {
	case o.Data == nil:
		return errors.New("gateway: no data")
	case o.Registry == nil:
		return errors.New("gateway: no registry")
	case o.Partitions < 0:
		return errors.New("gateway: a table needs at least one partition")
	}
	return nil
}

// Gateway is the handler of the whole API. It is made by New. What a program
// serves beside the API it adds to the router before it serves anything.
type Gateway struct {
	Options
	Router chi.Router

	host string
	// large holds back big bodies, so that many of them at once do not take all
	// memory: its weight is bytes.
	large     *semaphore.Weighted
	deadlines deadlines

	// ctx ends when the gateway closes; background is what then has to end;
	// settling has a lock for each table that was ever settled.
	ctx        context.Context
	cancel     context.CancelFunc
	background sync.WaitGroup
	settling   sync.Map
	counts     sync.Map // of partitions, by their id: *census
	counters   *semaphore.Weighted
}

// New makes the handler; Start begins its work in the background, and Close
// ends it. It panics on options without data or registry, which
// is a mistake of the program.
func New(o Options) *Gateway {
	o.defaults()
	if err := o.validate(); err != nil {
		panic(err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	g := &Gateway{Options: o, host: host, large: semaphore.NewWeighted(largeBudget), counters: semaphore.NewWeighted(counters)}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	g.deadlines.parent, g.deadlines.timeout = g.ctx, g.Timeout
	r := chi.NewRouter()
	r.Post("/", g.serve)
	r.Get("/", g.health)
	r.Options("/*", g.preflight)
	r.NotFound(g.nowhere)
	r.MethodNotAllowed(g.nowhere)
	g.Router = r
	return g
}

// ServeHTTP answers by the router.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.Router.ServeHTTP(w, r) }

// Server is an http.Server for a handler, with the limits that keep slow and
// silent clients from holding on to anything. The requests of a connection,
// which follow each other, share chi's memory for a route.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	routes, _ := h.(chi.Routes)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // the requests of an HTTP/2 connection do not follow each other
	return &http.Server{
		Protocols: protocols,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if route := chi.RouteContext(r.Context()); route != nil {
				route.Reset()
				route.Routes = routes
			}
			h.ServeHTTP(w, r)
		}),
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, chi.RouteCtxKey, chi.NewRouteContext())
		},
		ReadHeaderTimeout: 20 * time.Second,
		ReadTimeout:       2 * time.Minute, // 16 MB at 140 kB/s
		WriteTimeout:      4 * time.Minute,
		IdleTimeout:       10 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
