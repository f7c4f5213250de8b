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

	transport bool // it is delivered as transport streams

	bandwidth, average int64
}

func (v variant) appendStream(dst []byte, link packager.Link) []byte {
	dst = append(dst, "#EXT-X-STREAM-INF:"...)
	dst = appendPicture(appendBandwidth(dst, v.bandwidth, v.average), v.main, v.codecs())
	if v.main.Kind == packager.Video {
		dst = append(dst, ",FRAME-RATE="...)
		dst = appendFrameRate(dst, v.main.Video.FrameRate)
	}
	if v.group != "" {
		dst = append(dst, ",AUDIO="...)
		dst = appendQuoted(dst, v.group)
	}
	dst = append(dst, '\n')
	dst = link.Append(dst, playlistName(v.main, v.muxed))
	return append(dst, '\n')
}

func appendBandwidth(dst []byte, peak, average int64) []byte {
	dst = strconv.AppendInt(append(dst, "BANDWIDTH="...), peak, 10)
	return strconv.AppendInt(append(dst, ",AVERAGE-BANDWIDTH="...), average, 10)
}

// appendPicture appends what streams of pictures and of I-frames both say of t, with all of codecs; of sound only those.
func appendPicture(dst []byte, t *packager.Track, codecs string) []byte {
	dst = appendQuoted(append(dst, ",CODECS="...), codecs)
	if t.SupplementalCodec != "" {
		dst = appendQuoted(append(dst, ",SUPPLEMENTAL-CODECS="...), t.SupplementalCodec)
	}
	if t.Kind != packager.Video {
		return dst
	}
	dst = strconv.AppendInt(append(dst, ",RESOLUTION="...), int64(t.Video.Width), 10)
	dst = strconv.AppendInt(append(dst, 'x'), int64(t.Video.Height), 10)
	return append(append(dst, ",VIDEO-RANGE="...), t.Video.Colour.VideoRange()...)
}

// playlistName returns the URL of the media playlist of t, with audio in its stream unless that is nil. It lies beside the
// multivariant one.
func playlistName(t, audio *packager.Track) []byte {
	if audio == nil {
		return []byte(t.ID + ".m3u8")
	}
	return []byte(t.ID + "+" + audio.ID + ".m3u8")
}

// transportMP3 is what players call MP3 in transport streams and by itself, of any sampling rate (RFC 6381 in the way of Apple).
const transportMP3 = "mp4a.40.34"

// codecs lists every codec of the variant once: the main track's, then those of its group.
func (v variant) codecs() string {
	tracks := []*packager.Track{v.main}
	if v.muxed != nil {
		tracks = append(tracks, v.muxed)
	}
	var list []string
	for _, t := range append(tracks, v.others...) {
		codec := t.Codec
		if v.transport && t.CodecFamily() == "mp3" {
			codec = transportMP3
		}
		if !slices.Contains(list, codec) {
			list = append(list, codec)
		}
	}
	return strings.Join(list, ",")
}
