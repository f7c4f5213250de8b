package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// TestTransportRates: times in 90 kHz tell a rate to a few parts in a million, and what is declared is held to that.
func TestTransportRates(t *testing.T) {
	f := func(attribute string, rule ruleID, share float64, want bool) {
		t.Helper()
		s := transportSite(newTSWriter())
		answer := s[tsMaster]
		pattern := regexp.MustCompile(`([:,]` + attribute + `=)(\d+)`)
		answer.Body = pattern.ReplaceAllFunc(answer.Body, func(match []byte) []byte {
			part := pattern.FindSubmatch(match)
			declared, err := strconv.ParseFloat(string(part[2]), 64)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Appendf(nil, "%s%.0f", part[1], declared*share)
		})
		s[tsMaster] = answer
		findings := HLS(tsMaster, s.fetch)
		if got := slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == rules[rule].Name }); got != want {
			t.Errorf("%s times %g: %v", attribute, share, findings)
		}
	}
	f("BANDWIDTH", hlsBandwidth, 1-3e-6, false)
	f("BANDWIDTH", hlsBandwidth, 0.999, true)
	f("BANDWIDTH", hlsExactRates, 1.02, true)
	f("AVERAGE-BANDWIDTH", hlsExactRates, 1-3e-6, false)
	f("AVERAGE-BANDWIDTH", hlsExactRates, 0.999, true)
	f("AVERAGE-BANDWIDTH", hlsAverageBandwidth, 0.8, true)
}

// TestRatesOfUnevenFrames: where frames differ in length, that of the last is anybody's guess.
func TestRatesOfUnevenFrames(t *testing.T) {
	e := elementary{media: "video", entry: sampleEntry{codec: "avc1"}, shortest: 3000, longest: 9000,
		segments: []tsSegment{{0, 87000, 30, 90000}, {90000, 177000, 30, 180000}}}
	track := e.track("")
	if first := track.rate(90000, 90000, 0); first.high > 720_020 || first.low < 719_980 {
		t.Errorf("the first segment has %v", first)
	}
	if last := track.rate(180000, 90000, 1); last.low > 1_320_000 || last.high < 1_580_000 {
		t.Errorf("the last segment has %v", last)
	}
}
