package dash

import (
	"slices"
	"strconv"
	"strings"

	"headwater/packager"
)

// Indents of the children of an AdaptationSet and of a Representation.
const (
	inSet            = "      "
	inRepresentation = "        "
)

// Descriptor schemes.
const (
	schemeRole     = "urn:mpeg:dash:role:2011"
	schemePurpose  = "urn:tva:metadata:cs:AudioPurposeCS:2007"
	purposeBlind   = "1" // audio description for people who see badly
	schemeChannels = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
	schemeLayout   = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
)

// set is the tracks of one AdaptationSet; all of one kind.
type set []*packager.Track

// switchingSets groups the tracks in their order.
func switchingSets(tracks []*packager.Track) []set {
	type key struct{ family, videoRange string }
	var sets []set
	place := map[key]int{}
	for _, t := range tracks {
		if t.Kind != packager.Video {
			sets = append(sets, set{t})
			continue
		}
		k := key{t.CodecFamily(), t.Video.Colour.VideoRange()}
		i, known := place[k]
		if !known {
			i = len(sets)
			place[k] = i
			sets = append(sets, nil)
		}
		sets[i] = append(sets[i], t)
	}
	return sets
}

// agree reports whether all tracks of s have the same value of a property, which may then be written once for the set.
func agree[T comparable](s set, property func(*packager.Track) T) bool {
	return !slices.ContainsFunc(s, func(t *packager.Track) bool { return property(t) != property(s[0]) })
}

func colour(t *packager.Track) packager.Colour { return t.Video.Colour }

func timescale(t *packager.Track) packager.Timescale { return t.Timescale }

// appendSet appends one AdaptationSet. Its children come in the order of the schema (§5.3.3.3).
func (m *manifest) appendSet(dst []byte, id int, s set) []byte {
	first := s[0]
	dst = append(dst, "    <AdaptationSet"...)
	dst = appendInt(dst, "id", id)
	dst = appendString(dst, "contentType", first.Kind.String())
	dst = appendString(dst, "mimeType", first.Kind.String()+"/mp4")
	if first.Kind == packager.Video {
		dst = appendLargest(dst, s)
	} else {
		dst = appendString(dst, "lang", first.Language)
	}
	if m.files != nil {
		dst = append(dst, ` subsegmentAlignment="true" subsegmentStartsWithSAP="1"`...)
	} else {
		dst = append(dst, ` segmentAlignment="true" startWithSAP="1"`...)
	}
	if m.preferred(first) {
		dst = appendInt(dst, "selectionPriority", 2) // others have 1 by default, the highest is chosen
	}
	dst = append(dst, ">\n"...)
	if first.Kind == packager.Audio {
		dst = appendChannels(dst, first.Audio.Channels)
	} else if agree(s, colour) {
		dst = appendColour(dst, inSet, first.Video.Colour)
	}
	dst = appendPurpose(dst, first)
	if m.sharesTemplate(s) {
		dst = m.appendTemplate(dst, inSet, first)
	}
	for _, t := range s {
		dst = m.appendRepresentation(dst, s, t)
	}
	return append(dst, "    </AdaptationSet>\n"...)
}

// preferred reports whether players should begin with the set of t: H.264 where there are other pictures, and of the default
// sound the AAC-LC where it has that, because players that are left to choose among encodings take the one of most bits.
func (m *manifest) preferred(t *packager.Track) bool {
	if t.Kind == packager.Video {
		return m.choice && t.PlaysAnywhere()
	}
	return t.Default && (!m.common || isDefaultAAC(t))
}

func isDefaultAAC(t *packager.Track) bool { return t.Default && t.Codec == "mp4a.40.2" }

// appendLargest appends the attributes that let a client size its decoder for every Representation of s.
func appendLargest(dst []byte, s set) []byte {
	var width, height uint16
	fastest := s[0].Video.FrameRate
	for _, t := range s {
		width, height = max(width, t.Video.Width), max(height, t.Video.Height)
		if rate := t.Video.FrameRate; uint64(rate.Num)*uint64(fastest.Den) > uint64(fastest.Num)*uint64(rate.Den) {
			fastest = rate
		}
	}
	dst = appendInt(dst, "maxWidth", width)
	dst = appendInt(dst, "maxHeight", height)
	return appendFrameRate(dst, "maxFrameRate", fastest)
}

// appendPurpose appends what tells people and players what t is for: Label, Accessibility and Role.
func appendPurpose(dst []byte, t *packager.Track) []byte {
	if label := strings.TrimSpace(t.Label); label != "" {
		dst = append(dst, inSet+"<Label>"...)
		dst = appendEscaped(dst, label)
		dst = append(dst, "</Label>\n"...)
	}
	if t.Role == packager.RoleDescription {
		dst = appendDescriptor(dst, inSet, "Accessibility", schemePurpose, purposeBlind)
	}
	return appendDescriptor(dst, inSet, "Role", schemeRole, t.Role.String())
}

// appendChannels appends the AudioChannelConfiguration. Up to six channels the index of ISO/IEC 23003-3 is the number of
// channels, and the older scheme is the one that every player reads; beyond, players disagree on it and the code points
// of ISO/IEC 23091-3 are unambiguous. Those of Dolby for AC-3 and E-AC-3 name the loudspeakers, which a number of channels does
// not tell.
func appendChannels(dst []byte, channels uint8) []byte {
	switch channels {
	case 7:
		return appendDescriptor(dst, inSet, "AudioChannelConfiguration", schemeLayout, "11") // 6.1
	case 8:
		return appendDescriptor(dst, inSet, "AudioChannelConfiguration", schemeLayout, "12") // 7.1
	default:
		return appendDescriptor(dst, inSet, "AudioChannelConfiguration", schemeChannels, strconv.Itoa(int(channels)))
	}
}
