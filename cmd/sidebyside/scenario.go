package main

import (
	"fmt"

	"headwater/cmd/internal/stat"
)

// state says where the bytes lie before a request.
type state string

// The states.
const (
	hot   state = "hot"   // asked for before: in memory, whichever memory the server uses
	paged state = "paged" // in the page cache, but too much for Headwater's own cache
	mixed state = "mixed" // by Zipf over a catalogue ten times as large as Headwater's own cache
	made  state = "made"  // made anew for each request: far more than Headwater's own cache holds; nginx has them as files
	both  state = "both"  // made anew for each request by both: nginx has nginx-vod-module for it
	ruled state = "ruled" // in memory, inside a session under every kind of rule, against a Headwater that answers everybody
	cold  state = "cold"  // on the storage device; each request is for another segment that nobody has seen
)

// zipfExponent is the popularity of the mixed catalogue.
const zipfExponent = 0.9

// scenario is one comparison.
type scenario struct {
	State       state        `json:"state"`
	Kind        kind         `json:"kind"`
	Secure      bool         `json:"tls"`
	Connections int          `json:"connections"`
	Budget      *stat.Budget `json:"budget,omitempty"` // of the ratio
}

func (s scenario) name() string {
	transport := "plain"
	if s.Secure {
		transport = "TLS"
	}
	return fmt.Sprintf("%s %s %s %d", s.State, s.Kind, transport, s.Connections)
}

// Budgets of DESIGN §6, as requests per server CPU second relative to nginx.
const (
	largeBudget    = 1.2
	smallBudget    = 1.0
	manifestBudget = 1.1
	memoryTLS      = 1.1
	fileTLS        = 0.9
	// A transport segment on a miss may take 0.7 of what nginx-vod-module does, which in turn has 0.55 (1080p, the better end of
	// 0.44 to 0.55) and 0.22 (360p) of the requests of nginx with plain files.
	largeMadeBudget = 0.55 / 0.7
	smallMadeBudget = 0.22 / 0.7
	bothMadeBudget  = 1 / 0.7
)

// budget returns the budget of a scenario; nil where the design has none.
func budget(st state, k kind, secure bool) *stat.Budget {
	limit := 0.0
	switch {
	case st == mixed || st == cold || st == ruled:
		return nil
	case st == both:
		limit = bothMadeBudget
	case st == made && k == kindTS1080p:
		limit = largeMadeBudget
	case st == made:
		limit = smallMadeBudget
	case k == kindTS1080p || k == kindTS360p:
		return nil
	case k.manifest():
		limit = manifestBudget
	case secure && st == hot:
		limit = memoryTLS
	case secure:
		limit = fileTLS
	case k == kind1080p:
		limit = largeBudget
	default:
		limit = smallBudget
	}
	b := stat.AtLeast(limit)
	return &b
}

var (
	segmentKinds  = []kind{kind1080p, kind360p, kindAudio}
	manifestKinds = []kind{kindPlaylist, kindPlaylistGzip, kindMultivariant, kindMultivariantGzip, kindMPD, kindMPDGzip}
	loads         = []int{1, 64, 1000} // connections
)

// mainLoad is the number of connections that the budgets are judged by.
const mainLoad = 64

// madeLoad is how many ask for what is made for each: what is being made has to fit into a small cache.
const madeLoad = 2

// scenarios returns what is compared: all that can be, or what the budgets and their weak sides need. What is made is
// compared with nginx-vod-module too where there is one.
func scenarios(full, vod bool) []scenario {
	var all []scenario
	add := func(wanted bool, st state, k kind, secure bool, connections int) {
		if wanted {
			all = append(all, scenario{st, k, secure, connections, budget(st, k, secure)})
		}
	}
	for _, secure := range []bool{false, true} {
		for _, k := range segmentKinds {
			for _, connections := range loads {
				add(full || !secure || connections == mainLoad, hot, k, secure, connections)
			}
			add(secure && (full || k == kind1080p), paged, k, secure, mainLoad)
		}
		for _, k := range manifestKinds {
			for _, connections := range loads {
				add(full || connections == mainLoad && (!secure || k == kindPlaylistGzip), hot, k, secure, connections)
			}
		}
		for _, k := range []kind{kindTS1080p, kindTS360p} {
			add(!secure, made, k, secure, madeLoad)
			add(!secure && vod, both, k, secure, madeLoad)
			add(secure, hot, k, secure, mainLoad)
		}
		add(true, mixed, kindCatalogue, secure, mainLoad)
		for _, k := range []kind{kindAudio, kindPlaylist, kindMultivariant} {
			add(!secure, ruled, k, secure, mainLoad)
		}
		for _, k := range []kind{kind1080p, kind360p} {
			add(full || !secure, cold, k, secure, 1)
			add(full, cold, k, secure, mainLoad)
		}
	}
	return all
}

// manifest reports whether objects of the kind are playlists or MPDs.
func (k kind) manifest() bool {
	switch k {
	case kind1080p, kind360p, kindAudio, kindCatalogue, kindTS1080p, kindTS360p:
		return false
	default:
		return true
	}
}
