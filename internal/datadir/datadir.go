// Package datadir owns the data folder of a node: it makes the folder, takes
// its lock, and checks that this program understands what is in it.
package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Version is the layout of the folder that this program reads and writes. It
// rises when an older program could no longer read what a newer one wrote.
const Version = 1

// Reasons why a folder cannot be used; each comes wrapped in a sentence that
// names the folder and says what to do.
var (
	ErrInUse    = errors.New("in use by another process")
	ErrNewer    = errors.New("written by a newer version")
	ErrNoAccess = errors.New("not a folder that can be written")
)

// Dir is a data folder that this process holds alone.
type Dir struct {
	path string
	lock *os.File
}

// Open makes the folder if it is not there, and takes it for this process
// until Close or until the process ends, however it ends.
func Open(path string) (*Dir, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", path, err)
	}
	if err := os.MkdirAll(abs, 0o755); err != nil {
		return nil, refuse(abs, ErrNoAccess, err.Error(), "choose another with --data, or change its owner or its permissions")
	}
	lock, err := os.OpenFile(filepath.Join(abs, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, refuse(abs, ErrNoAccess, err.Error(), "choose another with --data, or change its owner or its permissions")
	}
	d := &Dir{path: abs, lock: lock}
	if err := d.take(); err != nil {
		lock.Close()
		return nil, err
	}
	if err := d.checkVersion(); err != nil {
		lock.Close()
		return nil, err
	}
	return d, nil
}

// take locks the folder. The kernel gives the lock back when the process
// ends, so a killed process leaves nothing to clean up; the number in the file
// is only for the message.
func (d *Dir) take() error {
	err := syscall.Flock(int(d.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder := "another process"
		if text, err := os.ReadFile(d.lock.Name()); err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
				holder = "process " + strconv.Itoa(pid)
			}
		}
		return refuse(d.path, ErrInUse, "held by "+holder, "stop that one first, or give this one its own folder with --data")
	}
	if err != nil {
		return refuse(d.path, ErrNoAccess, "cannot be locked: "+err.Error(), "choose a folder on a local file system with --data")
	}
	if err := d.lock.Truncate(0); err != nil {
		return refuse(d.path, ErrNoAccess, err.Error(), "make room, or choose another folder with --data")
	}
	if _, err := d.lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return refuse(d.path, ErrNoAccess, err.Error(), "make room, or choose another folder with --data")
	}
	return nil
}

func (d *Dir) checkVersion() error {
	name := d.Join("version")
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return d.writeVersion(name)
	}
	if err != nil {
		return refuse(d.path, ErrNoAccess, err.Error(), "change its owner or its permissions")
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return refuse(d.path, ErrNewer, fmt.Sprintf("its file \"version\" says %q", text), "check that --data names a folder of shvm-db")
	}
	if n > Version {
		return refuse(d.path, ErrNewer, fmt.Sprintf("its layout is %d, this program knows up to %d", n, Version), "start the newer program, or give this one its own folder with --data")
	}
	return nil
}

// writeVersion leaves either no file or a whole one, whatever happens in
// between: the power may fail too.
func (d *Dir) writeVersion(name string) error {
	temp := name + ".new"
	err := writeSynced(temp, strconv.Itoa(Version)+"\n")
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		return refuse(d.path, ErrNoAccess, err.Error(), "make room, or choose another folder with --data")
	}
	return nil
}

// writeSynced writes a file whose content is on disk when it returns.
func writeSynced(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// Path is the absolute path of the folder.
func (d *Dir) Path() string { return d.path }

// Join is a path inside the folder.
func (d *Dir) Join(parts ...string) string {
	return filepath.Join(append([]string{d.path}, parts...)...)
}

// Close gives the folder back. It may be called twice.
func (d *Dir) Close() error {
	if d == nil || d.lock == nil {
		return nil
	}
	err := d.lock.Close()
	d.lock = nil
	return err
}

// refuse words why a folder cannot be used, and what to do.
func refuse(path string, kind error, detail, todo string) error {
	return fmt.Errorf("data folder %s: %w (%s): %s", path, kind, detail, todo)
}
