// Package feed is the NATS server that people subscribe to for changes: a
// server of its own, apart from the journal's, with one stream of change
// records and a user that may read them and nothing else.
package feed

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Stream is the name of the JetStream stream that keeps the changes.
const Stream = "CHANGES"

// The headers of a message. Its body is the record as GetRecords answers it.
const (
	HeaderVersion = "Shvm-Version" // the version of the format: 1
	HeaderStream  = "Shvm-Stream"  // the stream's ARN
	HeaderShard   = "Shvm-Shard"   // the shard's ID
	HeaderNumber  = "Shvm-Number"  // counts the records of the partition's lineage
)

// Version is the version of the messages' format.
const Version = "1"

// Subject is where the changes of one partition of a table go. A dot in a
// table's name, which would divide the subject, is written %2E.
func Subject(table string, partition uint64) string {
	return "changes." + strings.ReplaceAll(table, ".", "%2E") + "." + strconv.FormatUint(partition, 10)
}

// Options say how a Feed is opened.
type Options struct {
	// Listen is the address for subscribers, host:port; port 0 is any free one.
	Listen string
	// Dir keeps the stream.
	Dir string
	// User and Password are what subscribers connect with. With no password
	// everybody who reaches the address is a subscriber.
	User, Password string
	// Retention is how long a change is kept.
	Retention time.Duration
}

// Feed is a running server.
type Feed struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	// publishing is held by one Publish at a time, so that the sequences of its
	// messages follow one another and each can expect the one before.
	publishing sync.Mutex
}

// subscriberRights are what a subscriber may do: follow change subjects, read
// the stream through consumers of its own, and acknowledge. Anything else is
// refused by the server.
func subscriberRights() *server.Permissions {
	return &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{
			"$JS.API.INFO",
			"$JS.API.STREAM.NAMES",
			"$JS.API.STREAM.INFO." + Stream,
			"$JS.API.CONSUMER.CREATE." + Stream,
			"$JS.API.CONSUMER.CREATE." + Stream + ".>",
			"$JS.API.CONSUMER.DURABLE.CREATE." + Stream + ".>",
			"$JS.API.CONSUMER.INFO." + Stream + ".>",
			"$JS.API.CONSUMER.NAMES." + Stream,
			"$JS.API.CONSUMER.LIST." + Stream,
			"$JS.API.CONSUMER.DELETE." + Stream + ".>",
			"$JS.API.CONSUMER.MSG.NEXT." + Stream + ".>",
			"$JS.ACK." + Stream + ".>",
			"$JS.FC." + Stream + ".>",
		}},
		Subscribe: &server.SubjectPermission{Allow: []string{"changes.>", "_INBOX.>"}},
	}
}

// Open starts the server and its stream. An address that is taken or a folder
// that cannot be written is an error.
func Open(ctx context.Context, o Options) (_ *Feed, err error) {
	host, portText, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("the address for subscribers, %q, is not host:port: %w", o.Listen, err)
	}
	port, err := net.LookupPort("tcp", portText)
	if err != nil {
		return nil, fmt.Errorf("the address for subscribers, %q: %w", o.Listen, err)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	} else if l, err := net.Listen("tcp", o.Listen); err != nil {
		return nil, fmt.Errorf("cannot listen for subscribers on %s: %w (choose another with --nats-listen)", o.Listen, err)
	} else {
		l.Close()
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	secret := make([]byte, 16)
	rand.Read(secret)
	account := server.NewAccount("CHANGES")
	owner := &server.User{Username: "owner", Password: hex.EncodeToString(secret), Account: account}
	subscriber := &server.User{Username: o.User, Password: o.Password, Account: account, Permissions: subscriberRights()}
	if subscriber.Username == "" {
		subscriber.Username = "subscriber"
	}
	options := &server.Options{
		ServerName: "changes",
		Host:       host, Port: port,
		NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: o.Dir,
		DisableJetStreamBanner: true,
		Accounts:               []*server.Account{account},
		Users:                  []*server.User{owner, subscriber},
		MaxPayload:             4 << 20,
	}
	if o.Password == "" {
		options.NoAuthUser = subscriber.Username
	}
	f := &Feed{}
	if f.server, err = server.NewServer(options); err != nil {
		return nil, fmt.Errorf("starting the server for subscribers: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	f.server.Start()
	if !f.server.ReadyForConnections(30 * time.Second) {
		return nil, fmt.Errorf("the server for subscribers on %s did not start", o.Listen)
	}
	if account, err = f.server.LookupAccount("CHANGES"); err != nil {
		return nil, err
	}
	if !account.JetStreamEnabled() {
		if err = account.EnableJetStream(nil, nil); err != nil {
			return nil, fmt.Errorf("keeping changes in %s: %w", o.Dir, err)
		}
	}
	f.conn, err = nats.Connect("", nats.InProcessServer(f.server), nats.UserInfo(owner.Username, owner.Password), nats.MaxReconnects(-1))
	if err != nil {
		return nil, err
	}
	if f.js, err = jetstream.New(f.conn); err != nil {
		return nil, err
	}
	_, err = f.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        Stream,
		Description: "Change records of tables with a stream",
		Subjects:    []string{"changes.>"},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      o.Retention,
		DenyDelete:  true,
		DenyPurge:   true,
		Storage:     jetstream.FileStorage,
	})
	if err != nil {
		return nil, fmt.Errorf("keeping changes in %s: %w", o.Dir, err)
	}
	return f, nil
}

