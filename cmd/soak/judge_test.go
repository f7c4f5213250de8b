package main

import (
	"strings"
	"testing"

	"headwater/cmd/internal/stat"
)

// fourQuarters returns samples of resident memory, ten for each quarter.
func fourQuarters(mebibytes ...int64) []sample {
	var samples []sample
	for _, m := range mebibytes {
		for range 10 {
			samples = append(samples, sample{Resident: m << 20})
		}
	}
	return samples
}

func TestGauge_flat(t *testing.T) {
	f := func(want stat.Verdict, samples []sample) {
		t.Helper()
		if got := gauges[0].flat("plain", samples); got.Verdict != want {
			t.Errorf("%+v, want %s", got, want)
		}
	}
	f(stat.Met, fourQuarters(10, 100, 100, 100)) // growing at first is coming to rest
	f(stat.Met, fourQuarters(100, 100, 500, 100))
	f(stat.Met, fourQuarters(100, 100, 100, 108))
	f(stat.Missed, fourQuarters(100, 100, 100, 109))
	f(stat.Met, fourQuarters(1000, 1000, 1000, 1050))
	f(stat.Missed, fourQuarters(1000, 1000, 1000, 1051))
	f(stat.Met, fourQuarters(1000, 1000, 1000, 10))
	f(stat.Missed, fourQuarters(1)[:7])
	f(stat.Missed, nil)
}

func TestSubject_judgeActive(t *testing.T) {
	sub := &subject{server: &server{name: "plain"}, idle: 100}
	for _, connections := range []int64{0, 100, 170, 165, 180, 180, 160, 190} { // the first quarter is for coming
		sub.samples = append(sub.samples, sample{Connections: connections, Misbehaving: 10})
	}
	if v := sub.judgeActive(50); v.Verdict != stat.Met || v.Measured != "50" {
		t.Errorf("%+v", v)
	}
	if v := sub.judgeActive(51); v.Verdict != stat.Missed {
		t.Errorf("%+v", v)
	}
}

// Each thing that may be left when all clients have gone is found by the wait and by the verdict alike.
func TestSubject_judgeAfter(t *testing.T) {
	rest := sample{Goroutines: 20, Descriptors: 18}
	f := func(want string, after sample) {
		t.Helper()
		sub := &subject{server: &server{name: "plain"}, rest: rest, after: after}
		var missed []string
		for _, v := range sub.judgeAfter() {
			if v.Verdict != stat.Met {
				missed = append(missed, v.What)
			}
		}
		if got := strings.Join(missed, "; "); got != want || sub.forgotten() != (want == "") {
			t.Errorf("%+v: missed %q, want %q; forgotten: %t", after, got, want, sub.forgotten())
		}
	}
	f("", rest)
	f("", sample{Goroutines: 36, Descriptors: 18 + 16 + 40, TrackFiles: 40})
	f("goroutines after all have left", sample{Goroutines: 37})
	f("descriptors beside track files after all have left", sample{Descriptors: 35})
	f("connections after all have left", sample{Connections: 1})
	f("bytes held for slow readers after all have left", sample{Held: 1})
	f("bytes of fills after all have left", sample{Fills: 1})
	f("streams after all have left", sample{Streams: 1})
}

func TestSubject_judgeCounters(t *testing.T) {
	f := func(want, text, log string) {
		t.Helper()
		sub := &subject{server: &server{name: "plain"}, after: sample{metrics: parseMetrics(text)}}
		sub.complaints.read(strings.NewReader(log))
		missed := ""
		for _, v := range sub.judgeCounters() {
			if v.Verdict != stat.Met {
				missed += v.What + " " + v.Measured + ";"
			}
		}
		if missed != want {
			t.Errorf("missed %q, want %q", missed, want)
		}
	}
	f("", "headwater_requests_total{route=\"segment\",status=\"200\"} 7\nheadwater_panics_total 0\n", `{"level":"warn","msg":"a"}`)
	f("answers 5xx 3;", "headwater_requests_total{route=\"a\",status=\"503\"} 1\nheadwater_requests_total{route=\"b\",status=\"500\"} 2\n", "")
	f("panics 1;", "headwater_panics_total 1\n", "")
	f("alerts of corrupt files 2;", "headwater_corrupt_alerts_total{object=\"track\"} 2\n", "")
	f("errors in the log 2;", "", "{\"level\":\"error\"}\npanic: x\n{\"level\":\"info\"}\n")
}

func TestReport_good(t *testing.T) {
	r := &report{Verdicts: []verdict{none("plain", "panics", 0)}}
	if !r.good() {
		t.Error("nothing is missed")
	}
	r.Verdicts = append(r.Verdicts, none("plain", "panics", 1))
	if r.good() {
		t.Error("a line is missed")
	}
	r.Servers = []serverReport{{Name: "plain", Settings: []string{"--a", "b"}, Samples: fourQuarters(1, 2, 3, 4),
		Misbehaving: []actReport{{"stalls", 7, map[string]int64{"status 500 instead of 200": 2}}}}}
	var text strings.Builder
	if err := r.print(&text, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"server plain: --a b", "1.0 MiB to 4.0 MiB", "7 times a client stalls", "2 times: status 500", "panics  1  none  missed"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, text.String())
		}
	}
}
