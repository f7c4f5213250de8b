package fmp4

import (
	"bytes"
	"fmt"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// Schemes of the kind box (ISO/IEC 14496-12 §8.10.4): the track's role, and whether it is its kind's primary track.
const (
	roleScheme    = "urn:mpeg:dash:role:2011"
	primaryScheme = "about:html-kind"
	primaryValue  = "main"
)

// initConfig is what an init segment says beside its sample entry.
type initConfig struct {
	kind      packager.Kind
	timescale packager.Timescale
	language  string
	label     string
	role      packager.Role
	primary   bool
}

// encodeInit returns ftyp and moov of a CMAF header (ISO/IEC 23000-19 §7.3.1) around a sample entry.
func encodeInit(c initConfig, sampleEntry mp4.Box) ([]byte, error) {
	mediaHeaderCode := mediaHeaderLanguage(c.language)
	trak := mp4.CreateEmptyTrak(trackNumber, uint32(c.timescale), c.kind.String(), mediaHeaderCode)
	trak.Mdia.Hdlr.Name = c.label
	if c.language != mediaHeaderCode {
		trak.Mdia.AddChild(mp4.CreateElng(c.language))
	}
	trak.Mdia.Minf.Stbl.Stsd.AddChild(sampleEntry)
	if v, ok := sampleEntry.(*mp4.VisualSampleEntryBox); ok {
		trak.Tkhd.Width, trak.Tkhd.Height = mp4.Fixed32(v.Width)<<16, mp4.Fixed32(v.Height)<<16
	}
	trak.AddChild(describeUse(c))

	moov := mp4.NewMoovBox()
	moov.AddChild(mp4.CreateMvhd())
	moov.Mvhd.Timescale = uint32(c.timescale)
	moov.AddChild(trak)
	mvex := mp4.NewMvexBox()
	mvex.AddChild(mp4.CreateTrex(trackNumber))
	moov.AddChild(mvex)

	ftyp := mp4.NewFtyp("cmf2", 0, append([]string{"cmf2", "cmfc", "iso6", "mp41"}, dolbyVisionBrands(sampleEntry)...))
	var b bytes.Buffer
	for _, box := range []mp4.Box{ftyp, moov} {
		if err := box.Encode(&b); err != nil {
			return nil, fmt.Errorf("encoding init segment: %w", err)
		}
	}
	return b.Bytes(), nil
}

// describeUse returns the udta with the kind boxes of c.
func describeUse(c initConfig) *mp4.UdtaBox {
	udta := &mp4.UdtaBox{}
	udta.AddChild(&mp4.KindBox{SchemeURI: roleScheme, Value: c.role.String()})
	if c.primary {
		udta.AddChild(&mp4.KindBox{SchemeURI: primaryScheme, Value: primaryValue})
	}
	return udta
}

// readUse reads back what describeUse wrote.
func readUse(trak *mp4.TrakBox) (role packager.Role, primary bool) {
	for _, child := range trak.Children {
		udta, ok := child.(*mp4.UdtaBox)
		if !ok {
			continue
		}
		for _, box := range udta.Children {
			kind, ok := box.(*mp4.KindBox)
			switch {
			case ok && kind.SchemeURI == roleScheme:
				role = parseRole(kind.Value)
			case ok && kind.SchemeURI == primaryScheme && kind.Value == primaryValue:
				primary = true
			}
		}
	}
	return role, primary
}

// parseRole is the inverse of [packager.Role.String]; main for a role that the model does not have.
func parseRole(value string) packager.Role {
	for role := packager.RoleMain; role <= packager.RoleDescription; role++ {
		if role.String() == value {
			return role
		}
	}
	return packager.RoleMain
}
