package journal

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/nats-io/nats.go/jetstream"

	"shvm-db/internal/catalog"
)

// Bucket is a catalog.Store: a small durable map whose changes are compare-and-swap. Every write
// is on disk when it returns, as the journal's are.
type Bucket struct {
	j    *Journal
	name string
}

var _ catalog.Store = (*Bucket)(nil)

// KV opens a bucket, and makes it when it is missing. A name is letters, digits,
// "_" and "-".
func (j *Journal) KV(ctx context.Context, name string) (*Bucket, error) {
	b := &Bucket{j: j, name: name}
	n, err := j.running()
	if err != nil {
		return nil, err
	}
	if _, err := n.js.KeyValue(ctx, name); err == nil {
		return b, nil
	} else if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, fmt.Errorf("journal: bucket %s: %w", name, err)
	}
	_, err = n.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: name, History: 1, Storage: jetstream.FileStorage, Replicas: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("journal: make bucket %s: %w", name, err)
	}
	return b, nil
}

func (b *Bucket) kv(ctx context.Context) (jetstream.KeyValue, error) {
	n, err := b.j.running()
	if err != nil {
		return nil, err
	}
	return n.js.KeyValue(ctx, b.name)
}

// write is kv for a write: there has to be room.
func (b *Bucket) write(ctx context.Context) (jetstream.KeyValue, error) {
	if err := b.j.checkRoom(); err != nil {
		return nil, err
	}
	return b.kv(ctx)
}

// Get reads a value and its revision. catalog.ErrNoKey.
func (b *Bucket) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	kv, err := b.kv(ctx)
	if err != nil {
		return nil, 0, b.say("get", key, err)
	}
	e, err := kv.Get(ctx, key)
	if err != nil {
		return nil, 0, b.say("get", key, err)
	}
	return e.Value(), e.Revision(), nil
}

// Create writes a key that is not there. catalog.ErrChanged when it is.
func (b *Bucket) Create(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	kv, err := b.write(ctx)
	if err == nil {
		revision, err = kv.Create(ctx, key, value)
	}
	return revision, b.say("create", key, err)
}

// Update writes a key whose revision is still this one. catalog.ErrChanged when it is
// not.
func (b *Bucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	kv, err := b.write(ctx)
	if err == nil {
		revision, err = kv.Update(ctx, key, value, revision)
	}
	return revision, b.say("update", key, err)
}

// Delete removes a key whose revision is still this one. catalog.ErrChanged when it is
// not.
func (b *Bucket) Delete(ctx context.Context, key string, revision uint64) error {
	kv, err := b.write(ctx)
	if err == nil {
		err = kv.Delete(ctx, key, jetstream.LastRevision(revision))
	}
	return b.say("delete", key, err)
}

// Keys lists the keys in ascending order.
func (b *Bucket) Keys(ctx context.Context) ([]string, error) {
	kv, err := b.kv(ctx)
	if err != nil {
		return nil, b.say("keys", "", err)
	}
	keys, err := kv.Keys(ctx)
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil, nil
	}
	if err != nil {
		return nil, b.say("keys", "", err)
	}
	sort.Strings(keys)
	return keys, nil
}

// say gives an error the words of this package.
func (b *Bucket) say(what, key string, err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyDeleted):
		err = fmt.Errorf("%w: %w", catalog.ErrNoKey, err)
	case errors.Is(err, jetstream.ErrKeyExists),
		errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence:
		err = fmt.Errorf("%w: %w", catalog.ErrChanged, err)
	}
	return fmt.Errorf("bucket %s: %s %q: %w", b.name, what, key, err)
}
