package lint

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// node is one element of an MPD.
type node struct {
	name       string
	attributes map[string]string
	children   []*node
}

// namespace is the one of MPDs (ISO/IEC 23009-1 annex B).
const namespace = "urn:mpeg:dash:schema:mpd:2011"

// maxDepth bounds the elements inside each other.
const maxDepth = 16

// elementSchema is what the schema lets an element hold, as far as a static MPD of one Period of segments needs it:
// attributes in any order, children in this order. BaseURL is left out on purpose: media lie relative to the MPD.
type elementSchema struct {
	attributes, children []string
}

var descriptorSchema = elementSchema{attributes: words("schemeIdUri value id")}

var schema = map[string]elementSchema{
	"MPD": {
		words("id profiles type mediaPresentationDuration minBufferTime maxSegmentDuration publishTime availabilityStartTime"),
		words("ProgramInformation Period EssentialProperty SupplementalProperty"),
	},
	"Period": {
		words("id start duration bitstreamSwitching"),
		words("AssetIdentifier AdaptationSet SupplementalProperty"),
	},
	"AdaptationSet": {
		words("id group lang contentType par mimeType codecs width height minWidth maxWidth minHeight maxHeight frameRate " +
			"minFrameRate maxFrameRate minBandwidth maxBandwidth sar audioSamplingRate segmentAlignment startWithSAP " +
			"bitstreamSwitching selectionPriority scanType subsegmentAlignment subsegmentStartsWithSAP"),
		words("AudioChannelConfiguration EssentialProperty SupplementalProperty Label Accessibility Role Rating Viewpoint " +
			"SegmentTemplate Representation"),
	},
	"Representation": {
		words("id bandwidth qualityRanking codecs mimeType width height sar frameRate audioSamplingRate startWithSAP scanType"),
		words("AudioChannelConfiguration EssentialProperty SupplementalProperty SegmentList SegmentTemplate"),
	},
	"SegmentList": {
		words("timescale presentationTimeOffset eptDelta duration startNumber"),
		words("Initialization SegmentTimeline SegmentURL"),
	},
	"Initialization": {words("sourceURL range"), nil},
	"SegmentURL":     {words("media mediaRange index indexRange"), nil},
	"SegmentTemplate": {
		words("timescale presentationTimeOffset eptDelta duration startNumber media initialization"),
		words("SegmentTimeline"),
	},
	"SegmentTimeline":           {nil, words("S")},
	"S":                         {words("t n d r k"), nil},
	"Label":                     {words("id lang"), nil},
	"AudioChannelConfiguration": descriptorSchema,
	"EssentialProperty":         descriptorSchema,
	"SupplementalProperty":      descriptorSchema,
	"Accessibility":             descriptorSchema,
	"Role":                      descriptorSchema,
	"Rating":                    descriptorSchema,
	"Viewpoint":                 descriptorSchema,
	"AssetIdentifier":           descriptorSchema,
}

func words(list string) []string { return strings.Fields(list) }

// parseMPD reads an MPD and reports where it strays from the schema. It returns nil where there is none.
func parseMPD(r *report, where, text string) *node {
	root, err := parseTree(text)
	if err != nil {
		r.add(dashSyntax, where, "%v", err)
		return nil
	}
	if root.name != "MPD" {
		r.add(dashSyntax, where, "the root is %s", root.name)
		return nil
	}
	root.validate(r, where)
	return root
}

