package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// dashReader makes renditions of the Representations of an MPD. The first period says which there are; in later ones each
// goes on with the Representation of the same rank.
type dashReader struct {
	video, audio []Rendition
	segments     int // of all renditions
}

func (d *dashReader) read(base *url.URL, root *mpdElement) error {
	if err := startsAndDurations(root); err != nil {
		return err
	}
	base, err := rebase(base, root.BaseURL)
	if err != nil {
		return err
	}
	for i := range root.Periods {
		if err := d.readPeriod(base, &root.Periods[i], i == 0); err != nil {
			return fmt.Errorf("period %d: %w", i+1, err)
		}
	}
	return nil
}

// rebase follows the first BaseURL, the others are alternatives (§5.6.5).
func rebase(base *url.URL, urls []string) (*url.URL, error) {
	if len(urls) == 0 {
		return base, nil
	}
	return resolve(base, urls[0])
}

func (d *dashReader) readPeriod(base *url.URL, period *periodElement, first bool) error {
	base, err := rebase(base, period.BaseURL)
	if err != nil {
		return err
	}
	var video, audio []Rendition
	for i := range period.Sets {
		set := &period.Sets[i]
		kind := set.kind()
		if kind == "" || kind == Audio && len(audio) > 0 || slices.ContainsFunc(set.Properties, property.excludes) {
			continue // a player takes one set of sound, and none that it does not understand
		}
		renditions, err := d.readSet(base, period, set, kind)
		if err != nil {
			return err
		}
		if kind == Audio {
			audio = renditions
		} else {
			video = append(video, renditions...)
		}
	}
	if len(video) > 0 {
		video = choices(video)
	}
	slices.SortStableFunc(audio, func(a, b Rendition) int { return cmp.Compare(a.Bandwidth, b.Bandwidth) })
	if first {
		d.video, d.audio = video, audio
		return nil
	}
	return errors.Join(extend(d.video, video), extend(d.audio, audio))
}

// excludes reports whether the property keeps a player from playing a set: trick play, thumbnails and what is unknown.
func (p property) excludes() bool {
	return !strings.HasPrefix(p.Scheme, "urn:mpeg:mpegB:cicp:") // colour does not
}

// extend appends the segments of a period to the renditions of the same rank.
func extend(renditions, more []Rendition) error {
	if len(renditions) > 0 && len(more) == 0 {
		return errors.New("nothing to go on with")
	}
	for i := range renditions {
		next := more[min(i, len(more)-1)]
		if renditions[i].Index != nil || next.Index != nil {
			return errors.New("several periods with SegmentBase are not supported")
		}
		renditions[i].Segments = append(renditions[i].Segments, next.Segments...)
		if len(renditions[i].Segments) > maxSegments {
			return fmt.Errorf("more than %d segments", maxSegments)
		}
	}
	return nil
}

// kind returns what the set shows; "" for what players of this package leave out.
func (r *representable) kind() Kind {
	content := r.ContentType
	if content == "" {
		content, _, _ = strings.Cut(r.MimeType, "/")
	}
	if content == "" && len(r.Representations) > 0 {
		content, _, _ = strings.Cut(r.Representations[0].MimeType, "/")
	}
	switch content {
	case "video":
		return Video
	case "audio":
		return Audio
	default:
		return ""
	}
}

func (d *dashReader) readSet(base *url.URL, period *periodElement, set *representable, kind Kind) ([]Rendition, error) {
	base, err := rebase(base, set.BaseURL)
	if err != nil {
		return nil, err
	}
	if len(set.Representations) > maxRenditions {
		return nil, fmt.Errorf("more than %d Representations", maxRenditions)
	}
	var renditions []Rendition
	for i := range set.Representations {
		r, err := d.readRepresentation(base, period, set, &set.Representations[i], kind)
		if err != nil {
			return nil, fmt.Errorf("representation %.40q: %w", set.Representations[i].ID, err)
		}
		renditions = append(renditions, r)
	}
	return renditions, nil
}

func (d *dashReader) readRepresentation(base *url.URL, period *periodElement, set, r *representable, kind Kind) (Rendition, error) {
	base, err := rebase(base, r.BaseURL)
	if err != nil {
		return Rendition{}, err
	}
	rendition := Rendition{
		Kind: kind, Bandwidth: r.Bandwidth, Codecs: cmp.Or(r.Codecs, set.Codecs), Audio: -1,
		Width: cmp.Or(r.Width, set.Width), Height: cmp.Or(r.Height, set.Height),
	}
	if kind == Video {
		rendition.Name = videoName(rendition.Height, r.Bandwidth)
	} else {
		rendition.Name = cmp.Or(r.Lang, set.Lang, "audio")
	}
	a := addresser{base: base, id: r.ID, bandwidth: r.Bandwidth, start: period.Start.Duration, length: period.Duration.Duration}
	if err := a.address(&rendition, period.addressing, set.addressing, r.addressing); err != nil {
		return Rendition{}, err
	}
	if d.segments += len(rendition.Segments); d.segments > 5*maxSegments {
		return Rendition{}, fmt.Errorf("more than %d segments altogether", 5*maxSegments)
	}
	return rendition, nil
}

// presentation pairs pictures with sound. Sound gets at most a quarter of what the pictures take, where there is a choice.
func (d *dashReader) presentation() (*Presentation, error) {
	p := &Presentation{Format: DASH, Video: d.video, Audio: d.audio}
	if len(p.Video) == 0 {
		p.Video, p.Audio = d.audio, nil
	}
	if len(p.Video) == 0 {
		return nil, errors.New("an MPD without video or audio")
	}
	for i := range p.Video {
		v := &p.Video[i]
		for n := range p.Audio {
			if n == 0 || p.Audio[n].Bandwidth <= v.Bandwidth/4 {
				v.Audio = n
			}
		}
	}
	return p, nil
}

// ticks are times of a timescale, at most 1<<32 a second.
type ticks struct{ scale uint64 }

// duration converts without overflow; ok is false for what is longer than a presentation may be.
func (t ticks) duration(n uint64) (d time.Duration, ok bool) {
	seconds, rest := n/t.scale, n%t.scale
	if seconds > uint64(maxDuration/time.Second) {
		return 0, false
	}
	return time.Duration(seconds)*time.Second + time.Duration(rest*uint64(time.Second)/t.scale), true
}