// Address is where subscribers connect: nats://host:port.
func (f *Feed) Address() string { return "nats://" + f.server.Addr().String() }

// Last is the number of the newest change of a subject; ok is false if the
// subject has none.
func (f *Feed) Last(ctx context.Context, subject string) (number uint64, ok bool, err error) {
	number, _, ok, err = f.last(ctx, subject)
	return number, ok, err
}

func (f *Feed) last(ctx context.Context, subject string) (number, sequence uint64, ok bool, err error) {
	s, err := f.js.Stream(ctx, Stream)
	if err != nil {
		return 0, 0, false, err
	}
	m, err := s.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, 0, false, nil
	}
	if err != nil {
		return 0, 0, false, err
	}
	number, err = strconv.ParseUint(m.Header.Get(HeaderNumber), 10, 64)
	if err != nil {
		return 0, 0, false, fmt.Errorf("message %d of the changes has no number: %w", m.Sequence, err)
	}
	return number, m.Sequence, true, nil
}

// Message is one change to be published.
type Message struct {
	ARN, Shard string
	Number     uint64
	Body       []byte
}

// Publish adds changes of one subject, in their order, and returns when the
// server has them all. The numbers must rise; what stands in the stream
// already is left out, so a publisher that did not hear an answer calls again.
func (f *Feed) Publish(ctx context.Context, subject string, messages []Message) error {
	f.publishing.Lock()
	defer f.publishing.Unlock()
	number, sequence, ok, err := f.last(ctx, subject)
	if err != nil {
		return err
	}
	futures := make([]jetstream.PubAckFuture, 0, len(messages))
	for _, m := range messages {
		if ok && m.Number <= number {
			continue
		}
		msg := nats.NewMsg(subject)
		msg.Data = m.Body
		msg.Header.Set(HeaderVersion, Version)
		msg.Header.Set(HeaderStream, m.ARN)
		msg.Header.Set(HeaderShard, m.Shard)
		msg.Header.Set(HeaderNumber, strconv.FormatUint(m.Number, 10))
		if len(futures) == 0 {
			msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(sequence, 10))
			ack, err := f.js.PublishMsg(ctx, msg, jetstream.WithRetryAttempts(0))
			if err != nil {
				return fmt.Errorf("publishing change %d on %s: %w", m.Number, subject, err)
			}
			sequence = ack.Sequence
			futures = append(futures, nil)
			continue
		}
		// Each expects the one before it, so that a failure leaves no gap.
		msg.Header.Set(jetstream.ExpectedLastSeqHeader, strconv.FormatUint(sequence, 10))
		sequence++
		future, err := f.js.PublishMsgAsync(msg)
		if err != nil {
			return fmt.Errorf("publishing change %d on %s: %w", m.Number, subject, err)
		}
		futures = append(futures, future)
	}
	for _, future := range futures {
		if future == nil {
			continue
		}
		select {
		case <-future.Ok():
		case err := <-future.Err():
			return fmt.Errorf("publishing changes on %s: %w", subject, err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close stops the server. It may be called twice.
func (f *Feed) Close() {
	if f.conn != nil {
		f.conn.Close()
	}
	if f.server != nil {
		f.server.Shutdown()
		f.server.WaitForShutdown()
	}
}
