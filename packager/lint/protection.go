package lint

import (
	"encoding/hex"
	"fmt"
)

// unveil reads what sinf boxes say of the encryption (ISO/IEC 14496-12 §8.12, ISO/IEC 23001-7 §8.2), and gives the entry
// the name of what is encrypted.
func (e *sampleEntry) unveil(sinf []box) error {
	if len(sinf) == 0 {
		return nil
	}
	frma, err := descend(sinf[0].body, "frma")
	if err != nil {
		return err
	}
	schm, err := descend(sinf[0].body, "schm")
	if err != nil {
		return err
	}
	tenc, err := descend(sinf[0].body, "schi", "tenc")
	if err != nil {
		return fmt.Errorf("an encrypted track without tenc: %w", err)
	}
	r := &reader{b: schm}
	r.skip(4)
	e.name, e.scheme = string(frma[:min(len(frma), 4)]), string(r.bytes(4))
	r = &reader{b: tenc}
	r.skip(8) // version, flags, reserved, pattern, is protected, IV size
	e.keyID = hex.EncodeToString(r.bytes(16))
	return r.err("tenc")
}

// checkEncryption wants a fragment of an encrypted track to say where its sample's clear bytes are, in one place
// (ISO/IEC 23000-19 §8.2.2).
func (c *checker) checkEncryption(where string, traf []box) {
	if c.track.entry.scheme == "" {
		return
	}
	offsets := find(traf, "saio")
	known := len(find(traf, "senc")) > 0 || len(find(traf, "saiz")) > 0 && len(offsets) > 0
	// Of full-sample encryption with a constant IV nothing needs to be said, and nothing is.
	c.report.unless(known || len(offsets) == 0, cmafEncryption, where, "saio without saiz, and no senc")
	for _, saio := range offsets {
		r := &reader{b: saio.body}
		if _, flags := r.versionFlags(); flags&1 != 0 {
			r.skip(8)
		}
		count := r.u32()
		c.report.unless(count == 1, cmafEncryption, where, "saio counts %d entries", count)
	}
}
