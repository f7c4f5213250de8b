package hls

import "headwater/packager"

// stream is what a media playlist lists: a track, or two in one transport stream.
type stream struct{ main, muxed packager.TrackID }

// rate is how many bits per second a stream takes, at most and on average.
type rate struct{ peak, average int64 }

// meter measures each stream once.
type meter struct {
	segmentation   *packager.Segmentation
	format         packager.Format
	targetDuration int
	rates          map[stream]rate
}

func (m *meter) rate(t, muxed *packager.Track) rate {
	key := stream{main: t.ID}
	if muxed != nil {
		key.muxed = muxed.ID
	}
	r, known := m.rates[key]
	if !known {
		sizes := m.segmentation.CMAFSizes(t)
		if m.format == packager.HLSTS {
			sizes = m.segmentation.TransportSizes(t, muxed)
		}
		r = rate{m.segmentation.PeakBandwidth(t, sizes, m.targetDuration), m.segmentation.AverageBandwidth(t, sizes)}
		m.rates[key] = r
	}
	return r
}

// measure sets the bandwidths of v: the largest sums over the combinations of renditions that a player can choose
// (RFC 8216 §4.3.4.2). Without video only one track plays at a time. Sound that is in the stream comes with it, whatever is
// played in its place.
func (m *meter) measure(v *variant) {
	var other rate
	for _, t := range v.others {
		r := m.rate(t, nil)
		other.peak, other.average = max(other.peak, r.peak), max(other.average, r.average)
	}
	main := m.rate(v.main, v.muxed)
	if v.main.Kind == packager.Audio {
		v.bandwidth, v.average = max(other.peak, main.peak), max(other.average, main.average)
		return
	}
	v.bandwidth, v.average = other.peak+main.peak, other.average+main.average
}
