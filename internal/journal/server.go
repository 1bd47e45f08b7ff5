package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// node is one run of the embedded server with the connections to it.
type node struct {
	srv    *server.Server
	nc     *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	wire   *wire
}

// startLimit is how long the server may take to recover and to answer.
const startLimit = 5 * time.Minute

func startNode(o Options, id string, log *slog.Logger) (_ *node, err error) {
	// The server's index only repeats what is in the blocks, which have been
	// verified: without it they are all that counts.
	if err := dropIndexes(o.Dir); err != nil {
		return nil, err
	}
	n := &node{}
	defer func() {
		if err != nil {
			n.stop()
		}
	}()
	const patience = 24 * time.Hour
	n.srv, err = server.NewServer(&server.Options{
		ServerName: "shvm-db",
		DontListen: true,
		NoSigs:     true,
		MaxPayload: 8 << 20,
		StoreDir:   o.Dir,
		JetStream:  true,
		// The limits are those of the machine, not the three quarters of what
		// was free when the server started.
		JetStreamMaxMemory: 1 << 40,
		JetStreamMaxStore:  1 << 50,
		SyncAlways:         o.Sync,
		// Whoever hears of an acknowledgement may be at work for long before it
		// reads on (wire). All connections are within this process: none of them
		// can be gone without the server knowing.
		WriteDeadline: patience,
		PingInterval:  patience,
	})
	if err != nil {
		return nil, fmt.Errorf("journal: start: %w", err)
	}
	n.srv.SetLoggerV2(serverLog{log.With("component", "journal")}, false, false, false)
	n.srv.Start()
	if !n.srv.ReadyForConnections(startLimit) {
		return nil, errors.New("journal: the embedded server did not start; its log lines say why")
	}
	if !n.srv.JetStreamEnabled() {
		return nil, errors.New("journal: the embedded server could not open its files; its log lines say why")
	}
	n.nc, err = nats.Connect("", nats.InProcessServer(n.srv), nats.Name("journal"), nats.MaxReconnects(0))
	if err != nil {
		return nil, fmt.Errorf("journal: connect: %w", err)
	}
	if n.js, err = jetstream.New(n.nc); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	if n.stream, err = openStream(ctx, n.js, o, id); err != nil {
		return nil, err
	}
	if n.wire, err = dial(n.srv, n.idle); err != nil {
		return nil, err
	}
	return n, nil
}

// openStream finds the stream, and makes it in a new folder. A stream that is
// there is not touched: its description says what it is.
func openStream(ctx context.Context, js jetstream.JetStream, o Options, id string) (jetstream.Stream, error) {
	s, err := js.Stream(ctx, streamName)
	if err == nil {
		if got := s.CachedInfo().Config.Metadata[incarnationKey]; got != id {
			return nil, &Damage{
				Path: s.CachedInfo().Config.Name, What: fmt.Sprintf("the stream is incarnation %q, the folder %q", got, id),
				Do: "this folder mixes two journals: restore it from a backup",
			}
		}
		return s, nil
	}
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("journal: open the stream: %w", err)
	}
	maxBytes := int64(-1)
	if o.maxBytes > 0 {
		maxBytes = o.maxBytes
	}
	s, err = js.CreateStream(ctx, jetstream.StreamConfig{
		Name:               streamName,
		Description:        "every write, in order",
		Subjects:           []string{subjectRoot + ".*"},
		Retention:          jetstream.LimitsPolicy,
		Discard:            jetstream.DiscardNew,
		Storage:            jetstream.FileStorage,
		MaxMsgs:            -1,
		MaxBytes:           maxBytes,
		MaxMsgsPerSubject:  -1,
		DenyDelete:         true,
		AllowDirect:        true,
		AllowAtomicPublish: true,
		Replicas:           1,
		Metadata:           map[string]string{incarnationKey: id},
	})
	if err != nil {
		return nil, fmt.Errorf("journal: make the stream: %w", err)
	}
	return s, nil
}

// incarnationKey is where a stream's description keeps the incarnation.
const incarnationKey = "incarnation"

// idle tells whether the server is at rest: it answers at once, which it cannot
// while it writes, or serves no streams any more.
func (n *node) idle() bool {
	if !n.srv.JetStreamEnabled() {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), watchEvery)
	defer cancel()
	_, _, err := n.bounds(ctx)
	return err == nil
}

func (n *node) stop() {
	if n.wire != nil {
		n.wire.close()
	}
	if n.nc != nil {
		n.nc.Close()
	}
	if n.srv != nil {
		n.srv.Shutdown()
		n.srv.WaitForShutdown()
	}
}

// serverLog hands the server's lines to slog. Its notices are debug lines here.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(format string, v ...any) { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l serverLog) Warnf(format string, v ...any)   { l.log.Warn(fmt.Sprintf(format, v...)) }
func (l serverLog) Errorf(format string, v ...any)  { l.log.Error(fmt.Sprintf(format, v...)) }
func (l serverLog) Debugf(format string, v ...any)  { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l serverLog) Tracef(format string, v ...any)  { l.log.Debug(fmt.Sprintf(format, v...)) }

// Fatalf is what the server says before it would end the process; here it
// only fails to start.
func (l serverLog) Fatalf(format string, v ...any) { l.log.Error(fmt.Sprintf(format, v...)) }

var _ server.Logger = serverLog{}

func removeIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
