package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headwater/cache"
	"headwater/cache/disk"
	"headwater/origin"
	"headwater/origin/httpd"
)

// reading is one number of a package's Stats.
type reading[S any] struct {
	name, help string
	kind       prometheus.ValueType
	labels     prometheus.Labels
	value      func(S) float64
}

// statsCollector publishes the Stats of one package, all numbers of a scrape from one reading.
type statsCollector[S any] struct {
	stats    func() S
	readings []reading[S]
	descs    []*prometheus.Desc
}

func newStatsCollector[S any](stats func() S, readings []reading[S]) *statsCollector[S] {
	c := &statsCollector[S]{stats: stats, readings: readings}
	for _, r := range readings {
		c.descs = append(c.descs, prometheus.NewDesc(prometheus.BuildFQName(Namespace, "", r.name), r.help, nil, r.labels))
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *statsCollector[S]) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range c.descs {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *statsCollector[S]) Collect(metrics chan<- prometheus.Metric) {
	stats := c.stats()
	for i, r := range c.readings {
		metrics <- prometheus.MustNewConstMetric(c.descs[i], r.kind, r.value(stats))
	}
}

// Short names for the tables below.
const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

func (s Sources) collectors() []prometheus.Collector {
	all := []prometheus.Collector{
		newStatsCollector(s.Cache, cacheReadings()),
		newStatsCollector(s.Handler, handlerReadings()),
		newStatsCollector(s.Table, tableReadings()),
		newStatsCollector(s.Poller, pollerReadings()),
		newStatsCollector(s.Server, serverReadings()),
	}
	if s.Disk != nil {
		all = append(all, newStatsCollector(s.Disk, diskReadings()))
	}
	return all
}

func diskReadings() []reading[disk.Stats] {
	lookup := func(result string, value func(disk.Stats) uint64) reading[disk.Stats] {
		return reading[disk.Stats]{"disk_cache_lookups_total", "Lookups in the disk cache, by how they were answered.", counter,
			prometheus.Labels{"result": result}, func(s disk.Stats) float64 { return float64(value(s)) }}
	}
	flag := func(on bool) float64 {
		if on {
			return 1
		}
		return 0
	}
	return []reading[disk.Stats]{
		lookup("hit", func(s disk.Stats) uint64 { return s.Hits }),
		lookup("miss", func(s disk.Stats) uint64 { return s.Misses }),
		{"disk_cache_written_total", "Copies written.", counter, nil, func(s disk.Stats) float64 { return float64(s.Written) }},
		{"disk_cache_dropped_total", "Copies not written: too many waited, or the disk failed.", counter, nil, func(s disk.Stats) float64 { return float64(s.Dropped) }},
		{"disk_cache_evictions_total", "Copies removed to make room.", counter, nil, func(s disk.Stats) float64 { return float64(s.Evictions) }},
		{"disk_cache_damaged_total", "Copies removed because they were not what had been written.", counter, nil, func(s disk.Stats) float64 { return float64(s.Damaged) }},
		{"disk_cache_failures_total", "Times that the disk failed or was full.", counter, nil, func(s disk.Stats) float64 { return float64(s.Failures) }},
		{"disk_cache_files", "Copies held.", gauge, nil, func(s disk.Stats) float64 { return float64(s.Files) }},
		{"disk_cache_bytes", "Disk space of the copies.", gauge, nil, func(s disk.Stats) float64 { return float64(s.Bytes) }},
		{"disk_cache_max_bytes", "What that may be.", gauge, nil, func(s disk.Stats) float64 { return float64(s.MaxBytes) }},
		{"disk_cache_queued_bytes", "Memory of the copies that wait to be written.", gauge, nil, func(s disk.Stats) float64 { return float64(s.QueuedBytes) }},
		{"disk_cache_paused", "1 while the disk is left alone because it failed.", gauge, nil, func(s disk.Stats) float64 { return flag(s.Paused) }},
	}
}

func cacheReadings() []reading[cache.Stats] {
	lookup := func(result string, value func(cache.Stats) uint64) reading[cache.Stats] {
		return reading[cache.Stats]{"cache_lookups_total", "Lookups in the cache, by how they were answered.", counter,
			prometheus.Labels{"result": result}, func(s cache.Stats) float64 { return float64(value(s)) }}
	}
	memory := func(use string, value func(cache.Stats) int64) reading[cache.Stats] {
		return reading[cache.Stats]{"cache_memory_bytes", "Memory of bodies, by use: kept entries, fills under way, held by slow readers only, free.", gauge,
			prometheus.Labels{"use": use}, func(s cache.Stats) float64 { return float64(value(s)) }}
	}
	return []reading[cache.Stats]{
		lookup("hit", func(s cache.Stats) uint64 { return s.Hits }),
		lookup("miss", func(s cache.Stats) uint64 { return s.Misses }),
		lookup("join", func(s cache.Stats) uint64 { return s.Joins }),
		lookup("bypass", func(s cache.Stats) uint64 { return s.Bypasses }),
		{"cache_errors_total", "Misses whose caller got an error.", counter, nil, func(s cache.Stats) float64 { return float64(s.Errors) }},
		{"cache_overload_total", "Fills refused because too many ran and waited.", counter, nil, func(s cache.Stats) float64 { return float64(s.Overload) }},
		{"cache_evictions_total", "Entries removed to make room.", counter, nil, func(s cache.Stats) float64 { return float64(s.Evictions) }},
		{"cache_rejections_total", "Results not kept by the policy.", counter, nil, func(s cache.Stats) float64 { return float64(s.Rejections) }},
		{"cache_bytes", "Cost of the entries kept: memory, keys and bookkeeping.", gauge, nil, func(s cache.Stats) float64 { return float64(s.Bytes) }},
		{"cache_max_bytes", "What the memory of all bodies may be, kept, being made and being sent.", gauge, nil, func(s cache.Stats) float64 { return float64(s.MaxBytes) }},
		{"cache_fills", "Fills running.", gauge, nil, func(s cache.Stats) float64 { return float64(s.Fills) }},
		{"cache_fills_queued", "Fills waiting for their turn.", gauge, nil, func(s cache.Stats) float64 { return float64(s.Queued) }},
		{"cache_prefetches_total", "Answers made before anybody asked.", counter, nil, func(s cache.Stats) float64 { return float64(s.Prefetches) }},
		{"cache_prefetch_hits_total", "Answers made before anybody asked that were then used.", counter, nil, func(s cache.Stats) float64 { return float64(s.PrefetchHits) }},
		{"cache_prefetch_errors_total", "Answers that could not be made before anybody asked.", counter, nil, func(s cache.Stats) float64 { return float64(s.PrefetchErrors) }},
		memory("entries", func(s cache.Stats) int64 { return s.EntryBytes }),
		memory("fills", func(s cache.Stats) int64 { return s.FillBytes }),
		memory("held", func(s cache.Stats) int64 { return s.HeldBytes }),
		memory("free", func(s cache.Stats) int64 { return max(s.MappedBytes-s.EntryBytes-s.FillBytes-s.HeldBytes, 0) }),
		{"cache_memory_fresh_bytes_total", "Memory of bodies taken from the operating system, each time anew.", counter, nil, func(s cache.Stats) float64 { return float64(s.FreshBytes) }},
	}
}

const (
	alertsName = "corrupt_alerts_total"
	alertsHelp = "Stored objects found damaged: someone must look."
)

func handlerReadings() []reading[origin.Stats] {
	return []reading[origin.Stats]{
		{alertsName, alertsHelp, counter, prometheus.Labels{"object": "track"}, func(s origin.Stats) float64 { return float64(s.Alerts) }},
		{"track_files_open", "Track files held open to be sent from.", gauge, nil, func(s origin.Stats) float64 { return float64(s.Files) }},
		{"streams", "Responses that are read from storage as they are sent, for want of room in the cache.", gauge, nil, func(s origin.Stats) float64 { return float64(s.Streams) }},
	}
}

func tableReadings() []reading[origin.TableStats] {
	return []reading[origin.TableStats]{
		{alertsName, alertsHelp, counter, prometheus.Labels{"object": "index"}, func(s origin.TableStats) float64 { return float64(s.Alerts) }},
		{"assets", "Records held.", gauge, nil, func(s origin.TableStats) float64 { return float64(s.Assets) }},
		{"presentations", "Presentations held.", gauge, nil, func(s origin.TableStats) float64 { return float64(s.Presentations) }},
		{"presentation_bytes", "Memory of the presentations held.", gauge, nil, func(s origin.TableStats) float64 { return float64(s.PresentationBytes) }},
		{"table_loads_total", "Records and presentations read from storage.", counter, nil, func(s origin.TableStats) float64 { return float64(s.Loads) }},
		{"table_loads_refused_total", "Records and presentations not read because too many were being read.", counter, nil, func(s origin.TableStats) float64 { return float64(s.Refused) }},
	}
}

func pollerReadings() []reading[origin.PollerStats] {
	return []reading[origin.PollerStats]{
		{"feed_lag_changes", "Changes known but not yet applied.", gauge, nil, func(s origin.PollerStats) float64 { return float64(s.Head) - float64(s.Applied) }},
		{"feed_age_seconds", "Time since the feed was read to its end.", gauge, nil, func(s origin.PollerStats) float64 { return time.Since(s.Contact).Seconds() }},
		{"serving_stale", "1 while the feed is out of reach: what is served may be old.", gauge, nil, func(s origin.PollerStats) float64 {
			if s.Stale {
				return 1
			}
			return 0
		}},
		{"without_rules", "1 until the rules of who may watch were read for the first time: nobody is answered.", gauge, nil, func(s origin.PollerStats) float64 {
			if s.NoDocuments {
				return 1
			}
			return 0
		}},
		{"feed_failures_total", "Polls of the feed that failed.", counter, nil, func(s origin.PollerStats) float64 { return float64(s.Failures) }},
		{"table_outdates_total", "Times that changes may have been missed, so that each record is read again before it is used.", counter, nil, func(s origin.PollerStats) float64 { return float64(s.Outdates) }},
	}
}

func serverReadings() []reading[httpd.Stats] {
	cut := func(reason string, value func(httpd.Stats) uint64) reading[httpd.Stats] {
		return reading[httpd.Stats]{"responses_cut_total", "Responses that did not reach their end: the viewer left, read too slowly, or what was sent broke.", counter,
			prometheus.Labels{"reason": reason}, func(s httpd.Stats) float64 { return float64(value(s)) }}
	}
	return []reading[httpd.Stats]{
		{"connections", "Open viewer connections.", gauge, nil, func(s httpd.Stats) float64 { return float64(s.Connections) }},
		{"connections_refused_total", "Viewer connections above the cap.", counter, nil, func(s httpd.Stats) float64 { return float64(s.Refused) }},
		{"connections_starved_total", "Tries to accept a connection that failed for want of descriptors or memory.", counter, nil, func(s httpd.Stats) float64 { return float64(s.Starved) }},
		{"connections_unannounced_total", "Connections of trusted proxies closed for want of a sound header of the PROXY protocol.", counter, nil, func(s httpd.Stats) float64 { return float64(s.Unannounced) }},
		{"connections_unsecured_total", "TLS handshakes that failed, those without a certificate that clients must show included.", counter, nil, func(s httpd.Stats) float64 { return float64(s.Unsecured) }},
		cut("left", func(s httpd.Stats) uint64 { return s.Left }),
		cut("stalled", func(s httpd.Stats) uint64 { return s.Stalled }),
		cut("broken", func(s httpd.Stats) uint64 { return s.Broken }),
		{"certificate_expiry_timestamp_seconds", "When the certificate of the viewer listener ends; 0 without TLS.", gauge, nil, func(s httpd.Stats) float64 {
			if s.CertificateExpires.IsZero() {
				return 0
			}
			return float64(s.CertificateExpires.Unix())
		}},
		{"panics_total", "Requests ended by a panic.", counter, nil, func(s httpd.Stats) float64 { return float64(s.Panics) }},
	}
}
