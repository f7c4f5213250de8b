package manifest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The elements of an MPD (ISO/IEC 23009-1 §5.3) that say where media lies.
type (
	mpdElement struct {
		XMLName  xml.Name        `xml:"MPD"`
		Type     string          `xml:"type,attr"`
		Duration xsDuration      `xml:"mediaPresentationDuration,attr"`
		BaseURL  []string        `xml:"BaseURL"`
		Periods  []periodElement `xml:"Period"`
	}
	periodElement struct {
		Start    xsDuration      `xml:"start,attr"`
		Duration xsDuration      `xml:"duration,attr"`
		BaseURL  []string        `xml:"BaseURL"`
		Sets     []representable `xml:"AdaptationSet"`
		addressing
	}
	// representable is an AdaptationSet or a Representation, which share their attributes.
	representable struct {
		ID              string          `xml:"id,attr"`
		Bandwidth       int64           `xml:"bandwidth,attr"`
		ContentType     string          `xml:"contentType,attr"`
		MimeType        string          `xml:"mimeType,attr"`
		Codecs          string          `xml:"codecs,attr"`
		Lang            string          `xml:"lang,attr"`
		Width           int             `xml:"width,attr"`
		Height          int             `xml:"height,attr"`
		BaseURL         []string        `xml:"BaseURL"`
		Properties      []property      `xml:"EssentialProperty"`
		Representations []representable `xml:"Representation"`
		addressing
	}
	property struct {
		Scheme string `xml:"schemeIdUri,attr"`
	}
	// addressing are the elements of §5.3.9.
	addressing struct {
		Base     *segmentInfo `xml:"SegmentBase"`
		List     *segmentInfo `xml:"SegmentList"`
		Template *segmentInfo `xml:"SegmentTemplate"`
	}
	// segmentInfo is any of the elements of addressing. Attributes that may be inherited are pointers.
	segmentInfo struct {
		Timescale          *uint64     `xml:"timescale,attr"`
		Offset             *uint64     `xml:"presentationTimeOffset,attr"`
		Duration           *uint64     `xml:"duration,attr"`
		StartNumber        *uint64     `xml:"startNumber,attr"`
		EndNumber          *uint64     `xml:"endNumber,attr"`
		Media              *string     `xml:"media,attr"`
		InitializationURL  *string     `xml:"initialization,attr"`
		IndexRange         *string     `xml:"indexRange,attr"`
		InitializationFile *urlElement `xml:"Initialization"`
		Timeline           *timeline   `xml:"SegmentTimeline"`
		URLs               []urlRange  `xml:"SegmentURL"`
	}
	urlElement struct {
		Source string `xml:"sourceURL,attr"`
		Range  string `xml:"range,attr"`
	}
	urlRange struct {
		Media string `xml:"media,attr"`
		Range string `xml:"mediaRange,attr"`
	}
	timeline struct {
		S []run `xml:"S"`
	}
	run struct {
		T *uint64 `xml:"t,attr"`
		D uint64  `xml:"d,attr"`
		R int64   `xml:"r,attr"`
	}
)

func readMPD(base *url.URL, text []byte) (*Presentation, error) {
	var root mpdElement
	decoder := xml.NewDecoder(bytes.NewReader(text))
	decoder.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii") {
			return input, nil
		}
		return nil, fmt.Errorf("charset %.20q", charset)
	}
	if err := decoder.Decode(&root); err != nil {
		return nil, fmt.Errorf("MPD: %w", err)
	}
	if root.Type == "dynamic" {
		return nil, fmt.Errorf("MPD@type is dynamic: %w", ErrLive)
	}
	d := dashReader{}
	if err := d.read(base, &root); err != nil {
		return nil, err
	}
	return d.presentation()
}

// startsAndDurations completes the times of periods (§5.3.2.1).
func startsAndDurations(root *mpdElement) error {
	var end time.Duration
	for i := range root.Periods {
		p := &root.Periods[i]
		if !p.Start.set {
			p.Start = xsDuration{end, true}
		}
		switch {
		case p.Duration.set:
		case i+1 < len(root.Periods) && root.Periods[i+1].Start.set:
			p.Duration = xsDuration{root.Periods[i+1].Start.Duration - p.Start.Duration, true}
		case i+1 == len(root.Periods) && root.Duration.set:
			p.Duration = xsDuration{root.Duration.Duration - p.Start.Duration, true}
		}
		end = p.Start.Duration + p.Duration.Duration
		if p.Duration.Duration < 0 || end > maxDuration {
			return fmt.Errorf("period %d: from %s for %s", i+1, p.Start.Duration, p.Duration.Duration)
		}
	}
	return nil
}

// xsDuration is an xs:duration without years and months, which have no fixed length.
type xsDuration struct {
	time.Duration
	set bool
}

var durationForm = regexp.MustCompile(`^P(?:([0-9]{1,5})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,10}(?:\.[0-9]{0,30})?)S)?)?$`)

// UnmarshalXMLAttr implements [xml.UnmarshalerAttr].
func (d *xsDuration) UnmarshalXMLAttr(attribute xml.Attr) error {
	parts := durationForm.FindStringSubmatch(strings.TrimSpace(attribute.Value))
	if parts == nil {
		return fmt.Errorf("%s %.40q is no duration of days, hours, minutes and seconds", attribute.Name.Local, attribute.Value)
	}
	var total time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		n, _ := strconv.ParseInt("0"+parts[i+1], 10, 64) // at most eight digits
		if time.Duration(n) > maxDuration/unit {
			return fmt.Errorf("%s is longer than %s", attribute.Name.Local, maxDuration)
		}
		total += time.Duration(n) * unit
	}
	seconds, err := parseSeconds("0" + parts[4])
	if err == nil && total+seconds > maxDuration {
		err = errors.New("is longer than " + maxDuration.String())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", attribute.Name.Local, err)
	}
	d.Duration, d.set = total+seconds, true
	return nil
}
