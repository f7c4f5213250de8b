package lint

import (
	"slices"
	"strings"
)

// setContext is an AdaptationSet with what it stands in.
type setContext struct {
	stream *dashStream
	root   *node
	period *mpdPeriod
	set    *node
	where  string
	ids    map[string]bool // of sets and Representations of the Period
}

// kindOf tells video, audio, text and image, by what the innermost level says.
func kindOf(l ...*node) string {
	if kind := levels(l).inner("contentType"); kind != "" {
		return kind
	}
	mime, codecs := levels(l).inner("mimeType"), levels(l).inner("codecs")
	for i := 0; mime == "" && i < len(l); i++ { // in an AdaptationSet, its Representations may have it alone
		if n := l[i].one("Representation"); n != nil {
			mime, codecs = n.attributes["mimeType"], n.attributes["codecs"]
		}
	}
	kind, _, _ := strings.Cut(mime, "/")
	if kind == "application" && (mime != "application/mp4" || strings.HasPrefix(codecs, "stpp") || codecs == "wvtt") {
		return "text"
	}
	return kind
}

// checkSet judges an AdaptationSet and its Representations.
func (c *client) checkSet(x *setContext) {
	var lead *representation
	for _, n := range x.set.all("Representation") {
		r := &representation{id: n.attributes["id"]}
		r.where = x.period.where + " Representation " + r.id
		x.stream.representations = append(x.stream.representations, r)
		c.unless(r.id != "" && !x.ids["representation "+r.id], dashIDs, r.where, "id %q is empty or there twice", r.id)
		x.ids["representation "+r.id] = true
		if !c.readSegments(x, n, r) {
			continue
		}
		if lead == nil {
			lead = r
			c.checkSetAttributes(x, r)
		}
		c.unless(r.mode == lead.mode, dashAddressing, r.where, "addressed by %s, %s by %s", r.mode, lead.id, lead.mode)
		c.checkProfile(x, r)
		if c.checkPlain(x, n, r) {
			continue
		}
		if r.track = c.measure(&r.media); r.track == nil {
			continue
		}
		c.checkTimes(x, r)
		c.checkRepresentation(x, n, r)
		if lead.track == nil {
			lead = r
		}
		c.compareCuts(dashAlignment, r.where, r.track, lead.track)
		profile, first := r.track.mediaProfile(), lead.track.mediaProfile()
		c.unless(profile == first, cmafSwitchingSet, r.where, "the media are %s, those of %s %s", profile, lead.id, first)
	}
}

// mediaProfile tells tracks apart that no decoder switches between: by type, codec and range of colour (ISO/IEC 23000-19
// §7.3.4.1). Profiles and levels of one codec may differ.
func (t *track) mediaProfile() string {
	name := t.entry.name
	switch name {
	case "avc3":
		name = "avc1"
	case "hev1":
		name = "hvc1"
	case "dvhe":
		name = "dvh1"
	}
	if transferRange := videoRanges[t.entry.transfer]; transferRange != "" {
		name += " in " + transferRange
	}
	return t.kind + " " + name
}

// checkSetAttributes judges what a set says of all its segments. first is a Representation of it.
func (c *client) checkSetAttributes(x *setContext, first *representation) {
	switch first.mode {
	case byFile:
	case byIndex:
		aligned, sap := x.set.attributes["subsegmentAlignment"], levels{x.set}.inner("subsegmentStartsWithSAP")
		c.unless(isAligned(aligned), dashSubsegments, x.where, "subsegmentAlignment is %q", aligned)
		c.unless(sap == "1" || sap == "2", dashSubsegments, x.where, "subsegmentStartsWithSAP is %q", sap)
	default:
		aligned := x.set.attributes["segmentAlignment"]
		c.unless(isAligned(aligned), dashAlignment, x.where, "segmentAlignment is %q", aligned)
	}
}

// isAligned reads the type of segmentAlignment: true, false or a number (ISO/IEC 23009-1 §5.3.3.2).
func isAligned(value string) bool {
	_, err := parseInteger(value)
	return value == "true" || err == nil
}

// checkProfile wants addressing to be what the profiles that the MPD claims allow (§8.3, §8.4).
func (c *client) checkProfile(x *setContext, r *representation) {
	templated := r.mode == byTimeline || r.mode == byDuration
	if !templated && r.mode != byFile {
		c.unless(!x.stream.hasProfile("isoff-live"), dashProfile, r.where, "addressed by %s in the profile isoff-live", r.mode)
	}
	onDemand := r.mode == byIndex || r.mode == byFile
	c.unless(onDemand || !x.stream.hasProfile("isoff-on-demand"), dashProfile, r.where,
		"addressed by %s in the profile isoff-on-demand", r.mode)
	if r.mode == byTimeline || r.mode == byList {
		listed := slices.ContainsFunc(r.segments, func(p part) bool { return p.sizeBytes > 0 })
		c.unless(!listed || !x.stream.hasProfile("isoff-live"), dashProfile, r.where, "byte ranges in the profile isoff-live")
	}
}

// checkPlain judges what is no fragmented MP4 track of sound, pictures or text. done is false for those.
func (c *client) checkPlain(x *setContext, n *node, r *representation) (done bool) {
	kind, mime := kindOf(x.set, n), levels{x.set, n}.inner("mimeType")
	switch {
	case isSidecar(x, n):
		c.checkText(r, mime)
	case kind == "image":
		c.checkImages(levels{x.set, n}, r, mime)
	case mime == "video/mp2t":
		c.skip(r.where, "MPEG-TS in DASH")
	case strings.HasSuffix(mime, "/webm"):
		c.skip(r.where, "WebM")
	case r.mode == byFile:
		c.unless(!x.stream.hasProfile("isoff-on-demand"), dashIndex, r.where, "no SegmentBase with an indexRange")
		c.skip(r.where, "one file without an index")
	default:
		return false
	}
	return true
}

// isSidecar reports whether a Representation is text that is no MP4.
func isSidecar(x *setContext, n *node) bool {
	return kindOf(x.set, n) == "text" && levels{x.set, n}.inner("mimeType") != "application/mp4"
}

// checkText judges text that is no MP4: that it is there, and WebVTT as such.
func (c *client) checkText(r *representation, mime string) {
	c.unless(r.mode != byFile || r.offset == 0, dashTextOffset, r.where,
		"presentationTimeOffset is %d for text in one file", r.offset)
	for _, i := range c.choose(len(r.segments)) {
		answer, ok := c.getPart(r.segments[i])
		if !ok {
			continue
		}
		c.judgeType(r.segments[i].String(), answer, []string{mime})
		if mime == "text/vtt" {
			checkVTT(&c.report, r.segments[i].String(), string(answer.Body), false)
		}
	}
	if mime != "text/vtt" {
		c.skip(r.where, "text of type "+mime)
	}
}

// checkImages judges pictures, such as tiles of thumbnails: that they are there, and as large as the set says.
func (c *client) checkImages(l levels, r *representation, mime string) {
	var first []byte
	for _, i := range c.choose(len(r.segments)) {
		if answer, ok := c.getPart(r.segments[i]); ok {
			c.judgeType(r.segments[i].String(), answer, []string{mime})
			if first == nil {
				first = answer.Body
			}
		}
	}
	c.checkTiles(l, r, first)
	c.skip(r.where, "what the pictures show")
}
