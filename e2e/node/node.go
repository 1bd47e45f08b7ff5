// Package node starts real shvm-db processes for tests: the program is built
// once, each node listens on a port of its own, and none outlives its test.
//
// A package that uses it hands its tests to [Main].
package node

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience is how long a test waits for a condition before it fails: far more
// than any of them takes, so that a loaded machine fails no test.
const Patience = 45 * time.Second

// Main runs the tests of a package and then removes what was built for them:
//
//	func TestMain(m *testing.M) { os.Exit(node.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	builds.remove()
	return code
}

// Options of a node. The zero value is a node with a fresh folder, durable
// against the end of its process.
type Options struct {
	// Data is the folder; "" is one that the test removes.
	Data string
	// Listen is the address; "" is any free port of loopback.
	Listen string
	// Durability is "fsync" or "process"; "" is "process".
	Durability string
	// Args are further flags, Env further variables.
	Args, Env []string
	// Tags are build tags of the program.
	Tags string
}

// Node is one running process.
type Node struct {
	// URL is its endpoint, Addr the host and port of it.
	URL, Addr string
	// Data is its folder.
	Data string

	tb      testing.TB
	options Options
	cmd     *exec.Cmd
	log     string
	done    chan struct{} // closed when the process has ended
	err     error         // of Wait; read after done
}

// Start runs a node and waits until it is ready. It is killed, at the latest,
// when the test ends.
func Start(tb testing.TB, o Options) *Node {
	tb.Helper()
	n, err := Try(tb, o)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// Try is Start for a node that may refuse to start: then the error holds what
// it printed.
func Try(tb testing.TB, o Options) (*Node, error) {
	tb.Helper()
	if o.Data == "" {
		o.Data = filepath.Join(tb.TempDir(), "data")
	}
	if o.Listen == "" {
		listen, err := FreeAddress()
		if err != nil {
			return nil, err
		}
		o.Listen = listen
	}
	if o.Durability == "" {
		o.Durability = "process"
	}
	n := &Node{tb: tb, options: o, Data: o.Data}
	return n, n.start()
}

func (n *Node) start() error {
	n.tb.Helper()
	bin, err := builds.binary(n.options.Tags)
	if err != nil {
		return err
	}
	// The output goes to a file: a pipe that a leaked child holds open would
	// keep the test's own reader waiting.
	log, err := os.CreateTemp(n.tb.TempDir(), "log-")
	if err != nil {
		return err
	}
	defer log.Close()
	n.log = log.Name()
	o := n.options
	n.cmd = exec.Command(bin, append([]string{
		"--listen", o.Listen, "--data", o.Data, "--durability", o.Durability, "--log-format", "json",
	}, o.Args...)...)
	n.cmd.Env = append(os.Environ(), o.Env...)
	n.cmd.Stdout, n.cmd.Stderr = log, log
	if err := n.cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	n.done = done
	go func() {
		n.err = n.cmd.Wait()
		close(done)
	}()
	cmd := n.cmd
	n.tb.Cleanup(func() {
		cmd.Process.Kill()
		<-done
		if n.tb.Failed() && n.cmd == cmd {
			n.tb.Logf("the node's log ends with:\n%s", n.Tail(40))
		}
	})
	return n.awaitReady()
}

func (n *Node) awaitReady() error {
	deadline := time.Now().Add(Patience)
	for time.Now().Before(deadline) {
		select {
		case <-n.done:
			return fmt.Errorf("the node ended (%v):\n%s", n.err, n.Tail(40))
		default:
		}
		if addr := n.address(); addr != "" {
			n.Addr, n.URL = addr, "http://"+addr
			if resp, err := http.Get(n.URL + "/readyz"); err == nil {
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					return nil
				}
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	n.Kill()
	return fmt.Errorf("the node was not ready after %v:\n%s", Patience, n.Tail(40))
}

// address finds the line that the node logs when it listens.
func (n *Node) address() string {
	text, err := os.ReadFile(n.log)
	if err != nil {
		return ""
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
			return line.Address
		}
	}
	return ""
}

// FreeAddress is an address of loopback that nobody listens on, with a port
// below those that the system gives to outgoing connections: while a node is
// down, a client's connection must not take the port it comes back to. (A
// client that dials a port of that range may even be given the same port and
// be connected to itself.)
func FreeAddress() (string, error) {
	const low, high = 15_000, 32_000
	var last error
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", low+rand.IntN(high-low))
		l, err := net.Listen("tcp", address)
		if err == nil {
			return address, l.Close()
		}
		last = err
	}
	return "", fmt.Errorf("no free port: %w", last)
}

// Tail is the last lines that the node printed.
func (n *Node) Tail(lines int) string {
	text, err := os.ReadFile(n.log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// PID is the number of the process.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Kill ends the process at once, as SIGKILL does, and waits for its end.
func (n *Node) Kill() {
	n.cmd.Process.Kill()
	<-n.done
}

// Stop asks the process to end, waits, and fails the test if it did not end
// cleanly.
func (n *Node) Stop() {
	n.tb.Helper()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		n.tb.Fatal("stop:", err)
	}
	select {
	case <-n.done:
		if n.err != nil {
			n.tb.Fatalf("the node did not stop cleanly: %v\n%s", n.err, n.Tail(40))
		}
	case <-time.After(Patience):
		n.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines go to the log
		<-n.done
		n.tb.Fatalf("the node did not stop within %v\n%s", Patience, n.Tail(200))
	}
}

// Ended says whether the process has ended.
func (n *Node) Ended() bool {
	select {
	case <-n.done:
		return true
	default:
		return false
	}
}

// Setenv sets a variable, as NAME=value, for the starts to come.
func (n *Node) Setenv(variable string) { n.options.Env = append(n.options.Env, variable) }

// Restart starts the node again, after Kill or Stop, with the same folder on
// the same port.
func (n *Node) Restart() {
	n.tb.Helper()
	if err := n.TryRestart(); err != nil {
		n.tb.Fatal(err)
	}
}

// TryRestart is Restart for a node that may refuse.
func (n *Node) TryRestart() error {
	n.tb.Helper()
	n.options.Listen = n.Addr
	return n.start()
}

// Program is the path of the program, built if need be, for a test that runs
// one of its other commands.
func Program() (string, error) { return builds.binary("") }

// builds are the programs built by this process, by their build tags.
var builds = &buildCache{made: map[string]string{}}

type buildCache struct {
	mu   sync.Mutex
	dir  string
	made map[string]string
}

// binary gives the program's path. SHVM_E2E_BINARY names one that is there
// already.
func (b *buildCache) binary(tags string) (string, error) {
	if ready := os.Getenv("SHVM_E2E_BINARY"); ready != "" && tags == "" {
		return ready, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if path, ok := b.made[tags]; ok {
		return path, nil
	}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "shvm-db-e2e-")
		if err != nil {
			return "", err
		}
		b.dir = dir
	}
	path := filepath.Join(b.dir, fmt.Sprintf("shvm-db-%d", len(b.made)))
	build := exec.Command("go", "build", "-tags", tags, "-o", path, "shvm-db/cmd/shvm-db")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build -tags %q: %w\n%s", tags, err, out)
	}
	b.made[tags] = path
	return path, nil
}

func (b *buildCache) remove() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}
