package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrNoTable: there is no table of that name.
	ErrNoTable = errors.New("catalog: no such table")
	// ErrTableExists: the name is taken.
	ErrTableExists = errors.New("catalog: the table exists")
)

// Registry is the tables of a store, held in memory for reading. Reading takes
// no lock; a change goes to the store first.
type Registry struct {
	store Store
	// changing orders the changes of this process.
	changing  sync.Mutex
	revisions map[string]uint64
	now       func() time.Time

	// byName has a *Table for each name.
	byName sync.Map
	// sorted are the tables in order, nil after a change until somebody asks;
	// sorting is held to change either.
	sorting sync.Mutex
	sorted  atomic.Pointer[[]*Table]
	// ended are the streams of tables that are gone, by the table's id.
	ended atomic.Pointer[map[string][]StreamRecord]
}

const (
	tablePrefix = "table."
	counterKey  = "partitions"
)

// Open reads the tables of a store.
func Open(ctx context.Context, s Store) (*Registry, error) {
	r := &Registry{store: s, revisions: map[string]uint64{}, now: time.Now}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the catalog: %w", err)
	}
	ended := map[string][]StreamRecord{}
	for _, key := range keys {
		if id, ok := endedID(key); ok {
			if ended[id], err = r.loadEnded(ctx, key); err != nil {
				return nil, err
			}
			continue
		}
		if !strings.HasPrefix(key, tablePrefix) {
			continue
		}
		t, revision, err := r.load(ctx, key)
		if errors.Is(err, ErrNoKey) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r.revisions[t.Name] = revision
		r.byName.Store(t.Name, t)
	}
	for id, streams := range ended {
		r.gone(id, streams)
	}
	return r, nil
}

func (r *Registry) load(ctx context.Context, key string) (*Table, uint64, error) {
	value, revision, err := r.store.Get(ctx, key)
	if err != nil {
		return nil, 0, fmt.Errorf("reading %s of the catalog: %w", key, err)
	}
	t := new(Table)
	if err := json.Unmarshal(value, t); err != nil {
		return nil, 0, fmt.Errorf("the catalog's record %s is damaged: %w", key, err)
	}
	return t, revision, nil
}

// with lets a name stand for another table, or for none.
func (r *Registry) with(name string, t *Table) {
	r.sorting.Lock()
	defer r.sorting.Unlock()
	if t == nil {
		r.byName.Delete(name)
	} else {
		r.byName.Store(name, t)
	}
	r.sorted.Store(nil)
}

// Table finds a table by its name.
func (r *Registry) Table(name string) (*Table, bool) {
	t, ok := r.byName.Load(name)
	if !ok {
		return nil, false
	}
	return t.(*Table), true
}

// Tables are all tables in the order of their names. The slice is shared:
// never change it.
func (r *Registry) Tables() []*Table {
	if sorted := r.sorted.Load(); sorted != nil {
		return *sorted
	}
	r.sorting.Lock()
	defer r.sorting.Unlock()
	var sorted []*Table
	r.byName.Range(func(_, t any) bool {
		sorted = append(sorted, t.(*Table))
		return true
	})
	slices.SortFunc(sorted, func(a, b *Table) int { return strings.Compare(a.Name, b.Name) })
	r.sorted.Store(&sorted)
	return sorted
}

// Create adds a table. It answers ErrTableExists if the name is taken.
func (r *Registry) Create(ctx context.Context, t *Table) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	if _, ok := r.Table(t.Name); ok {
		return ErrTableExists
	}
	t.settleStreams(r.now())
	value, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("encoding table %s: %w", t.Name, err)
	}
	revision, err := r.store.Create(ctx, key(t.Name), value)
	if errors.Is(err, ErrChanged) {
		return ErrTableExists
	}
	if err != nil {
		return fmt.Errorf("creating table %s in the catalog: %w", t.Name, err)
	}
	r.revisions[t.Name] = revision
	r.with(t.Name, t)
	return nil
}

