package httpd

import (
	"net/netip"
	"strconv"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Record is what is known of one request when it has been answered. The server sets the first part, the handler the
// second. It is reused: nobody keeps it after the observer has returned. Its strings may be views of the request, so
// what outlives it is a copy.
type Record struct {
	Start    time.Time
	ClientIP netip.Addr // who asked, as far as it is known: the peer, or the client of a trusted proxy; without a zone, IPv4 as such
	Status   int
	Bytes    int64         // of the body as prepared; a viewer who leaves gets less
	Duration time.Duration // until the answer was ready to be sent

	idPrefix string // of the server
	number   uint64 // of the request

	Route      string // class of the URL, one of few values; empty before routing
	Protocol   string // "hls", "dash", "cmaf" or empty
	Project    string // that the host selects; empty for the default one
	AssetID    string // within the project
	Generation uint32
	Track      string
	Segment    int    // from 1; 0 for none
	Cache      string // "hit", "miss", "join", "bypass", "file", or empty where neither cache nor file was asked
	ErrKind    string // kind of the error, one of few values; empty for none
	Err        error  // its cause; may name ids and paths, never for the public
	Stack      []byte // of a panic that ended the request, set for one of the requests that it ended
}

// begin makes r that of a new request, which began to be read at now.
func (r *Record) begin(s *Server, now time.Time, client netip.Addr) {
	*r = Record{idPrefix: s.idPrefix, number: s.requests.Add(1), Start: now, ClientIP: client}
}

// Values of Record.Cache for what is sent without work: from memory, and straight from a file.
const (
	CacheHit  = "hit"
	CacheFile = "file"
)

// routine reports whether r is one of the many that went well and took no work.
func (r *Record) routine() bool {
	return r.Status < 400 && (r.Cache == CacheHit || r.Cache == CacheFile)
}

// level returns how loud the access line is: what we broke is an error, what others broke a warning.
func (r *Record) level() zapcore.Level {
	switch {
	case r.Status == 500:
		return zapcore.ErrorLevel
	case r.Status > 500:
		return zapcore.WarnLevel
	default:
		return zapcore.InfoLevel
	}
}

// appendFields appends the fields of the access line; those without a value are left out.
func (r *Record) appendFields(dst []zap.Field) []zap.Field {
	dst = append(dst,
		zap.String("request_id", r.RequestID()),
		zap.String("route", r.Route),
		zap.Int("status", r.Status),
		zap.Int64("bytes", r.Bytes),
		zap.Float64("dur_ms", float64(r.Duration.Microseconds())/1000),
		zap.Stringer("client_ip", r.ClientIP),
	)
	text := func(name, value string) {
		if value != "" {
			dst = append(dst, zap.String(name, value))
		}
	}
	text("protocol", r.Protocol)
	text("project", r.Project)
	text("asset_id", r.AssetID)
	if r.Generation != 0 {
		dst = append(dst, zap.Uint32("generation", r.Generation))
	}
	text("track", r.Track)
	if r.Segment != 0 {
		dst = append(dst, zap.Int("segment", r.Segment))
	}
	text("cache", r.Cache)
	text("err_kind", r.ErrKind)
	if r.Err != nil {
		dst = append(dst, zap.Error(r.Err))
	}
	return dst
}

// RequestID returns the id of the request, unique among all servers with great likelihood: the server's random prefix and
// the number of the request.
func (r *Record) RequestID() string { return string(r.AppendRequestID(nil)) }

// AppendRequestID appends what RequestID returns.
func (r *Record) AppendRequestID(dst []byte) []byte {
	dst = append(dst, r.idPrefix...)
	dst = append(dst, '-')
	return strconv.AppendUint(dst, r.number, 36)
}
