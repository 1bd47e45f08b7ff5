package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"shvm-db/internal/catalog"
	"shvm-db/internal/journal/feed"
	"shvm-db/owner"
	"shvm-db/streams"
)

// changes are the parts of a node that serve change streams: the tender of
// shards and, if somebody may subscribe, the feed.
type changes struct {
	tender   *streams.Tender
	feed     *feed.Feed
	follower *streams.Follower
}

// openChanges starts them. The owner's Changed goes to heard.
func (p *Program) openChanges(ctx context.Context, o *owner.Owner, registry *catalog.Registry) (err error) {
	c := &changes{}
	defer func() {
		if err != nil {
			c.close()
			return
		}
		p.changes.Store(c)
	}()
	if p.Config.NATSListen != "" {
		if c.feed, err = feed.Open(ctx, feed.Options{
			Listen: p.Config.NATSListen, Dir: p.dir.Join("feed"),
			User: p.Config.NATSUser, Password: p.Config.NATSPassword, Retention: streams.Retention,
		}); err != nil {
			return err
		}
		c.follower = streams.Follow(streams.FollowerOptions{
			Source: o, Registry: registry, Feed: subscribers{c.feed}, Subject: feed.Subject, Logger: p.Logger,
		})
		p.Logger.Info("subscribers may connect", slog.String("address", c.feed.Address()))
	}
	c.tender = streams.Tend(streams.TenderOptions{Owner: o, Registry: registry, Age: p.Config.ShardAge, Logger: p.Logger})
	return nil
}

// heard passes on that a partition has new records.
func (p *Program) heard(id catalog.PartitionID) {
	c := p.changes.Load()
	if c == nil {
		return // the node is starting: everything is looked at once it has
	}
	c.tender.Changed(id)
	if c.follower != nil {
		c.follower.Changed(id)
	}
}

// close stops what was started; the owner must still be open.
func (c *changes) close() {
	if c == nil {
		return
	}
	if c.tender != nil {
		c.tender.Close()
	}
	if c.follower != nil {
		c.follower.Close()
	}
	if c.feed != nil {
		c.feed.Close()
	}
}

// subscribers are the feed as streams needs it.
type subscribers struct{ f *feed.Feed }

func (s subscribers) Last(ctx context.Context, subject string) (uint64, bool, error) {
	return s.f.Last(ctx, subject)
}

func (s subscribers) Publish(ctx context.Context, subject string, messages []streams.Message) error {
	out := make([]feed.Message, len(messages))
	for i, m := range messages {
		out[i] = feed.Message(m)
	}
	return s.f.Publish(ctx, subject, out)
}

// rollPath is where a node takes the command to roll a table's shards over.
const rollPath = "/shvm/roll"

// rollHandler ends the open shards of a table's stream and opens their
// children.
func rollHandler(o *owner.Owner, registry *catalog.Registry) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("table")
		t, ok := registry.Table(name)
		switch {
		case !ok:
			http.Error(w, fmt.Sprintf("there is no table %q", name), http.StatusNotFound)
			return
		case t.Stream == nil:
			http.Error(w, fmt.Sprintf("table %s has no stream", name), http.StatusConflict)
			return
		}
		n := 0
		for _, p := range t.Partitions {
			if p.Index != "" {
				continue
			}
			if err := o.Roll(r.Context(), p.ID); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			n++
		}
		fmt.Fprintf(w, "rolled over the shards of %d partitions of %s\n", n, name)
	}
}

type rollCmd struct {
	Table  string `arg:"" help:"The table whose shards to roll over."`
	Listen string `help:"Address of the node." default:"localhost:8000" env:"SHVM_LISTEN" placeholder:"HOST:PORT"`
}

// Run asks a node to roll over.
func (c *rollCmd) Run(ctx context.Context, term *terminal) error {
	target := "http://" + reachable(c.Listen) + rollPath + "?" + url.Values{"table": {c.Table}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, nil)
	if err != nil {
		return usageError{err}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no node answers on %s: %w", c.Listen, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(body)))
	}
	_, err = term.out.Write(body)
	return err
}
