package lint

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
)

// TestTransit: plain http away from this machine is advice, once for each server; TLS that is too old an error.
func TestTransit(t *testing.T) {
	p, files := film(t)
	s := newSite(t, p, files)
	f := func(origin string, failure error, want ...ruleID) {
		t.Helper()
		fetch := func(address string, from, to int64) (Response, error) {
			if failure != nil {
				return Response{}, failure
			}
			return s.fetch(strings.TrimPrefix(address, origin), from, to)
		}
		v, _ := Judge([]string{origin + master, origin + mpdURL}, fetch, Options{})
		var got, names []string
		for _, finding := range v.Findings {
			got = append(got, finding.Rule)
		}
		for _, id := range want {
			names = append(names, rules[id].Name)
		}
		if !slices.Equal(got, names) {
			t.Errorf("%s: %v, want %v", origin, v.Findings, names)
		}
	}
	f("https://film.example", nil)
	f("http://127.0.0.1:8080", nil)
	f("http://[::1]:8080", nil)
	f("http://localhost", nil)
	f("http://a.localhost:1", nil)
	f("http://film.example", nil, transportPlain)
	f("http://10.0.0.1:80", nil, transportPlain)
	f("https://film.example", fmt.Errorf("%w: it says so", ErrOldTLS), transportSecurity, transportSecurity)
}

// tiled plants a set of tiles, whose pictures have 320x180.
func tiled(value string, width, height int) func(*testing.T, site) {
	return func(t *testing.T, s site) {
		var picture bytes.Buffer
		if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 320, 180)), nil); err != nil {
			t.Fatal(err)
		}
		s[root+"dash/t1.jpg"] = Response{Body: picture.Bytes(), ContentType: "image/jpeg"}
		s.replace(t, mpdURL, "  </Period>", fmt.Sprintf(`<AdaptationSet contentType="image" mimeType="image/jpeg" segmentAlignment="true">`+
			`<SegmentTemplate timescale="1" duration="100" media="t$Number$.jpg" initialization="i"/><Representation id="i" bandwidth="1" width="%d" height="%d">`+
			`<EssentialProperty schemeIdUri="http://dashif.org/guidelines/thumbnail_tile" value="%s"/></Representation></AdaptationSet></Period>`, width, height, value))
	}
}

func TestCleanTiles(t *testing.T) {
	p, files := film(t)
	s := newSite(t, p, files)
	tiled("4x3", 320, 180)(t, s)
	for _, finding := range DASH(mpdURL, s.fetch) {
		t.Error(finding)
	}
}
