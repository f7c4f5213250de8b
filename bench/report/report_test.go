package report

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at what go test -update changes:\n%s", path, got)
	}
}

// TestForms compares text and JSON, whose field names are an interface, with what was reviewed.
func TestForms(t *testing.T) {
	var text, encoded bytes.Buffer
	r := sample()
	if err := r.Text(&text); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/report.txt", text.String())
	r.Series = r.Series[:2]
	if err := r.JSON(&encoded); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/report.json", encoded.String())
}

// TestEmpty shows a test in which nothing happened.
func TestEmpty(t *testing.T) {
	var out bytes.Buffer
	empty := &Report{Setup: Setup{Mode: "closed"}, Stopped: "stopped by signal: interrupt"}
	if err := empty.Text(&out); err != nil {
		t.Error(err)
	}
	if err := empty.HTML(&out); err != nil {
		t.Error(err)
	}
	if text := out.String(); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") || !strings.Contains(text, "ended early") {
		t.Errorf("%s", text)
	}
}

func pageOf(t *testing.T, r *Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.HTML(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestPageStandsAlone looks for anything that a browser would fetch, and for numbers that are none.
func TestPageStandsAlone(t *testing.T) {
	text := pageOf(t, sample())
	outside := regexp.MustCompile(`(?i)(src|href|srcset|action|poster)\s*=|url\(|@import|<(link|img|iframe|object|embed)\b|fetch\(|XMLHttpRequest|ZgotmplZ|NaN|Inf\b`)
	if found := outside.FindString(text); found != "" {
		t.Errorf("the page has %q", found)
	}
	for _, want := range []string{"1,122", "7.18", "status 503", "changed body", "1080p", "97 %", "turned away", "prefers-color-scheme: dark", "width=device-width"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestPageIsWellFormed reads every tag of the page's body.
func TestPageIsWellFormed(t *testing.T) {
	text := pageOf(t, sample())
	from, to := strings.Index(text, "<main>"), strings.Index(text, "</main>")
	decoder := xml.NewDecoder(strings.NewReader(text[from : to+len("</main>")]))
	decoder.Entity = xml.HTMLEntity
	for {
		if _, err := decoder.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestHostileText puts what a server can make up into every text.
func TestHostileText(t *testing.T) {
	const evil = "<script>alert(1)</script>\x1b[2J\"'}"
	r := sample()
	r.Errors[0].Example, r.Errors[0].Kind, r.Errors[0].Detail = evil, evil, evil
	r.Setup.Manifests[0], r.Players.Renditions[0].Name, r.Warnings[0], r.Machine.CPU = evil, evil, evil, evil
	r.Origin.Lookups[evil] = 7
	if text := pageOf(t, r); strings.Contains(text, "<script>alert") || strings.Contains(text, "\x1b") {
		t.Error("the page holds it as it came")
	}
	var out bytes.Buffer
	if err := r.Text(&out); err != nil || strings.Contains(out.String(), "\x1b") {
		t.Errorf("the text holds it as it came: %v", err)
	}
}

func TestLive(t *testing.T) {
	l := NewLive(true)
	l.Add("prepare", 0, 0, Point{})
	if got := l.Line(80); got != "read the manifests" {
		t.Errorf("%q", got)
	}
	for i := range 40 {
		l.Add("measure", time.Duration(i)*time.Second, time.Minute, Point{Requests: float64(i), Gbit: 1.5, FirstByteP50: 0.5, FirstByteP99: 4, Players: 20})
	}
	const want = "measure 39s/1m0s: 39.0 req/s, 1.50 Gbit/s, first byte 0.500/4.00 ms, 20 players, 0 stalled, 0 failures"
	if got := l.Line(0); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for columns := 10; columns < 200; columns++ {
		if n := utf8.RuneCountInString(l.Line(columns)); n > columns {
			t.Errorf("%d columns in a terminal of %d: %q", n, columns, l.Line(columns))
		}
	}
	if got := l.Line(120); !strings.Contains(got, "█") || !strings.HasSuffix(got, "stalled  0 failures") {
		t.Errorf("%q", got)
	}
}

func TestPlots(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(Sparkline([]float64{0, 1, 2, 7}, 10), "▁▂▃█")
	f(Sparkline([]float64{0, 0}, 10), "▁▁")
	f(Sparkline(nil, 10), "")
	f(Sparkline([]float64{0, 2, 8, 6}, 2), "▂█")
	f(bar(0.5, 4), "██")
	f(bar(0.0001, 4), "▏")
	f(bar(0, 4), "")
	f(bar(7, 4), "████")
	f(significant(0), "0")
	f(significant(0.04567), "0.046")
	f(significant(12345.6), "12,346")
	f(significant(99.97), "100")
	f(significant(9.996), "10.0")
	f(times(12345), "12.3 s")
	f(percent(0.00004), "0.004 %")
	f(percent(0.5), "50 %")
	f(bytesText(999), "999 B")
	f(bytesText(1234567), "1.23 MB")
	f(clock(59), "59 s")
	f(clock(3671), "1:01:11")
	f(decade(0.01), "10 µs")
	f(decade(10_000), "10 s")
}

// TestFieldsAreDocumented finds every field name of the JSON form in the documentation of package bench.
func TestFieldsAreDocumented(t *testing.T) {
	documentation, err := os.ReadFile("../doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var encoded bytes.Buffer
	if err := sample().JSON(&encoded); err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`"([a-z_0-9]+)":`).FindAllStringSubmatch(encoded.String(), -1) {
		if !regexp.MustCompile(`\b` + name[1] + `\b`).Match(documentation) {
			t.Errorf("bench/doc.go does not explain %s", name[1])
		}
	}
}
