package metrics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"headwater/cache"
	"headwater/cache/disk"
	"headwater/origin"
	"headwater/origin/httpd"
)

// Namespace begins the name of every metric of ours.
const Namespace = "headwater"

// ErrDegraded says that viewers are served although something else does not work: /readyz shows the error and answers 200,
// so that no balancer takes the process away from viewers.
var ErrDegraded = errors.New("degraded")

// Sources are what is read at each scrape. All functions must be safe for concurrent use, and set unless it says otherwise.
type Sources struct {
	Cache   func() cache.Stats
	Handler func() origin.Stats
	Table   func() origin.TableStats
	Poller  func() origin.PollerStats
	Server  func() httpd.Stats
	Disk    func() disk.Stats // nil without a disk tier
	// Ready returns why the process cannot do its work now, such as storage out of reach; nil when it can. An error that
	// wraps ErrDegraded says that viewers are served all the same.
	Ready func(context.Context) error
	// Version names the build.
	Version string
}

// Metrics is the registry and its HTTP surface. Safe for concurrent use.
type Metrics struct {
	cfg      Config
	ready    func(context.Context) error
	registry *prometheus.Registry

	requests *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	errors   *prometheus.CounterVec
	duration *prometheus.HistogramVec

	adding sync.Mutex
	series atomic.Pointer[map[seriesKey]*series] // copied to add one
}

// seriesKey names what is counted of requests that are alike; both have few values.
type seriesKey struct {
	route  string
	status int
}

// series are the metrics of such requests, looked up once.
type series struct {
	requests prometheus.Counter
	bytes    prometheus.Counter
	duration prometheus.Observer
}

// New returns the metrics over sources.
func New(cfg Config, sources Sources) (*Metrics, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := &Metrics{
		cfg:      cfg,
		ready:    sources.Ready,
		registry: prometheus.NewRegistry(),
		requests: newCounterVec("requests_total", "Requests answered.", "route", "status"),
		bytes:    newCounterVec("response_bytes_total", "Bytes of the bodies of answers, as prepared.", "route"),
		errors:   newCounterVec("request_errors_total", "Requests answered with an error, by its kind.", "kind"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: Namespace, Name: "request_duration_seconds",
			Help:    "Time until an answer was ready to be sent.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
	}
	m.series.Store(&map[seriesKey]*series{})
	all := append([]prometheus.Collector{
		m.requests, m.bytes, m.errors, m.duration,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(sources.Version),
	}, sources.collectors()...)
	return m, m.Register(all...)
}

// Register adds metrics of parts that this package knows nothing of. Their names begin with [Namespace] too.
func (m *Metrics) Register(all ...prometheus.Collector) error {
	var problems []error
	for _, c := range all {
		problems = append(problems, m.registry.Register(c))
	}
	return errors.Join(problems...)
}

func newCounterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: Namespace, Name: name, Help: help}, labels)
}

// buildInfo is the constant 1 with the build in its labels.
func buildInfo(version string) prometheus.Collector {
	goVersion := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
	}
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: Namespace, Name: "build_info", Help: "The build that runs; always 1.",
		ConstLabels: prometheus.Labels{"version": version, "go": goVersion},
	}, func() float64 { return 1 })
}

// Observe counts one answered request. It is the observer of the viewer listener.
func (m *Metrics) Observe(rec *httpd.Record) {
	s := m.seriesOf(seriesKey{rec.Route, rec.Status})
	s.requests.Inc()
	s.bytes.Add(float64(rec.Bytes))
	s.duration.Observe(rec.Duration.Seconds())
	if rec.ErrKind != "" {
		m.errors.WithLabelValues(rec.ErrKind).Inc()
	}
}

func (m *Metrics) seriesOf(key seriesKey) *series {
	if s := (*m.series.Load())[key]; s != nil {
		return s
	}
	m.adding.Lock()
	defer m.adding.Unlock()
	all := maps.Clone(*m.series.Load())
	if all[key] == nil {
		all[key] = m.newSeries(key)
		m.series.Store(&all)
	}
	return all[key]
}

func (m *Metrics) newSeries(key seriesKey) *series {
	route := key.route
	if route == "" {
		route = "none"
	}
	return &series{
		requests: m.requests.WithLabelValues(route, strconv.Itoa(key.status)),
		bytes:    m.bytes.WithLabelValues(route),
		duration: m.duration.WithLabelValues(route),
	}
}

// Handler answers GET /metrics, /healthz and /readyz.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeState(w, nil) })
	mux.HandleFunc("GET /readyz", m.serveReady)
	return mux
}

func (m *Metrics) serveReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), m.cfg.ReadyTimeout)
	defer cancel()
	writeState(w, m.ready(ctx))
}

// writeState answers a probe. The cause is shown: the listener is the operator's.
func writeState(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case err == nil:
		fmt.Fprintln(w, "ok")
	case errors.Is(err, ErrDegraded):
		fmt.Fprintf(w, "ok, but %v\n", err)
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintf(w, "not ready: %v\n", err)
	}
}
