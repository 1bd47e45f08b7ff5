package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"shvm-db/internal/catalog"
)

// Bucket is a catalog.Store: a small durable map whose changes are
// compare-and-swap. Every write is on disk when it returns, as the journal's
// are.
//
// Beside the bucket stands a head file with its last revision and a digest of
// everything in it: a bucket deletes, so that its records alone cannot tell
// whether one is missing.
type Bucket struct {
	j    *Journal
	name string
	head *head

	// mu guards the rest, and is held during a write.
	mu sync.Mutex
	// sums has the hash of each key's entry; digest is their XOR.
	sums   map[string]uint64
	digest uint64
	// stale says that a write's fate is not known: sums must be read again.
	stale bool
	at    *node
	kv    jetstream.KeyValue
}

var _ catalog.Store = (*Bucket)(nil)

// KV opens a bucket, and makes it when it is missing. A name is letters, digits,
// "_" and "-". A bucket that is not what it was is a *Damage.
func (j *Journal) KV(ctx context.Context, name string) (*Bucket, error) {
	j.bucketMu.Lock()
	defer j.bucketMu.Unlock()
	if b := j.buckets[name]; b != nil {
		return b, nil
	}
	if !validSubject(name) {
		return nil, fmt.Errorf("journal: bucket %q: a name is letters, digits, _ and -", name)
	}
	b := &Bucket{j: j, name: name}
	var err error
	if b.head, err = openHead(filepath.Join(j.o.Dir, "bucket-"+name), j.o.Sync, j.log); err != nil {
		return nil, err
	}
	if err := b.open(ctx); err != nil {
		b.head.close()
		return nil, err
	}
	j.buckets[name] = b
	return b, nil
}

// open reads the bucket and holds it against its head.
func (b *Bucket) open(ctx context.Context) error {
	n, err := b.j.alive()
	if err != nil {
		return err
	}
	kv, err := n.js.KeyValue(ctx, b.name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		if b.head.seq > 0 {
			return b.damage(fmt.Sprintf("it is missing, though it had revision %d", b.head.seq))
		}
		kv, err = n.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: b.name, History: 1, Storage: jetstream.FileStorage, Replicas: 1,
		})
	}
	if err != nil {
		return fmt.Errorf("journal: bucket %s: %w", b.name, err)
	}
	b.at, b.kv = n, kv
	last, err := b.load(ctx)
	if err != nil {
		return fmt.Errorf("journal: bucket %s: %w", b.name, err)
	}
	switch {
	case last < b.head.seq:
		return b.damage(fmt.Sprintf("it ends at revision %d, though revision %d was acknowledged", last, b.head.seq))
	case last == b.head.seq && b.head.hash != b.digest:
		return b.damage(fmt.Sprintf("at revision %d it has other entries than it had", last))
	case last > b.head.seq:
		return b.remember(last)
	}
	return nil
}

func (b *Bucket) damage(what string) error {
	return &Damage{
		Path: messageDir(b.j.o.Dir, "KV_"+b.name), What: "the bucket is damaged: " + what,
		Do: "restore the folder from a backup; or run `shvm-db repair`, which says what it would give up",
	}
}

// load reads every entry; it returns the stream's last sequence.
func (b *Bucket) load(ctx context.Context) (last uint64, err error) {
	w, err := b.kv.WatchAll(ctx)
	if err != nil {
		return 0, err
	}
	defer w.Stop()
	b.sums, b.digest = map[string]uint64{}, 0
	for e := range w.Updates() {
		if e == nil { // that was all
			s, err := b.at.js.Stream(ctx, "KV_"+b.name)
			if err != nil {
				return 0, err
			}
			b.stale = false
			return s.CachedInfo().State.LastSeq, nil
		}
		if e.Operation() == jetstream.KeyValuePut {
			b.put(e.Key(), e.Value(), e.Revision())
		}
	}
	return 0, fmt.Errorf("reading its entries ended: %w", context.Cause(ctx))
}

// put takes an entry into the digest.
func (b *Bucket) put(key string, value []byte, revision uint64) {
	var rev [8]byte
	binary.LittleEndian.PutUint64(rev[:], revision)
	sum := Hash(key, append(rev[:], value...))
	b.digest ^= b.sums[key] ^ sum
	b.sums[key] = sum
}

