package fmp4

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
)

// TestPackageAudio_opusPreSkip holds that the sample entry has the source's priming and rate, which Matroska writes the other
// way round (Encapsulation of Opus in ISO Base Media File Format §4.3.2).
func TestPackageAudio_opusPreSkip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.mka")
	ffmpeg(t, append(lavfi("sine=d=1:r=48000"), "-c:a", "libopus", path)...)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head := content[bytes.Index(content, []byte("OpusHead")):]
	preSkip, rate := binary.LittleEndian.Uint16(head[10:]), binary.LittleEndian.Uint32(head[12:])
	_, result := packageAudio(t, encode(t, "-i", path, "-c", "copy"), AudioConfig{})
	moov, err := initMoov(result.Track.Init)
	if err != nil {
		t.Fatal(err)
	}
	dops := entry(moov.Trak).(*mp4.AudioSampleEntryBox).Dops
	if preSkip == 0 || dops.PreSkip != preSkip || dops.InputSampleRate != rate || dops.Version != 0 {
		t.Errorf("%+v, want a pre-skip of %d at %d Hz", dops, preSkip, rate)
	}
}
