package hls

import (
	"fmt"
	"strconv"

	"headwater/packager"
)

// AppendMedia appends the media playlist that r names: an HLSMedia, TSMedia or ByteRangeMedia of tracks that o leaves. The
// error wraps [packager.ErrNoTrack].
//
// Segment n of the playlist has media sequence number n, and is the n.m4s or n.ts of its URL. A preview ends with
// EXT-X-ENDLIST like the whole.
func AppendMedia(dst []byte, p *packager.Presentation, r packager.Resource, o packager.Options, link packager.Link) ([]byte, error) {
	t, err := o.Listed(p, r)
	if err != nil {
		return dst, err
	}
	s := o.Segmentation(p)
	dst = appendListHeader(dst, r.Kind.Format(), s.TargetDuration(p))
	switch r.Kind {
	case packager.TSMedia:
		files := packager.Resource{Kind: packager.TSSegment, Track: t.ID, Audio: r.Audio, TargetSeconds: s.TargetSeconds}
		dst = appendSegments(dst, t, s, files.AppendDir([]byte(o.UpToAsset())), ".ts", link)
	case packager.ByteRangeMedia:
		if dst, err = appendRanges(dst, p, t, s, o, link); err != nil {
			return dst, err
		}
	default:
		dst = appendInit(dst, t, o, link)
		dst = appendSegments(dst, t, s, packager.AppendSegmentDir([]byte(o.UpToAsset()), t.ID, s.TargetSeconds), ".m4s", link)
	}
	return append(dst, "#EXT-X-ENDLIST\n"...), nil
}

// appendListHeader starts a playlist of one stream, of segments that last at most targetDuration seconds.
func appendListHeader(dst []byte, f packager.Format, targetDuration int) []byte {
	dst = append(appendHeader(dst, f), "#EXT-X-TARGETDURATION:"...)
	dst = strconv.AppendInt(dst, int64(targetDuration), 10)
	return append(dst, "\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n"...)
}

// appendSegments appends the segments of t, of which each has a file of its own in the folder that url names.
func appendSegments(dst []byte, t *packager.Track, s *packager.Segmentation, url []byte, extension string, link packager.Link) []byte {
	folder := len(url)
	for number := 1; number <= s.Len(); number++ {
		dst = appendEXTINF(dst, t, s, number)
		url = append(strconv.AppendInt(url[:folder], int64(number), 10), extension...)
		dst = append(link.Append(dst, url), '\n')
	}
	return dst
}

// appendRanges appends the segments of t as byte ranges of its on-demand file (RFC 8216 §4.3.2.2), each with its offset:
// without, it would follow from the entry before, which not every player has read.
func appendRanges(dst []byte, p *packager.Presentation, t *packager.Track, s *packager.Segmentation, o packager.Options, link packager.Link) ([]byte, error) {
	file, err := p.OnDemandFile(t.ID)
	if err != nil {
		return dst, fmt.Errorf("byte ranges: %w", err)
	}
	url := packager.Resource{Kind: packager.OnDemandFile, Track: t.ID}.AppendPath([]byte(o.UpToAsset()))
	dst = appendFileInit(dst, file, url, link)
	offset := file.HeadBytes
	for number := 1; number <= s.Len(); number++ {
		size := s.SizeBytes(t, number)
		dst = appendPart(appendEXTINF(dst, t, s, number), size, offset, url, link)
		offset += size
	}
	return dst, nil
}

// appendInit names the init segment of t, which has a file of its own.
func appendInit(dst []byte, t *packager.Track, o packager.Options, link packager.Link) []byte {
	init := packager.Resource{Kind: packager.InitSegment, Track: t.ID}.AppendPath([]byte(o.UpToAsset()))
	return append(link.Append(append(dst, "#EXT-X-MAP:URI=\""...), init), "\"\n"...)
}

// appendFileInit names the init segment at the beginning of an on-demand file, which is at url.
func appendFileInit(dst []byte, file packager.OnDemand, url []byte, link packager.Link) []byte {
	dst = link.Append(append(dst, "#EXT-X-MAP:URI=\""...), url)
	return append(appendRange(append(dst, "\",BYTERANGE=\""...), file.InitBytes, 0), "\"\n"...)
}

// appendPart appends the range and the URL of a part of a file.
func appendPart(dst []byte, sizeBytes, offset int64, url []byte, link packager.Link) []byte {
	dst = append(appendRange(append(dst, "#EXT-X-BYTERANGE:"...), sizeBytes, offset), '\n')
	return append(link.Append(dst, url), '\n')
}

func appendRange(dst []byte, sizeBytes, offset int64) []byte {
	dst = append(strconv.AppendInt(dst, sizeBytes, 10), '@')
	return strconv.AppendInt(dst, offset, 10)
}

// appendEXTINF appends the duration of segment number as the difference of two rounded absolute boundaries. Sums over any
// contiguous group telescope, so they stay within one unit of the media, however long the group (Authoring
// Specification 8.1 allows one video frame).
func appendEXTINF(dst []byte, t *packager.Track, s *packager.Segmentation, number int) []byte {
	decimals, unit := extinfDecimals(t.Timescale), packager.Timescale(1)
	for range decimals {
		unit *= 10
	}
	start, duration := s.Span(t, number)
	from := packager.Rescale(start, t.Timescale, unit)
	to := packager.Rescale(start+duration, t.Timescale, unit)
	dst = append(dst, "#EXTINF:"...)
	return append(packager.AppendSeconds(dst, to-from, unit, decimals), ",\n"...)
}

// extinfDecimals returns how many decimals keep EXTINF on the same side of every half second as the ticks it stands
// for, so that it never rounds to more than EXT-X-TARGETDURATION. The two roundings of appendEXTINF move a duration
// by at most one unit, and a duration in ticks that is not a half second is at least 1/(2*timescale) s away from one:
// microseconds serve up to 500 kHz, nanoseconds up to 500 MHz.
func extinfDecimals(timescale packager.Timescale) int {
	if timescale < 500_000 {
		return 6
	}
	return 9
}
