package main

import (
	"fmt"

	"headwater/packager"
)

// object is one answer that both servers must give, byte for byte.
type object struct {
	Path      string
	Gzip      bool // asked for, and given, gzipped
	SizeBytes int64
	Hash      uint64 // xxhash64 of the body as it is sent
}

const acceptGzip = "Accept-Encoding: gzip\r\n"

// header returns the request's preformatted fields.
func (o *object) header() string {
	if o.Gzip {
		return acceptGzip
	}
	return ""
}

// file returns where nginx has it below its root.
func (o *object) file() string {
	if o.Gzip {
		return o.Path + ".gz"
	}
	return o.Path
}

// kind names a set of objects that are alike.
type kind string

// The kinds of object that are measured.
const (
	kind1080p            kind = "1080p"
	kind360p             kind = "360p"
	kindAudio            kind = "audio"
	kindPlaylist         kind = "playlist"
	kindPlaylistGzip     kind = "playlist gzip"
	kindMultivariant     kind = "multivariant"
	kindMultivariantGzip kind = "multivariant gzip"
	kindMPD              kind = "MPD"
	kindMPDGzip          kind = "MPD gzip"
	kindCatalogue        kind = "catalogue" // every 360p segment of every asset of the series
)

// objects lists what is measured, by kind, without sizes and hashes, which only a server can tell.
func (c *content) objects() (map[kind][]object, error) {
	sets := map[kind][]object{}
	films, err := c.presentations(film)
	if err != nil {
		return nil, err
	}
	episodes, err := c.presentations(series)
	if err != nil {
		return nil, err
	}
	guides, err := c.presentations(guide)
	if err != nil {
		return nil, err
	}
	for _, p := range films {
		sets[kind1080p] = append(sets[kind1080p], segments(p, packager.Video)...)
	}
	sets[kind360p], sets[kindAudio] = segments(episodes[0], packager.Video), segments(episodes[0], packager.Audio)
	for _, p := range episodes {
		sets[kindCatalogue] = append(sets[kindCatalogue], segments(p, packager.Video)...)
	}
	video := firstTrack(episodes[0], packager.Video)
	addManifest(sets, kindPlaylist, kindPlaylistGzip, episodes[0], packager.Resource{Kind: packager.HLSMedia, Track: video.ID})
	addManifest(sets, kindMultivariant, kindMultivariantGzip, guides[0], packager.Resource{Kind: packager.HLSMaster})
	addManifest(sets, kindMPD, kindMPDGzip, guides[0], packager.Resource{Kind: packager.DASHManifest})
	return sets, nil
}

func (c *content) presentations(r recipe) ([]*packager.Presentation, error) {
	var all []*packager.Presentation
	for _, asset := range c.assets[r.name] {
		p, err := c.presentation(asset)
		if err != nil {
			return nil, fmt.Errorf("asset %s: %w", asset, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func addManifest(sets map[kind][]object, plain, gzipped kind, p *packager.Presentation, r packager.Resource) {
	path := pathOf(p.Asset, r)
	sets[plain] = []object{{Path: path}}
	sets[gzipped] = []object{{Path: path, Gzip: true}}
}

// segments lists the segments of the first track of a media type.
func segments(p *packager.Presentation, media packager.Kind) []object {
	const target = packager.DefaultTargetSeconds
	track := firstTrack(p, media)
	var all []object
	for number := 1; number <= p.Segmentation(target).Len(); number++ {
		r := packager.Resource{Kind: packager.MediaSegment, Track: track.ID, TargetSeconds: target, Number: number}
		all = append(all, object{Path: pathOf(p.Asset, r)})
	}
	return all
}

func firstTrack(p *packager.Presentation, media packager.Kind) *packager.Track {
	for i := range p.Tracks {
		if p.Tracks[i].Kind == media {
			return &p.Tracks[i]
		}
	}
	panic(fmt.Sprintf("asset %s has no %v: the recipes ask for one", p.Asset, media))
}

func pathOf(asset packager.AssetID, r packager.Resource) string {
	return "/v/" + string(asset) + "/" + string(r.AppendPath(nil))
}
