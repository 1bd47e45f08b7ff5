//go:build faults && linux

package cutfs

import (
	"os"
	"path/filepath"
	"testing"
)

func write(t *testing.T, name, text string, sync bool) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if sync {
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnlyWhatWasSyncedSurvives(t *testing.T) {
	dir := t.TempDir()
	f := Mount(t, dir, Disk{})
	if err := os.MkdirAll(filepath.Join(dir, "a/b"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a/lazy"), "lazy", false)
	write(t, filepath.Join(dir, "a/b/synced"), "synced", true)
	write(t, filepath.Join(dir, "a/b/synced"), "SYN", false)
	write(t, filepath.Join(dir, "late"), "late", false)
	if err := os.Rename(filepath.Join(dir, "a/b"), filepath.Join(dir, "a/c")); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "a/c/synced")); err != nil || string(text) != "SYNced" {
		t.Errorf("before the cut: %q, %v", text, err)
	}
	d := f.AfterCut()
	f.Unmount(t)
	if string(d["a/b/synced"]) != "synced" || string(d["a/lazy"]) != "" || len(d) != 4 {
		t.Errorf("after the cut: %q", d)
	}
	f = Mount(t, dir, d)
	if text, err := os.ReadFile(filepath.Join(dir, "a/b/synced")); err != nil || string(text) != "synced" {
		t.Errorf("found after the cut: %q, %v", text, err)
	}
	if err := os.Rename(filepath.Join(dir, "a/b"), filepath.Join(dir, "a/c")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "a/c/synced"), 2); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "a/lazy")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "other"), "other", true)
	d = f.AfterCut()
	if string(d["a/c/synced"]) != "synced" || string(d["other"]) != "other" || len(d) != 4 {
		t.Errorf("after the second cut: %q", d)
	}
}
