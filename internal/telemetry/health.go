package telemetry

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
)

// Health answers whether a node is alive and whether it can serve.
//
// Alive means that the process answers at all: restarting it may help when it
// does not. Ready means that requests will be served.
type Health struct {
	state atomic.Pointer[readiness]
}

type readiness struct {
	ready  bool
	reason string
	check  func(context.Context) error
}

// Starting says that the node cannot serve yet, or no longer, and why.
func (h *Health) Starting(reason string) { h.state.Store(&readiness{reason: reason}) }

// Ready says that the node can serve as long as check, if not nil, agrees.
func (h *Health) Ready(check func(context.Context) error) {
	h.state.Store(&readiness{ready: true, check: check})
}

// Live answers 200 whenever it is asked.
func (h *Health) Live(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "alive", "") }

// ServeReady answers 200 when the node can serve, else 503 and the reason.
func (h *Health) ServeReady(w http.ResponseWriter, r *http.Request) {
	s := h.state.Load()
	switch {
	case s == nil:
		answer(w, http.StatusServiceUnavailable, "not ready", "starting")
	case !s.ready:
		answer(w, http.StatusServiceUnavailable, "not ready", s.reason)
	default:
		if s.check != nil {
			if err := s.check(r.Context()); err != nil {
				answer(w, http.StatusServiceUnavailable, "not ready", err.Error())
				return
			}
		}
		answer(w, http.StatusOK, "ready", "")
	}
}

func answer(w http.ResponseWriter, code int, status, reason string) {
	body, _ := json.Marshal(struct {
		Status string `json:"status"`
		Reason string `json:"reason,omitempty"`
	}{status, reason})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	w.Write(append(body, '\n'))
}