// Update changes a table: the function gets a copy of its own, and may be
// called again when somebody else changed the table meanwhile. An error of the
// function leaves the table as it was and is given back. It answers ErrNoTable
// if there is none.
func (r *Registry) Update(ctx context.Context, name string, change func(*Table) error) (*Table, error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	for {
		old, ok := r.Table(name)
		if !ok {
			return nil, ErrNoTable
		}
		t, err := old.clone()
		if err != nil {
			return nil, err
		}
		if err := change(t); err != nil {
			return nil, err
		}
		t.settleStreams(r.now())
		value, err := json.Marshal(t)
		if err != nil {
			return nil, fmt.Errorf("encoding table %s: %w", name, err)
		}
		revision, err := r.store.Update(ctx, key(name), value, r.revisions[name])
		if err == nil {
			r.revisions[name] = revision
			r.with(name, t)
			return t, nil
		}
		if !errors.Is(err, ErrChanged) {
			return nil, fmt.Errorf("changing table %s in the catalog: %w", name, err)
		}
		if err := r.reload(ctx, name); err != nil {
			return nil, err
		}
	}
}

// Delete removes a table's record. It answers ErrNoTable if there is none, or
// if the table of that name is another one than the id says.
func (r *Registry) Delete(ctx context.Context, name, id string) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	for {
		t, ok := r.Table(name)
		if !ok || t.ID != id {
			return ErrNoTable
		}
		if err := r.endStreams(ctx, t); err != nil {
			return err
		}
		err := r.store.Delete(ctx, key(name), r.revisions[name])
		if err == nil {
			delete(r.revisions, name)
			r.with(name, nil)
			return nil
		}
		if !errors.Is(err, ErrChanged) {
			return fmt.Errorf("deleting table %s from the catalog: %w", name, err)
		}
		if err := r.reload(ctx, name); err != nil {
			return err
		}
	}
}

func (r *Registry) reload(ctx context.Context, name string) error {
	t, revision, err := r.load(ctx, key(name))
	if errors.Is(err, ErrNoKey) {
		delete(r.revisions, name)
		r.with(name, nil)
		return nil
	}
	if err != nil {
		return err
	}
	r.revisions[name] = revision
	r.with(name, t)
	return nil
}

// NewPartitions gives n ids that were never given before and never will be
// again. They follow each other.
func (r *Registry) NewPartitions(ctx context.Context, n int) (first PartitionID, err error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	for {
		var next PartitionID = 1
		value, revision, err := r.store.Get(ctx, counterKey)
		switch {
		case errors.Is(err, ErrNoKey):
			value, err := json.Marshal(next + PartitionID(n))
			if err != nil {
				return 0, err
			}
			if _, err = r.store.Create(ctx, counterKey, value); err == nil {
				return next, nil
			} else if !errors.Is(err, ErrChanged) {
				return 0, fmt.Errorf("numbering partitions: %w", err)
			}
			continue
		case err != nil:
			return 0, fmt.Errorf("numbering partitions: %w", err)
		}
		if err := json.Unmarshal(value, &next); err != nil {
			return 0, fmt.Errorf("the catalog's partition counter is damaged: %w", err)
		}
		value, err = json.Marshal(next + PartitionID(n))
		if err != nil {
			return 0, err
		}
		if _, err = r.store.Update(ctx, counterKey, value, revision); err == nil {
			return next, nil
		} else if !errors.Is(err, ErrChanged) {
			return 0, fmt.Errorf("numbering partitions: %w", err)
		}
	}
}

// key is where a table's record is. A dot at the end of a name would not be a
// key of JetStream.
func key(name string) string {
	return tablePrefix + strings.ReplaceAll(name, ".", "=2E")
}

func (t *Table) clone() (*Table, error) {
	value, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("copying table %s: %w", t.Name, err)
	}
	c := new(Table)
	if err := json.Unmarshal(value, c); err != nil {
		return nil, fmt.Errorf("copying table %s: %w", t.Name, err)
	}
	return c, nil
}
