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
	f("hls-ts/master.m3u8", Resource{Kind: TSMaster})
	f("hls-ts/v1.m3u8", Resource{Kind: TSMedia, Track: "v1"})
	f("hls-ts/v1+a-en.m3u8", Resource{Kind: TSMedia, Track: "v1", Audio: "a-en"})
	f("ts1/a-en/6s1/12.ts", Resource{Kind: TSSegment, Track: "a-en", TargetSeconds: 6, Number: 12})
	f("ts1/v1+a-en/4s1/1.ts", Resource{Kind: TSSegment, Track: "v1", Audio: "a-en", TargetSeconds: 4, Number: 1})
	f("hls-byterange/master.m3u8", Resource{Kind: ByteRangeMaster})
	f("hls/v1.iframes.m3u8", Resource{Kind: HLSIFrames, Track: "v1"})
	f("hls-ts/v1.iframes.m3u8", Resource{Kind: TSIFrames, Track: "v1"})
	f("hls-byterange/v1.iframes.m3u8", Resource{Kind: ByteRangeIFrames, Track: "v1"})
	f("hls-byterange/v1.m3u8", Resource{Kind: ByteRangeMedia, Track: "v1"})
	f("dash-ondemand/manifest.mpd", Resource{Kind: OnDemandManifest})
	f("ondemand1/v1.mp4", Resource{Kind: OnDemandFile, Track: "v1"})
	f("download.mp4", Resource{Kind: Download})
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
	f("cmaf1/v1+a1/6s1/1.m4s")
	f("cmaf1/v1+a1/init.mp4")
	f("hls/v1+a1.m3u8")
	f("hls-byterange/v1+a1.m3u8")
	f("hls-ts/v1+.m3u8")
	f("hls-ts/+a1.m3u8")
	f("hls-ts/v1+v1.m3u8")
	f("hls-ts/v1+a1+a2.m3u8")
	f("hls-ts/v1%2Ba1.m3u8")
	f("ts1/v1+a1/init.mp4")
	f("ts1/v1/6s1/1.m4s")
	f("ts2/v1/6s1/1.ts")
	f("ondemand1/v1/init.mp4")
	f("ondemand1/.mp4")
	f("ondemand2/v1.mp4")
	f("download.mp4/")
	f("downloads/download.mp4")
}

func FuzzParseResource(f *testing.F) {
	for _, path := range []string{"hls/master.m3u8", "hls/v1.m3u8", "dash/manifest.mpd", "cmaf1/v1/init.mp4", "cmaf1/v1/6s1/1.m4s", "cmaf1/\xff/",
		"hls-ts/v1+a1.m3u8", "ts1/v1+a1/6s1/1.ts", "hls-byterange/v1.m3u8", "ondemand1/v1.mp4", "download.mp4"} {
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
