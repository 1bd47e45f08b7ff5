//go:build faults && linux

// Package cutfs is a file system in memory that can lose power: it knows which
// writes were fsynced, and gives back the disk as it would be found after the
// cut. It is mounted with FUSE, so that any program runs on it unchanged.
//
// What survives a cut is the least that a journalling file system (ext4, XFS)
// promises: of a file's content what was there at its last fsync, of names
// (creating, renaming, removing) everything that happened before the last fsync
// of anything. Everything else is gone.
package cutfs

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Disk is the content of a disk: folders have a nil content.
type Disk map[string][]byte

// FS is a mounted file system.
type FS struct {
	server *fuse.Server
	once   sync.Once

	mu      sync.Mutex
	durable map[string]*file // by path; a folder is a nil file
	pending []func()         // changes of names that are not durable yet
	syncs   int
}

// file is one file's content, now and as the disk has it.
type file struct {
	data    []byte
	durable []byte
	dirty   [][2]int64 // what was written since the last fsync
}

// Mount mounts a disk on a folder, until the test ends or Unmount.
func Mount(tb testing.TB, dir string, d Disk) *FS {
	tb.Helper()
	f := &FS{durable: map[string]*file{}}
	root := &node{fs: f}
	server, err := fs.Mount(dir, root, &fs.Options{
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "cutfs", Name: "cutfs", MaxWrite: 1 << 20},
		OnAdd:        func(ctx context.Context) { root.fill(ctx, d) },
	})
	if err != nil {
		tb.Fatal("the test mounts a FUSE file system, which needs root and /dev/fuse:", err)
	}
	f.server = server
	tb.Cleanup(func() { f.Unmount(tb) })
	return f
}

// Unmount ends the file system. Nothing may have a file of it open. It may be
// called twice.
func (f *FS) Unmount(tb testing.TB) {
	f.once.Do(func() {
		if err := f.server.Unmount(); err != nil {
			tb.Error("unmount:", err)
		}
	})
}

// AfterCut is the disk as it is found when the power fails now.
func (f *FS) AfterCut() Disk {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := Disk{}
	for name, n := range f.durable {
		if n == nil {
			d[name] = nil
		} else {
			d[name] = append([]byte{}, n.durable...)
		}
	}
	return d
}

// Syncs is how often something was fsynced.
func (f *FS) Syncs() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.syncs
}

// sync makes a file's content durable, and every name. A nil file is a folder.
func (f *FS) sync(n *file) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.syncs++
	for _, change := range f.pending {
		change()
	}
	f.pending = nil
	if n == nil {
		return
	}
	size := int64(len(n.data))
	n.durable = resize(n.durable, size)
	for _, r := range n.dirty {
		if from, to := min(r[0], size), min(r[1], size); from < to {
			copy(n.durable[from:to], n.data[from:to])
		}
	}
	n.dirty = nil
}

// resize gives a slice another length; what is new is zero.
func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size]
	}
	old := len(b)
	b = slices.Grow(b, int(size)-old)[:size]
	clear(b[old:])
	return b
}

// moved renames a path and everything below it.
func moved(names map[string]*file, from, to string) {
	for name, n := range maps.Clone(names) {
		if name == from || strings.HasPrefix(name, from+"/") {
			delete(names, name)
			names[to+name[len(from):]] = n
		}
	}
}

// node is a file or a folder in the tree that the kernel sees.
type node struct {
	fs.Inode
	fs   *FS
	file *file // nil is a folder
}

// path is relative to the root.
func (n *node) path(name string) string { return path.Join(n.Path(n.Root()), name) }

// child makes an inode.
func (n *node) child(ctx context.Context, f *file) *fs.Inode {
	mode := uint32(syscall.S_IFREG)
	if f == nil {
		mode = syscall.S_IFDIR
	}
	return n.NewPersistentInode(ctx, &node{fs: n.fs, file: f}, fs.StableAttr{Mode: mode})
}

// fill builds the tree of a disk, all of it durable.
func (n *node) fill(ctx context.Context, d Disk) {
	for _, name := range slices.Sorted(maps.Keys(d)) {
		var f *file
		if data := d[name]; data != nil {
			f = &file{data: append([]byte{}, data...), durable: append([]byte{}, data...)}
		}
		at := &n.Inode
		dir, base := path.Split(name)
		for part := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
			if part == "" {
				continue
			}
			next := at.GetChild(part)
			if next == nil {
				panic(fmt.Sprintf("cutfs: %s has no folder", name))
			}
			at = next
		}
		at.AddChild(base, n.child(ctx, f), true)
		n.fs.durable[name] = f
	}
}

