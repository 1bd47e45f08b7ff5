package telemetry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"shvm-db/internal/fault"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestWhatIsRecordedIsScraped(t *testing.T) {
	m := New()
	m.Request("PutItem", 200, 3*time.Millisecond)
	m.Request("PutItem", 200, 4*time.Millisecond)
	m.Request("PutItem", 400, time.Millisecond)
	m.Published(64, 40_000, time.Millisecond)
	m.Committed(100, time.Millisecond)
	m.Applied(64, time.Millisecond)
	m.Checkpointed(time.Millisecond)
	m.Woke(time.Millisecond)
	m.Awake(3)
	m.Transacted("prepare", time.Millisecond)
	m.Refused(fault.Cancelled([]fault.Reason{fault.ReasonOf(nil), fault.ReasonOf(fault.ConditionFailed(nil))}))
	m.Refused(fault.ProvisionedTable(fault.ThrottlingReason{Reason: "TableWriteProvisionedThroughputExceeded"}))
	text := scrape(t, m)
	for _, want := range []string{
		`shvm_requests_total{code="200",operation="PutItem"} 2`,
		`shvm_requests_total{code="400",operation="PutItem"} 1`,
		`shvm_request_duration_seconds_count{operation="PutItem"} 3`,
		`shvm_batch_commands_sum 64`,
		`shvm_sqlite_commit_commands_sum 100`,
		`shvm_apply_seconds_count 1`,
		`shvm_checkpoint_seconds_count 1`,
		`shvm_partition_wake_seconds_count 1`,
		`shvm_partitions_awake 3`,
		`shvm_transaction_phase_seconds_count{phase="prepare"} 1`,
		`shvm_refusals_total{type="TransactionCanceledException"} 1`,
		`shvm_transaction_cancellations_total{reason="ConditionalCheckFailed"} 1`,
		`shvm_throttled_total{reason="TableWriteProvisionedThroughputExceeded"} 1`,
		`go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestNilMetricsRecordNothing(t *testing.T) {
	var m *Metrics
	m.Request("PutItem", 200, 0)
	m.Published(1, 1, 0)
	m.Committed(1, 0)
	m.Woke(0)
	m.Transacted("prepare", 0)
	m.Refused(fault.KeyMismatch())
	m.Awake(0)
	m.Applied(1, 0)
	m.Checkpointed(0)
}

func TestReadyFollowsTheNode(t *testing.T) {
	var h Health
	ask := func() (int, string) {
		w := httptest.NewRecorder()
		h.ServeReady(w, httptest.NewRequest("GET", "/readyz", nil))
		return w.Code, w.Body.String()
	}
	if code, _ := ask(); code != http.StatusServiceUnavailable {
		t.Error("ready before the start:", code)
	}
	h.Ready(nil)
	if code, _ := ask(); code != http.StatusOK {
		t.Error("not ready:", code)
	}
	h.Ready(func(context.Context) error { return errors.New("journal stopped") })
	if code, body := ask(); code != http.StatusServiceUnavailable || !strings.Contains(body, "journal stopped") {
		t.Error(code, body)
	}
	h.Starting("stopping")
	if code, body := ask(); code != http.StatusServiceUnavailable || !strings.Contains(body, "stopping") {
		t.Error(code, body)
	}
	w := httptest.NewRecorder()
	h.Live(w, httptest.NewRequest("GET", "/livez", nil))
	if w.Code != http.StatusOK {
		t.Error("not alive:", w.Code)
	}
}

func BenchmarkRequest(b *testing.B) {
	m := New()
	b.ReportAllocs()
	for b.Loop() {
		m.Request("PutItem", 200, time.Millisecond)
	}
}
