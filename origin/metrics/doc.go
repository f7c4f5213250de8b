// Package metrics is the part of the control listener that machines ask: GET /metrics for Prometheus, /healthz (the
// process answers) and /readyz (it can do its work).
//
// [Metrics] observes the requests of the viewer listener and reads, when it is scraped, the Stats of the packages that
// it is given. Labels are bounded: classes of URL, statuses, kinds of error; never an asset or an address.
//
// Non-goals: access control; the control listener is not for the public.
package metrics
