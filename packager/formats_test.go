package packager_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/dash"
	"headwater/packager/hls"
	"headwater/packager/packagertest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const readme = "../README.md"

// Marks in the README around what is made here.
const (
	tablesBegin = "<!-- formats -->\n"
	tablesEnd   = "<!-- /formats -->\n"
)

// TestReadmeTellsTheFormats: the tables in the README are made of what the code knows.
func TestReadmeTellsTheFormats(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), tablesBegin)
	got, after, ends := strings.Cut(rest, tablesEnd)
	if !begins || !ends {
		t.Fatalf("%s has no %s and %s", readme, tablesBegin, tablesEnd)
	}
	want := "\n" + supportTable(t) + "\n" + pathTable(t) + "\n"
	if *update && got != want {
		if err := os.WriteFile(readme, []byte(before+tablesBegin+want+tablesEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("%s tells of formats\n%s\nwhere the code has\n%s\nrun with -update", readme, got, want)
	}
}

// codecNames are what people call the codec families.
var codecNames = map[string]string{
	"avc": "H.264", "hevc": "H.265", "av1": "AV1", "vp9": "VP9",
	"aac": "AAC, HE-AAC", "ac3": "Dolby Digital", "ec3": "Dolby Digital Plus", "opus": "Opus", "flac": "FLAC", "mp3": "MP3",
}

// supportTable has a row for each codec family and for each option that not all formats know.
func supportTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	row := func(name string, supports func(packager.Format) bool) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, f := range packager.Formats() {
			fmt.Fprintf(&b, " %s |", map[bool]string{true: "yes", false: "–"}[supports(f)])
		}
		b.WriteByte('\n')
	}
	b.WriteString("| |")
	for _, f := range packager.Formats() {
		fmt.Fprintf(&b, " %s |", f)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(packager.Formats())) + "\n")
	for _, kind := range []packager.Kind{packager.Video, packager.Audio} {
		for _, family := range families(kind) {
			name, known := codecNames[family]
			if !known {
				t.Fatalf("what do people call %s?", family)
			}
			row(fmt.Sprintf("%s (`%s`)", name, family), func(f packager.Format) bool { return f.Carries(family) })
		}
	}
	p := sample(t)
	for _, element := range []string{"preview=1", "seg=4", "audio=separate", "template=duration"} {
		o, err := packager.ParseOptions(element)
		if err != nil {
			t.Fatal(err)
		}
		key, _, _ := strings.Cut(element, "=")
		row("`"+key+"=…`", func(f packager.Format) bool { return o.Suits(f) == nil && o.Check(p, f) == nil && matters(t, p, o, f) })
	}
	return b.String()
}

// families returns those that any format carries.
func families(kind packager.Kind) []string {
	var all []string
	seen := map[string]bool{}
	for _, f := range packager.Formats() {
		for _, family := range f.Families(kind) {
			if !seen[family] {
				all, seen[family] = append(all, family), true
			}
		}
	}
	return all
}

// matters reports whether o changes what f says or serves.
func matters(t *testing.T, p *packager.Presentation, o packager.Options, f packager.Format) bool {
	t.Helper()
	return !bytes.Equal(bytes.ReplaceAll(manifests(t, p, o, f), []byte(o.UpToAsset()), []byte("../")), manifests(t, p, packager.Options{}, f))
}

// pathTable has a row for each format: where it begins, and what it names.
func pathTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| | begins at | names |\n|---|---|---|\n")
	for _, f := range packager.Formats() {
		var entry string
		var names []string
		text := string(manifests(t, sample(t), packager.Options{}, f))
		for kind := packager.ResourceKind(1); int(kind) < packager.ResourceKinds; kind++ {
			switch name := pathOf(kind); {
			case kind.Format() == f && kind.Entry():
				entry = name
			case kind.Format() == f || kind.Format() == 0 && mentions(text, name):
				names = append(names, name)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f, entry, strings.Join(names, ", "))
	}
	return b.String()
}

// pathOf writes the path of a kind with words in the place of what varies.
func pathOf(kind packager.ResourceKind) string {
	r := packager.Resource{Kind: kind, Track: "{track}", TargetSeconds: packager.DefaultTargetSeconds, Number: 1}
	if kind == packager.TSMedia || kind == packager.TSSegment {
		r.Audio = "{audio}"
	}
	return "`" + strings.Replace(string(r.AppendPath(nil)), "s1/1.", "s1/{number}.", 1) + "`"
}

// mentions reports whether manifests name media of a path that pathOf wrote: files in its folder that are named like it.
func mentions(text, name string) bool {
	name = strings.Trim(name, "`")
	folder, _, _ := strings.Cut(name, "/")
	last := path.Base(name)
	if strings.Contains(last, "{") {
		last = path.Ext(name)
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\"<>\n", r) })
	return slices.ContainsFunc(words, func(word string) bool {
		return strings.HasPrefix(word, "../"+folder+"/") && strings.HasSuffix(word, last)
	})
}

// manifests returns all that f says of p: its entry and what that names. A download says nothing.
func manifests(t *testing.T, p *packager.Presentation, o packager.Options, f packager.Format) []byte {
	t.Helper()
	var text []byte
	var err error
	add := func(more []byte, failed error) {
		if failed != nil {
			err = failed
		}
		text = more
	}
	lists := map[packager.Format][2]packager.ResourceKind{
		packager.HLS:          {packager.HLSMaster, packager.HLSMedia},
		packager.HLSTS:        {packager.TSMaster, packager.TSMedia},
		packager.HLSByteRange: {packager.ByteRangeMaster, packager.ByteRangeMedia},
	}
	switch f {
	case packager.DASH:
		add(dash.AppendManifest(text, p, packager.DASHManifest, o, nil))
	case packager.DASHOnDemand:
		add(dash.AppendManifest(text, p, packager.OnDemandManifest, o, nil))
	case packager.HLS, packager.HLSTS, packager.HLSByteRange:
		add(hls.AppendMaster(text, p, lists[f][0], o, nil))
		for i := range p.Tracks {
			add(hls.AppendMedia(text, p, packager.Resource{Kind: lists[f][1], Track: p.Tracks[i].ID}, o, nil))
		}
	}
	if err != nil {
		t.Fatalf("%s with %q: %v", f, o, err)
	}
	return text
}

// sample is what every format carries.
func sample(t *testing.T) *packager.Presentation {
	t.Helper()
	g := packagertest.UniformGrid(25, 50, 10, 0)
	v := packager.VideoFormat{Width: 640, Height: 360, FrameRate: packager.FrameRate{Num: 25, Den: 1}}
	return packagertest.New(t, g,
		packagertest.Video(g, "v", "avc1.64001E", v, 25, 900_000),
		packagertest.Audio(g, "a", "mp4a.40.2", "en", 2, 48000, 0, 128_000))
}
