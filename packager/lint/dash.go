package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Eyevinn/dash-mpd/mpd"
)

// dashStream is an MPD with what it names.
type dashStream struct {
	where           string
	duration        int64 // mediaPresentationDuration in nanoseconds
	minBufferTime   int64 // nanoseconds
	representations []*representation
}

// representation is one Representation with its media.
type representation struct {
	where    string
	id       string
	timeline []interval
	media
	track *track // nil when it could not be measured
}

// dash judges the MPD at address; nil when it cannot be read.
func (c *client) dash(address string) *dashStream {
	text, base, ok := c.manifest(address, mpdTypes)
	if !ok {
		return nil
	}
	root := parseMPD(&c.report, base, text)
	if root == nil {
		return nil
	}
	s := &dashStream{where: base}
	c.checkStatic(s, root)
	periods := root.all("Period")
	c.checkPeriods(s, periods)
	for _, period := range periods[:min(len(periods), 1)] {
		c.checkPeriod(s, period)
	}
	c.secondOpinionMPD(s, text)
	return s
}

// secondOpinionMPD compares what dash-mpd makes of the text with what this package did. Version 0.14.0 never returns from a
// bare '>' in character data, which XML allows, so such a text is not shown to it.
func (c *client) secondOpinionMPD(s *dashStream, text string) {
	if hasBareGreaterThan(text) {
		c.add(dashSecondOpinion, s.where, "a '>' stands outside of tags; write &gt;, there are readers that hang on it")
		return
	}
	parsed, err := mpd.ReadFromString(text)
	if err != nil {
		c.add(dashSecondOpinion, s.where, "%v", err)
		return
	}
	var ids, own []string
	for _, period := range parsed.Periods[:min(len(parsed.Periods), 1)] {
		for _, set := range period.AdaptationSets {
			for _, r := range set.Representations {
				ids = append(ids, r.Id)
			}
		}
	}
	for _, r := range s.representations {
		own = append(own, r.id)
	}
	c.unless(slices.Equal(ids, own), dashSecondOpinion, s.where, "reads Representations %q, not %q", ids, own)
}

// hasBareGreaterThan reports whether a '>' stands where no tag ends. Comments and CDATA sections may make it say so too.
func hasBareGreaterThan(text string) bool {
	inTag, quote := false, byte(0)
	for i := range len(text) {
		switch b := text[i]; {
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case inTag && (b == '"' || b == '\''):
			quote = b
		case b == '<':
			inTag = true
		case b == '>':
			if !inTag {
				return true
			}
			inTag = false
		}
	}
	return false
}

func (c *client) checkStatic(s *dashStream, root *node) {
	c.unless(root.attributes["type"] == "static", dashStatic, s.where, "type is %q", root.attributes["type"])
	profiles := strings.Split(root.attributes["profiles"], ",")
	c.unless(slices.Contains(profiles, profileOf(root)), dashStatic, s.where, "profiles are %q", profiles)
	for _, name := range []string{"mediaPresentationDuration", "minBufferTime"} {
		c.unless(root.has(name), dashStatic, s.where, "no %s", name)
	}
	s.duration = c.duration(s.where, root, "mediaPresentationDuration")
	s.minBufferTime = c.duration(s.where, root, "minBufferTime")
	c.duration(s.where, root, "maxSegmentDuration")
}

// profileOf returns the profile that the way of addressing needs: isoff-live has no lists.
func profileOf(root *node) string {
	for _, period := range root.all("Period") {
		for _, set := range period.all("AdaptationSet") {
			for _, representation := range set.all("Representation") {
				if representation.one("SegmentList") != nil {
					return "urn:mpeg:dash:profile:isoff-main:2011"
				}
			}
		}
	}
	return "urn:mpeg:dash:profile:isoff-live:2011"
}

// duration reads an attribute of type xs:duration; 0 where it is missing or wrong.
func (c *client) duration(where string, n *node, name string) int64 {
	if !n.has(name) {
		return 0
	}
	value, err := parseDuration(n.attributes[name])
	if err != nil {
		c.add(dashDuration, where, "%s@%s: %v", n.name, name, err)
	}
	return value
}

func (c *client) checkPeriods(s *dashStream, periods []*node) {
	if len(periods) != 1 {
		c.add(dashPeriod, s.where, "%d Periods, this linter judges presentations of one", len(periods))
		return
	}
	period := periods[0]
	c.unless(c.duration(s.where, period, "start") == 0, dashPeriod, s.where, "the Period starts at %s", period.attributes["start"])
	length := c.duration(s.where, period, "duration")
	c.unless(period.has("duration") && length == s.duration, dashPeriod, s.where,
		"Period@duration is %q, mediaPresentationDuration %d ns", period.attributes["duration"], s.duration)
	c.unless(!period.has("bitstreamSwitching"), dashOffset, s.where, "Period@bitstreamSwitching")
}

func (c *client) checkPeriod(s *dashStream, period *node) {
	sets := period.all("AdaptationSet")
	ids := map[string]bool{}
	video, mainRole := 0, false
	for i, set := range sets {
		where := fmt.Sprintf("%s AdaptationSet %d", s.where, i+1)
		if id := set.attributes["id"]; id != "" {
			c.unless(!ids["set "+id], dashIDs, where, "id %q twice", id)
			ids["set "+id] = true
		}
		if set.attributes["contentType"] == "video" {
			video++
			mainRole = mainRole || hasRole(set, "main")
		}
		c.checkSet(s, set, where, ids)
	}
	c.unless(len(sets) > 0, dashSyntax, s.where, "the Period has no AdaptationSet")
	c.unless(video < 2 || mainRole, dashRole, s.where, "%d video AdaptationSets, none of Role main", video)
}

