package ffmpeg

import (
	"strconv"

	"golang.org/x/text/language"

	"headwater/packager"
)

// maxChannels and maxSampleRate bound what passes for sound.
const (
	maxChannels   = 64
	maxSampleRate = 768000
)

// audio returns what the header alone tells; ok is false when the stream cannot be played.
func (s *streamHeader) audio() (a AudioStream, ok bool) {
	a = AudioStream{
		Index: s.Index, Codec: s.Codec, Profile: s.Profile,
		Channels: s.Channels, ChannelLayout: s.Layout,
		Language: languageTag(s.Tags.Language), Title: s.Tags.Title,
		Default: s.Disposition["default"] != 0, Role: s.role(),
	}
	a.SampleRate, _ = strconv.Atoi(s.SampleRate)
	a.TimeBase, ok = parseTimeBase(s.TimeBase)
	return a, ok && s.Codec != "" && a.Channels > 0 && a.Channels <= maxChannels && a.SampleRate > 0 && a.SampleRate <= maxSampleRate
}

// role translates ffmpeg's dispositions.
func (s *streamHeader) role() packager.Role {
	switch {
	case s.Disposition["comment"] != 0:
		return packager.RoleCommentary
	case s.Disposition["visual_impaired"] != 0, s.Disposition["descriptions"] != 0:
		return packager.RoleDescription
	case s.Disposition["dub"] != 0:
		return packager.RoleDub
	default:
		return packager.RoleMain
	}
}

// distinguish turns all but one of the main tracks of a language into alternates: the default one stays, else the
// first.
func distinguish(tracks []AudioStream) {
	chosen := map[string]int{}
	for i, a := range tracks {
		if a.Role != packager.RoleMain {
			continue
		}
		if j, ok := chosen[a.Language]; !ok || a.Default && !tracks[j].Default {
			chosen[a.Language] = i
		}
	}
	for i := range tracks {
		if a := &tracks[i]; a.Role == packager.RoleMain && chosen[a.Language] != i {
			a.Role = packager.RoleAlternate
		}
	}
}

// languageTag turns a language tag of a container, ISO 639-2 (either form) or BCP 47, into its shortest BCP 47 form;
// "und" for what is neither.
func languageTag(text string) string {
	tag, err := language.Default.Parse(text)
	if err != nil {
		return "und"
	}
	return tag.String()
}
