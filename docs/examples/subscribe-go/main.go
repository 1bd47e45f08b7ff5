// Command subscribe-go prints the changes of a table as they happen. It keeps
// its place under a name, so that it goes on where it stopped.
//
//	go run . -table Users
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func main() {
	server := flag.String("server", "nats://localhost:4222", "address of the node's subscribers' listener (--nats-listen)")
	user := flag.String("user", "subscriber", "user name")
	password := flag.String("password", "", "password (--nats-password)")
	table := flag.String("table", "", "table to follow")
	name := flag.String("name", "example", "name under which the place is kept")
	count := flag.Int("count", 0, "stop after so many changes; 0 is never")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := follow(ctx, *server, *user, *password, *table, *name, *count); err != nil {
		log.Fatal(err)
	}
}

func follow(ctx context.Context, server, user, password, table, name string, count int) error {
	nc, err := nats.Connect(server, nats.UserInfo(user, password))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	// A dot in a table's name is written %2E in a subject.
	subject := "changes." + strings.ReplaceAll(table, ".", "%2E") + ".>"
	consumer, err := js.CreateOrUpdateConsumer(ctx, "CHANGES", jetstream.ConsumerConfig{
		Durable:       name,
		FilterSubject: subject,
		AckPolicy:     jetstream.AckExplicitPolicy,
		// One at a time: the changes of an item are handled in their order.
		MaxAckPending: 1,
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	context.AfterFunc(ctx, messages.Stop)
	for n := 0; count == 0 || n < count; n++ {
		m, err := messages.Next()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Printf("%s\n", m.Data()) // a record, as GetRecords gives it
		// Only now is the change done with: after a crash it would come again.
		if err := m.DoubleAck(ctx); err != nil {
			return err
		}
	}
	return nil
}
