package ffmpeg

import (
	"context"
	"io"
	"os"
	"strconv"
)

// Restarts reports a transport or program stream whose times go back: pieces of other recordings that were joined byte
// by byte. Each piece then claims the time of another, and the file must be mended before a plan can be made.
func (s *Source) Restarts() bool {
	return s.Video != nil && s.Video.Backwards > 0 && (s.Format == "mpegts" || s.Format == "mpeg")
}

// Mend copies the picture and the sound that source describes from file to mended, without decoding, as a NUT file whose
// times go on where those of file start again. The file must be readable by everybody, as for [Probe]. The error is that
// of [Run].
func Mend(ctx context.Context, file *os.File, source *Source, mended io.Writer, limits Limits) error {
	var maps []string
	if source.Video != nil {
		maps = append(maps, "-map", "0:"+strconv.Itoa(source.Video.Index))
	}
	for i := range source.Audio {
		maps = append(maps, "-map", "0:"+strconv.Itoa(source.Audio[i].Index))
	}
	return Run(ctx, Command{
		Source:     file,
		OutputArgs: append(maps, "-c", "copy", "-f", "nut", OutputURL(0)),
		Outputs: []func(io.Reader) error{func(r io.Reader) error {
			_, err := io.Copy(mended, r)
			return err
		}},
		Limits: limits,
	})
}
