package lint

import (
	"slices"
	"testing"
)

// TestForeignDASH judges what ffmpeg's DASH muxer makes. The rules that it breaks are known: it claims the live profile for
// everything, writes bitstreamSwitching with avc1, no duration of the Period, the average as bandwidth, and is no CMAF.
func TestForeignDASH(t *testing.T) {
	f := func(name, args string, known ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const (
				source = "-f lavfi -i testsrc2=size=320x180:rate=30000/1001:duration=9 -f lavfi -i sine=sample_rate=48000:duration=9 "
				avc    = "-pix_fmt yuv420p -force_key_frames expr:gte(t,n_forced*2) -c:v libx264 -preset ultrafast -bf 2 -flags +cgop "
			)
			fetch := ffmpegFiles(t, source+avc+"-ac 2 -c:a aac -metadata:s:a:0 language=en "+args+" -seg_duration 2 -f dash m.mpd")
			for _, finding := range DASH("/m.mpd", fetch) {
				if !slices.Contains(append(known, "cmaf-brand", "dash-period-duration", "dash-bitstream-switching", "dash-exact-bandwidth"), finding.Rule) {
					t.Error(finding)
				}
			}
		})
	}
	f("timeline", "")
	f("numbers", "-use_timeline 0")
	f("list", "-use_timeline 0 -use_template 0", "dash-profile")
	f("one file", "-single_file 1", "dash-profile")
	f("index", "-single_file 1 -global_sidx 1", "dash-profile")
	f("cmaf", "-dash_segment_type mp4 -format_options movflags=+cmaf", "cmaf-es-id", "dash-media", "dash-overhang") // the timeline leaves priming out
}
