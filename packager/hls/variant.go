package hls

import (
	"slices"
	"strconv"
	"strings"

	"headwater/packager"
)

// variant is one EXT-X-STREAM-INF: a video track with one audio group, or either alone.
type variant struct {
	main   *packager.Track   // whose playlist the variant names
	muxed  *packager.Track   // whose sound is in the stream of main; nil for none
	others []*packager.Track // of the audio group, less those two
	place  int               // of the group among all
	group  string            // GROUP-ID; empty for none

	bandwidth, average int64
}

func (v variant) appendStream(dst []byte, link packager.Link) []byte {
	dst = append(dst, "#EXT-X-STREAM-INF:BANDWIDTH="...)
	dst = strconv.AppendInt(dst, v.bandwidth, 10)
	dst = append(dst, ",AVERAGE-BANDWIDTH="...)
	dst = strconv.AppendInt(dst, v.average, 10)
	dst = append(dst, ",CODECS="...)
	dst = appendQuoted(dst, v.codecs())
	if v.main.SupplementalCodec != "" {
		dst = append(dst, ",SUPPLEMENTAL-CODECS="...)
		dst = appendQuoted(dst, v.main.SupplementalCodec)
	}
	if video := v.main.Video; v.main.Kind == packager.Video {
		dst = append(dst, ",RESOLUTION="...)
		dst = strconv.AppendInt(dst, int64(video.Width), 10)
		dst = append(dst, 'x')
		dst = strconv.AppendInt(dst, int64(video.Height), 10)
		dst = append(dst, ",FRAME-RATE="...)
		dst = appendFrameRate(dst, video.FrameRate)
		dst = append(dst, ",VIDEO-RANGE="...)
		dst = append(dst, video.Colour.VideoRange()...)
	}
	if v.group != "" {
		dst = append(dst, ",AUDIO="...)
		dst = appendQuoted(dst, v.group)
	}
	dst = append(dst, '\n')
	dst = link.Append(dst, playlistName(v.main, v.muxed))
	return append(dst, '\n')
}

// playlistName returns the URL of the media playlist of t, with audio in its stream unless that is nil. It lies beside the
// multivariant one.
func playlistName(t, audio *packager.Track) []byte {
	if audio == nil {
		return []byte(t.ID + ".m3u8")
	}
	return []byte(t.ID + "+" + audio.ID + ".m3u8")
}

// codecs lists every codec of the variant once: the main track's, then those of its group.
func (v variant) codecs() string {
	tracks := []*packager.Track{v.main}
	if v.muxed != nil {
		tracks = append(tracks, v.muxed)
	}
	var list []string
	for _, t := range append(tracks, v.others...) {
		if !slices.Contains(list, t.Codec) {
			list = append(list, t.Codec)
		}
	}
	return strings.Join(list, ",")
}
