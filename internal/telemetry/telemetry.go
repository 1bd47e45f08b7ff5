// Package telemetry is what a running node tells about itself: its metrics
// under Prometheus names, and whether it is alive and ready.
//
// Everything hangs on a [Metrics] that is passed in; nothing is global. A nil
// *Metrics is valid and records nothing, so that a test need not make one.
package telemetry

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the measures of one node.
type Metrics struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec   // operation, code
	latency  *prometheus.HistogramVec // operation
	series   sync.Map                 // requestKey → *requestSeries

	batchCommands  prometheus.Histogram
	batchBytes     prometheus.Histogram
	publishSeconds prometheus.Histogram
	applySeconds   prometheus.Histogram
	commitSeconds  prometheus.Histogram
	commitCommands prometheus.Histogram
	checkpoints    prometheus.Histogram
	wakeSeconds    prometheus.Histogram
	awake          prometheus.Gauge
	refusals       refusals
}

type requestKey struct {
	operation string
	code      int
}

// requestSeries are looked up once: finding a series by its labels costs more
// than counting in it.
type requestSeries struct {
	count   prometheus.Counter
	latency prometheus.Observer
}

// Buckets from 50 µs, which is about the fastest answer over loopback, to 10 s.
var latencyBuckets = []float64{
	50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 50e-3, 0.1, 0.2, 0.5, 1, 2, 5, 10,
}

var countBuckets = prometheus.ExponentialBuckets(1, 2, 14)

// New makes the measures of one node, in a registry of their own.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "shvm_requests_total",
			Help: "Answered API requests, by operation and HTTP status.",
		}, []string{"operation", "code"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "shvm_request_duration_seconds",
			Help: "Time from a request's headers to its answer.", Buckets: latencyBuckets,
		}, []string{"operation"}),
		batchCommands: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "shvm_batch_commands",
			Help: "Commands that were published to the journal together.", Buckets: countBuckets,
		}),
		batchBytes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "shvm_batch_bytes",
			Help: "Size of what was published to the journal at once.", Buckets: prometheus.ExponentialBuckets(256, 4, 9),
		}),
		publishSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "shvm_journal_publish_seconds",
			Help: "Time from a publish to the journal to its acknowledgement.", Buckets: latencyBuckets,
		}),
		applySeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "shvm_apply_seconds",
			Help: "Time to apply the commands of one batch to SQLite.", Buckets: latencyBuckets,
		}),
		commitSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "shvm_sqlite_commit_seconds",
			Help: "Duration of SQLite's COMMIT.", Buckets: latencyBuckets,
		}),
		commitCommands: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "shvm_sqlite_commit_commands",
			Help: "Commands that one SQLite transaction took.", Buckets: prometheus.ExponentialBuckets(1, 4, 10),
		}),
		checkpoints: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "shvm_checkpoint_seconds",
			Help: "Time to bring every partition's changes to disk.", Buckets: latencyBuckets,
		}),
		wakeSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "shvm_partition_wake_seconds",
			Help: "Time to open the file of a sleeping partition.", Buckets: latencyBuckets,
		}),
		awake: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "shvm_partitions_awake", Help: "Partitions whose file is open.",
		}),
		refusals: newRefusals(),
	}
	m.registry.MustRegister(
		m.requests, m.latency, m.batchCommands, m.batchBytes, m.publishSeconds,
		m.applySeconds, m.commitSeconds, m.commitCommands, m.checkpoints, m.wakeSeconds, m.awake,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.registry.MustRegister(m.refusals.collectors()...)
	return m
}

// Registry is where a package registers measures of its own.
func (m *Metrics) Registry() prometheus.Registerer { return m.registry }

// Handler serves the measures in Prometheus's text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Request counts one answered request by its HTTP status. The operation must
// be one that exists, since a series is kept for each.
func (m *Metrics) Request(operation string, code int, took time.Duration) {
	if m == nil {
		return
	}
	key := requestKey{operation, code}
	found, ok := m.series.Load(key)
	if !ok {
		found, _ = m.series.LoadOrStore(key, &requestSeries{
			count:   m.requests.WithLabelValues(operation, strconv.Itoa(code)),
			latency: m.latency.WithLabelValues(operation),
		})
	}
	s := found.(*requestSeries)
	s.count.Inc()
	s.latency.Observe(took.Seconds())
}

// Published tells of one batch that the journal acknowledged.
func (m *Metrics) Published(commands, bytes int, took time.Duration) {
	if m == nil {
		return
	}
	m.batchCommands.Observe(float64(commands))
	m.batchBytes.Observe(float64(bytes))
	m.publishSeconds.Observe(took.Seconds())
}

// Applied tells of one batch that was applied.
func (m *Metrics) Applied(_ int, took time.Duration) {
	if m != nil {
		m.applySeconds.Observe(took.Seconds())
	}
}

// Committed tells of one COMMIT of a partition's file and how many commands
// it took.
func (m *Metrics) Committed(commands int, took time.Duration) {
	if m == nil {
		return
	}
	m.commitCommands.Observe(float64(commands))
	m.commitSeconds.Observe(took.Seconds())
}

// Checkpointed tells of one checkpoint.
func (m *Metrics) Checkpointed(took time.Duration) {
	if m != nil {
		m.checkpoints.Observe(took.Seconds())
	}
}

// Woke tells that a partition's file was opened, and how long that took.
func (m *Metrics) Woke(took time.Duration) {
	if m != nil {
		m.wakeSeconds.Observe(took.Seconds())
	}
}

// Awake tells how many partitions have their file open now.
func (m *Metrics) Awake(partitions int) {
	if m != nil {
		m.awake.Set(float64(partitions))
	}
}
