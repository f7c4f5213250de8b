package main

import (
	"headwater/cmd/internal/content"
	"headwater/packager"
)

// object is one answer that both servers must give, byte for byte.
type object struct {
	Path      string
	Fields    string `json:",omitempty"` // preformatted, of the request
	Gzip      bool   // asked for, and given, gzipped
	SizeBytes int64
	Hash      uint64 // xxhash64 of the body as it is sent
}

const acceptGzip = "Accept-Encoding: gzip\r\n"

// header returns the request's preformatted fields.
func (o *object) header() string {
	if o.Gzip {
		return o.Fields + acceptGzip
	}
	return o.Fields
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
	kindTS1080p          kind = "TS 1080p" // the same pictures as transport streams
	kindTS360p           kind = "TS 360p"
	kindCatalogue        kind = "catalogue" // every 360p segment of every asset of the series
)

// objects lists what is measured of a library, by kind, without sizes and hashes, which only a server can tell.
func objects(library *content.Library) (map[kind][]object, error) {
	sets := map[kind][]object{}
	films, err := library.Presentations(content.Film)
	if err != nil {
		return nil, err
	}
	episodes, err := library.Presentations(content.Series)
	if err != nil {
		return nil, err
	}
	guides, err := library.Presentations(content.Guide)
	if err != nil {
		return nil, err
	}
	for _, p := range films {
		sets[kind1080p] = append(sets[kind1080p], segments(p, packager.Video)...)
		sets[kindTS1080p] = append(sets[kindTS1080p], transport(p)...)
	}
	sets[kind360p], sets[kindAudio] = segments(episodes[0], packager.Video), segments(episodes[0], packager.Audio)
	for _, p := range episodes {
		sets[kindCatalogue] = append(sets[kindCatalogue], segments(p, packager.Video)...)
		sets[kindTS360p] = append(sets[kindTS360p], transport(p)...)
	}
	video := content.FirstTrack(episodes[0], packager.Video)
	addManifest(sets, kindPlaylist, kindPlaylistGzip, episodes[0], packager.Resource{Kind: packager.HLSMedia, Track: video.ID})
	addManifest(sets, kindMultivariant, kindMultivariantGzip, guides[0], packager.Resource{Kind: packager.HLSMaster})
	addManifest(sets, kindMPD, kindMPDGzip, guides[0], packager.Resource{Kind: packager.DASHManifest})
	return sets, nil
}

func addManifest(sets map[kind][]object, plain, gzipped kind, p *packager.Presentation, r packager.Resource) {
	path := content.Path(p.Asset, r)
	sets[plain] = []object{{Path: path}}
	sets[gzipped] = []object{{Path: path, Gzip: true}}
}

// transport lists the transport segments of the first video track.
func transport(p *packager.Presentation) []object {
	var all []object
	r := packager.Resource{
		Kind: packager.TSSegment, Track: content.FirstTrack(p, packager.Video).ID, TargetSeconds: packager.DefaultTargetSeconds, Number: 1,
	}
	for ; r.Number <= p.Segmentation(r.TargetSeconds).Len(); r.Number++ {
		all = append(all, object{Path: content.Path(p.Asset, r)})
	}
	return all
}

// segments lists the segments of the first track of a media type.
func segments(p *packager.Presentation, media packager.Kind) []object {
	var all []object
	for _, path := range content.Segments(p, content.FirstTrack(p, media)) {
		all = append(all, object{Path: path})
	}
	return all
}
