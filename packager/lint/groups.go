package lint

import (
	"slices"
	"strconv"
	"strings"
)

// checkGroups judges EXT-X-MEDIA: references, members, names, defaults and what the media say.
func (c *client) checkGroups(s *hlsStream) {
	groups := map[string][]rendition{}
	var order []string
	for _, r := range s.master.renditions {
		if groups[r.group] == nil {
			order = append(order, r.group)
		}
		groups[r.group] = append(groups[r.group], r)
	}
	for _, name := range order {
		c.checkGroup(s, name, groups[name])
		c.compareMembers(s.where, groups[order[0]], groups[name])
	}
	c.checkReferences(s, order)
	c.checkStereo(s)
}

// checkReferences wants each variant's group to exist and each group to be used.
func (c *client) checkReferences(s *hlsStream, groups []string) {
	used := map[string]bool{}
	for _, v := range s.master.variants {
		used[v.audio] = true
		c.unless(v.audio == "" || slices.Contains(groups, v.audio), hlsGroup, s.where+" variant "+v.uri,
			"AUDIO is %q, no EXT-X-MEDIA has that GROUP-ID", v.audio)
		known := slices.ContainsFunc(s.master.subtitles, func(r rendition) bool { return r.group == v.subtitles })
		c.unless(v.subtitles == "" || known, hlsGroup, s.where+" variant "+v.uri,
			"SUBTITLES is %q, no EXT-X-MEDIA has that GROUP-ID", v.subtitles)
	}
	for _, name := range groups {
		c.unless(used[name], hlsGroup, s.where, "no variant uses group %q", name)
	}
}

func (c *client) checkGroup(s *hlsStream, name string, members []rendition) {
	where := s.where + " group " + name
	taken := map[string]bool{}
	defaults := 0
	for _, r := range members {
		c.unless(!taken[r.name], hlsName, where, "two renditions are named %q", r.name)
		taken[r.name] = true
		if r.isDefault {
			defaults++
			c.unless(r.autoselect, hlsDefault, where, "%q is DEFAULT=YES without AUTOSELECT=YES", r.name)
		}
		c.unless(r.language != "", hlsLanguage, where, "%q has no LANGUAGE", r.name)
		if t := s.trackOf(r.uri); t != nil {
			declared, _, _ := strings.Cut(r.channels, "/")
			parametric := t.entry.adts && t.entry.channels == 1 && declared == "2" && s.impliesParametricStereo(name)
			c.unless(parametric || declared == strconv.Itoa(t.entry.channels), hlsChannels, where,
				"%q has CHANNELS %q, the media %d", r.name, r.channels, t.entry.channels)
		}
	}
	c.unless(defaults == 1, hlsDefault, where, "%d renditions are DEFAULT=YES", defaults)
}

// impliesParametricStereo reports whether the variants of a group name HE-AAC v2, of which ADTS headers tell the one channel
// of the core (ISO/IEC 14496-3 §1.6.6).
func (h *hlsStream) impliesParametricStereo(group string) bool {
	return slices.ContainsFunc(h.master.variants, func(v variant) bool {
		return v.audio == group && slices.Contains(strings.Split(v.codecs, ","), "mp4a.40.29")
	})
}

// compareMembers wants both groups to have the same members in attributes other than URI and CHANNELS.
func (c *client) compareMembers(where string, first, other []rendition) {
	reduce := func(list []rendition) []rendition {
		var reduced []rendition
		for _, r := range list {
			r.group, r.uri, r.channels = "", "", ""
			reduced = append(reduced, r)
		}
		slices.SortFunc(reduced, func(a, b rendition) int { return strings.Compare(a.name, b.name) })
		return reduced
	}
	c.unless(slices.Equal(reduce(first), reduce(other)), hlsGroupMembers, where,
		"groups %q and %q have other members", first[0].group, other[0].group)
}

// checkStereo wants a stereo (or, from a mono source, mono) AAC track where there is audio.
func (c *client) checkStereo(s *hlsStream) {
	sound, stereo := false, false
	for _, p := range s.playlists {
		for _, t := range p.tracks {
			if t.kind == "audio" {
				sound = true
				stereo = stereo || strings.HasPrefix(t.entry.codec, "mp4a.40.") && t.entry.channels <= 2
			}
		}
	}
	c.unless(!sound || stereo, hlsStereo, s.where, "no audio track is stereo AAC")
}
