package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"headwater/cmd/internal/stat"
)

var update = flag.Bool("update", false, "write the golden files")

// compareGolden compares text with a file of testdata.
func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what is written (-update writes it):\n%s", path, got)
	}
}

// rounds returns rounds of 1,000 requests in which a request costs nginx so many microseconds and Headwater 50.
func rounds(nginxMicros ...int) []round {
	var all []round
	for _, micros := range nginxMicros {
		const requests = 1000
		all = append(all, round{
			Nginx:     side{Requests: requests, CPU: time.Duration(micros) * time.Millisecond, Wall: 100 * time.Millisecond},
			Headwater: side{Requests: requests, CPU: 50 * time.Millisecond, Wall: 80 * time.Millisecond},
		})
	}
	return all
}

func compared(s scenario, r []round) *comparison {
	c := newComparison(s)
	c.Rounds = r
	c.judge()
	return c
}

func segment(k kind, secure bool) scenario {
	return scenario{hot, k, secure, mainLoad, budget(hot, k, secure)}
}

// sample is a report with a row of each sort.
func sample() *report {
	wrong := newComparison(segment(kindPlaylist, false))
	wrong.Rounds = rounds(60)
	wrong.count("headwater", outcome{Failures: map[string]int{"status 503": 3}})
	wrong.judge()
	skipped := newComparison(segment(kind1080p, true))
	skipped.Skipped = noTLS
	missed := compared(segment(kindAudio, false), rounds(30, 31, 32))
	missed.Profile = []string{"12.00% [k] memcpy", "3.00% [.] runtime.mallocgc"}
	never := compared(scenario{State: cold, Kind: kind1080p, Connections: 1}, rounds(45, 46, 47))
	for i := range never.Rounds {
		r := &never.Rounds[i]
		r.Nginx.Bytes, r.Nginx.Read, r.Headwater.Bytes, r.Headwater.Read = 1000, 1000, 1000, 3500
	}
	added := stat.Of([]float64{0.25, 0.26, 0.27})
	never.Added = &added
	return &report{
		Machine: "a processor, Linux 6", Nginx: "1.22.1", Headwater: "headwater v1", Cores: [2]int{1, 0}, Cipher: "TLS_AES_128_GCM_SHA256",
		Comparisons: []*comparison{
			compared(segment(kind1080p, false), rounds(60, 61, 62, 63, 64)),
			compared(segment(kind360p, false), rounds(40, 45, 50, 55, 60, 65)),
			missed, wrong, skipped, never,
			compared(scenario{State: mixed, Kind: kindCatalogue, Connections: 64}, rounds(50)),
		},
		Footprints: []*footprint{
			{Name: "memory idle plain", Connections: 5000, Nginx: 600, Headwater: 7000},
			{Name: "memory idle TLS", Connections: 5000, Secure: true, Skipped: noTLS},
			{Name: "memory stalled plain", Connections: 1000, Stalled: true, Nginx: 600, Headwater: 20000},
		},
		OverCacheBytes: 100 << 20,
	}
}

func TestReport_print(t *testing.T) {
	for name, colours := range map[string]bool{"report.txt": false, "report-colours.txt": true} {
		var out bytes.Buffer
		if err := sample().print(&out, colours); err != nil {
			t.Fatal(err)
		}
		compareGolden(t, name, out.Bytes())
	}
}

func TestReport_good(t *testing.T) {
	if sample().good() {
		t.Error("a report with missed and invalid lines is good")
	}
	fine := &report{Comparisons: []*comparison{compared(segment(kind1080p, false), rounds(60, 61, 62))}}
	if !fine.good() {
		t.Error("a report whose only line is met is not good")
	}
	heavy := &report{Footprints: []*footprint{{Name: "memory idle plain", Headwater: 9 << 10}}}
	if heavy.good() {
		t.Error("a connection that is too heavy is good")
	}
}

func TestReport_writeJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	if err := sample().writeJSON(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Comparisons []struct {
			Name     string
			Verdict  string
			Failures map[string]int
			Rounds   []struct{ Nginx, Headwater struct{ Requests int } }
		}
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	first, wrong := read.Comparisons[0], read.Comparisons[3]
	if first.Name != "hot 1080p plain 64" || first.Verdict != "met" || first.Rounds[4].Nginx.Requests != 1000 {
		t.Errorf("first comparison: %+v", first)
	}
	if wrong.Verdict != "" || wrong.Failures["headwater: status 503"] != 3 {
		t.Errorf("a comparison with failures: %+v", wrong)
	}
}

func TestTopFunctions(t *testing.T) {
	report := "# comment\n\n    12.50%  [k] copy_user\n     1.00%  [.] main.f\n\n# end\n"
	if got := topFunctions([]byte(report)); len(got) != 2 || got[0] != "12.50% [k] copy_user" {
		t.Errorf("%q", got)
	}
}
