package lint

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLegalMPDs: what other writers write, and may, is no finding.
func TestLegalMPDs(t *testing.T) {
	p, files := film(t)
	clean := newSite(t, p, files)
	f := func(name string, changes ...func(*testing.T, site)) {
		t.Helper()
		s := maps.Clone(clean)
		for _, change := range changes {
			change(t, s)
		}
		for _, finding := range DASH(mpdURL, s.fetch) {
			t.Errorf("%s: %v", name, finding)
		}
	}
	further := text(mpdURL, "../cmaf1", "../../cmaf1")
	f("BaseURL of the MPD", further, text(mpdURL, "  <Period", "<BaseURL>sub/</BaseURL>\n  <Period"))
	f("BaseURL of the Period", further, text(mpdURL, "    <AdaptationSet id=\"1\"", "<BaseURL> sub/ </BaseURL><BaseURL>no/</BaseURL><AdaptationSet id=\"1\""))
	f("BaseURL of the set", further, text(mpdURL, "      <SegmentTemplate", "<BaseURL>sub/</BaseURL><SegmentTemplate"))
	f("BaseURLs", text(mpdURL, "../cmaf1", "cmaf1"), text(mpdURL, "  <Period", "<BaseURL>"+root+"</BaseURL>\n  <Period"))
	f("run to the next t", text(mpdURL, `d="180180" r="1"/>`, `d="180180" r="-1"/>`), text(mpdURL, `<S d="90090"/>`, `<S t="360360" d="90090"/>`))
	f("width", text(mpdURL, "$Number$", "$Number%01d$"))
	f("padded", padded, text(mpdURL, "$Number$", "$Number%04d$"))
	f("times", timed, text(mpdURL, "$Number$", "t$Time$"))
	f("no start", text(mpdURL, ` start="PT0S"`, ""))
	f("inherited", text(mpdURL, ` startNumber="1"`, ""), text(mpdURL, "    <AdaptationSet id=\"1\"", `<SegmentTemplate startNumber="1"/><AdaptationSet id="1"`))
	f("unknown names", text(mpdURL, "<Period ", `<Period xmlns:x="urn:x" x:a="1" later="2" `), text(mpdURL, "  </Period>", "<Later/><x xmlns=\"urn:x\"><MPD/></x></Period>"))
	f("capital namespace", text(mpdURL, "urn:mpeg:dash:schema:mpd:2011", "urn:mpeg:DASH:schema:MPD:2011"))
	f("hex", text(mpdURL, "avc1.64001E", "avc1.64001e"))
	f("fine durations", text(mpdURL, "PT15.015S", "PT0H0M15.0150000000000S"))
	f("Dolby's channels", text(mpdURL, `schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="6"`,
		`schemeIdUri="tag:dolby.com,2014:dash:audio_channel_configuration:2011" value="F801"`))
	f("par", text(mpdURL, `maxHeight="360"`, `maxHeight="360" par="16:9"`))
	f("text", textSet(""))
	f("two Periods", text(mpdURL, ` start="PT0S"`, ""), twoPeriods)
}

// padded serves segments under numbers of four digits.
func padded(_ *testing.T, s site) {
	for address := range maps.Clone(s) {
		if path, found := strings.CutSuffix(address, ".m4s"); found {
			at := strings.LastIndexByte(path, '/') + 1
			s.alias(address, fmt.Sprintf("%s%04s.m4s", path[:at], path[at:]))
		}
	}
}

// timed serves segments under their times.
func timed(t *testing.T, s site) {
	for _, id := range []string{"v1", "v2", "a-en", "a-en-51", "a-fr"} {
		check := checker{report: &report{}}
		check.track.header, _ = parseHeader(check.report, "", s[initURL(id)].Body)
		for number := 1; number <= 3; number++ {
			check.add("", s[segmentURL(id, number)].Body)
			from := segmentURL(id, number)
			s.alias(from, strings.Replace(from, fmt.Sprintf("%d.m4s", number), fmt.Sprintf("t%d.m4s", check.track.segments[number-1].start), 1))
		}
	}
}

