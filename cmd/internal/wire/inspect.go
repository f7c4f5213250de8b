package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/ingest/catalog"
	"headwater/ingest/ffmpeg"
	"headwater/packager"
	"headwater/packager/fmp4"
)

// InspectAsset describes the published generation of the asset and the state of its last job.
func (s *System) InspectAsset(ctx context.Context, id packager.AssetID) (inspection *report.Inspection, err error) {
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		inspection, err = c.inspect(ctx, id)
		return err
	})
	return inspection, err
}

func (c *controlPlane) inspect(ctx context.Context, id packager.AssetID) (*report.Inspection, error) {
	asset, err := c.catalog.Asset(ctx, id)
	if err != nil {
		return nil, err
	}
	inspection := &report.Inspection{Name: string(id), Kind: "asset", State: string(asset.State)}
	if asset.State != catalog.Deleted {
		inspection.Visibility, inspection.Policy = string(asset.Visibility), asset.Policy
		inspection.PublishAt, inspection.ExpireAt = asset.PublishAt, asset.ExpireAt
	}
	jobs, err := c.catalog.Jobs(ctx, catalog.JobFilter{Asset: id, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(jobs) > 0 {
		inspection.Reason = jobState(jobs[0])
	}
	if asset.State != catalog.Ready {
		return inspection, nil
	}
	p, err := loadPresentation(ctx, c.store, id, asset.Generation)
	if err != nil {
		return nil, err
	}
	inspection.Presentation(p)
	return inspection, nil
}

// jobState says in one line what a job is doing or why it failed.
func jobState(job catalog.Job) string {
	switch job.State {
	case catalog.JobRunning:
		return fmt.Sprintf("%s: %s, %d %%", job.Kind, job.Progress.Stage, job.Progress.Permille/10)
	case catalog.JobFailed:
		return fmt.Sprintf("%s failed: %s", job.Kind, job.Reason)
	default:
		return ""
	}
}

// InspectFile describes a track file, a presentation index or any media file. It needs no data folder.
func InspectFile(ctx context.Context, _ *config.Config, path string) (*report.Inspection, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // a pipe must not block
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	inspection := &report.Inspection{Name: path, SizeBytes: info.Size()}
	if p, err := readIndex(file, info.Size()); err == nil {
		inspection.Kind = "presentation index"
		inspection.Presentation(p)
		return inspection, nil
	}
	if track, _, err := fmp4.Scan(file, info.Size(), "file"); err == nil {
		inspection.Kind = "track file"
		inspection.Tracks = []report.Track{report.PackagedTrack(&track)}
		inspection.DurationSeconds = inspection.Tracks[0].DurationSeconds
		return inspection, nil
	}
	return inspection, inspectMedia(ctx, file, inspection)
}

func readIndex(file io.ReaderAt, sizeBytes int64) (*packager.Presentation, error) {
	if sizeBytes > packager.MaxIndexBytes {
		return nil, packager.ErrBadIndex
	}
	index, err := io.ReadAll(io.NewSectionReader(file, 0, sizeBytes))
	if err != nil {
		return nil, err
	}
	return packager.ParseIndex(index)
}

// inspectMedia fills in what ffprobe finds. It reads a copy when others may not read the file, because ffprobe may run
// as another user.
func inspectMedia(ctx context.Context, file *os.File, inspection *report.Inspection) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o004 == 0 {
		copied, err := readableCopy(file)
		if err != nil {
			return err
		}
		defer copied.Close()
		file = copied
	}
	source, err := ffmpeg.Probe(ctx, file)
	if err != nil {
		return err
	}
	inspection.Kind, inspection.Format = "media file", source.Format
	inspection.DurationSeconds = source.Duration().Seconds()
	inspection.Tracks = sourceTracks(&source)
	return nil
}

// readableCopy returns a copy of file that everybody may read and that has no name.
func readableCopy(file *os.File) (*os.File, error) {
	dir, err := os.MkdirTemp("", "headwater-inspect-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	copied, err := os.OpenFile(filepath.Join(dir, "copy"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return nil, err
	}
	if _, err = io.Copy(copied, file); err == nil {
		err = copied.Chmod(0o444)
	}
	if err != nil {
		return nil, errors.Join(err, copied.Close())
	}
	return copied, nil
}

func sourceTracks(source *ffmpeg.Source) (tracks []report.Track) {
	if v := source.Video; v != nil {
		vision := ""
		if v.HDR.DolbyVision != (ffmpeg.DolbyVision{}) {
			vision = v.HDR.DolbyVision.String()
		}
		tracks = append(tracks, report.Track{
			ID: fmt.Sprint(v.Index), Kind: packager.Video.String(), Codec: v.Codec, Width: v.Width, Height: v.Height,
			FrameRate:  float64(v.AverageFrameRate.Num) / float64(v.AverageFrameRate.Den),
			VideoRange: v.Colour.VideoRange(), DolbyVision: vision, BitRate: v.BitRate, DurationSeconds: v.TimeBase.Seconds(v.End - v.Start),
		})
	}
	for i := range source.Audio {
		a := &source.Audio[i]
		tracks = append(tracks, report.Track{
			ID: fmt.Sprint(a.Index), Kind: packager.Audio.String(), Codec: a.Codec, Language: a.Language, Label: a.Title,
			Role: a.Role.String(), Default: a.Default, Channels: a.Channels, SampleRate: a.SampleRate, BitRate: a.BitRate,
			DurationSeconds: a.TimeBase.Seconds(a.End - a.Start),
		})
	}
	return tracks
}
