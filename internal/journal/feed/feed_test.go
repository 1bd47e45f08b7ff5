package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func open(t *testing.T, dir string) *Feed {
	t.Helper()
	f, err := Open(t.Context(), Options{Listen: "127.0.0.1:0", Dir: dir, User: "reader", Password: "secret", Retention: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// subscribe connects as a subscriber; refused collects what the server does
// not permit.
func subscribe(t *testing.T, f *Feed) (nc *nats.Conn, refused func() int) {
	t.Helper()
	var mu sync.Mutex
	n := 0
	nc, err := nats.Connect(f.Address(), nats.UserInfo("reader", "secret"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		if errors.Is(err, nats.ErrPermissionViolation) {
			mu.Lock()
			n++
			mu.Unlock()
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc, func() int { mu.Lock(); defer mu.Unlock(); return n }
}

func messages(from, to uint64) (out []Message) {
	for n := from; n <= to; n++ {
		out = append(out, Message{ARN: "arn", Shard: "shard", Number: n, Body: fmt.Appendf(nil, `{"n":%d}`, n)})
	}
	return out
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestAChangeIsInTheStreamOnceHoweverOftenItIsPublished(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	subject := Subject("a.b", 7)
	if subject != "changes.a%2Eb.7" {
		t.Errorf("subject %s", subject)
	}
	for _, span := range [][2]uint64{{1, 10}, {1, 10}, {5, 300}} {
		if err := f.Publish(t.Context(), subject, messages(span[0], span[1])); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	f = open(t, dir)
	if n, ok, err := f.Last(t.Context(), subject); n != 300 || !ok || err != nil {
		t.Fatalf("last is %d %v %v", n, ok, err)
	}
	if err := f.Publish(t.Context(), subject, messages(290, 310)); err != nil {
		t.Fatal(err)
	}
	nc, _ := subscribe(t, f)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.CreateOrUpdateConsumer(t.Context(), Stream, jetstream.ConsumerConfig{Durable: "mine", FilterSubject: "changes.a%2Eb.>", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	for n := uint64(1); n <= 310; n++ {
		m, err := consumer.Next(jetstream.FetchMaxWait(30 * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Headers().Get(HeaderNumber); got != fmt.Sprint(n) || string(m.Data()) != fmt.Sprintf(`{"n":%d}`, n) {
			t.Fatalf("message %d is number %s: %s", n, got, m.Data())
		}
		if err := m.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASubscriberMayReadAndNothingElse(t *testing.T) {
	f := open(t, t.TempDir())
	subject := Subject("T", 1)
	if err := f.Publish(t.Context(), subject, messages(1, 5)); err != nil {
		t.Fatal(err)
	}
	nc, refused := subscribe(t, f)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	publish := []string{
		subject, "changes.T.2", "other", "_INBOX.x",
		"$JS.API.STREAM.DELETE." + Stream, "$JS.API.STREAM.PURGE." + Stream, "$JS.API.STREAM.UPDATE." + Stream,
		"$JS.API.STREAM.CREATE.MORE", "$JS.API.STREAM.MSG.DELETE." + Stream, "$JS.API.STREAM.SNAPSHOT." + Stream,
		"$JS.API.SERVER.REMOVE", "$SYS.REQ.SERVER.PING", "$JS.API.CONSUMER.CREATE.OTHER",
	}
	for _, s := range publish {
		before := refused()
		if err := nc.Publish(s, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "publishing on "+s+" is refused", func() bool { return refused() > before })
	}
	for _, s := range []string{">", "$JS.>", "other", "$SYS.>"} {
		before := refused()
		if _, err := nc.SubscribeSync(s); err != nil {
			t.Fatal(err)
		}
		eventually(t, "subscribing to "+s+" is refused", func() bool { return refused() > before })
	}
	// A consumer that pushes somewhere makes the server publish on the
	// subscriber's behalf: it must reach neither the stream nor the API.
	for i, target := range []string{subject, "changes.T.9", "$JS.API.STREAM.PURGE." + Stream, "$JS.API.STREAM.DELETE." + Stream} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		_, _ = js.CreateOrUpdatePushConsumer(ctx, Stream, jetstream.ConsumerConfig{Durable: fmt.Sprint("push", i), DeliverSubject: target, AckPolicy: jetstream.AckNonePolicy})
		cancel()
	}
	if err := f.Publish(t.Context(), subject, messages(6, 8)); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), Stream)
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.State.Msgs != 8 || info.State.FirstSeq != 1 || info.State.LastSeq != 8 {
		t.Errorf("the stream has %d messages, %d to %d; want the 8 that were published", info.State.Msgs, info.State.FirstSeq, info.State.LastSeq)
	}
}

func TestStrangersAreNotLetIn(t *testing.T) {
	f := open(t, t.TempDir())
	if nc, err := nats.Connect(f.Address()); err == nil {
		nc.Close()
		t.Error("connected without a password")
	}
	if nc, err := nats.Connect(f.Address(), nats.UserInfo("owner", "secret")); err == nil {
		nc.Close()
		t.Error("connected as the owner with the subscriber's password")
	}
}

func TestAnAddressInUseIsSaidSo(t *testing.T) {
	f := open(t, t.TempDir())
	g, err := Open(t.Context(), Options{Listen: f.server.Addr().String(), Dir: t.TempDir()})
	if err == nil {
		g.Close()
		t.Fatal("two servers on one address")
	}
}
