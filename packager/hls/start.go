package hls

import (
	"cmp"

	"headwater/packager"
)

// startBandwidth is the BANDWIDTH up to which a variant may be listed first: what the Authoring Specification
// recommends to begin with where the network is not known (2000 kbit/s).
const startBandwidth = 2_000_000

// startFirst moves the variant to start with, one of the first group, to the front and keeps the order of the others.
func startFirst(variants []variant) {
	best := 0
	for i := range variants {
		if variants[i].place == variants[0].place && compareStart(variants[i], variants[best]) > 0 {
			best = i
		}
	}
	start := variants[best]
	copy(variants[1:best+1], variants[:best])
	variants[0] = start
}

// compareStart is positive when a is the better variant to start with: one that every player shows, then one within
// startBandwidth, then the one of most bits within it or of fewest beyond.
func compareStart(a, b variant) int {
	return cmp.Or(
		cmp.Compare(a.playsAnywhere(), b.playsAnywhere()),
		cmp.Compare(a.withinStart(), b.withinStart()),
	)
}

// playsAnywhere is 1 for H.264 in standard dynamic range, and for audio.
func (v variant) playsAnywhere() int {
	if v.main.Kind == packager.Video && !v.main.PlaysAnywhere() {
		return 0
	}
	return 1
}

// withinStart rises with the bandwidth up to startBandwidth and is negative, and falls, beyond.
func (v variant) withinStart() int64 {
	if v.bandwidth > startBandwidth {
		return -v.bandwidth
	}
	return v.bandwidth
}
