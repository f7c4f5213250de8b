package packager

import "testing"

func TestResource(t *testing.T) {
	f := func(path string, want Resource) {
		t.Helper()
		got, ok := ParseResource(path)
		if !ok || got != want {
			t.Errorf("%q: got %+v, %t, want %+v", path, got, ok, want)
		}
		if back := string(want.AppendPath(nil)); back != path {
			t.Errorf("%+v is written as %q, want %q", want, back, path)
		}
	}
	f("hls/master.m3u8", Resource{Kind: HLSMaster})
	f("hls/v1.m3u8", Resource{Kind: HLSMedia, Track: "v1"})
	f("dash/manifest.mpd", Resource{Kind: DASHManifest})
	f("cmaf1/v1/init.mp4", Resource{Kind: InitSegment, Track: "v1"})
	f("cmaf1/a-en/6s1/12.m4s", Resource{Kind: MediaSegment, Track: "a-en", TargetSeconds: 6, Number: 12})
}

func TestParseResource_refused(t *testing.T) {
	f := func(path string) {
		t.Helper()
		if got, ok := ParseResource(path); ok {
			t.Errorf("%q is %+v", path, got)
		}
	}
	f("")
	f("hls")
	f("hls/")
	f("hls/.m3u8")
	f("hls/V1.m3u8")
	f("hls/v1.m3u8/")
	f("hls/../v1.m3u8")
	f("dash/manifest.mpd2")
	f("dash/other.mpd")
	f("cmaf2/v1/init.mp4")
	f("cmaf1//init.mp4")
	f("cmaf1/v1/init.mp4/")
	f("cmaf1/v1/6s1/0.m4s")
	f("cmaf1/v1/6s1/01.m4s")
	f("cmaf1/v1/6s1/1.mp4")
	f("cmaf1/v1/6s1/1.m4s/")
	f("cmaf1/v1/6s2/1.m4s")
	f("cmaf1/v1/6s1/9999999999.m4s")
	f("cmaf1/v%31/6s1/1.m4s")
}

func FuzzParseResource(f *testing.F) {
	for _, path := range []string{"hls/master.m3u8", "hls/v1.m3u8", "dash/manifest.mpd", "cmaf1/v1/init.mp4", "cmaf1/v1/6s1/1.m4s", "cmaf1/\xff/"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if r, ok := ParseResource(path); ok && string(r.AppendPath(nil)) != path {
			t.Errorf("%q is written as %q", path, r.AppendPath(nil))
		}
	})
}

func TestParseResource_doesNotAllocate(t *testing.T) {
	allocs := testing.AllocsPerRun(100, func() { ParseResource("cmaf1/a-en/6s1/12.m4s") })
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
