package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Eyevinn/dash-mpd/mpd"
	"github.com/Eyevinn/dash-mpd/xml"
)

// dashStream is an MPD with what it names.
type dashStream struct {
	where           string
	profiles        []string
	duration        int64 // mediaPresentationDuration in nanoseconds
	minBufferTime   int64 // nanoseconds
	representations []*representation
}

// representation is one Representation with its media.
type representation struct {
	where    string
	id       string
	mode     string // how its segments are addressed
	timeline []interval
	offset   int64 // presentationTimeOffset in the timescale
	nominal  bool  // times of the timeline are nominal: SegmentTemplate@duration
	media
	index *segmentIndex // of an on-demand file
	track *track        // nil when it could not be measured
}

// dash judges the MPD at address; nil when there is nothing to judge.
func (c *client) dash(address string) *dashStream {
	text, base, ok := c.manifest(address, mpdTypes)
	if !ok {
		return nil
	}
	root := parseMPD(&c.report, base, text)
	if root == nil {
		return nil
	}
	if root.attributes["type"] == "dynamic" {
		c.skip(base, "the MPD is live: type is dynamic")
		return nil
	}
	s := &dashStream{where: base, profiles: strings.Split(strings.ReplaceAll(root.attributes["profiles"], " ", ""), ",")}
	c.checkStatic(s, root)
	for _, p := range c.periods(s, root) {
		c.checkPeriod(s, root, p)
	}
	c.secondOpinionMPD(s, text)
	return s
}

func (s *dashStream) hasProfile(name string) bool {
	return slices.ContainsFunc(s.profiles, func(p string) bool { return strings.HasPrefix(p, "urn:mpeg:dash:profile:"+name+":") })
}

// secondOpinionMPD compares what dash-mpd makes of the text with what this package did. Version 0.14.0 never returns from some
// texts, such as those with a bare '>' in character data, which XML allows; they are not shown to it.
func (c *client) secondOpinionMPD(s *dashStream, text string) {
	if hangsReader(text) {
		c.add(dashSecondOpinion, s.where, "there are readers that hang on it; write &gt; for a '>' outside of tags")
		return
	}
	parsed, err := decodeMPD(text)
	if err != nil {
		c.add(dashSecondOpinion, s.where, "%v", err)
		return
	}
	var ids, own []string
	for _, period := range parsed.Periods {
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

// decodeMPD reads an MPD with dash-mpd, and survives it.
func decodeMPD(text string) (m *mpd.MPD, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("the reader breaks: %v", broken)
		}
	}()
	return mpd.ReadFromString(text)
}

// hangsReader reports whether dash-mpd would never return from a text: at some place its decoder then yields nothing, or
// text of no bytes, for ever.
func hangsReader(text string) bool {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		before := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return false
		}
		if _, isText := token.(xml.CharData); token == nil || isText && d.InputOffset() == before {
			return true
		}
	}
}

// checkStatic judges the attributes of the MPD. Its type is static by default.
func (c *client) checkStatic(s *dashStream, root *node) {
	kind, given := root.attributes["type"]
	c.unless(!given || kind == "static", dashStatic, s.where, "type is %q", kind)
	c.unless(root.has("mediaPresentationDuration"), dashStatic, s.where, "no mediaPresentationDuration")
	for _, profile := range s.profiles {
		c.unless(strings.HasPrefix(profile, "urn:") || strings.Contains(profile, "://"), dashProfile, s.where, "profile %q is no URI", profile)
	}
	s.duration = c.duration(s.where, root, "mediaPresentationDuration")
	s.minBufferTime = c.duration(s.where, root, "minBufferTime")
	c.duration(s.where, root, "maxSegmentDuration")
	c.duration(s.where, root, "maxSubsegmentDuration")
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
