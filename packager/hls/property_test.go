package hls

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
)

// form is one way to deliver.
type form struct {
	name                   string
	master, media, iframes packager.ResourceKind
	separate               bool
}

var forms = []form{
	{"CMAF", packager.HLSMaster, packager.HLSMedia, packager.HLSIFrames, false},
	{"TS", packager.TSMaster, packager.TSMedia, packager.TSIFrames, false},
	{"TS, sound separate", packager.TSMaster, packager.TSMedia, packager.TSIFrames, true},
	{"byte ranges", packager.ByteRangeMaster, packager.ByteRangeMedia, packager.ByteRangeIFrames, false},
}

// folder is where the playlists of f lie below an asset.
func (f form) folder() string {
	return strings.TrimSuffix(string(packager.Resource{Kind: f.master}.AppendPath(nil)), "master.m3u8")
}

func (f form) options() packager.Options { return packager.Options{SeparateAudio: f.separate} }

// TestProperties generates presentations and holds what every form says of them against the index.
func TestProperties(t *testing.T) {
	for seed := range uint64(50) {
		if testing.Short() && seed%4 != 1 {
			continue
		}
		r := rand.New(rand.NewPCG(seed, 5))
		p, o := randomFilm(t, r), randomOptions(r)
		for _, f := range forms {
			t.Run(fmt.Sprintf("seed%d/%s", seed, f.name), func(t *testing.T) {
				o := o
				o.SeparateAudio = f.separate
				checkForm(t, p, f, o)
			})
		}
	}
}

func checkForm(t *testing.T, p *packager.Presentation, f form, o packager.Options) {
	text, err := AppendMaster(nil, p, f.master, o, nil)
	if refused := o.Check(p, f.master.Format()); refused != nil || err != nil {
		if !errors.Is(err, packager.ErrNoTrack) || refused == nil || len(text) > 0 {
			t.Fatalf("got %v and %d bytes, Check says %v", err, len(text), refused)
		}
		return
	}
	m := readMultivariant(t, text)
	streams := readStreams(t, p, f, o, m)
	checkGroups(t, p, m, streams)
	checkVariants(t, p, f, o, m, streams)
	checkIFrames(t, p, f, o, m)
	for i, v := range m.variants {
		peak, average := recomputed(m, v, streams)
		if got := float64(number(t, v["BANDWIDTH"])); math.Abs(got-peak) > 2 {
			t.Errorf("variant %d: BANDWIDTH is %.0f, recomputed %.1f", i, got, peak)
		}
		if got := float64(number(t, v["AVERAGE-BANDWIDTH"])); math.Abs(got-average) > 2 {
			t.Errorf("variant %d: AVERAGE-BANDWIDTH is %.0f, recomputed %.1f", i, got, average)
		}
	}
}

// checkGroups: the same members in every group, told apart by name and, where players choose, by what they choose by
// (RFC 8216 §4.3.4.1.1).
func checkGroups(t *testing.T, p *packager.Presentation, m multivariant, streams map[string]*listing) {
	t.Helper()
	groups, members := map[string]bool{}, map[string][]string{}
	names, traits, defaults := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, a := range m.media {
		id := a["GROUP-ID"]
		groups[id] = true
		members[id] = append(members[id], strings.Join([]string{a["NAME"], a["LANGUAGE"], a["DEFAULT"], a["AUTOSELECT"], a["CHARACTERISTICS"]}, "\n"))
		if key := id + "\n" + a["NAME"]; a["NAME"] == "" || names[key] {
			t.Errorf("group %s: name %q is empty or taken", id, a["NAME"])
		} else {
			names[key] = true
		}
		if key := id + "\n" + a["LANGUAGE"] + "\n" + a["CHARACTERISTICS"]; a["AUTOSELECT"] == "YES" {
			if traits[key] {
				t.Errorf("group %s: %q cannot be told from another AUTOSELECT=YES", id, a["NAME"])
			}
			traits[key] = true
		}
		if a["DEFAULT"] == "YES" {
			defaults[id]++
			if a["AUTOSELECT"] != "YES" {
				t.Errorf("group %s: %q is the default but not AUTOSELECT=YES", id, a["NAME"])
			}
		}
		if s := streams[a["URI"]]; s != nil {
			if channels := int64(p.Track(s.r.Track).Audio.Channels); a["LANGUAGE"] == "" || number(t, a["CHANNELS"]) != channels {
				t.Errorf("group %s: %v, the track has %d channels", id, a, channels)
			}
		} else if a["DEFAULT"] != "YES" {
			t.Errorf("group %s: %q is nowhere", id, a["NAME"])
		}
	}
	contents := map[string]string{}
	for id := range groups {
		var content []string
		for _, a := range m.media {
			if a["GROUP-ID"] == id {
				content = append(content, a["URI"])
			}
		}
		for _, v := range m.variants {
			if v["AUDIO"] == id && v["RESOLUTION"] != "" {
				content = append(content, v["uri"])
			}
		}
		key := strings.Join(content, " ")
		if other := contents[key]; other != "" {
			t.Errorf("groups %s and %s have the same tracks", id, other)
		}
		contents[key] = id
		if !slices.Equal(members[id], members[m.media[0]["GROUP-ID"]]) || defaults[id] != 1 {
			t.Errorf("group %s: members %q with %d defaults, the first group has %q", id, members[id], defaults[id], members[m.media[0]["GROUP-ID"]])
		}
		if !slices.ContainsFunc(m.variants, func(v attributes) bool { return v["AUDIO"] == id }) {
			t.Errorf("no variant has group %s", id)
		}
	}
	for _, v := range m.variants {
		if id := v["AUDIO"]; id != "" && !groups[id] {
			t.Errorf("variant %s has group %q, which is none", v["uri"], id)
		}
	}
}

