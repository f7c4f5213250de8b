package main

import (
	"context"
	"fmt"

	"headwater/packager"
)

// form is a way to get a track, or two that play together.
type form struct {
	name string
	// resource and options name the URL, of which selectors, ffmpeg's, pick the tracks in their order.
	resource  packager.Resource
	options   string
	selectors []string
	// talks lets ffmpeg complain: it (5.1) asks for one segment more than an MPD by duration has.
	talks bool
	// early is how much earlier, in seconds, frames may be than stored: of sound alone in transport streams ffmpeg (5.1) tells
	// the frames of the first PES packet up to a frame early, of its own streams too.
	early float64
}

// recognisedPackets is how many packets ffmpeg (5.1) needs to see without doubt that a file is a transport stream.
const recognisedPackets = 12

// recognised reports whether t has so many in its first segment alone.
func recognised(p *packager.Presentation, t *packager.Track) bool {
	plan, err := p.TransportSegment(packager.Resource{Kind: packager.TSSegment, Track: t.ID, TargetSeconds: packager.DefaultTargetSeconds, Number: 1})
	return err == nil && plan.SizeBytes >= recognisedPackets*packager.TransportPacketBytes
}

// formsOf returns every form in which t can be had alone.
func formsOf(p *packager.Presentation, t *packager.Track) []form {
	// One track at a time: ffmpeg's DASH reader ends with the first track that does, and loses the tails of others. It keeps
	// the id of the Representation as metadata.
	byID := []string{"0:m:id:" + string(t.ID)}
	only := "tracks=" + string(t.ID)
	first := []string{"0:0"}
	forms := []form{
		{"hls", packager.Resource{Kind: packager.HLSMedia, Track: t.ID}, "", first, false, 0},
		{"dash", packager.Resource{Kind: packager.DASHManifest}, "", byID, false, 0},
		{"dash by duration", packager.Resource{Kind: packager.DASHManifest}, "template=duration", byID, true, 0},
		{"hls of byte ranges", packager.Resource{Kind: packager.ByteRangeMedia, Track: t.ID}, "", first, false, 0},
		{"dash on demand", packager.Resource{Kind: packager.OnDemandManifest}, "", byID, false, 0},
		{"file", packager.Resource{Kind: packager.OnDemandFile, Track: t.ID}, "", first, false, 0},
		{"download", packager.Resource{Kind: packager.Download}, only, first, false, 0},
	}
	if recognised(p, t) {
		early := 0.0
		if t.Kind == packager.Audio {
			early = float64(t.Audio.FrameSamples) / float64(t.Audio.SampleRate)
		}
		forms = append(forms, form{"hls-ts", packager.Resource{Kind: packager.TSMedia, Track: t.ID}, "", first, false, early})
	}
	return forms
}

// checkForms demands that each form in which t can be had decodes to what is stored.
func (r *row) checkForms(ctx context.Context, s *server, source *source, p *packager.Presentation, t *packager.Track, stored frames) {
	for _, f := range formsOf(p, t) {
		r.checkForm(ctx, s, source, p.Asset, f, []*packager.Track{t}, []frames{stored})
	}
	if t.InTransportStreams() && !recognised(p, t) {
		r.noteOnce("too short for ffmpeg's hls-ts")
	}
	if t.Kind == packager.Video {
		r.checkIFrames(ctx, s, p, t, stored)
	}
}

// checkPairs demands the same of pictures and sound that come together.
func (r *row) checkPairs(ctx context.Context, s *server, source *source, p *packager.Presentation, stored map[packager.TrackID]frames) {
	video, audio := firstOf(p, packager.Video), firstOf(p, packager.Audio)
	if video == nil || audio == nil {
		return
	}
	tracks, want := []*packager.Track{video, audio}, []frames{stored[video.ID], stored[audio.ID]}
	both := []string{"0:v", "0:a"}
	r.checkForm(ctx, s, source, p.Asset, form{
		"download of both", packager.Resource{Kind: packager.Download},
		fmt.Sprintf("tracks=%s+%s", min(video.ID, audio.ID), max(video.ID, audio.ID)), both, false, 0,
	}, tracks, want)
	if video.InTransportStreams() && audio.InTransportStreams() {
		r.checkForm(ctx, s, source, p.Asset, form{
			"hls-ts of both", packager.Resource{Kind: packager.TSMedia, Track: video.ID, Audio: audio.ID}, "", both, false, 0,
		}, tracks, want)
	}
}

func (r *row) checkForm(ctx context.Context, s *server, source *source, asset packager.AssetID, f form, tracks []*packager.Track, stored []frames) {
	got, err := decode(ctx, source.loud || f.talks, s.urlWith(asset, f.options, f.resource), f.selectors...)
	if err != nil {
		r.problem("%s %s: %v", tracks[0].ID, f.name, err)
		return
	}
	for i, t := range tracks {
		r.compare(t, f, stored[i], got[i])
	}
	r.forms++
}

// firstOf returns the first track of a kind that transport streams carry, else the first; nil for none.
func firstOf(p *packager.Presentation, kind packager.Kind) (first *packager.Track) {
	for i := range p.Tracks {
		t := &p.Tracks[i]
		if t.Kind != kind {
			continue
		}
		if t.InTransportStreams() {
			return t
		}
		if first == nil {
			first = t
		}
	}
	return first
}
