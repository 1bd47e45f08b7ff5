package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// server is a process to measure that lives in the test.
func server(t *testing.T, h http.HandlerFunc) *process {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &process{address: strings.TrimPrefix(s.URL, "http://")}
}

func options(t *testing.T) *Options {
	t.Helper()
	o := &Options{Executable: "none"}
	if err := o.defaults(); err != nil {
		t.Fatal(err)
	}
	if err := o.validate(); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestEveryLoadAsksInValidJSON(t *testing.T) {
	o := options(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, row := range rows {
		operation, body := row.load(o).next(r, nil)
		if operation == "" || !json.Valid(body) {
			t.Errorf("%s: %s %s", row.Name, operation, body)
		}
		if d := row.Table.definition(); !json.Valid(d) {
			t.Errorf("%s: %s", row.Name, d)
		}
	}
}

func TestThePutIsOfTheSizeThatTargetsAreSetFor(t *testing.T) {
	_, body := newPut(options(t), tableName).next(rand.New(rand.NewPCG(1, 2)), nil)
	if len(body) < 300 || len(body) > 450 {
		t.Errorf("%d bytes: %s", len(body), body)
	}
}

func TestTheCeilingFindsTheFields(t *testing.T) {
	p := server(t, bare(func([]byte) error { return nil }))
	w, err := dial(p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	_, body := newPut(options(t), tableName).next(rand.New(rand.NewPCG(1, 2)), nil)
	for range 3 {
		if status, answer, err := w.ask("PutItem", body); err != nil || status != 200 || string(answer) != "{}" {
			t.Fatal(status, string(answer), err)
		}
	}
	if status, _, err := w.ask("PutItem", []byte(`{"a":1}`)); err != nil || status != 400 {
		t.Error("without the fields:", status, err)
	}
}

func TestDriveCountsWhatWasAnswered(t *testing.T) {
	var served atomic.Int64
	p := server(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		served.Add(1)
		w.Header()["Content-Length"] = []string{"2"}
		io.WriteString(w, "{}")
	})
	result, err := drive(t.Context(), p, 4, 100*time.Millisecond, newPut(options(t), tableName))
	if err != nil {
		t.Fatal(err)
	}
	if result.PerSecond <= 0 || result.P50 <= 0 || result.P99 < result.P50 || served.Load() == 0 {
		t.Errorf("%+v", result)
	}
}

func TestDriveStopsAtAnAnswerThatIsNotExpected(t *testing.T) {
	p := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no room", http.StatusInternalServerError)
	})
	_, err := drive(t.Context(), p, 4, time.Minute, newPut(options(t), tableName))
	if err == nil || !strings.Contains(err.Error(), "no room") {
		t.Error(err)
	}
}

func TestDriveEndsWithItsContext(t *testing.T) {
	block := make(chan struct{})
	p := server(t, func(w http.ResponseWriter, r *http.Request) { <-block })
	defer close(block)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := drive(ctx, p, 4, time.Minute, newPut(options(t), tableName)); err == nil {
		t.Error("no error")
	}
}

