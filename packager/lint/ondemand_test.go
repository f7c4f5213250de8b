package lint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/dash"
)

// Where the test's on-demand presentation lies.
const onDemandURL = root + "dash-ondemand/manifest.mpd"

func fileURL(track string) string { return root + "ondemand1/" + track + ".mp4" }

// onDemandSite writes the film as files with an index.
func onDemandSite(t testing.TB) site {
	t.Helper()
	p, files := film(t)
	s := site{}
	text, err := dash.AppendManifest(nil, p, packager.OnDemandManifest, packager.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s[onDemandURL] = Response{Body: text, ContentType: dash.ContentType}
	for id, file := range files {
		track := p.Track(id)
		contentType := "video/mp4"
		if track.Kind == packager.Audio {
			contentType = "audio/mp4"
		}
		body := slices.Concat(track.Init, index(track), file[len(track.Init):])
		s[fileURL(string(id))] = Response{Body: body, ContentType: contentType}
	}
	return s
}

// index is a sidx of the fragments of a track, box by box.
func index(t *packager.Track) []byte {
	var references []byte
	for _, f := range t.Fragments {
		references = join(references, f.SizeBytes, uint32(f.Duration), uint32(0x90000000))
	}
	return makeBox("sidx", uint32(1<<24), uint32(1), uint32(t.Timescale), uint64(t.Fragments[0].DecodeTime), uint64(0), uint16(0),
		uint16(len(t.Fragments)), references)
}

func TestOnDemandIsClean(t *testing.T) {
	for _, finding := range DASH(onDemandURL, onDemandSite(t).fetch) {
		t.Error(finding)
	}
}

var plantedFiles = []planted{
	{byteRanges, func(_ *testing.T, s site) {
		answer := s[fileURL("v1")]
		answer.Body = answer.Body[:len(answer.Body)-1]
		s[fileURL("v1")] = answer
	}},
	{dashIndex, addBox(fileURL("v1"), makeBox("free"))},
	{dashIndex, text(onDemandURL, `indexRange="`, `range="`)},
	{dashIndex, boxBytes(fileURL("v1"), "sidx", 32, 0x80)},
	{dashIndex, func(t *testing.T, s site) { widenIndex(t, s, 8) }},
	{dashInitRange, func(t *testing.T, s site) { without("<Initialization", onDemandURL)(t, s) }},
	{dashInitRange, text(onDemandURL, `<Initialization range="0-`, `<Initialization range="0-9`)},
	{dashIndexTimes, text(onDemandURL, `timescale="30000"`, `timescale="90000"`)},
	{dashIndexTimes, boxBytes(fileURL("v1"), "sidx", 11, 1)},
	{dashIndexTimes, boxBytes(fileURL("v1"), "sidx", 39, 1)},
	{dashIndexTimes, boxBytes(fileURL("v1"), "sidx", 7, 9)},
	{dashSubsegments, text(onDemandURL, `subsegmentAlignment="true"`, "")},
	{dashSubsegments, text(onDemandURL, `subsegmentStartsWithSAP="1"`, `subsegmentStartsWithSAP="3"`)},
	{dashSubsegments, boxBytes(fileURL("v1"), "sidx", 40, 0)},
	{dashProfile, text(onDemandURL, "isoff-on-demand", "isoff-live")},
	{cmafSubsegment, func(_ *testing.T, s site) { joinReferences(s, fileURL("v1")) }},
}

// widenIndex lets indexRange go on behind the sidx.
func widenIndex(t *testing.T, s site, more int) {
	body := string(s[onDemandURL].Body)
	_, after, _ := strings.Cut(body, `indexRange="`)
	old, _, _ := strings.Cut(after, `"`)
	var from, to int
	if _, err := fmt.Sscanf(old, "%d-%d", &from, &to); err != nil {
		t.Fatal(err)
	}
	s.replace(t, onDemandURL, old, fmt.Sprintf("%d-%d", from, to+more))
}

// joinReferences makes one reference of the first two of a sidx, and keeps the size of the box with one of nothing.
func joinReferences(s site, address string) {
	answer := s[address]
	answer.Body = bytes.Clone(answer.Body)
	at := bytes.Index(answer.Body, []byte("sidx")) + 4 + 32
	first, second := answer.Body[at:], answer.Body[at+12:]
	binary.BigEndian.PutUint32(second, binary.BigEndian.Uint32(first)+binary.BigEndian.Uint32(second))
	binary.BigEndian.PutUint32(second[4:], binary.BigEndian.Uint32(first[4:])+binary.BigEndian.Uint32(second[4:]))
	copy(first, makeBox("free", uint32(0)))
	box := answer.Body[at-40 : at+12]
	header := bytes.Clone(box[:40])
	binary.BigEndian.PutUint32(header, binary.BigEndian.Uint32(header)-12)
	binary.BigEndian.PutUint16(header[38:], binary.BigEndian.Uint16(header[38:])-1)
	copy(box, makeBox("free", uint32(0)))
	copy(box[12:], header)
	s[address] = answer
}

// TestPlantedFileDefects shows that the rules of files with an index notice their defects.
func TestPlantedFileDefects(t *testing.T) {
	clean := onDemandSite(t)
	for i, one := range plantedFiles {
		s := maps.Clone(clean)
		one.defect(t, s)
		findings := DASH(onDemandURL, s.fetch)
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == rules[one.rule].Name }) {
			t.Errorf("defect %d: %s did not notice; findings: %v", i, rules[one.rule].Name, findings)
		}
	}
}