// twoPeriods cuts the film into its first two segments and the third.
func twoPeriods(t *testing.T, s site) {
	whole := string(s[mpdURL].Body)
	begin, end := strings.Index(whole, "  <Period"), strings.Index(whole, "</MPD>")
	first, second := whole[begin:end], whole[begin:end]
	first = strings.Replace(first, "PT15.015S", "PT12.012S", 1)
	second = strings.Replace(strings.Replace(second, "PT15.015S", "PT3.003S", 1), `<Period id="1"`, `<Period id="2"`, 1)
	timelines := regexp.MustCompile(`(?s)timescale="(\d+)" startNumber="1"([^>]*)>\s*<SegmentTimeline>(.*?)</SegmentTimeline>`)
	entry := regexp.MustCompile(`<S (?:t="(\d+)" )?d="(\d+)"(?: r="1")?/>`)
	cut := func(text string, last bool) string {
		return timelines.ReplaceAllStringFunc(text, func(template string) string {
			m := timelines.FindStringSubmatch(template)
			var list []string
			now := 0
			for _, s := range entry.FindAllStringSubmatch(m[3], -1) {
				for range 1 + strings.Count(s[0], ` r="1"`) {
					list = append(list, fmt.Sprintf(`<S t="%d" d="%s"/>`, now, s[2]))
					var d int
					fmt.Sscan(s[2], &d)
					now += d
				}
			}
			if len(list) != 3 {
				t.Fatalf("%d segments in %s", len(list), template)
			}
			if !last {
				return fmt.Sprintf(`timescale="%s" startNumber="1"%s><SegmentTimeline>%s</SegmentTimeline>`, m[1], m[2], list[0]+list[1])
			}
			var scale int
			fmt.Sscan(m[1], &scale)
			return fmt.Sprintf(`timescale="%s" startNumber="3" presentationTimeOffset="%d"%s><SegmentTimeline>%s</SegmentTimeline>`,
				m[1], scale*12012/1000, m[2], list[2])
		})
	}
	s[mpdURL] = Response{Body: []byte(whole[:begin] + cut(first, false) + cut(second, true) + whole[end:])}
}

// TestUnjudgedDASH: what is live, elsewhere or encrypted is named, without findings about it.
func TestUnjudgedDASH(t *testing.T) {
	p, files := film(t)
	clean := newSite(t, p, files)
	f := func(why string, unjudgeable bool, change func(*testing.T, site)) {
		t.Helper()
		s := maps.Clone(clean)
		change(t, s)
		v, err := Judge([]string{mpdURL}, s.fetch, Options{})
		if errors.Is(err, ErrUnjudged) != unjudgeable || len(v.Findings) > 0 {
			t.Errorf("%s: %v, findings %v", why, err, v.Findings)
		}
		if !slices.ContainsFunc(v.Unjudged, func(u Unjudged) bool { return strings.Contains(u.Why, why) }) {
			t.Errorf("%s: not judged %v", why, v.Unjudged)
		}
	}
	f("live", true, text(mpdURL, `type="static"`, `type="dynamic"`))
	f("xlink", false, func(t *testing.T, s site) {
		s.replace(t, mpdURL, "  </Period>", `<AdaptationSet xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="a.xml"/></Period>`)
	})
	f("encrypted with cbcs", false, encrypted)
	f("WebM", false, func(t *testing.T, s site) {
		s.replace(t, mpdURL, "  </Period>", `<AdaptationSet mimeType="audio/webm"><Representation id="w" bandwidth="1"><BaseURL>w.webm</BaseURL></Representation></AdaptationSet></Period>`)
	})
	f("what the pictures show", false, func(t *testing.T, s site) {
		s[root+"dash/t1.jpg"] = Response{Body: []byte("x"), ContentType: "image/jpeg"}
		s.replace(t, mpdURL, "  </Period>", `<AdaptationSet contentType="image" mimeType="image/jpeg" segmentAlignment="true"><SegmentTemplate timescale="1" duration="100" `+
			`media="t$Number$.jpg" initialization="i"/><Representation id="i" bandwidth="1"/></AdaptationSet></Period>`)
	})
}

// encrypted lets one track be encrypted, as its headers and the MPD say.
func encrypted(t *testing.T, s site) {
	key := strings.Repeat("a1", 16)
	tenc := append(zeros(8), []byte(strings.Repeat("\xa1", 16))...)
	sinf := makeBox("sinf", makeBox("frma", "avc1"), makeBox("schm", uint32(0), "cbcs", uint32(0)), makeBox("schi", makeBox("tenc", tenc)))
	for _, id := range []string{"v1", "v2"} {
		colr := makeBox("colr", "nclx", uint16(1), uint16(1), uint16(1), uint8(0))
		answer := s[initURL(id)]
		answer.Body = insert(answer.Body, colr, join(colr, sinf), "moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1")
		answer.Body = []byte(strings.Replace(string(answer.Body), "avc1", "encv", 1)) // the sample entry; frma comes later
		s[initURL(id)] = answer
	}
	s.replace(t, mpdURL, `maxFrameRate="30000/1001" segmentAlignment="true" startWithSAP="1">`, `maxFrameRate="30000/1001" segmentAlignment="true" startWithSAP="1">`+
		`<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cbcs" xmlns:cenc="urn:mpeg:cenc:2013" cenc:default_KID="`+key[:8]+"-"+key[8:]+`"/>`)
}
