package hls

import (
	"strconv"
	"strings"
	"testing"

	"headwater/packager"
)

// The reader of these tests is strict: it ends a test at the first line that it does not know.

// attributes are those of one tag, quotes removed. "uri" is the line that follows EXT-X-STREAM-INF.
type attributes map[string]string

// multivariant is a multivariant playlist as it is written.
type multivariant struct{ media, variants, iframes []attributes }

// mediaList is a media playlist as it is written.
type mediaList struct {
	target   int64
	iframes  bool // EXT-X-I-FRAMES-ONLY
	mapURI   string
	mapRange [2]int64 // size and offset
	segments []listed
}

// listed is one segment of a mediaList.
type listed struct {
	nanos, unit  int64 // its duration, and the value of its last decimal, in 10^-9 s
	uri          string
	size, offset int64 // of EXT-X-BYTERANGE; else 0
}

func readMultivariant(t *testing.T, text []byte) multivariant {
	t.Helper()
	var m multivariant
	var pending attributes
	for _, line := range linesOf(t, text) {
		name, value, _ := strings.Cut(line, ":")
		switch {
		case name == "#EXT-X-MEDIA":
			m.media = append(m.media, readAttributes(t, value))
		case name == "#EXT-X-I-FRAME-STREAM-INF" && pending == nil:
			m.iframes = append(m.iframes, readAttributes(t, value))
		case name == "#EXT-X-STREAM-INF" && pending == nil:
			pending = readAttributes(t, value)
		case !strings.HasPrefix(line, "#") && pending != nil:
			pending["uri"] = line
			m.variants, pending = append(m.variants, pending), nil
		default:
			t.Fatalf("line %q", line)
		}
	}
	if len(m.variants) == 0 || pending != nil {
		t.Fatalf("%d variants, pending %v", len(m.variants), pending)
	}
	return m
}

// linesOf returns the lines after the three that begin every playlist.
func linesOf(t *testing.T, text []byte) []string {
	t.Helper()
	lines := strings.Split(string(text), "\n")
	if len(lines) < 5 || lines[0] != "#EXTM3U" || !strings.HasPrefix(lines[1], "#EXT-X-VERSION:") || lines[2] != "#EXT-X-INDEPENDENT-SEGMENTS" ||
		lines[len(lines)-1] != "" || strings.Contains(string(text), "\r") || strings.Contains(string(text), "{$") {
		t.Fatalf("not a playlist: %.200q", text)
	}
	return lines[3 : len(lines)-1]
}

func readAttributes(t *testing.T, list string) attributes {
	t.Helper()
	a := attributes{}
	for rest := list; rest != ""; {
		name, after, found := strings.Cut(rest, "=")
		if !found || name == "" || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" || a[name] != "" {
			t.Fatalf("attribute %q of %q", name, list)
		}
		value, next, _ := strings.Cut(after, ",")
		if quoted, isQuoted := strings.CutPrefix(after, `"`); isQuoted {
			value, next, found = strings.Cut(quoted, `"`)
			if !found || next != "" && next[0] != ',' {
				t.Fatalf("attribute %s of %q does not end", name, list)
			}
			next = strings.TrimPrefix(next, ",")
		}
		a[name], rest = value, next
	}
	return a
}

func readMedia(t *testing.T, text []byte) mediaList {
	t.Helper()
	var m mediaList
	var next listed
	lines := linesOf(t, text)
	if lines[1] != "#EXT-X-MEDIA-SEQUENCE:1" || lines[2] != "#EXT-X-PLAYLIST-TYPE:VOD" || lines[len(lines)-1] != "#EXT-X-ENDLIST" {
		t.Fatalf("not a whole VOD playlist: %.300q", text)
	}
	for _, line := range append(lines[:1:1], lines[3:len(lines)-1]...) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "#EXT-X-TARGETDURATION":
			m.target = number(t, value)
		case "#EXT-X-I-FRAMES-ONLY":
			m.iframes = true
		case "#EXT-X-MAP":
			a := readAttributes(t, value)
			m.mapURI = a["URI"]
			if a["BYTERANGE"] != "" {
				m.mapRange[0], m.mapRange[1] = readRange(t, a["BYTERANGE"])
			}
		case "#EXTINF":
			next.nanos, next.unit = readDuration(t, value)
		case "#EXT-X-BYTERANGE":
			next.size, next.offset = readRange(t, value)
		default:
			if next.uri = line; strings.HasPrefix(line, "#") || next.nanos == 0 {
				t.Fatalf("line %q", line)
			}
			m.segments, next = append(m.segments, next), listed{}
		}
	}
	return m
}

func readRange(t *testing.T, value string) (size, offset int64) {
	t.Helper()
	n, at, found := strings.Cut(value, "@")
	if !found {
		t.Fatalf("range %q has no offset", value)
	}
	return number(t, n), number(t, at)
}

func readDuration(t *testing.T, value string) (nanos, unit int64) {
	t.Helper()
	whole, fraction, _ := strings.Cut(strings.TrimSuffix(value, ","), ".")
	nanos, unit = number(t, whole+(fraction + "000000000")[:9]), 1
	for range 9 - len(fraction) {
		unit *= 10
	}
	return nanos, unit
}

func number(t *testing.T, digits string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// resolve parses an URL of a playlist that lies in folder, below the asset.
func resolve(t *testing.T, folder, uri string, o packager.Options) packager.Resource {
	t.Helper()
	path, above := strings.CutPrefix(uri, o.UpToAsset())
	if !above {
		path = folder + uri
	}
	r, ok := packager.ParseResource(path)
	if !ok {
		t.Fatalf("%q names nothing", uri)
	}
	return r
}
