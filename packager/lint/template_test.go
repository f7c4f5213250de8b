package lint

import (
	"maps"
	"slices"
	"testing"

	"headwater/packager"
)

// durationSite is the film behind templates without timelines.
func durationSite(t testing.TB) site {
	t.Helper()
	p, files := film(t)
	s := newSite(t, p, files)
	s.write(t, p, packager.Options{DurationTemplate: true}, nil)
	return s
}

func TestDurationTemplateIsClean(t *testing.T) {
	s := durationSite(t)
	s.replace(t, mpdURL, ` duration="180180"`, ` duration="180180" `) // it is there
	for _, finding := range DASH(mpdURL, s.fetch) {
		t.Error(finding)
	}
}

var plantedDurations = []planted{
	{dashNominal, text(mpdURL, `duration="180180"`, `duration="280000" endNumber="3"`)},
	{reachable, text(mpdURL, `duration="180180"`, `duration="130000"`)},
	{dashCoverage, text(mpdURL, `duration="180180"`, `duration="500500"`)},
	{dashAddressing, text(mpdURL, `duration="180180"`, `duration="0"`)},
	{dashTimeLimit, text(mpdURL, `duration="180180"`, `duration="180180" endNumber="99999999"`)},
}

func TestPlantedDurationDefects(t *testing.T) {
	clean := durationSite(t)
	for i, one := range plantedDurations {
		s := maps.Clone(clean)
		one.defect(t, s)
		findings := DASH(mpdURL, s.fetch)
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == rules[one.rule].Name }) {
			t.Errorf("defect %d: %s did not notice; findings: %v", i, rules[one.rule].Name, findings)
		}
	}
}

func TestFillTemplate(t *testing.T) {
	v := templateValues{id: "a/1", bandwidth: "500", number: 7, time: 1 << 40}
	f := func(template, want string) {
		t.Helper()
		parsed, err := parseTemplate(template)
		if got := parsed.fill(v); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v, want %q", template, got, err, want)
		}
	}
	f("$RepresentationID$/$Bandwidth$/$Number$.m4s", "a/1/500/7.m4s")
	f("$Number%05d$-$Time$", "00007-1099511627776")
	f("a$$b", "a$b")
	f("$Number%01d$$Bandwidth%06d$", "7000500")
	f("$Number", "")
	f("$Numero$", "")
	f("$Number%5d$", "")
	f("$Number%099d$", "")
	f("$RepresentationID%01d$", "")
}
