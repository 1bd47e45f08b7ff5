package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Finding is one thing that Repair found wrong, and what it did, or would do,
// about it.
type Finding struct {
	Damage *Damage
	Mend   string
}

// Repair makes a damaged folder one that Open takes, by giving up what cannot
// be read. Without apply it changes nothing, and tells only the first thing that
// is wrong: what lies behind it shows when that is mended. What is given up is
// set aside in a folder beside the messages, never deleted.
//
// Whoever calls it must know that messages which were acknowledged may be gone:
// each Finding says which. Errors: ErrLocked, and a *Damage that it cannot mend.
func Repair(dir string, apply bool, log *slog.Logger) ([]Finding, error) {
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	r := &repair{dir: dir, apply: apply, aside: filepath.Join(dir, "aside-"+time.Now().UTC().Format("20060102T150405.000"))}
	var found []Finding
	for range 10_000 {
		err := r.look(log)
		if err == nil {
			break
		}
		var d *Damage
		if !errors.As(err, &d) || d.mend == mendNot {
			return found, err
		}
		what, err := r.mend(d)
		if err != nil {
			return found, err
		}
		found = append(found, Finding{d, what})
		if !apply {
			return found, nil
		}
	}
	if !apply {
		return found, nil
	}
	// The buckets' heads are made again from what is there: that nothing of
	// theirs is missing is what was given up.
	heads, err := filepath.Glob(filepath.Join(dir, "bucket-*"))
	for _, name := range heads {
		err = errors.Join(err, r.setAside(name))
	}
	return found, err
}

type repair struct {
	dir, aside string
	apply      bool
}

// look is what Open does before it starts a server.
func (r *repair) look(log *slog.Logger) error {
	h, err := openHead(filepath.Join(r.dir, "head"), true, log)
	if err != nil {
		return err
	}
	defer h.close()
	if _, _, err := identity(r.dir); err != nil {
		return err
	}
	return verify(r.dir, h, log)
}

func (r *repair) mend(d *Damage) (string, error) {
	switch d.mend {
	case mendCut:
		return r.cut(d)
	case mendMeta:
		return r.meta(filepath.Dir(d.Path))
	case mendIncarnation:
		return r.incarnation(d)
	default:
		return r.head(d)
	}
}

// cut ends a stream before a record.
func (r *repair) cut(d *Damage) (string, error) {
	all, err := blocks(filepath.Dir(d.Path))
	if err != nil {
		return "", err
	}
	what := fmt.Sprintf("%s is cut at byte %d", d.Path, d.Offset)
	later := false
	for _, b := range all {
		if later {
			what += ", " + filepath.Base(b.path) + " is set aside"
			if err := r.setAside(b.path); err != nil {
				return "", err
			}
		}
		later = later || b.path == d.Path
	}
	what += fmt.Sprintf(": messages from %d on are given up", d.Sequence)
	if !r.apply {
		return what, nil
	}
	if err := r.copyAside(d.Path); err != nil {
		return "", err
	}
	return what, truncate(d.Path, d.Offset)
}

// head lets the head, or the first sequence, be what the blocks hold.
func (r *repair) head(d *Damage) (string, error) {
	what := "the head file is set to what is there"
	if !r.apply {
		return what, nil
	}
	h, err := openHead(filepath.Join(r.dir, "head"), true, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	defer h.close()
	if d.mend == mendFirst {
		h.first = 1<<63 - 1
		v := &verifier{stream: streamName, head: h}
		if err := v.run(messageDir(r.dir, streamName)); err != nil && !errors.Is(err, ErrDamaged) {
			return "", err
		}
		h.first = max(v.first, 1)
		return what, errors.Join(h.set(h.seq, h.hash), h.sync())
	}
	last, hash := d.last, d.hash
	return what, errors.Join(h.set(last, hash), h.sync())
}

// incarnation takes the incarnation from the stream's description.
func (r *repair) incarnation(d *Damage) (string, error) {
	m, err := readMeta(streamDir(r.dir, streamName), streamName)
	if err != nil || m.Metadata[incarnationKey] == "" {
		d.mend = mendNot
		d.Do = "restore the folder from a backup: the stream's own description is damaged too"
		return "", d
	}
	what := "the incarnation is taken from the stream's description: " + m.Metadata[incarnationKey]
	if !r.apply {
		return what, nil
	}
	return what, writeSynced(d.Path, []byte(m.Metadata[incarnationKey]+"\n"))
}

// meta writes a stream's description anew: the one that a journal of the same
// incarnation has when it is made.
func (r *repair) meta(stream string) (string, error) {
	what := filepath.Join(stream, "meta.inf") + " is written anew"
	if !r.apply {
		return what, nil
	}
	model, err := os.MkdirTemp(r.dir, "model-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(model)
	id, err := os.ReadFile(filepath.Join(r.dir, "incarnation"))
	if err != nil {
		return "", err
	}
	// The head of an empty journal, then its incarnation.
	h, err := openHead(filepath.Join(model, "head"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	if err := errors.Join(h.set(0, 0), h.close(), writeSynced(filepath.Join(model, "incarnation"), id)); err != nil {
		return "", err
	}
	j, err := Open(Options{Dir: model, Logger: slog.New(slog.DiscardHandler), Reserve: -1})
	if err != nil {
		return "", err
	}
	name := filepath.Base(stream)
	if bucket, ok := strings.CutPrefix(name, "KV_"); ok {
		_, err = j.KV(context.Background(), bucket)
	}
	if err := errors.Join(err, j.Close()); err != nil {
		return "", err
	}
	for _, file := range []string{"meta.inf", "meta.sum"} {
		text, err := os.ReadFile(filepath.Join(streamDir(model, name), file))
		if err != nil {
			return "", err
		}
		if err := r.copyAside(filepath.Join(stream, file)); err != nil {
			return "", err
		}
		if err := writeSynced(filepath.Join(stream, file), text); err != nil {
			return "", err
		}
	}
	return what, nil
}

// asideName is where a file of the folder is kept.
func (r *repair) asideName(name string) (string, error) {
	rel, err := filepath.Rel(r.dir, name)
	if err != nil {
		return "", err
	}
	to := filepath.Join(r.aside, rel)
	return to, os.MkdirAll(filepath.Dir(to), 0o750)
}

func (r *repair) setAside(name string) error {
	if !r.apply {
		return nil
	}
	to, err := r.asideName(name)
	if err != nil {
		return err
	}
	return os.Rename(name, to)
}

func (r *repair) copyAside(name string) error {
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	to, err := r.asideName(name)
	if err != nil {
		return err
	}
	return writeSynced(to, data)
}
