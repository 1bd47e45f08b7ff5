package gateway

import "net/http"

// The answers that are not of an operation.

// health is GET /.
func (g *Gateway) health(w http.ResponseWriter, r *http.Request) {
	begin(w, r)
	send(w, http.StatusOK, []byte("healthy: "+g.host+" "))
}

// preflight is what a browser asks before it sends a request from another
// origin.
func (g *Gateway) preflight(w http.ResponseWriter, r *http.Request) {
	begin(w, r)
	if r.Header.Get("Origin") == "" {
		nowhere(w)
		return
	}
	h := w.Header()
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	if asked := r.Header.Get("Access-Control-Request-Method"); asked != "" {
		h.Set("Access-Control-Allow-Methods", asked)
	}
	h.Set("Access-Control-Max-Age", "172800")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// nowhere is the answer to another path or method.
func (g *Gateway) nowhere(w http.ResponseWriter, r *http.Request) {
	begin(w, r)
	if r.ContentLength > maxBody {
		tooLarge(w)
		return
	}
	nowhere(w)
}

func nowhere(w http.ResponseWriter) {
	send(w, http.StatusNotFound, []byte("<UnknownOperationException/>\n"))
}

// tooLarge answers without reading on, and closes the connection.
func tooLarge(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Connection", "close")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusRequestEntityTooLarge)
}
