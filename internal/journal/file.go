package journal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// makeDir makes a folder and proves that it can be written.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnwritable, dir, err)
	}
	f, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnwritable, dir, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// writeSynced replaces a small file; it is on disk when it returns.
func writeSynced(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	if err != nil {
		return fmt.Errorf("journal: write %s: %w", name, err)
	}
	return nil
}

// syncDir makes the names in a folder durable. Where a folder cannot be
// synced (Windows) the file system does it by itself.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !os.IsPermission(err) {
		return err
	}
	return nil
}

func trim(b []byte) []byte { return bytes.TrimSpace(b) }

// streamDir and messageDir are where the server keeps a stream.
func streamDir(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream)
}

func messageDir(dir, stream string) string {
	return filepath.Join(streamDir(dir, stream), "msgs")
}

// stored tells whether there are blocks of the journal in a folder.
func stored(dir string) bool {
	names, _ := filepath.Glob(filepath.Join(messageDir(dir, streamName), "*.blk"))
	return len(names) > 0
}
