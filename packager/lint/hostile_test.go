package lint

import (
	"fmt"
	"strings"
	"testing"
)

// TestInheritedLists: what a set lists is walked through for each of its Representations, but not for ever: the square of some
// thousand elements is more than a manifest may list.
func TestInheritedLists(t *testing.T) {
	const n = 1000
	f := func(name, list string) {
		t.Helper()
		var b strings.Builder
		b.WriteString(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT9S"><Period><AdaptationSet>` + list)
		for i := range n {
			fmt.Fprintf(&b, `<Representation id="r%d" bandwidth="1"/>`, i)
		}
		b.WriteString(`</AdaptationSet></Period></MPD>`)
		c := newClient(site{mpdURL: {Body: []byte(b.String())}}.fetch, Options{})
		c.dash(mpdURL)
		if c.listed > maxReferences+n || c.listed <= maxReferences {
			t.Errorf("%s: %d elements were walked through, %d may be", name, c.listed, maxReferences)
		}
	}
	f("a timeline that is wrong at its end", `<SegmentTemplate timescale="1" initialization="i" media="$Number$"><SegmentTimeline>`+
		strings.Repeat(`<S d="1"/>`, n)+`<S/></SegmentTimeline></SegmentTemplate>`)
	f("a list", `<SegmentList duration="1"><Initialization/>`+strings.Repeat(`<SegmentURL media="x"/>`, n)+`</SegmentList>`)
}

// TestHostileManifests: a few bytes do not make a client remember gigabytes or ask for all that they name.
func TestHostileManifests(t *testing.T) {
	f := func(rule ruleID, text string, atMost int) {
		t.Helper()
		c := newClient(site{mpdURL: {Body: []byte(text)}}.fetch, Options{})
		c.addressLimit = 1 << 20
		c.dash(mpdURL)
		if len(c.findings) == 0 || c.findings[len(c.findings)-1].Rule != rules[rule].Name {
			t.Errorf("%s did not notice; findings: %v", rules[rule].Name, c.findings)
		}
		if c.references > atMost || c.addressBytes > c.addressLimit+len(text) {
			t.Errorf("%d references, %d bytes of URLs", c.references, c.addressBytes)
		}
	}
	const head = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT9S"><Period duration="PT9S">`
	timeline := func(media string) string {
		return `<SegmentTemplate timescale="1" initialization="i" media="` + media + `"><SegmentTimeline><S d="1" r="20000"/></SegmentTimeline>` +
			`</SegmentTemplate><Representation id="a" bandwidth="1"/></AdaptationSet></Period></MPD>`
	}
	f(dashAddressing, head+`<AdaptationSet>`+timeline(strings.Repeat("$Number$", 4000)), 1)
	f(reachable, head+`<AdaptationSet contentType="text" mimeType="text/vtt">`+timeline("$Number$"), maxFindings)
	f(dashSyntax, head+`<AdaptationSet>`+strings.Repeat(`<ContentProtection schemeIdUri="x"/>`, maxDescriptors+1)+`</AdaptationSet></Period></MPD>`, 1)
	f(dashTimeLimit, head+`<AdaptationSet>`+strings.Replace(timeline("$Number$"), "20000", "270000", 1), 1)
}

// TestHostileMaster: so many variants and renditions are compared with each other, and no more.
func TestHostileMaster(t *testing.T) {
	var b strings.Builder
	b.WriteString("#EXTM3U\n")
	for i := range 2 * maxMembers {
		fmt.Fprintf(&b, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g%d\",NAME=\"n\",URI=\"a\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"g%d\"\nv\n", i, i)
	}
	r := &report{}
	m := parseMaster(r, master, b.String())
	if len(m.renditions) != maxMembers || len(m.variants) != maxMembers || len(r.findings) == 0 {
		t.Errorf("%d renditions, %d variants, %d findings", len(m.renditions), len(m.variants), len(r.findings))
	}
}

// hangs are texts that dash-mpd never returned from.
var hangs = []string{
	`><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>`,
	`<?x ."y?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/>z><Period/></MPD>`,
	`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><!-- " --><Period/>></MPD>`,
}

// TestSecondReaderReturns: what dash-mpd hangs on is not shown to it, and what it can read is.
func TestSecondReaderReturns(t *testing.T) {
	for _, text := range hangs {
		if !hangsReader(text) {
			t.Errorf("%s is shown to the second reader", text)
		}
		DASH(mpdURL, site{mpdURL: {Body: []byte(text)}}.fetch)
	}
	for _, text := range []string{`<MPD a=">"><![CDATA[]]><!-- > --><x/>&gt;</MPD>`, "<MPD/>", "<MPD", ""} {
		if hangsReader(text) {
			t.Errorf("%s is not shown to the second reader", text)
		}
	}
}
