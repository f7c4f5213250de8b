package packager

import "github.com/cespare/xxhash/v2"

// downloadVersion is part of the tag of downloads: raise it with any change of their bytes.
const downloadVersion = "download1/"

// Download returns the tracks of the file that o asks to download; either may be nil. Of the pictures that o leaves they are
// the largest in the codec that most players know, of the sounds the default one in stereo AAC, or whatever comes nearest. The
// error wraps ErrNoTrack.
func (p *Presentation) Download(o Options) (video, audio *Track, err error) {
	selected, err := o.Select(p, Progressive)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range selected {
		if t.Kind == Video && (video == nil || t.betterPictures(video)) {
			video = t
		}
		if t.Kind == Audio && (audio == nil || t.betterSound(audio)) {
			audio = t
		}
	}
	return video, audio, nil
}

func (t *Track) betterPictures(than *Track) bool {
	if t.PlaysAnywhere() != than.PlaysAnywhere() {
		return t.PlaysAnywhere()
	}
	return t.Video.Height > than.Video.Height
}

// PlaysAnywhere reports whether every player shows t, a video track: H.264 in standard dynamic range.
func (t *Track) PlaysAnywhere() bool {
	return t.CodecFamily() == "avc" && t.Video.Colour.VideoRange() == "SDR"
}

func (t *Track) betterSound(than *Track) bool {
	switch {
	case t.Default != than.Default:
		return t.Default
	case t.Language != than.Language || t.Role != than.Role || t.Label != than.Label:
		return false // another sound, and not the first
	}
	return t.isStereoAAC() && !than.isStereoAAC()
}

func (t *Track) isStereoAAC() bool { return t.CodecFamily() == "aac" && t.Audio.Channels == 2 }

// Download plans the download whose bytes l lays out.
func (l *Layout) Download() Plan {
	tag := append(make([]byte, 0, 160), downloadVersion...)
	for _, t := range l.Tracks {
		if t != nil {
			tag = append(append(tag, t.ID...), '+')
		}
	}
	return Plan{ContentType: l.Tracks[0].contentType(), ETag: ETag(xxhash.Sum64(tag)), SizeBytes: l.SizeBytes()}
}
