package main

import (
	"slices"

	"headwater/bench"
	"headwater/cmd/internal/content"
	"headwater/packager"
)

// catalogue is what there is to ask for.
type catalogue struct {
	assets []packager.AssetID // by falling popularity
	bytes  int64              // of all tracks
	// large, middling and small are paths of segments of about 4 MB, 0.5 MB and 100 KB.
	large, middling, small []string
}

func newCatalogue(library *content.Library) (*catalogue, error) {
	series, err := library.Presentations(content.Series)
	if err != nil {
		return nil, err
	}
	guides, err := library.Presentations(content.Guide)
	if err != nil {
		return nil, err
	}
	films, err := library.Presentations(content.Film)
	if err != nil {
		return nil, err
	}
	c := &catalogue{}
	for _, p := range slices.Concat(series, guides, films) { // films last: they have most of the bytes
		c.assets = append(c.assets, p.Asset)
		for i := range p.Tracks {
			c.bytes += p.Tracks[i].SizeBytes
		}
	}
	for _, p := range films {
		c.large = append(c.large, content.Segments(p, content.FirstTrack(p, packager.Video))...)
	}
	for _, p := range series {
		c.middling = append(c.middling, content.Segments(p, content.FirstTrack(p, packager.Video))...)
		c.small = append(c.small, content.Segments(p, content.FirstTrack(p, packager.Audio))...)
	}
	return c, nil
}

// cacheBytes is a tenth of the catalogue.
func (c *catalogue) cacheBytes() int64 { return c.bytes / 10 }

// manifests returns where the asset is played from.
func manifests(asset packager.AssetID) (hls, dash string) {
	return content.Path(asset, packager.Resource{Kind: packager.HLSMaster}),
		content.Path(asset, packager.Resource{Kind: packager.DASHManifest})
}

// entries returns the catalogue as a load tester takes it. Sessions take HLS or DASH by chance.
func (c *catalogue) entries(viewer string) []bench.Entry {
	var all []bench.Entry
	for _, asset := range c.assets {
		hls, dash := manifests(asset)
		all = append(all, bench.Entry{URLs: []string{viewer + hls, viewer + dash}})
	}
	return all
}
