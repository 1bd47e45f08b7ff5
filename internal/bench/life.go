package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Figure is something about a node that is not a load: how fast it starts,
// what it takes while it does nothing.
type Figure struct {
	Name  string  `json:"name"`
	Title string  `json:"title"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Reach is the value that the project wants, 0 if none is set; smaller is
	// better.
	Reach float64 `json:"reach"`
	// ReachHere is, of a target that is set for the speed of a machine, what it is
	// at Speed (see Result).
	ReachHere float64 `json:"reach_here,omitempty"`
	Speed     float64 `json:"speed,omitempty"`

	paced bool // Reach is set for the speed of a machine
}

func figure(name, title string, value float64, unit string, reach float64) Figure {
	return Figure{Name: name, Title: title, Value: value, Unit: unit, Reach: reach}
}

// paced is a figure whose target is set for the speed of a machine.
func paced(f Figure) Figure {
	f.paced = true
	return f
}

// compare sets a figure against the speed of the machine.
func (f *Figure) compare(speed float64) {
	f.Speed = speed
	if f.paced {
		f.ReachHere = scaled(f.Reach, speed)
	}
}

// figures are measured by name, each a few together.
var figures = []struct {
	name    string
	measure func(*Options, context.Context) ([]Figure, error)
}{
	{"start", (*Options).start},
	{"wake", (*Options).wake},
	{"sleepers", (*Options).sleepers},
	{"stream-visible", (*Options).streamVisible},
	{"stream-read", (*Options).streamRead},
}

// start is the time from the start of the process to its first answer, and the
// memory of a node that has nothing to do.
func (o *Options) start(ctx context.Context) ([]Figure, error) {
	h := newHistogram()
	var memory float64
	for range 5 {
		began := time.Now()
		p, err := startNode(ctx, o, row{Durability: "fsync", Partitions: 1})
		if err != nil {
			return nil, err
		}
		_, err = p.once("ListTables", "{}")
		h.RecordValue(time.Since(began).Microseconds())
		memory = float64(p.resident()) / (1 << 20)
		p.stop()
		if err != nil {
			return nil, err
		}
	}
	return []Figure{
		figure("start", "start to first answer, median of 5", float64(h.ValueAtQuantile(50))/1000, "ms", 300),
		figure("idle-memory", "resident memory of a node without data", memory, "MB", 80),
	}, nil
}

// wake is the time of a GetItem whose partition sleeps.
func (o *Options) wake(ctx context.Context) ([]Figure, error) {
	const partitions, items = 128, 5000
	p, err := startNode(ctx, o, row{Durability: "fsync", Partitions: partitions}, "--sleep", "500ms")
	if err != nil {
		return nil, err
	}
	defer p.stop()
	small := *o
	small.Items = items
	if err := small.prepare(ctx, p, row{Table: table{Filled: true}}); err != nil {
		return nil, err
	}
	w, err := dial(p.address)
	if err != nil {
		return nil, err
	}
	defer w.close()
	asleep, awake := newHistogram(), newHistogram()
	reads := &get{keys{items: items}, true}
	r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	for range 5 {
		if err := p.asleep(ctx); err != nil {
			return nil, err
		}
		// Few enough that nearly each one meets a partition that still sleeps.
		for range 25 {
			operation, body := reads.next(r, nil)
			// The second time it is awake: what it takes then is the machine's.
			for _, h := range []*hdrhistogram.Histogram{asleep, awake} {
				began := time.Now()
				status, answer, err := w.ask(operation, body)
				if err != nil {
					return nil, err
				}
				if !reads.good(status, answer) {
					return nil, fmt.Errorf("%s was answered %d %s", operation, status, answer)
				}
				h.RecordValue(time.Since(began).Microseconds())
			}
		}
	}
	ms := func(h *hdrhistogram.Histogram, q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	return []Figure{
		paced(figure("wake-p50", "GetItem of a sleeping partition, p50", ms(asleep, 50), "ms", 5)),
		paced(figure("wake-p99", "GetItem of a sleeping partition, p99", ms(asleep, 99), "ms", 5)),
		figure("awake-p50", "the same GetItem again, p50", ms(awake, 50), "ms", 0),
		figure("awake-p99", "the same GetItem again, p99", ms(awake, 99), "ms", 0),
	}, nil
}

// sleepers is what 10,000 sleeping partitions cost a node that has just
// started.
func (o *Options) sleepers(ctx context.Context) ([]Figure, error) {
	p, err := startNode(ctx, o, row{Durability: "process", Partitions: 10_000}, "--sleep", "1s")
	if err != nil {
		return nil, err
	}
	defer p.stop()
	alone := float64(p.resident())
	fmt.Fprintf(o.Progress, "  making 10,000 partitions\n")
	if err := o.prepare(ctx, p, row{}); err != nil {
		return nil, err
	}
	if err := p.asleep(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := p.restart(ctx); err != nil {
		return nil, err
	}
	if _, err := p.once("ListTables", "{}"); err != nil {
		return nil, err
	}
	started := time.Since(began)
	wait(ctx, 2*time.Second) // what the start left to do
	cpu := p.cpu()
	wait(ctx, 5*time.Second)
	busy := p.cpu() - cpu
	return []Figure{
		figure("sleepers-start", "start to first answer with 10,000 sleeping partitions", float64(started.Microseconds())/1000, "ms", 300),
		figure("sleepers-memory", "memory for 10,000 sleeping partitions", (float64(p.resident())-alone)/(1<<20), "MB", 100),
		figure("sleepers-cpu", "processor while they sleep", 100*busy.Seconds()/5, "% of a core", 1),
	}, nil
}

// once asks one thing over a connection of its own.
func (p *process) once(operation, body string) ([]byte, error) {
	w, err := dial(p.address)
	if err != nil {
		return nil, err
	}
	defer w.close()
	status, answer, err := w.ask(operation, []byte(body))
	if err == nil && !isOK(status) {
		err = fmt.Errorf("%s was answered %d %s", operation, status, answer)
	}
	return answer, err
}

// asleep waits until no partition is awake.
func (p *process) asleep(ctx context.Context) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); wait(ctx, 200*time.Millisecond) {
		resp, err := http.Get("http://" + p.address + "/metrics")
		if err != nil {
			return err
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte("\nshvm_partitions_awake 0\n")) {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return fmt.Errorf("bench: partitions stayed awake for %v", patience)
}

// resident is the memory of the child in bytes (proc(5)).
func (p *process) resident() int64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "statm"))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(text))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
