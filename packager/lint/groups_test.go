package lint

import "testing"

// ADTS headers tell one channel of HE-AAC v2, which plays two.
func TestCheckGroup_ParametricStereo(t *testing.T) {
	f := func(codecs string, entry sampleEntry, want int) {
		t.Helper()
		member := rendition{group: "a", name: "Sound", language: "en", channels: "2", uri: "a.m3u8", isDefault: true, autoselect: true}
		s := &hlsStream{
			where:  tsMaster,
			master: &masterPlaylist{renditions: []rendition{member}, variants: []variant{{codecs: codecs, audio: "a", uri: "v.m3u8"}}},
			byURL:  map[string]*hlsPlaylist{root + "hls-ts/a.m3u8": {track: &track{header: header{entry: entry}}}},
		}
		c := newClient(site{}.fetch, Options{})
		c.checkGroup(s, "a", s.master.renditions)
		if len(c.findings) != want {
			t.Errorf("%s: %d findings, want %d: %v", codecs, len(c.findings), want, c.findings)
		}
	}
	f("avc1.64001E,mp4a.40.29", sampleEntry{adts: true, channels: 1}, 0)
	f("avc1.64001E,mp4a.40.5", sampleEntry{adts: true, channels: 1}, 1)
	f("avc1.64001E,mp4a.40.29", sampleEntry{channels: 1}, 1) // a sample entry tells what is played
	f("avc1.64001E,mp4a.40.2", sampleEntry{adts: true, channels: 2}, 0)
}
