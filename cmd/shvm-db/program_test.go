package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testConfig is a node on any free port with its data in a folder of the test.
func testConfig(t *testing.T) Config {
	return Config{
		Listen: "127.0.0.1:0", Data: filepath.Join(t.TempDir(), "data"),
		Durability: ProcessDurability, Sleep: time.Minute, Grace: 30 * time.Second,
	}
}

// start runs a real node until the end of the test.
func start(t *testing.T, c Config) *Program {
	t.Helper()
	p := &Program{Config: c, Logger: slog.New(slog.DiscardHandler)}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error("close:", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	if err := p.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestANodeTellsItsHealthAndMeasures(t *testing.T) {
	c := testConfig(t)
	c.Pprof = true
	p := start(t, c)
	for _, path := range []string{"/livez", "/readyz", "/debug/pprof/", "/debug/pprof/goroutine?debug=1"} {
		if code, body := get(t, p.URL()+path); code != http.StatusOK {
			t.Error(path, code, body)
		}
	}
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		if resp, err := http.Head(p.URL() + path); err != nil || resp.StatusCode != http.StatusOK {
			t.Error("HEAD", path, resp, err)
		}
	}
	if code, _ := get(t, start(t, testConfig(t)).URL()+"/debug/pprof/"); code != http.StatusNotFound {
		t.Error("profiles without --pprof:", code)
	}
	if code, body := get(t, p.URL()+"/metrics"); code != http.StatusOK || !strings.Contains(body, "shvm_partitions_awake") {
		t.Error("/metrics", code)
	}
}

func TestTheBannerIsShortAndSaysWhereAndWhat(t *testing.T) {
	p := start(t, testConfig(t))
	text := banner(p)
	if n := strings.Count(text, "\n"); n >= 12 {
		t.Errorf("%d lines:\n%s", n, text)
	}
	for _, want := range []string{p.URL(), p.DataPath(), "NOT a power cut", "AWS_ENDPOINT_URL_DYNAMODB="} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestATakenPortIsRefusedBeforeAnyFileIsTouched(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c := testConfig(t)
	c.Listen = taken.Addr().String()
	p := &Program{Config: c}
	defer p.Close()
	err = p.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "--listen") || !strings.Contains(err.Error(), c.Listen) {
		t.Fatalf("got %v", err)
	}
	if found, _ := filepath.Glob(c.Data + "*"); len(found) != 0 {
		t.Errorf("made %v", found)
	}
}

func TestASecondNodeOnTheSameFolderIsRefused(t *testing.T) {
	c := testConfig(t)
	start(t, c)
	p := &Program{Config: c}
	err := p.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "--data") || !strings.Contains(err.Error(), c.Data) {
		t.Errorf("got %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error("close after a refused start:", err)
	}
}

func TestCloseMayComeTwiceAndBeforeRun(t *testing.T) {
	p := &Program{}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestANodeStartsAgainWhereItStopped(t *testing.T) {
	c := testConfig(t)
	for range 2 {
		p := &Program{Config: c}
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// command runs one command line to its end.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestHealthcheckTellsByItsExitCode(t *testing.T) {
	p := start(t, testConfig(t))
	if code, _, errs := command(t, "healthcheck", "--listen", p.listener.Addr().String()); code != exitOK {
		t.Error("ready:", code, errs)
	}
	p.health.Starting("stopping")
	if code, _, errs := command(t, "healthcheck", "--listen", p.listener.Addr().String()); code != exitFailure || !strings.Contains(errs, "stopping") {
		t.Error("not ready:", code, errs)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	if code, _, errs := command(t, "healthcheck", "--listen", free.Addr().String()); code != exitFailure || !strings.Contains(errs, "no node answers") {
		t.Error("no node:", code, errs)
	}
}

func TestStartRunsUntilItIsTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	started := &signalWriter{seen: make(chan struct{})}
	done := make(chan int)
	var errs bytes.Buffer
	go func() {
		done <- run(ctx, []string{"--listen", "127.0.0.1:0", "--data", filepath.Join(t.TempDir(), "data"), "--log-level", "error"}, started, &errs)
	}()
	select {
	case <-started.seen:
	case code := <-done:
		t.Fatal("ended with", code, errs.String())
	}
	stop()
	if code := <-done; code != exitOK {
		t.Fatal(code, errs.String())
	}
}

// signalWriter tells when something was written.
type signalWriter struct{ seen chan struct{} }

func (w *signalWriter) Write(p []byte) (int, error) {
	close(w.seen)
	return len(p), nil
}
