package lint

import (
	"fmt"
	"strings"
)

// checkRepresentation compares the attributes of a Representation, and of its set, with the media.
func (c *client) checkRepresentation(x *setContext, n *node, r *representation) {
	t, l := r.track, levels{x.set, n}
	if r.mode != byIndex {
		sap := l.inner("startWithSAP")
		c.unless(sap == "1" || sap == "2", dashSAP, r.where, "startWithSAP is %q", sap)
	}
	codecs := l.inner("codecs")
	c.unless(sameCodec(codecs, t.entry.codec), dashCodecs, r.where, "codecs is %q, the media has %s", codecs, t.entry.codec)
	mime, kind := l.inner("mimeType"), kindOf(x.set, n)
	want := t.kind + "/mp4"
	if t.kind == "text" {
		want = "application/mp4"
	}
	c.unless(mime == want && kind == t.kind, dashType, r.where, "mimeType %q, contentType %q, the media is %s", mime, kind, t.kind)
	c.checkSwitching(x, r)
	c.checkProtection(l, r)
	switch t.kind {
	case "video":
		c.checkVideoAttributes(x, n, r)
		c.checkSupplemental(l, r)
		c.checkColour(l, r)
	case "audio":
		c.checkAudioAttributes(l, r)
	}
	c.checkBandwidth(x, n, r)
}

// checkSwitching judges bitstreamSwitching, which asks that segments of one Representation follow those of another behind
// one init segment: parameter sets in band, and no edit list that would differ (DASH-IF-Conformance, IOP 6.2.5.2).
func (c *client) checkSwitching(x *setContext, r *representation) {
	if (levels{x.period.node, x.set}).inner("bitstreamSwitching") != "true" {
		return
	}
	e := r.track.entry
	c.unless(e.name != "avc1" && e.name != "hvc1", dashSwitching, r.where, "bitstreamSwitching with %s", e.name)
	if e.name == "avc3" || e.name == "hev1" {
		c.unless(r.track.edits == 0 && r.track.segments[0].shown == r.track.segments[0].start, dashSwitching, r.where,
			"bitstreamSwitching with an edit list or a composition offset of the first sample")
	}
}

// scte214 is the namespace of the attributes that name a codec for players that know more (ANSI/SCTE 214-1).
const scte214 = "urn:scte:dash:scte214-extensions "

// checkSupplemental compares supplementalCodecs with the Dolby Vision configuration of the media.
func (c *client) checkSupplemental(l levels, r *representation) {
	declared, want := l.inner(scte214+"supplementalCodecs"), r.track.entry.supplemental
	first, _, _ := strings.Cut(declared, " ")
	first, _, _ = strings.Cut(first, ",")
	c.unless(strings.EqualFold(first, want), dashSupplemental, r.where, "supplementalCodecs is %q, the media has %q", declared, want)
	brand := l.inner(scte214 + "supplementalProfiles")
	c.unless(brand == "" || brand == r.track.entry.supplementalBrand, dashSupplemental, r.where,
		"supplementalProfiles is %q, the media has %q", brand, r.track.entry.supplementalBrand)
}

// checkProtection compares ContentProtection with the media (ISO/IEC 23001-7 §11).
func (c *client) checkProtection(l levels, r *representation) {
	e := r.track.entry
	scheme, keyID := "", ""
	for _, n := range l.all("ContentProtection") {
		if strings.EqualFold(n.attributes["schemeIdUri"], "urn:mpeg:dash:mp4protection:2011") {
			scheme, keyID = n.attributes["value"], n.attributes["urn:mpeg:cenc:2013 default_KID"]
		}
	}
	c.unless(scheme == e.scheme, dashProtection, r.where, "ContentProtection says scheme %q, the media %q", scheme, e.scheme)
	keyID = strings.ToLower(strings.ReplaceAll(keyID, "-", ""))
	c.unless(keyID == "" || keyID == e.keyID, dashProtection, r.where, "default_KID is %q, that of the media %s", keyID, e.keyID)
}

// checkBandwidth wants the declared rate to suffice with minBufferTime, and not to be more than that takes. In one of several
// Periods it may be that of a film whose other parts take more.
func (c *client) checkBandwidth(x *setContext, n *node, r *representation) {
	s, alone := x.stream, len(x.root.all("Period")) == 1
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
	c.unless(!alone || late != 0 || r.track.runsDry(less, s.minBufferTime) != 0, dashExactBandwidth, r.where,
		"bandwidth is %d, with minBufferTime %d ns %.0f bit/s suffice", declared, s.minBufferTime, less)
}

// checkAudioAttributes compares language, channels and sampling rate.
func (c *client) checkAudioAttributes(l levels, r *representation) {
	e := r.track.entry
	c.unless(l.inner("lang") != "", dashLanguage, r.where, "no lang")
	if rate := l.inner("audioSamplingRate"); rate != "" && e.samplingRate > 0 {
		c.unless(fmt.Sprint(e.samplingRate) == rate, dashSamplingRate, r.where, "audioSamplingRate is %q, the media has %d", rate, e.samplingRate)
	}
	configurations := l.all("AudioChannelConfiguration")
	if len(configurations) == 0 {
		c.add(dashChannels, r.where, "no AudioChannelConfiguration")
		return
	}
	for _, n := range configurations {
		if channels, known := channelsOf(n); known {
			c.unless(channels == e.channels, dashChannels, r.where,
				"AudioChannelConfiguration is for %d channels, the media has %d", channels, e.channels)
		}
	}
}
