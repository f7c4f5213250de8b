package bench

import (
	"errors"
	"net/url"

	"headwater/bench/fetch"
	"headwater/bench/manifest"
	"headwater/bench/measure"
)

// browser reads manifests over a lane. Every fault is recorded.
type browser struct{ lane *fetch.Lane }

// open reads an entry manifest.
func (b browser) open(address, query string) (*manifest.Presentation, error) {
	address, err := withQuery(address, query)
	if err != nil {
		return nil, err
	}
	var p *manifest.Presentation
	err = b.read(manifest.Resource{URL: address}, measure.Manifest, func(from string, body []byte) (err error) {
		p, err = manifest.Read(from, body)
		return err
	})
	return p, err
}

// load finds the segments of a rendition, when its manifest does not list them.
func (b browser) load(r *manifest.Rendition) error {
	switch {
	case len(r.Segments) > 0:
		return nil
	case r.Index != nil:
		return b.read(*r.Index, measure.Index, func(_ string, body []byte) (err error) {
			r.Segments, err = manifest.ReadIndex(r, body)
			return err
		})
	default:
		return b.read(manifest.Resource{URL: r.Playlist}, measure.Playlist, func(from string, body []byte) (err error) {
			r.Segments, err = manifest.ReadPlaylist(from, body)
			return err
		})
	}
}

// read fetches a text and parses it.
func (b browser) read(r manifest.Resource, class measure.Class, parse func(from string, body []byte) error) error {
	t, err := fetch.NewTarget(r, class)
	if err != nil {
		return &fetch.Failure{Kind: fetch.BadURL, Detail: err.Error()}
	}
	answer, err := b.lane.Fetch(t, fetch.Options{Keep: true})
	if err != nil {
		return err
	}
	if err := parse(answer.URL, answer.Body); err != nil {
		failure := &fetch.Failure{Kind: fetch.Unread, Detail: fetch.Scrub(err.Error())}
		if errors.Is(err, manifest.ErrLive) {
			failure.Kind = fetch.Live
		}
		b.lane.Fault(t, failure.Kind, failure.Detail)
		return failure
	}
	return nil
}

func withQuery(address, query string) (string, error) {
	if query == "" {
		return address, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	if u.RawQuery != "" {
		query = u.RawQuery + "&" + query
	}
	u.RawQuery = query
	return u.String(), nil
}

// classOf returns the class of the segments of a kind of rendition.
func classOf(kind manifest.Kind) measure.Class {
	if kind == manifest.Audio {
		return measure.Audio
	}
	return measure.Video
}
