package hls

import (
	"fmt"
	"strconv"

	"headwater/packager"
)

// AppendMedia appends the media playlist of one track that o leaves. The error wraps [packager.ErrNoTrack].
//
// Segment n of the playlist has media sequence number n and is the n.m4s of its URL. A preview ends with EXT-X-ENDLIST like
// the whole.
func AppendMedia(dst []byte, p *packager.Presentation, track packager.TrackID, o packager.Options) ([]byte, error) {
	return AppendLinkedMedia(dst, p, track, o, nil)
}

// AppendLinkedMedia appends the playlist of [AppendMedia] with every URL as link writes it.
func AppendLinkedMedia(dst []byte, p *packager.Presentation, track packager.TrackID, o packager.Options, link packager.Link) ([]byte, error) {
	t := p.Track(track)
	if t == nil || !o.Selects(t) {
		return dst, fmt.Errorf("playlist of track %s of asset %s: %w", track, p.Asset, packager.ErrNoTrack)
	}
	s := o.Segmentation(p)
	dst = append(dst, header...)
	dst = append(dst, "#EXT-X-TARGETDURATION:"...)
	dst = strconv.AppendInt(dst, int64(s.TargetDuration(p)), 10)
	dst = append(dst, "\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\""...)
	init := packager.Resource{Kind: packager.InitSegment, Track: t.ID}.AppendPath([]byte(o.UpToAsset()))
	dst = link.Append(dst, init)
	dst = append(dst, "\"\n"...)
	dst = appendSegments(dst, t, s, o, link)
	return append(dst, "#EXT-X-ENDLIST\n"...), nil
}

func appendSegments(dst []byte, t *packager.Track, s *packager.Segmentation, o packager.Options, link packager.Link) []byte {
	url := packager.AppendSegmentDir([]byte(o.UpToAsset()), t.ID, s.TargetSeconds)
	folder := len(url)
	decimals := extinfDecimals(t.Timescale)
	for number := 1; number <= s.Len(); number++ {
		dst = append(dst, "#EXTINF:"...)
		dst = appendDuration(dst, t, s, number, decimals)
		dst = append(dst, ",\n"...)
		url = strconv.AppendInt(url[:folder], int64(number), 10)
		url = append(url, ".m4s"...)
		dst = link.Append(dst, url)
		dst = append(dst, '\n')
	}
	return dst
}

// appendDuration appends EXTINF's duration as the difference of two rounded absolute boundaries. Sums over any
// contiguous group telescope, so they stay within one unit of the media, however long the group (Authoring
// Specification 8.1 allows one video frame).
func appendDuration(dst []byte, t *packager.Track, s *packager.Segmentation, number, decimals int) []byte {
	unit := packager.Timescale(1)
	for range decimals {
		unit *= 10
	}
	start, duration := s.Span(t, number)
	from := packager.Rescale(start, t.Timescale, unit)
	to := packager.Rescale(start+duration, t.Timescale, unit)
	return packager.AppendSeconds(dst, to-from, unit, decimals)
}

// extinfDecimals returns how many decimals keep EXTINF on the same side of every half second as the ticks it stands
// for, so that it never rounds to more than EXT-X-TARGETDURATION. The two roundings of appendDuration move a duration
// by at most one unit, and a duration in ticks that is not a half second is at least 1/(2*timescale) s away from one:
// microseconds serve up to 500 kHz, nanoseconds up to 500 MHz.
func extinfDecimals(timescale packager.Timescale) int {
	if timescale < 500_000 {
		return 6
	}
	return 9
}