func hasRole(set *node, value string) bool {
	return slices.ContainsFunc(set.all("Role"), func(role *node) bool {
		return role.attributes["schemeIdUri"] == "urn:mpeg:dash:role:2011" && role.attributes["value"] == value
	})
}

// checkSet judges an AdaptationSet and its Representations.
func (c *client) checkSet(s *dashStream, set *node, where string, ids map[string]bool) {
	c.unless(set.attributes["segmentAlignment"] == "true", dashAlignment, where, "segmentAlignment is %q", set.attributes["segmentAlignment"])
	c.unless(!set.has("bitstreamSwitching"), dashOffset, where, "AdaptationSet@bitstreamSwitching")
	var lead *track
	for _, n := range set.all("Representation") {
		r := &representation{id: n.attributes["id"]}
		r.where = s.where + " Representation " + r.id
		s.representations = append(s.representations, r)
		c.unless(r.id != "" && !ids["representation "+r.id], dashIDs, r.where, "id %q is empty or there twice", r.id)
		ids["representation "+r.id] = true
		if !c.readSegments(s, set, n, r) {
			continue
		}
		r.track = c.measure(&r.media)
		if r.track == nil {
			continue
		}
		c.checkTimelineMedia(s, r)
		c.checkRepresentation(s, set, n, r)
		if lead == nil {
			lead = r.track
		}
		c.compareCuts(dashAlignment, r.where, r.track, lead)
	}
}

// checkRepresentation compares the attributes with the media.
func (c *client) checkRepresentation(s *dashStream, set, n *node, r *representation) {
	t := r.track
	sap := inherited("startWithSAP", n, set)
	c.unless(sap == "1" || sap == "2", dashSAP, r.where, "startWithSAP is %q", sap)
	codecs := inherited("codecs", n, set)
	c.unless(sameCodec(codecs, t.entry.codec), dashCodecs, r.where, "codecs is %q, the media has %s", codecs, t.entry.codec)
	mime, content := inherited("mimeType", n, set), set.attributes["contentType"]
	c.unless(mime == t.kind+"/mp4" && content == t.kind, dashType, r.where,
		"mimeType %q, contentType %q, the media is %s", mime, content, t.kind)
	if t.kind == "video" {
		c.checkVideoAttributes(set, n, r)
	} else {
		c.checkAudioAttributes(set, n, r)
	}
	c.checkBandwidth(s, n, r)
}

func (c *client) checkVideoAttributes(set, n *node, r *representation) {
	e := r.track.entry
	width, height := inherited("width", n, set), inherited("height", n, set)
	c.unless(width == fmt.Sprint(e.width) && height == fmt.Sprint(e.height), dashDimensions, r.where,
		"%sx%s, the video is %dx%d", width, height, e.width, e.height)
	c.unless(set.integer("maxWidth", int64(e.width)) >= int64(e.width) && set.integer("maxHeight", int64(e.height)) >= int64(e.height),
		dashDimensions, r.where, "larger than the set's maxWidth or maxHeight")
	rate := inherited("frameRate", n, set)
	c.unless(sameFrameRate(fraction(rate), r.track), dashFrameRate, r.where,
		"frameRate is %q, the video has %d frames in %.3f s", rate, r.track.samples(), r.track.seconds())
}

// fraction reads an integer or a fraction; 0 for anything else.
func fraction(s string) float64 {
	a, b, found := strings.Cut(s, "/")
	num, err := parseInteger(a)
	if err != nil {
		return 0
	}
	den, err := parseInteger(b)
	if !found {
		den, err = 1, nil
	}
	if err != nil || den == 0 {
		return 0
	}
	return float64(num) / float64(den)
}

// cicpChannels are the numbers of channels of ChannelConfiguration in ISO/IEC 23091-3, by code point.
var cicpChannels = []int{0, 1, 2, 3, 4, 5, 6, 8, 0, 3, 4, 7, 8, 24, 8, 12, 10, 12, 14, 12, 14}

func (c *client) checkAudioAttributes(set, n *node, r *representation) {
	c.unless(set.attributes["lang"] != "", dashAudio, r.where, "no lang")
	config := n.one("AudioChannelConfiguration")
	if config == nil {
		config = set.one("AudioChannelConfiguration")
	}
	if config == nil {
		c.add(dashAudio, r.where, "no AudioChannelConfiguration")
		return
	}
	channels := int(config.integer("value", -1))
	if config.attributes["schemeIdUri"] == "urn:mpeg:mpegB:cicp:ChannelConfiguration" {
		if channels < 0 || channels >= len(cicpChannels) {
			channels = 0
		}
		channels = cicpChannels[channels]
	}
	c.unless(channels == r.track.entry.channels, dashAudio, r.where,
		"AudioChannelConfiguration is for %d channels, the media has %d", channels, r.track.entry.channels)
}

// checkBandwidth wants the declared rate to suffice with minBufferTime, and not to be more than that takes.
func (c *client) checkBandwidth(s *dashStream, n *node, r *representation) {
	declared := n.integer("bandwidth", -1)
	if declared <= 0 {
		c.add(dashBandwidth, r.where, "bandwidth is %q", n.attributes["bandwidth"])
		return
	}
	if !r.track.whole() {
		return
	}
	late := r.track.runsDry(float64(declared), s.minBufferTime)
	c.unless(late == 0, dashBandwidth, r.where, "with %d bit/s and minBufferTime %d ns segment %d comes late", declared, s.minBufferTime, late)
	less := float64(declared)/bandwidthTolerance - 1
	c.unless(late != 0 || r.track.runsDry(less, s.minBufferTime) != 0, dashBandwidth, r.where,
		"bandwidth is %d, with minBufferTime %d ns %.0f bit/s suffice", declared, s.minBufferTime, less)
}
