package content

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"headwater/packager"
)

// Presentations reads all assets of a recipe, in the order in which they were made.
func (l *Library) Presentations(r Recipe) ([]*packager.Presentation, error) {
	var all []*packager.Presentation
	for _, asset := range l.assets[r.name] {
		p, err := l.presentation(asset)
		if err != nil {
			return nil, fmt.Errorf("asset %s: %w", asset, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// presentation reads the current generation of an asset from the data folder.
func (l *Library) presentation(asset packager.AssetID) (*packager.Presentation, error) {
	dir := filepath.Join(l.Data(), "objects", "assets", string(asset))
	record, err := os.ReadFile(filepath.Join(dir, "record.json"))
	if err != nil {
		return nil, err
	}
	var current struct{ Generation uint32 }
	if err := json.Unmarshal(record, &current); err != nil {
		return nil, err
	}
	index, err := os.ReadFile(filepath.Join(dir, "generations", fmt.Sprintf("%d.idx", current.Generation)))
	if err != nil {
		return nil, err
	}
	return packager.ParseIndex(index)
}

// FirstTrack returns the first track of a media type, which every asset of a recipe has: Video or Audio.
func FirstTrack(p *packager.Presentation, media packager.Kind) *packager.Track {
	for i := range p.Tracks {
		if p.Tracks[i].Kind == media {
			return &p.Tracks[i]
		}
	}
	panic(fmt.Sprintf("asset %s has no %v: the recipes ask for one", p.Asset, media))
}

// Segments lists the paths of all segments of a track, of the default length.
func Segments(p *packager.Presentation, track *packager.Track) []string {
	const target = packager.DefaultTargetSeconds
	var all []string
	for number := 1; number <= p.Segmentation(target).Len(); number++ {
		r := packager.Resource{Kind: packager.MediaSegment, Track: track.ID, TargetSeconds: target, Number: number}
		all = append(all, Path(p.Asset, r))
	}
	return all
}

// Path returns where a resource of an asset is on the viewer listener.
func Path(asset packager.AssetID, r packager.Resource) string {
	return "/v/" + string(asset) + "/" + string(r.AppendPath(nil))
}