// later notes a change of the durable names. The lock is held.
func (f *FS) later(change func(names map[string]*file)) {
	f.pending = append(f.pending, func() { change(f.durable) })
}

func (n *node) attr(out *fuse.Attr) {
	out.Mode = syscall.S_IFDIR | 0o755
	out.Nlink = 1
	if n.file != nil {
		out.Mode = syscall.S_IFREG | 0o644
		out.Size = uint64(len(n.file.data))
		out.Blocks = (out.Size + 511) / 512
	}
	out.Blksize = 4096
}

// The calls of the kernel.

func (n *node) Lookup(_ context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	c := n.GetChild(name)
	if c == nil {
		return nil, syscall.ENOENT
	}
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	c.Operations().(*node).attr(&out.Attr)
	return c, 0
}

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	n.attr(&out.Attr)
	return 0
}

func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	if size, ok := in.GetSize(); ok && n.file != nil {
		old := int64(len(n.file.data))
		n.file.data = resize(n.file.data, int64(size))
		n.file.dirty = append(n.file.dirty, [2]int64{min(old, int64(size)), max(old, int64(size))})
	}
	n.attr(&out.Attr)
	return 0
}

func (n *node) Create(ctx context.Context, name string, _, _ uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	f := &file{}
	c := n.child(ctx, f)
	p := n.path(name)
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	n.fs.later(func(names map[string]*file) { names[p] = f })
	c.Operations().(*node).attr(&out.Attr)
	return c, nil, 0, 0
}

func (n *node) Mkdir(ctx context.Context, name string, _ uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	c := n.child(ctx, nil)
	p := n.path(name)
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	n.fs.later(func(names map[string]*file) { names[p] = nil })
	c.Operations().(*node).attr(&out.Attr)
	return c, 0
}

func (n *node) remove(name string) syscall.Errno {
	p := n.path(name)
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	n.fs.later(func(names map[string]*file) { delete(names, p) })
	return 0
}

func (n *node) Unlink(_ context.Context, name string) syscall.Errno { return n.remove(name) }

func (n *node) Rmdir(_ context.Context, name string) syscall.Errno {
	if c := n.GetChild(name); c != nil && len(c.Children()) > 0 {
		return syscall.ENOTEMPTY
	}
	return n.remove(name)
}

func (n *node) Rename(_ context.Context, name string, parent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	if flags != 0 {
		return syscall.EINVAL
	}
	from, to := n.path(name), parent.(*node).path(newName)
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	n.fs.later(func(names map[string]*file) { moved(names, from, to) })
	return 0
}

func (n *node) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

func (n *node) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	if off >= int64(len(n.file.data)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(dest[:copy(dest, n.file.data[off:])]), 0
}

func (n *node) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	f, end := n.file, off+int64(len(data))
	f.data = resize(f.data, max(end, int64(len(f.data))))
	copy(f.data[off:], data)
	if k := len(f.dirty); k > 0 && f.dirty[k-1][1] == off {
		f.dirty[k-1][1] = end
	} else {
		f.dirty = append(f.dirty, [2]int64{off, end})
	}
	return uint32(len(data)), 0
}

func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	n.fs.sync(n.file)
	return 0
}

func (n *node) Flush(context.Context, fs.FileHandle) syscall.Errno { return 0 }

// Statfs says that there is plenty of room.
func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	out.Bsize, out.Frsize, out.NameLen = 4096, 4096, 255
	out.Blocks, out.Bfree, out.Bavail = 1<<28, 1<<27, 1<<27
	out.Files, out.Ffree = 1<<20, 1<<19
	return 0
}

var (
	_ fs.NodeLookuper  = (*node)(nil)
	_ fs.NodeGetattrer = (*node)(nil)
	_ fs.NodeSetattrer = (*node)(nil)
	_ fs.NodeCreater   = (*node)(nil)
	_ fs.NodeMkdirer   = (*node)(nil)
	_ fs.NodeUnlinker  = (*node)(nil)
	_ fs.NodeRmdirer   = (*node)(nil)
	_ fs.NodeRenamer   = (*node)(nil)
	_ fs.NodeOpener    = (*node)(nil)
	_ fs.NodeReader    = (*node)(nil)
	_ fs.NodeWriter    = (*node)(nil)
	_ fs.NodeFsyncer   = (*node)(nil)
	_ fs.NodeFlusher   = (*node)(nil)
	_ fs.NodeStatfser  = (*node)(nil)
)
