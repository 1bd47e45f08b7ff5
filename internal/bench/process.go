package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// CeilingCommand is the hidden sub-command that runs [Ceiling].
const CeilingCommand = "bench-ceiling"

// process is a server to measure: a child of this process, or one that runs
// already.
type process struct {
	address string
	// The rest is of a child.
	cmd        *exec.Cmd // nil if it is not ours
	executable string
	args       []string
	dir        string // removed in the end
	done       chan struct{}
}

func startNode(ctx context.Context, o *Options, r row, more ...string) (*process, error) {
	args := []string{
		"start", "--listen", "127.0.0.1:0", "--data", "data",
		"--durability", r.Durability, "--partitions", strconv.Itoa(r.Partitions), "--log-format", "json",
	}
	if o.Profile != "" {
		args = append(args, "--pprof")
	}
	return startChild(ctx, o.Executable, append(args, more...)...)
}

// startChild runs the program in a folder of its own and waits until it has
// said where it listens.
func startChild(ctx context.Context, executable string, args ...string) (*process, error) {
	dir, err := os.MkdirTemp("", "shvm-db-bench-")
	if err != nil {
		return nil, err
	}
	p := &process{dir: dir, executable: executable, args: args}
	if err := p.start(ctx); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return p, nil
}

func (p *process) start(ctx context.Context) error {
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	p.address, p.done = "", make(chan struct{})
	p.cmd = exec.Command(p.executable, p.args...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = p.dir, log, log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	cmd, done := p.cmd, p.done
	go func() {
		cmd.Wait()
		close(done)
	}()
	for deadline := time.Now().Add(time.Minute); ; {
		text, err := os.ReadFile(log.Name())
		if p.address = listening(text); p.address != "" {
			return nil
		}
		select {
		case <-p.done:
			err = errors.Join(err, fmt.Errorf("the server to be measured ended: %s", text))
		case <-ctx.Done():
			err = errors.Join(err, ctx.Err())
		case <-time.After(2 * time.Millisecond):
			if time.Now().After(deadline) {
				err = errors.Join(err, fmt.Errorf("the server to be measured did not start: %s", text))
			}
		}
		if err != nil {
			p.end()
			return err
		}
	}
}

// restart stops the child and starts it again on the same files.
func (p *process) restart(ctx context.Context) error {
	p.end()
	return p.start(ctx)
}

// listening finds the address in the lines that a server logged.
func listening(log []byte) string {
	for line := range bytes.Lines(log) {
		var said struct{ Msg, Address string }
		if json.Unmarshal(line, &said) == nil && said.Msg == "listening" {
			return said.Address
		}
	}
	return ""
}

// foreign is a server that somebody else runs.
func foreign(endpoint string) (*process, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		return nil, errors.New("bench: --against takes a URL like http://localhost:8000")
	}
	return &process{address: u.Host}, nil
}

// profile writes a processor profile of a time from now on to a file.
func (p *process) profile(ctx context.Context, file string, d time.Duration) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.address, max(1, int(d.Seconds())))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("bench: no profile: %s", resp.Status)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, resp.Body)
	return errors.Join(err, out.Close())
}

// stop ends the child and removes its files.
func (p *process) stop() {
	if p.cmd == nil {
		return
	}
	p.end()
	os.RemoveAll(p.dir)
}

func (p *process) end() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
	}
}

// cpu is the processor time that the child has used, zero where it cannot be
// known.
func (p *process) cpu() time.Duration {
	if p.cmd == nil {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	// Past the name in parentheses, the 12th and 13th fields are user and
	// system time in ticks of 10 ms (proc(5)).
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}
