package gateway

import (
	"hash/crc32"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
)

// zipAbove is the size from which an answer is compressed for who asks.
const zipAbove = 4 << 10

var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return z
}}

// Values of headers, which answers share: nobody writes to them.
var (
	serverHeader = []string{"Server"}
	kindHeaders  = map[string][]string{jsonType: {jsonType}, plainJSON: {plainJSON}}
)

// lastDate is the date of the last answer.
var lastDate atomic.Pointer[date]

// date is the Date header of the answers within a second.
type date struct {
	second int64
	header []string
}

// dated is the Date header at a time, for answers to share.
func dated(now time.Time) []string {
	second := now.Unix()
	d := lastDate.Load()
	if d == nil || d.second != second {
		d = &date{second, []string{now.UTC().Format(http.TimeFormat)}}
		lastDate.Store(d)
	}
	return d.header
}

// begin sets the headers that every answer has.
func begin(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Server"] = serverHeader
	h["Date"] = dated(time.Now())
	h["X-Amzn-Requestid"] = []string{requestID()}
	if r.Header.Get("Origin") != "" {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amz-crc32,Date")
	}
}

// requestID is 52 characters of [0-9A-Z], as the service's are.
func requestID() string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
	var id [52]byte
	for i := 0; i < len(id); {
		for bits, n := rand.Uint64(), 0; n < 12 && i < len(id); n++ {
			id[i] = alphabet[bits&31]
			bits >>= 5
			i++
		}
	}
	return string(id[:])
}

// write sends an answer of a kind that contentType gives, with the checksum of the
// bytes as they are sent.
func write(w http.ResponseWriter, r *http.Request, kind string, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = kindHeaders[kind]
	if len(body) > zipAbove && acceptsZip(r) {
		h["Content-Encoding"] = []string{"gzip"}
		body = zip(body)
	}
	send(w, status, body)
}

func send(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	values := [...]string{strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10), strconv.Itoa(len(body))}
	h["X-Amz-Crc32"], h["Content-Length"] = values[:1:1], values[1:]
	w.WriteHeader(status)
	w.Write(body) // a client that went away has no use for the error
}

func acceptsZip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, quality, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q := strings.TrimPrefix(strings.ReplaceAll(quality, " ", ""), "q=")
			n, err := strconv.ParseFloat(q, 64)
			return err != nil || n > 0
		}
	}
	return false
}

func zip(body []byte) []byte {
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	out := &sliceWriter{make([]byte, 0, len(body)/3)}
	z.Reset(out)
	z.Write(body) // a slice takes everything
	z.Close()
	return out.bytes
}

type sliceWriter struct{ bytes []byte }

func (s *sliceWriter) Write(p []byte) (int, error) {
	s.bytes = append(s.bytes, p...)
	return len(p), nil
}
