package hls

import (
	"slices"
	"strconv"

	"headwater/packager"
)

// audio is the sound of a presentation as HLS groups it.
type audio struct {
	members []member
	groups  []group
	listed  bool // by EXT-X-MEDIA: there is more to hear than the sound of a stream
	muxed   bool // the default member is in the streams of the pictures
}

// member is one thing to listen to, such as the English main sound; each of its tracks is an encoding of it.
type member struct {
	name      string // unique among the members
	isDefault bool
	// autoselect lets players choose the member by language and characteristics without being asked.
	autoselect bool
	tracks     []*packager.Track
}

// groupKey is what one rendition group has in common.
type groupKey struct {
	encoding string // see encodingOf
	channels uint8
}

// group is one encoding of all members. RFC 8216 §4.3.4.1.1 wants the same members in every group; one that lacks this
// encoding takes part with AAC-LC for as many loudspeakers, or else with what it has in the first of the groups.
type group struct {
	id     string
	tracks []*packager.Track // one a member, in the order of the members
}

// groupAudio arranges the audio tracks among selected, which are some of p. The group that every player can decode, stereo
// AAC, comes first where there is one; else groups come in the order of the tracks.
func groupAudio(p *packager.Presentation, selected []*packager.Track) audio {
	var a audio
	var keys []groupKey
	for i := range p.Tracks {
		if p.Tracks[i].Kind == packager.Audio {
			a.addTrack(&p.Tracks[i])
		}
	}
	a.keep(selected)
	for _, t := range selected {
		if key := keyOf(t); t.Kind == packager.Audio && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	stereo := groupKey{encoding: "aac", channels: 2}
	if i := slices.Index(keys, stereo); i > 0 {
		keys = slices.Insert(slices.Delete(keys, i, i+1), 0, stereo)
	}
	for _, key := range keys {
		a.addGroup(a.newGroup(key, keys))
	}
	a.nameMembers()
	a.chooseDefault()
	a.chooseAutoselect()
	return a
}

func keyOf(t *packager.Track) groupKey {
	return groupKey{encoding: encodingOf(t), channels: t.Audio.Channels}
}

// encodingOf returns the codec family of t, with AAC of high efficiency apart: a decoder of AAC-LC plays half of it, and a
// source that had it is stored in both.
func encodingOf(t *packager.Track) string {
	switch t.Codec {
	case "mp4a.40.5":
		return "he-aac"
	case "mp4a.40.29":
		return "he-aac-v2"
	default:
		return t.CodecFamily()
	}
}

// addTrack adds t to the last member of its language, role and label if that has not yet its encoding, or to a new one: two
// tracks that differ in none of these are different sounds of the source, not two encodings of one. The tracks of one sound
// come one after the other, so what follows the second one is never an encoding of the first.
func (a *audio) addTrack(t *packager.Track) {
	for i := len(a.members) - 1; i >= 0; i-- {
		m := &a.members[i]
		first := m.tracks[0]
		if first.Language != t.Language || first.Role != t.Role || first.Label != t.Label {
			continue
		}
		if m.track(keyOf(t)) != nil {
			break
		}
		m.tracks = append(m.tracks, t)
		return
	}
	a.members = append(a.members, member{tracks: []*packager.Track{t}})
}

// keep leaves of the members only the tracks among selected. Which tracks are one sound shows only while all are there.
func (a *audio) keep(selected []*packager.Track) {
	for i := range a.members {
		m := &a.members[i]
		m.tracks = slices.DeleteFunc(m.tracks, func(t *packager.Track) bool { return !slices.Contains(selected, t) })
	}
	a.members = slices.DeleteFunc(a.members, func(m member) bool { return len(m.tracks) == 0 })
}

// track returns the encoding of m that key names; nil when there is none.
func (m *member) track(key groupKey) *packager.Track {
	for _, t := range m.tracks {
		if keyOf(t) == key {
			return t
		}
	}
	return nil
}

func (a *audio) newGroup(key groupKey, keys []groupKey) group {
	g := group{id: key.encoding + "-" + strconv.Itoa(int(key.channels))}
	preferred := append([]groupKey{key, {encoding: "aac", channels: key.channels}}, keys...)
	for i := range a.members {
		var t *packager.Track
		for j := 0; t == nil && j < len(preferred); j++ {
			t = a.members[i].track(preferred[j])
		}
		g.tracks = append(g.tracks, t)
	}
	return g
}

// addGroup adds g unless another group has the same tracks: an encoding that is the only one of all its members makes no
// choice.
func (a *audio) addGroup(g group) {
	same := func(other group) bool { return slices.Equal(other.tracks, g.tracks) }
	if !slices.ContainsFunc(a.groups, same) {
		a.groups = append(a.groups, g)
	}
}

// nameMembers gives each member the name that players list: its label, or else its language and role.
func (a *audio) nameMembers() {
	taken := map[string]bool{}
	for i := range a.members {
		base := displayName(a.members[i].tracks[0])
		name := base
		for n := 2; taken[name]; n++ {
			name = base + " " + strconv.Itoa(n)
		}
		taken[name] = true
		a.members[i].name = name
	}
}

func displayName(t *packager.Track) string {
	if label := plainText(t.Label); label != "" {
		return label
	}
	name := plainText(t.Language)
	if name == "" || name == "und" {
		name = "Audio"
	}
	if t.Role == packager.RoleCommentary || t.Role == packager.RoleDescription {
		name += " (" + t.Role.String() + ")"
	}
	return name
}

// chooseDefault marks the member with the presentation's default track, or else the first.
func (a *audio) chooseDefault() {
	if len(a.members) == 0 {
		return
	}
	i := slices.IndexFunc(a.members, func(m member) bool {
		return slices.ContainsFunc(m.tracks, func(t *packager.Track) bool { return t.Default })
	})
	a.members[max(i, 0)].isDefault = true
}

// defaultMember returns the place of the member that plays when the viewer chose none.
func (a *audio) defaultMember() int {
	return slices.IndexFunc(a.members, func(m member) bool { return m.isDefault })
}

// chooseAutoselect lets players choose among members that they can tell apart: the combination of language and
// characteristics of those with AUTOSELECT=YES has to be distinct (RFC 8216 §4.3.4.1.1), and nobody wants a commentary
// who did not ask for it.
func (a *audio) chooseAutoselect() {
	type traits struct{ language, characteristics string }
	taken := map[traits]bool{}
	mark := func(m *member) {
		t := m.tracks[0]
		key := traits{t.Language, characteristics(t.Role)}
		m.autoselect = m.isDefault || t.Role != packager.RoleCommentary && !taken[key]
		taken[key] = taken[key] || m.autoselect
	}
	for i := range a.members {
		if a.members[i].isDefault {
			mark(&a.members[i])
		}
	}
	for i := range a.members {
		if !a.members[i].isDefault {
			mark(&a.members[i])
		}
	}
}

// characteristics returns the CHARACTERISTICS attribute of a role; empty for none.
func characteristics(r packager.Role) string {
	if r == packager.RoleDescription {
		return "public.accessibility.describes-video"
	}
	return ""
}

// appendRenditions appends one EXT-X-MEDIA a member of g.
func (a *audio) appendRenditions(dst []byte, g group, link packager.Link) []byte {
	for i := range a.members {
		m, t := &a.members[i], g.tracks[i]
		dst = append(dst, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="...)
		dst = appendQuoted(dst, g.id)
		dst = append(dst, ",NAME="...)
		dst = appendQuoted(dst, m.name)
		dst = append(dst, ",LANGUAGE="...)
		dst = appendQuoted(dst, t.Language)
		dst = appendFlag(dst, ",DEFAULT=", m.isDefault)
		dst = appendFlag(dst, ",AUTOSELECT=", m.autoselect)
		if value := characteristics(t.Role); value != "" {
			dst = append(dst, ",CHARACTERISTICS="...)
			dst = appendQuoted(dst, value)
		}
		dst = append(dst, ",CHANNELS=\""...)
		dst = strconv.AppendInt(dst, int64(t.Audio.Channels), 10)
		dst = append(dst, '"')
		if !a.muxed || !m.isDefault {
			dst = append(link.Append(append(dst, ",URI=\""...), playlistName(t, nil)), '"')
		}
		dst = append(dst, '\n')
	}
	return dst
}

func appendFlag(dst []byte, name string, on bool) []byte {
	dst = append(dst, name...)
	if on {
		return append(dst, "YES"...)
	}
	return append(dst, "NO"...)
}