func TestWireReadsChunksToo(t *testing.T) {
	p := server(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"a":`)
		w.(http.Flusher).Flush()
		io.WriteString(w, `1}`)
	})
	w, err := dial(p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for range 3 {
		if status, answer, err := w.ask("GetItem", []byte("{}")); err != nil || status != 200 || string(answer) != `{"a":1}` {
			t.Fatal(status, string(answer), err)
		}
	}
}

func TestCeilingServesUntilItIsTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- Ceiling(ctx, slog.New(slog.NewJSONHandler(pw, nil)), "") }()
	line := make([]byte, 4096)
	n, err := pr.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	if listening(line[:n]) == "" {
		t.Errorf("no address in %s", line[:n])
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{Rows: "no-such-row", Executable: "x"}, {Rows: "(", Executable: "x"}, {ItemBytes: 1}, {Runs: -1}, {Keys: "zipf"},
	} {
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

func TestTheDurableCeilingKeepsEachBodyBeforeItAnswers(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := dial(server(t, bare(appending(f))).address)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	var want []byte
	puts, r := newPut(options(t), tableName), rand.New(rand.NewPCG(1, 2))
	for range 3 {
		_, body := puts.next(r, nil)
		want = append(want, body...)
		if status, answer, err := w.ask("PutItem", body); err != nil || status != 200 {
			t.Fatal(status, string(answer), err)
		}
		if kept, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(kept, want) {
			t.Errorf("%d bytes are there, %d were answered: %v", len(kept), len(want), err)
		}
	}
	f.Close()
	_, body := puts.next(r, nil)
	if status, _, err := w.ask("PutItem", body); err != nil || status != 500 {
		t.Error("without its file:", status, err)
	}
}

func TestTheDurableCeilingSaysThatItsFileCannotBeMade(t *testing.T) {
	err := Ceiling(t.Context(), slog.New(slog.DiscardHandler), filepath.Join(t.TempDir(), "no-such-folder", "journal"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestALookMeasuresWhatTheRowNeeds(t *testing.T) {
	// asked are the connections over which a ceiling was asked.
	ceiling := func(asked *sync.Map) *process {
		return server(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			asked.Store(r.RemoteAddr, true)
			io.WriteString(w, "{}")
		})
	}
	size := func(m *sync.Map) (n int) {
		m.Range(func(any, any) bool { n++; return true })
		return n
	}
	o := options(t)
	o.Duration = 4 * time.Second
	for _, c := range []struct {
		row           row
		bare, durable int // connections
	}{
		{row{Connections: 2}, 2, 0},
		{row{Connections: 1, ReachWait: 120}, 1 + referenceClients, 1},
	} {
		var bare, durable sync.Map
		l, err := ceilings{bare: ceiling(&bare), durable: ceiling(&durable)}.look(t.Context(), o, c.row)
		if err != nil {
			t.Fatal(err)
		}
		if size(&bare) != c.bare || size(&durable) != c.durable {
			t.Errorf("%+v: asked over %d and %d connections", c.row, size(&bare), size(&durable))
		}
		if c.durable == 0 && l != (look{bare: l.bare}) || l.fsync < 0 {
			t.Errorf("%+v: %+v", c.row, l)
		}
	}
}

func TestOnlyOneConnectionAndAnFsyncHaveAWait(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want float64
	}{{Options{}, 120}, {Options{Connections: 1}, 120}, {Options{Connections: 2}, 0}, {Options{Durability: "process"}, 0}} {
		c.o.Rows = "put-one"
		rows, _, err := c.o.selected()
		if err != nil || len(rows) != 1 || rows[0].ReachWait != c.want {
			t.Errorf("%+v: %+v, %v", c.o, rows, err)
		}
	}
}

func TestTargetsInTimeAreForTheSpeedOfTheMachine(t *testing.T) {
	half := look{bare: Result{PerSecond: 5000, P50: 100}, speed: 0.5, fsync: 300}
	l := between(half, look{bare: Result{PerSecond: 3000, P50: 140}, speed: 0.3, fsync: 500})
	x := Result{PerSecond: 1000, P50: 1000}
	x.row(row{Name: "one", ReachWait: 120})
	x.compare(l)
	if x.Ceiling != 4000 || x.Ratio != 0.25 || x.CeilingP50 != 120 || x.FsyncP50 != 400 || x.Wait != 480 || x.ReachWaitHere != 300 {
		t.Errorf("%+v", x)
	}
	slow, memory := paced(figure("wake", "", 9, "ms", 5)), figure("memory", "", 30, "MB", 80)
	slow.compare(l.speed)
	memory.compare(l.speed)
	if slow.ReachHere != 12.5 || memory.ReachHere != 0 {
		t.Errorf("%+v %+v", slow, memory)
	}
	for _, r := range []*Report{{Rows: []Result{x}}, {Figures: []Figure{slow, memory}}} {
		var text bytes.Buffer
		if err := r.Table(&text); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), "whose ceiling is 80000/s") {
			t.Errorf("it does not say what the targets are for:\n%s", text.String())
		}
	}
	var text bytes.Buffer
	if err := (&Report{Rows: []Result{x}, Figures: []Figure{slow, memory}}).Table(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"(reach 5, here 12.5)", "(reach 80)", "= 120µs of the ceiling + 400µs of an fsync + 480µs (reach 120µs, here 300µs)"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
}

func TestTheReportPrintsBothWays(t *testing.T) {
	r := newReport(*options(t))
	x := Result{PerSecond: 32_000, P50: 1900, P99: 4000, ServerCPU: 30}
	x.row(rows[0])
	x.compare(between(look{bare: Result{PerSecond: 70_000, P50: 600, ServerCPU: 8}, fsync: 150},
		look{bare: Result{PerSecond: 90_000, P50: 800, ServerCPU: 12}, fsync: 250}))
	if x.Ratio != 0.4 || x.CPURatio != 3 || x.Wait != 1000 {
		t.Errorf("%+v", x)
	}
	r.Rows = []Result{x}
	var text, machine bytes.Buffer
	if err := r.Table(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), ", here ") || strings.Contains(text.String(), "\nhere:") {
		t.Errorf("a target in time, where there is none:\n%s", text.String())
	}
	for _, want := range []string{"32000", "0.40", "0.35", "1.9ms", "PutItem"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in\n%s", want, text.String())
		}
	}
	if err := r.JSON(&machine); err != nil || !json.Valid(machine.Bytes()) {
		t.Error(err)
	}
}