// checkVariants: every picture once with every group, described; then at most one of sound alone; every track is somewhere.
func checkVariants(t *testing.T, p *packager.Presentation, f form, o packager.Options, m multivariant, streams map[string]*listing) {
	t.Helper()
	selected, err := o.Select(p, f.master.Format())
	if err != nil {
		t.Fatal(err)
	}
	seen, reached := map[string]bool{}, map[packager.TrackID]bool{}
	film := m.variants[0]["RESOLUTION"] != ""
	for i, v := range m.variants {
		s := streams[v["uri"]]
		key := v["uri"] + " " + v["AUDIO"]
		pictures := p.Track(s.r.Track).Kind == packager.Video
		if seen[key] || film && !pictures && i < len(m.variants)-1 {
			t.Errorf("variant %d, %s, comes twice or too early", i, key)
		}
		seen[key] = true
		for _, name := range []string{"RESOLUTION", "FRAME-RATE", "VIDEO-RANGE"} {
			if (v[name] != "") != pictures {
				t.Errorf("variant %d: %s is %q", i, name, v[name])
			}
		}
		if film && !pictures && slices.ContainsFunc(m.variants[:i], func(other attributes) bool {
			return number(t, other["BANDWIDTH"]) <= number(t, v["BANDWIDTH"])
		}) {
			t.Errorf("variant %d of sound alone is not less than all others", i)
		}
		if v["SUPPLEMENTAL-CODECS"] != p.Track(s.r.Track).SupplementalCodec {
			t.Errorf("variant %d: SUPPLEMENTAL-CODECS is %q", i, v["SUPPLEMENTAL-CODECS"])
		}
		if got, want := strings.Split(v["CODECS"], ","), codecsOf(p, m, v, streams); !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("variant %d: CODECS is %q, want %q", i, got, want)
		}
	}
	for _, s := range streams {
		reached[s.r.Track], reached[s.r.Audio] = true, true
	}
	sounds := 0
	for _, track := range selected {
		if track.Kind == packager.Audio {
			sounds++
		}
		if !reached[track.ID] {
			t.Errorf("no playlist has track %s", track.ID)
		}
	}
	if sounds > 1 && len(m.media) == 0 {
		t.Errorf("%d sounds, and no EXT-X-MEDIA tells them apart", sounds)
	}
}

// codecsOf lists the codecs of what a variant can play, each once.
func codecsOf(p *packager.Presentation, m multivariant, v attributes, streams map[string]*listing) []string {
	r := streams[v["uri"]].r
	var codecs []string
	add := func(id packager.TrackID) {
		t := p.Track(id)
		if t == nil {
			return
		}
		codec := t.Codec
		if r.Kind == packager.TSMedia && strings.HasPrefix(codec, "mp4a.6") {
			codec = "mp4a.40.34"
		}
		if !slices.Contains(codecs, codec) {
			codecs = append(codecs, codec)
		}
	}
	add(r.Track)
	add(r.Audio)
	for _, a := range m.media {
		if s := streams[a["URI"]]; s != nil && a["GROUP-ID"] == v["AUDIO"] {
			add(s.r.Track)
		}
	}
	return codecs
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// recomputed returns the largest sums of what plays together: a stream of pictures and one rendition beside it, or one sound.
func recomputed(m multivariant, v attributes, streams map[string]*listing) (peak, average float64) {
	for _, a := range m.media {
		if s := streams[a["URI"]]; s != nil && a["GROUP-ID"] == v["AUDIO"] {
			peak, average = max(peak, s.peak), max(average, s.average)
		}
	}
	s := streams[v["uri"]]
	if v["RESOLUTION"] == "" {
		return max(peak, s.peak), max(average, s.average)
	}
	return peak + s.peak, average + s.average
}
