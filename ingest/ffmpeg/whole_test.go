package ffmpeg

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestCheckWhole(t *testing.T) {
	const ftyp = "\x00\x00\x00\x0cftypisom"
	const ebml = "\x1a\x45\xdf\xa3\x84webm"
	f := func(name, file, want string) {
		t.Helper()
		err := checkWhole(strings.NewReader(file), int64(len(file)))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case want != "" && (!errors.Is(err, ErrNotMedia) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want ErrNotMedia with %q", name, err, want)
		}
	}
	f("whole", ftyp+"\x00\x00\x00\x09mdatx", "")
	f("cut in mdat", ftyp+"\x00\x00\x00\x0amdatx", "its mdat box says 10 bytes, and 9 are there")
	f("cut in a long mdat", ftyp+"\x00\x00\x00\x01mdat\x00\x00\x00\x01\x00\x00\x00\x00x", "says 4294967296 bytes, and 17 are there")
	f("cut in moov", "\x00\x00\x01\x00moov....", "its moov box")
	f("mdat to the end", ftyp+"\x00\x00\x00\x00mdatx", "")
	f("unknown box after the known ones", ftyp+"\xff\xff\xff\xffjunkxxxx", "")
	f("a few bytes after the last box", ftyp+"abc", "")
	f("size too small", "\x00\x00\x00\x04ftypisom....", "")
	f("other container", "RIFF\xff\xff\xff\xffAVI xxxx", "")
	f("empty", "", "")

	f("whole segment", ebml+"\x18\x53\x80\x67\x82xx", "")
	f("cut segment", ebml+"\x18\x53\x80\x67\x83xx", "its segment says 3 bytes, and 2 are there")
	f("cut segment of long size", ebml+"\x18\x53\x80\x67\x01\x00\x00\x00\x00\x00\x01\x00xx", "says 256 bytes")
	f("segment of unknown size", ebml+"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xffxx", "")
	f("segment without size", ebml+"\x18\x53\x80\x67", "")
	f("header beyond the file", "\x1a\x45\xdf\xa3\x40\xffwebmwebm", "")
}

func FuzzCheckWhole(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x0cftypisom\x00\x00\x00\x01mdat\x00\x00\x00\x01\x00\x00\x00\x00x"))
	f.Add([]byte("\x1a\x45\xdf\xa3\x84webm\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xffxx"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if err := checkWhole(bytes.NewReader(file), int64(len(file))); err != nil && !errors.Is(err, ErrNotMedia) {
			t.Fatal(err)
		}
	})
}
