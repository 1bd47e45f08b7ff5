package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"shvm-db/internal/fault"
)

// refusals count what clients were refused, and transactions by their phases.
type refusals struct {
	total     *prometheus.CounterVec   // type
	cancelled *prometheus.CounterVec   // reason
	throttled *prometheus.CounterVec   // reason
	phases    *prometheus.HistogramVec // phase
}

func newRefusals() refusals {
	return refusals{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "shvm_refusals_total",
			Help: "API requests that were refused, by the type of the error.",
		}, []string{"type"}),
		cancelled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "shvm_transaction_cancellations_total",
			Help: "Actions for which transactions were cancelled, by reason.",
		}, []string{"reason"}),
		throttled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "shvm_throttled_total",
			Help: "API requests over a limit, by the limit.",
		}, []string{"reason"}),
		phases: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "shvm_transaction_phase_seconds",
			Help: "Time that transactions spent in each phase: alone is one of a single partition, " +
				"recover is the finishing of one that was left behind.", Buckets: latencyBuckets,
		}, []string{"phase"}),
	}
}

func (r *refusals) collectors() []prometheus.Collector {
	return []prometheus.Collector{r.total, r.cancelled, r.throttled, r.phases}
}

// Refused counts one refused request. The types and reasons are those of the
// service's catalogue: few.
func (m *Metrics) Refused(f *fault.Error) {
	if m == nil {
		return
	}
	m.refusals.total.WithLabelValues(f.Type).Inc()
	for i := range f.Reasons {
		if code := f.Reasons[i].Code; code != "None" {
			m.refusals.cancelled.WithLabelValues(code).Inc()
		}
	}
	for i := range f.Throttling {
		m.refusals.throttled.WithLabelValues(f.Throttling[i].Reason).Inc()
	}
}

// Transacted tells of one phase of a transaction, and how long it took.
func (m *Metrics) Transacted(phase string, took time.Duration) {
	if m == nil {
		return
	}
	m.refusals.phases.WithLabelValues(phase).Observe(took.Seconds())
}