// parseTree reads one document. Elements of other namespaces are left out with all that they hold.
func parseTree(text string) (*node, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	root := &node{}
	open := []*node{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Space != namespace {
				if err := d.Skip(); err != nil {
					return nil, err
				}
				continue
			}
			if len(open) > maxDepth {
				return nil, fmt.Errorf("more than %d elements inside each other", maxDepth)
			}
			child, err := newNode(t)
			if err != nil {
				return nil, err
			}
			top.children = append(top.children, child)
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	if len(root.children) != 1 {
		return nil, fmt.Errorf("%d root elements in namespace %s", len(root.children), namespace)
	}
	return root.children[0], nil
}

func newNode(t xml.StartElement) (*node, error) {
	n := &node{name: t.Name.Local, attributes: make(map[string]string, len(t.Attr))}
	for _, a := range t.Attr {
		if a.Name.Space != "" || a.Name.Local == "xmlns" {
			continue
		}
		if _, twice := n.attributes[a.Name.Local]; twice {
			return nil, fmt.Errorf("%s: attribute %s given twice", n.name, a.Name.Local)
		}
		n.attributes[a.Name.Local] = a.Value
	}
	return n, nil
}

// validate compares n and its children with the schema.
func (n *node) validate(r *report, where string) {
	allowed := schema[n.name]
	for name := range n.attributes {
		r.unless(slices.Contains(allowed.attributes, name), dashSyntax, where, "%s has an attribute %s", n.name, name)
	}
	place := 0
	for _, child := range n.children {
		i := slices.Index(allowed.children, child.name)
		if i < place {
			r.add(dashSyntax, where, "%s has a child %s where none is allowed", n.name, child.name)
			continue
		}
		place = i
		child.validate(r, where)
	}
}

// all returns the children of that name.
func (n *node) all(name string) []*node {
	var found []*node
	for _, child := range n.children {
		if child.name == name {
			found = append(found, child)
		}
	}
	return found
}

// one returns the first child of that name; nil when there is none.
func (n *node) one(name string) *node {
	if found := n.all(name); len(found) > 0 {
		return found[0]
	}
	return nil
}

// has reports whether an attribute is there.
func (n *node) has(name string) bool {
	_, found := n.attributes[name]
	return found
}

// integer returns an attribute of digits; otherwise when it is missing, and -1 when it is something else.
func (n *node) integer(name string, otherwise int64) int64 {
	value, found := n.attributes[name]
	if !found {
		return otherwise
	}
	number, err := parseInteger(value)
	if err != nil {
		return -1
	}
	return number
}

// inherited returns an attribute of the first of nodes that has it.
func inherited(name string, nodes ...*node) string {
	for _, n := range nodes {
		if value, found := n.attributes[name]; found {
			return value
		}
	}
	return ""
}

// parseDuration reads an xs:duration without years, months and sign, and returns nanoseconds.
func parseDuration(s string) (int64, error) {
	date, clock, hasClock := strings.Cut(strings.TrimPrefix(s, "P"), "T")
	if !strings.HasPrefix(s, "P") || date == "" && clock == "" || hasClock && clock == "" {
		return 0, fmt.Errorf("duration %q: want P[nD][T[nH][nM][nS]]", s)
	}
	days, err := sumUnits(date, []durationUnit{{'D', 86400}})
	if err != nil {
		return 0, fmt.Errorf("duration %q: %w", s, err)
	}
	rest, err := sumUnits(clock, []durationUnit{{'H', 3600}, {'M', 60}, {'S', 1}})
	if err != nil {
		return 0, fmt.Errorf("duration %q: %w", s, err)
	}
	if days > math.MaxInt64/4 || rest > math.MaxInt64/4 {
		return 0, fmt.Errorf("duration %q is too long", s)
	}
	return days + rest, nil
}

type durationUnit struct {
	letter  byte
	seconds int64
}

// sumUnits adds numbers that each end with the letter of a unit, in the order of units. Only seconds have decimals.
func sumUnits(s string, units []durationUnit) (int64, error) {
	var total int64
	for _, unit := range units {
		number, rest, found := strings.Cut(s, string(unit.letter))
		if !found {
			continue
		}
		value, err := parseDecimal(number)
		if err != nil || unit.seconds > 1 && strings.Contains(number, ".") || value > math.MaxInt64/4/unit.seconds {
			return 0, fmt.Errorf("%q before %c", number, unit.letter)
		}
		total += value * unit.seconds
		s = rest
	}
	if s != "" {
		return 0, fmt.Errorf("%q is no number with a unit", s)
	}
	return total, nil
}
