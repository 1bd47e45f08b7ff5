package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
)

// Store keeps the catalog's records: keys with values, changed by
// compare-and-swap. Keys are of letters, digits and "-_=.". Values belong to
// the caller on the way out, and are not kept on the way in.
type Store interface {
	// Get answers ErrNoKey if there is none.
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	// Create answers ErrChanged if there is one already.
	Create(ctx context.Context, key string, value []byte) (revision uint64, err error)
	// Update answers ErrChanged if the key's revision is another one.
	Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
	// Delete answers ErrChanged if the key's revision is another one.
	Delete(ctx context.Context, key string, revision uint64) error
	// Keys gives every key, in any order.
	Keys(ctx context.Context) ([]string, error)
}

var (
	// ErrNoKey: the store has no such key.
	ErrNoKey = errors.New("catalog: no such key")
	// ErrChanged: somebody else changed the key.
	ErrChanged = errors.New("catalog: the key has changed")
)

// Memory is a Store that forgets: for tests.
type Memory struct {
	mu       sync.Mutex
	revision uint64
	records  map[string]record
}

type record struct {
	value    []byte
	revision uint64
}

// NewMemory makes an empty store.
func NewMemory() *Memory { return &Memory{records: map[string]record{}} }

// Get is described at Store.
func (m *Memory) Get(_ context.Context, key string) ([]byte, uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[key]
	if !ok {
		return nil, 0, ErrNoKey
	}
	return slices.Clone(r.value), r.revision, nil
}

// Create is described at Store.
func (m *Memory) Create(_ context.Context, key string, value []byte) (uint64, error) {
	return m.put(key, value, 0)
}

// Update is described at Store.
func (m *Memory) Update(_ context.Context, key string, value []byte, revision uint64) (uint64, error) {
	return m.put(key, value, revision)
}

func (m *Memory) put(key string, value []byte, revision uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[key].revision != revision {
		return 0, ErrChanged
	}
	m.revision++
	m.records[strings.Clone(key)] = record{slices.Clone(value), m.revision}
	return m.revision, nil
}

// Delete is described at Store.
func (m *Memory) Delete(_ context.Context, key string, revision uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[key].revision != revision {
		return ErrChanged
	}
	delete(m.records, key)
	return nil
}

// Keys is described at Store.
func (m *Memory) Keys(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []string
	for key := range m.records {
		keys = append(keys, key)
	}
	return keys, nil
}
