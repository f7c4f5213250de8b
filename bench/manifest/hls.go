package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// readHLS reads a multivariant playlist, or a media playlist as the only rendition.
func readHLS(base *url.URL, text string) (*Presentation, error) {
	if !strings.Contains(text, "#EXT-X-STREAM-INF:") {
		segments, err := readPlaylist(base, text)
		if err != nil {
			return nil, err
		}
		return &Presentation{Format: HLS, Video: []Rendition{{Name: "only", Kind: Video, Audio: -1, Segments: segments}}}, nil
	}
	m := multivariant{base: base, groups: map[string]int{}}
	if err := m.read(text); err != nil {
		return nil, err
	}
	return m.presentation()
}

// multivariant is a multivariant playlist (RFC 8216 §4.3.4) while it is read.
type multivariant struct {
	base     *url.URL
	audio    []Rendition
	groups   map[string]int // the index in audio of what stands for an audio group
	variants []variant
}

type variant struct {
	Rendition
	group string
}

func (m *multivariant) read(text string) error {
	var pending *variant // its URI is on the next line
	for line := range lines(text) {
		var err error
		switch tag, value := cutTag(line); {
		case tag == "#EXT-X-MEDIA":
			err = m.addMedia(parseAttributes(value))
		case tag == "#EXT-X-STREAM-INF":
			pending, err = newVariant(parseAttributes(value))
		case line[0] != '#' && pending != nil:
			err = m.addVariant(*pending, line)
			pending = nil
		}
		if err != nil {
			return err
		}
		if len(m.variants)+len(m.audio) > maxRenditions {
			return fmt.Errorf("more than %d renditions", maxRenditions)
		}
	}
	return nil
}

// addMedia keeps of each audio group the default rendition, else the first. One without a URI is in the variant itself.
func (m *multivariant) addMedia(a attributes) error {
	if a["TYPE"] != "AUDIO" || a["URI"] == "" {
		return nil
	}
	address, err := resolve(m.base, a["URI"])
	if err != nil {
		return err
	}
	name := cmp.Or(a["LANGUAGE"], a["NAME"], "audio")
	r := Rendition{Name: name, Kind: Audio, Audio: -1, Playlist: address.String()}
	known, ok := m.groups[a["GROUP-ID"]]
	switch {
	case !ok:
		m.groups[a["GROUP-ID"]] = len(m.audio)
		m.audio = append(m.audio, r)
	case a["DEFAULT"] == "YES":
		m.audio[known] = r
	}
	return nil
}

func newVariant(a attributes) (*variant, error) {
	bandwidth, err := parseUint(a["BANDWIDTH"])
	if err != nil {
		return nil, fmt.Errorf("EXT-X-STREAM-INF: BANDWIDTH: %w", err)
	}
	v := &variant{Rendition: Rendition{Kind: Video, Audio: -1, Bandwidth: bandwidth}, group: a["AUDIO"]}
	v.Codecs = a["CODECS"]
	v.Width, v.Height = parseResolution(a["RESOLUTION"])
	v.Name = videoName(v.Height, bandwidth)
	return v, nil
}

// videoName names a rendition of video after its height, as people do.
func videoName(height int, bandwidth int64) string {
	if height > 0 {
		return fmt.Sprintf("%dp", height)
	}
	return fmt.Sprintf("%d kbit/s", bandwidth/1000)
}

func (m *multivariant) addVariant(v variant, uri string) error {
	address, err := resolve(m.base, uri)
	if err != nil {
		return err
	}
	v.Playlist = address.String()
	m.variants = append(m.variants, v)
	return nil
}

func (m *multivariant) presentation() (*Presentation, error) {
	if len(m.variants) == 0 {
		return nil, errors.New("a multivariant playlist without variants")
	}
	p := &Presentation{Format: HLS, Audio: m.audio}
	for _, v := range m.variants {
		if audio, ok := m.groups[v.group]; ok && m.audio[audio].Playlist != v.Playlist {
			v.Audio = audio
		}
		p.Video = append(p.Video, v.Rendition)
	}
	p.Video = choices(p.Video)
	return p, nil
}