// remember writes the head.
func (b *Bucket) remember(revision uint64) error {
	err := b.head.set(revision, b.digest)
	if err == nil && b.j.o.Sync {
		err = b.head.sync()
	}
	return err
}

// store is the bucket on the server that runs now. The lock is held.
func (b *Bucket) store(ctx context.Context) (jetstream.KeyValue, error) {
	n, err := b.j.alive()
	if err != nil {
		return nil, err
	}
	if b.at != n {
		kv, err := n.js.KeyValue(ctx, b.name)
		if err != nil {
			return nil, err
		}
		b.at, b.kv, b.stale = n, kv, true
	}
	return b.kv, nil
}

// write runs one change; change returns the new revision.
func (b *Bucket) write(ctx context.Context, change func(jetstream.KeyValue) (uint64, error), effect func(revision uint64)) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.j.checkRoom(); err != nil {
		return 0, err
	}
	kv, err := b.store(ctx)
	if err != nil {
		return 0, err
	}
	if b.stale {
		if _, err := b.load(ctx); err != nil {
			return 0, err
		}
	}
	revision, err := change(kv)
	if err != nil {
		if !refused(err) {
			b.stale = true
			b.suspect(err)
		}
		return 0, err
	}
	effect(revision)
	return revision, b.remember(revision)
}

// suspect takes the server out of service if it does not serve any more.
func (b *Bucket) suspect(err error) {
	var api *jetstream.APIError
	if errors.Is(err, nats.ErrNoResponders) || !b.at.srv.JetStreamEnabled() ||
		errors.As(err, &api) && api.ErrorCode == codeStoreFailed {
		_ = b.j.failed(b.at, err)
	}
}

// refused tells whether an error of a write says that nothing was written.
func refused(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) ||
		errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}

// Get reads a value and its revision. catalog.ErrNoKey.
func (b *Bucket) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	b.mu.Lock()
	kv, err := b.store(ctx)
	b.mu.Unlock()
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
func (b *Bucket) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	revision, err := b.write(ctx, func(kv jetstream.KeyValue) (uint64, error) {
		return kv.Create(ctx, key, value)
	}, func(revision uint64) { b.put(key, value, revision) })
	return revision, b.say("create", key, err)
}

// Update writes a key whose revision is still this one. catalog.ErrChanged when
// it is not.
func (b *Bucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	revision, err := b.write(ctx, func(kv jetstream.KeyValue) (uint64, error) {
		return kv.Update(ctx, key, value, revision)
	}, func(revision uint64) { b.put(key, value, revision) })
	return revision, b.say("update", key, err)
}

// Delete removes a key whose revision is still this one. catalog.ErrChanged when
// it is not.
func (b *Bucket) Delete(ctx context.Context, key string, revision uint64) error {
	_, err := b.write(ctx, func(kv jetstream.KeyValue) (uint64, error) {
		if err := kv.Delete(ctx, key, jetstream.LastRevision(revision)); err != nil {
			return 0, err
		}
		// A deletion does not tell its revision; there is one writer.
		s, err := b.at.js.Stream(ctx, "KV_"+b.name)
		if err != nil {
			return 0, err
		}
		return s.CachedInfo().State.LastSeq, nil
	}, func(uint64) {
		b.digest ^= b.sums[key]
		delete(b.sums, key)
	})
	return b.say("delete", key, err)
}

// Keys lists the keys in ascending order.
func (b *Bucket) Keys(ctx context.Context) ([]string, error) {
	b.mu.Lock()
	kv, err := b.store(ctx)
	b.mu.Unlock()
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

// say gives an error the words of this package and of the catalog.
func (b *Bucket) say(what, key string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyDeleted):
		err = fmt.Errorf("%w: %w", catalog.ErrNoKey, err)
	case refused(err):
		err = fmt.Errorf("%w: %w", catalog.ErrChanged, err)
	}
	return fmt.Errorf("bucket %s: %s %q: %w", b.name, what, key, err)
}
