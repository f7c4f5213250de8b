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

// node is one element of an MPD. Attributes of other namespaces have their URI and a space before the name.
type node struct {
	name       string
	text       string // of its own, not of its children
	attributes map[string]string
	children   []*node
	byName     map[string][]*node // the children
}

// add puts a child behind the others.
func (n *node) add(child *node) {
	n.children = append(n.children, child)
	if n.byName == nil {
		n.byName = map[string][]*node{}
	}
	n.byName[child.name] = append(n.byName[child.name], child)
}

// namespace is the one of MPDs (ISO/IEC 23009-1 annex B).
const namespace = "urn:mpeg:dash:schema:mpd:2011"

// Limits of a tree: elements inside each other, how much text of one is kept, about, and how many descriptors of one kind an
// element has, which are compared with each Representation in it.
const (
	maxDepth       = 16
	maxText        = 4096
	maxDescriptors = 256
)

// descriptors are the elements that there may be so many of.
var descriptors = words("AudioChannelConfiguration BaseURL ContentProtection EssentialProperty SupplementalProperty")

// order is the order that the schema asks of the children of an element (ISO/IEC 23009-1:2022 annex B). Elements that are
// not in it, of later editions or of other namespaces, may stand anywhere.
var order = map[string][]string{
	"MPD": words("ProgramInformation BaseURL Location PatchLocation ServiceDescription InitializationSet InitializationGroup " +
		"InitializationPresentation ContentProtection Period Metrics EssentialProperty SupplementalProperty UTCTiming"),
	"Period": words("BaseURL SegmentBase SegmentList SegmentTemplate AssetIdentifier EventStream ServiceDescription " +
		"ContentProtection AdaptationSet Subset SupplementalProperty EmptyAdaptationSet GroupLabel Preselection"),
	"AdaptationSet": words(common + "Accessibility Role Rating Viewpoint ContentComponent BaseURL SegmentBase SegmentList " +
		"SegmentTemplate Representation"),
	"Representation":  words(common + "BaseURL ExtendedBandwidth SubRepresentation SegmentBase SegmentList SegmentTemplate"),
	"SegmentBase":     words("Initialization RepresentationIndex"),
	"SegmentList":     words("Initialization RepresentationIndex SegmentTimeline BitstreamSwitching SegmentURL"),
	"SegmentTemplate": words("Initialization RepresentationIndex SegmentTimeline BitstreamSwitching"),
	"SegmentTimeline": words("S"),
}

// common are the elements that begin AdaptationSets and Representations.
const common = "FramePacking AudioChannelConfiguration ContentProtection OutputProtection EssentialProperty " +
	"SupplementalProperty InbandEventStream Switching RandomAccess GroupLabel Label ProducerReferenceTime " +
	"ContentPopularityRate Resync "

// required are the attributes without which an element means nothing.
var required = map[string][]string{
	"MPD":               words("profiles minBufferTime"),
	"Representation":    words("id bandwidth"),
	"S":                 words("d"),
	"Role":              words("schemeIdUri"),
	"ContentProtection": words("schemeIdUri"),
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

// parseTree reads one document. Elements of other namespaces are left out with all that they hold. The namespace of MPDs is
// compared without regard to case, because there are MPDs of both.
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
			if !strings.EqualFold(t.Name.Space, namespace) {
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
			if top.add(child); len(top.byName[child.name]) > maxDescriptors && slices.Contains(descriptors, child.name) {
				return nil, fmt.Errorf("more than %d elements %s in one %s", maxDescriptors, child.name, top.name)
			}
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(top.text) < maxText {
				top.text += strings.TrimSpace(string(t))
			}
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
		name := a.Name.Local
		if a.Name.Space != "" {
			name = a.Name.Space + " " + name
		}
		if _, twice := n.attributes[name]; twice {
			return nil, fmt.Errorf("%s: attribute %s given twice", n.name, name)
		}
		n.attributes[name] = a.Value
	}
	return n, nil
}

// validate compares n and what it holds with the schema.
func (n *node) validate(r *report, where string) {
	for _, name := range required[n.name] {
		r.unless(n.has(name), dashSyntax, where, "%s has no %s", n.name, name)
	}
	place := 0
	for _, child := range n.children {
		i := slices.Index(order[n.name], child.name)
		r.unless(i < 0 || i >= place, dashSyntax, where, "in %s, %s stands behind %s", n.name, child.name, n.nameAt(place))
		place = max(place, i)
		child.validate(r, where)
	}
}

func (n *node) nameAt(place int) string {
	if names := order[n.name]; place < len(names) {
		return names[place]
	}
	return ""
}

// all returns the children of that name. It takes no longer for more children: what a set holds is asked for once for each
// of its Representations.
func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	return n.byName[name]
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
		if whole, fraction, found := strings.Cut(number, "."); found && len(fraction) > 9 {
			number = whole + "." + fraction[:9] // finer than a nanosecond
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
