package hls

import (
	"fmt"
	"strconv"

	"headwater/packager"
)

// AppendIFrames appends the I-frame playlist that r names: an HLSIFrames, TSIFrames or ByteRangeIFrames of a track of
// pictures that o leaves. The error wraps [packager.ErrNoTrack].
//
// Each entry is the moof and the first picture of a fragment, as a byte range of what the media playlist of the same track
// lists, so that one copy in a cache serves both (RFC 8216 §4.3.3.6, HLS Authoring Specification 6.8, 6.10). It lasts until
// the next. Beside transport streams too the pictures are those of CMAF segments, which every player of I-frames reads.
func AppendIFrames(dst []byte, p *packager.Presentation, r packager.Resource, o packager.Options, link packager.Link) ([]byte, error) {
	t, err := o.Listed(p, r)
	if err != nil {
		return dst, err
	}
	frames := o.IFrames(p)
	dst = appendListHeader(dst, packager.HLS, frames.LongestSeconds(t))
	dst = append(dst, "#EXT-X-I-FRAMES-ONLY\n"...)
	if r.Kind == packager.ByteRangeIFrames {
		if dst, err = appendFileIFrames(dst, p, t, frames, o, link); err != nil {
			return dst, err
		}
	} else {
		dst = appendSegmentIFrames(appendInit(dst, t, o, link), t, o.Segmentation(p), frames, o, link)
	}
	return append(dst, "#EXT-X-ENDLIST\n"...), nil
}

// appendSegmentIFrames appends those of t as ranges of the segments of s.
func appendSegmentIFrames(dst []byte, t *packager.Track, s, frames *packager.Segmentation, o packager.Options, link packager.Link) []byte {
	url := packager.AppendSegmentDir([]byte(o.UpToAsset()), t.ID, s.TargetSeconds)
	folder := len(url)
	for number := 1; number <= s.Len(); number++ {
		url = append(strconv.AppendInt(url[:folder], int64(number), 10), ".m4s"...)
		first, end := s.Intervals(number)
		for i, f := range t.Fragments[first:end] {
			dst = appendEXTINF(dst, t, frames, first+i+1)
			dst = appendPart(dst, f.IFrameBytes(), f.Offset-t.Fragments[first].Offset, url, link)
		}
	}
	return dst
}

// appendFileIFrames appends those of t as ranges of its on-demand file.
func appendFileIFrames(dst []byte, p *packager.Presentation, t *packager.Track, frames *packager.Segmentation, o packager.Options, link packager.Link) ([]byte, error) {
	file, err := p.OnDemandFile(t.ID)
	if err != nil {
		return dst, fmt.Errorf("ranges of I-frames: %w", err)
	}
	url := packager.Resource{Kind: packager.OnDemandFile, Track: t.ID}.AppendPath([]byte(o.UpToAsset()))
	dst = appendFileInit(dst, file, url, link)
	for number := 1; number <= frames.Len(); number++ {
		f := &t.Fragments[number-1]
		dst = appendEXTINF(dst, t, frames, number)
		dst = appendPart(dst, f.IFrameBytes(), file.HeadBytes+f.Offset-t.Fragments[0].Offset, url, link)
	}
	return dst, nil
}

// appendIFrameStreams appends the lines of the multivariant playlist that name the I-frame playlists of the pictures among
// selected. Their bandwidths are what playing every I-frame at its time takes.
func appendIFrameStreams(dst []byte, selected []*packager.Track, frames *packager.Segmentation, link packager.Link) []byte {
	for _, t := range selected {
		if t.Kind != packager.Video {
			continue
		}
		sizes := frames.IFrameSizes(t)
		dst = append(dst, "#EXT-X-I-FRAME-STREAM-INF:"...)
		dst = appendBandwidth(dst, frames.PeakBandwidth(t, sizes, frames.LongestSeconds(t)), frames.AverageBandwidth(t, sizes))
		dst = appendPicture(dst, t, t.Codec)
		dst = link.Append(append(dst, ",URI=\""...), append([]byte(t.ID), ".iframes.m3u8"...))
		dst = append(dst, "\"\n"...)
	}
	return dst
}
