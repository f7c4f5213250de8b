package bench

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"headwater/bench/fetch"
	"headwater/bench/manifest"
	"headwater/bench/measure"
	"headwater/bench/report"
)

// The metrics of an origin that reports show.
const (
	lookupsMetric = "headwater_cache_lookups_total"
	cpuMetric     = "process_cpu_seconds_total"
)

// originCounters are the metrics of the origin before and after the measurement.
type originCounters struct {
	url        string // "" when there are none
	pool       *fetch.Pool
	start, end counters
	failed     error
}

// counters are what is read of the metrics.
type counters struct {
	cpu     float64
	lookups map[string]float64 // by result
}

// find decides where the metrics are, if anywhere. pool is for reading them, beside the load.
func (o *originCounters) find(pool *fetch.Pool, cfg Config) {
	o.pool = pool
	switch cfg.Metrics {
	case NoMetrics:
	case "":
		if guess := nextPort(cfg.Entries[0].URLs[0]); guess != "" {
			if c, err := scrape(pool, guess); err == nil && len(c.lookups) > 0 {
				o.url = guess
			}
		}
	default:
		o.url = cfg.Metrics
	}
}

// nextPort returns the metrics of the control listener that stands beside a viewer listener on this machine, by default.
func nextPort(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	port, err := strconv.Atoi(u.Port())
	ip := net.ParseIP(u.Hostname())
	if err != nil || u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return ""
	}
	return "http://" + net.JoinHostPort(u.Hostname(), strconv.Itoa(port+1)) + "/metrics"
}

func (o *originCounters) before() { o.start = o.read() }
func (o *originCounters) after()  { o.end = o.read() }

func (o *originCounters) read() counters {
	if o.url == "" || o.failed != nil {
		return counters{}
	}
	c, err := scrape(o.pool, o.url)
	o.failed = err
	return c
}

// scrape reads metrics in the text format of Prometheus.
func scrape(pool *fetch.Pool, address string) (counters, error) {
	t, err := fetch.NewTarget(manifest.Resource{URL: address}, measure.Manifest)
	if err != nil {
		return counters{}, err
	}
	lane := pool.Lane(0)
	defer lane.Close()
	answer, err := lane.Fetch(t, fetch.Options{Keep: true})
	if err != nil {
		return counters{}, err
	}
	return parseMetrics(answer.Body), nil
}

// parseMetrics picks the metrics of reports out of a text; what is malformed is passed over.
func parseMetrics(text []byte) counters {
	c := counters{lookups: map[string]float64{}}
	for line := range bytes.Lines(text) {
		series, valueText, _ := strings.Cut(string(bytes.TrimSpace(line)), " ")
		name, labels, _ := strings.Cut(series, "{")
		value, err := strconv.ParseFloat(strings.TrimSpace(valueText), 64)
		if err != nil || !(value >= 0 && value < 1e18) {
			continue
		}
		switch name {
		case cpuMetric:
			c.cpu += value
		case lookupsMetric:
			_, result, _ := strings.Cut(labels, `result="`)
			result, _, _ = strings.Cut(result, `"`)
			if len(c.lookups) < 20 {
				c.lookups[result] += value
			}
		}
	}
	return c
}

// result returns what happened between the two readings; nil when there are none.
func (o *originCounters) result(requests, bytes int64) (*report.Origin, error) {
	if o.url == "" {
		return nil, nil
	}
	if o.failed != nil {
		return nil, fmt.Errorf("the metrics at %s: %w", display(o.url), o.failed)
	}
	found := &report.Origin{URL: display(o.url), CPUSeconds: o.end.cpu - o.start.cpu, Lookups: map[string]int64{}}
	all := int64(0)
	for result, n := range o.end.lookups {
		found.Lookups[result] = int64(n - o.start.lookups[result])
		all += found.Lookups[result]
	}
	found.HitRatio = ratio(float64(found.Lookups["hit"]), float64(all))
	found.CPUPerRequest = ratio(found.CPUSeconds*1000, float64(requests))
	found.CPUPerGB = ratio(found.CPUSeconds, float64(bytes)/1e9)
	return found, nil
}
