package ffmpeg

import (
	"strings"

	"headwater/ingest/ffmpeg/sandbox"
)

// sourceURL is what ffmpeg opens. It has no name to guess a format from.
const sourceURL = sandbox.SourcePath

// formats are the demuxers that may read a source: those of files that people upload and that refer to no other file
// or address. Playlists (hls, dash), scripts (concat), image sequences, devices and network protocols are missing on
// purpose.
var formats = strings.Join([]string{
	"mov", "matroska", "mpegts", "mpeg", "avi", "flv", "asf", "mxf", "gxf", "nut", "ogg", "ivf", "dv", "rm", "wtv", "gif",
	"wav", "w64", "aiff", "caf", "au", "amr", "flac", "mp3", "aac", "ac3", "eac3", "dts", "wv", "ape", "tta", "tak",
}, ",")

// guards are options of the input that both programs get, equal ones so that they see the same streams.
func guards() []string {
	return []string{
		"-protocol_whitelist", "file,pipe",
		"-format_whitelist", formats,
		"-probesize", "32M",
		"-analyzeduration", "15M", // microseconds; some streams of a transport stream begin late
	}
}
