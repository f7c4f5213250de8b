package ingest

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"

	"headwater/ingest/ffmpeg"
	"headwater/packager"
	"headwater/packager/fmp4"
)

// batch is a set of tracks on one grid: all that a generation needs.
type batch struct {
	grid   packager.Grid
	tracks []packager.Track
	// unstored are the tracks whose files still lie in the scratch folder.
	unstored []packager.TrackID
	// tables are the sample tables that are not stored yet.
	tables map[packager.TrackID][]byte
}

// add takes a track that was just made or read.
func (b *batch) add(t packager.Track, sampleTable []byte) {
	b.tracks = append(b.tracks, t)
	if b.tables == nil {
		b.tables = map[packager.TrackID][]byte{}
	}
	b.tables[t.ID] = sampleTable
}

// maxCopiedDrift is how far the packets of copied audio may lie from where counting samples puts them.
const maxCopiedDrift = 5 * time.Millisecond

func trackName(id packager.TrackID) string { return string(id) + ".mp4" }
func spoolName(id packager.TrackID) string { return string(id) + ".spool" }

// kitchen is one run of a recipe: one entry an output.
type kitchen struct {
	*job
	plan    *ffmpeg.Plan
	outputs []ffmpeg.Output
	ids     []packager.TrackID
	video   []fmp4.VideoResult
	cuts    []fmp4.Instant
}

// cook runs a recipe and packages its outputs into files of the scratch folder. Video is packaged while it is made;
// audio waits in a spool file until the grid is known. cuts are the planned ones; nil makes a grid of the key frames.
func (j *job) cook(ctx context.Context, plan *ffmpeg.Plan, recipe *ffmpeg.Recipe, stage string, cuts []fmp4.Instant) (*batch, error) {
	k := &kitchen{job: j, plan: plan, outputs: recipe.Outputs, cuts: cuts, video: make([]fmp4.VideoResult, len(recipe.Outputs))}
	command := ffmpeg.Command{
		Source:     j.source,
		InputArgs:  recipe.InputArgs,
		OutputArgs: recipe.OutputArgs,
		Duration:   ffmpeg.Rational{Num: 1, Den: int64(plan.Timescale)}.Duration(plan.End - plan.Zero),
		Limits:     j.cfg.Limits,
		OnProgress: func(p ffmpeg.Progress) {
			j.report(ctx, Progress{Stage: stage, Fraction: p.Fraction, Speed: p.Speed})
		},
	}
	for i, output := range recipe.Outputs {
		k.ids = append(k.ids, newTrackID(output))
		command.Outputs = append(command.Outputs, k.consumer(i))
	}
	if err := ffmpeg.Run(ctx, command); err != nil {
		var run *ffmpeg.RunError
		if left := k.discard(); left != nil || recipe.Spare == nil || !errors.As(err, &run) || !run.Exited() {
			return nil, errors.Join(err, left)
		}
		j.log.Warn("sound of the source not kept", zap.String("asset_id", string(j.asset)), zap.Error(err))
		return j.cook(ctx, plan, recipe.Spare, stage, cuts)
	}
	b, err := k.assemble()
	if err != nil {
		return nil, errors.Join(err, k.discard())
	}
	return b, nil
}

// newTrackID returns a name that tells people what the track is, such as v720-… or a2-….
func newTrackID(output ffmpeg.Output) packager.TrackID {
	kind := "a" + strconv.Itoa(output.Channels)
	if output.Kind == packager.Video {
		kind = "v" + strconv.Itoa(output.Height)
	}
	return packager.TrackID(kind + "-" + newID())
}

// discard removes what a failed run wrote.
func (k *kitchen) discard() error {
	var errs []error
	for _, id := range k.ids {
		for _, name := range []string{trackName(id), spoolName(id)} {
			if err := os.Remove(k.workdir.Path(name)); !errors.Is(err, os.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// consumer returns what reads output i while ffmpeg runs.
func (k *kitchen) consumer(i int) func(io.Reader) error {
	if k.outputs[i].Kind == packager.Audio {
		return func(r io.Reader) error {
			return k.write(spoolName(k.ids[i]), func(w io.Writer) error {
				_, err := io.Copy(w, r)
				return err
			})
		}
	}
	return func(r io.Reader) error {
		return k.write(trackName(k.ids[i]), func(w io.Writer) (err error) {
			k.video[i], err = fmp4.PackageVideo(w, r, k.videoConfig(i))
			return err
		})
	}
}

// writeBytes is how much of a file is written at a time. The kernel caches a file in pieces as large as it was written
// in, and a track file that lies in large pieces costs up to a fifth less to send.
const writeBytes = 1 << 20

// write makes a file of the scratch folder.
func (k *kitchen) write(name string, content func(io.Writer) error) error {
	f, err := os.OpenFile(k.workdir.Path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, writeBytes)
	if err = content(w); err == nil {
		err = w.Flush()
	}
	return errors.Join(err, f.Close())
}

func (k *kitchen) videoConfig(i int) fmp4.VideoConfig {
	output := &k.outputs[i]
	return fmp4.VideoConfig{ID: k.ids[i], Language: output.Language, Label: output.Label, Role: output.Role, Cuts: k.cuts, Light: output.Light}
}

// assemble checks that all video was cut alike, packages the audio on that grid and returns the whole.
func (k *kitchen) assemble() (*batch, error) {
	b := &batch{grid: packager.Grid{ID: packager.GridID("g-" + newID())}}
	zero := fmp4.Instant{Ticks: k.plan.Zero, Timescale: k.plan.Timescale}
	for i := range k.outputs {
		if k.outputs[i].Kind == packager.Video {
			if err := b.addVideo(&k.video[i]); err != nil {
				return nil, err
			}
			zero = k.video[i].Zero
		}
	}
	for i := range k.outputs {
		if k.outputs[i].Kind == packager.Audio && !k.outputs[i].Silence {
			if err := k.addAudio(b, i, zero); err != nil {
				if err = k.leaveOut(i, err); err != nil {
					return nil, err
				}
			}
		}
	}
	for i := range b.tracks {
		b.unstored = append(b.unstored, b.tracks[i].ID)
	}
	b.order()
	return b, nil
}

// addVideo takes the grid of the first video track and demands it of all others, in exact ticks.
func (b *batch) addVideo(made *fmp4.VideoResult) error {
	if len(b.tracks) == 0 {
		b.grid.Timescale, b.grid.Cuts = made.Track.Timescale, made.Cuts
	}
	b.add(made.Track, made.SampleTable)
	return b.sameGrid(made.Track.ID, made.Track.Timescale, made.Cuts)
}

// sameGrid compares cuts in timescale with the grid.
func (b *batch) sameGrid(of packager.TrackID, timescale packager.Timescale, cuts []packager.Ticks) error {
	if len(cuts) != len(b.grid.Cuts) {
		return fmt.Errorf("track %s is cut into %d fragments, the others into %d: renditions would not switch cleanly",
			of, len(cuts)-1, b.grid.Intervals())
	}
	for i, cut := range cuts {
		if want := b.grid.Cuts[i]; packager.CompareTicks(cut, timescale, want, b.grid.Timescale) != 0 {
			return fmt.Errorf("track %s: cut %d lies at %d/%d s, that of the others at %d/%d s: renditions would not switch cleanly",
				of, i, cut, timescale, want, b.grid.Timescale)
		}
	}
	return nil
}

// addAudio packages the spool of output i. Without video the first track makes the grid.
func (k *kitchen) addAudio(b *batch, i int, zero fmp4.Instant) error {
	output, id := &k.outputs[i], k.ids[i]
	spool, err := os.Open(k.workdir.Path(spoolName(id)))
	if err != nil {
		return err
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	cfg := fmp4.AudioConfig{ID: id, Language: output.Language, Label: output.Label, Role: output.Role, Default: output.Default, Zero: zero}
	if len(b.tracks) > 0 {
		cfg.Grid = &b.grid
	} else {
		cfg.End = fmp4.Instant{Ticks: k.plan.End, Timescale: k.plan.Timescale}
	}
	if next := i + 1; next < len(k.outputs) && k.outputs[next].Silence {
		silence, err := os.Open(k.workdir.Path(spoolName(k.ids[next])))
		if err != nil {
			return err
		}
		defer os.Remove(silence.Name())
		defer silence.Close()
		cfg.Silence = silence
	}
	var made fmp4.AudioResult
	err = k.write(trackName(id), func(w io.Writer) (err error) {
		made, err = fmp4.PackageAudio(w, spool, cfg)
		return err
	})
	if err != nil {
		return err
	}
	if len(b.tracks) == 0 {
		b.grid.Timescale, b.grid.Cuts = made.Track.Timescale, made.Cuts
	}
	if err := checkAudio(output, &made, &b.grid); err != nil {
		return err
	}
	b.add(made.Track, made.SampleTable)
	return nil
}

// leaveOut removes what was written of output i, if the rest is whole without it and err says that it cannot be stored;
// otherwise it returns err.
func (k *kitchen) leaveOut(i int, err error) error {
	if !k.outputs[i].Expendable || !mustEncode(err) {
		return err
	}
	k.log.Warn("sound of the source not kept", zap.String("asset_id", string(k.asset)), zap.Int("stream", k.outputs[i].Stream),
		zap.String("codec", k.outputs[i].Codec), zap.Error(err))
	return os.Remove(k.workdir.Path(trackName(k.ids[i])))
}

// checkAudio refuses audio that would leave a gap or drift from the picture. What is expendable may end at the packet that
// ends nearest to the end of the grid, and must be cut as [packager.Presentation.Validate] wants it.
func checkAudio(output *ffmpeg.Output, made *fmp4.AudioResult, grid *packager.Grid) error {
	drift := ffmpeg.Rational{Num: 1, Den: int64(made.Track.Timescale)}.Duration(made.MaxDrift)
	short := made.ShortBy
	if output.Expendable && 2*short <= packager.Ticks(made.Track.Audio.FrameSamples) {
		short = 0
	}
	switch {
	case short > 0 && output.Copy, drift > maxCopiedDrift && output.Copy:
		return &fmp4.UnsuitableError{Reason: fmt.Sprintf("the sound of stream %d has gaps or ends early", output.Stream)}
	case short > 0:
		return fmt.Errorf("the sound of stream %d ends %d/%d s before the picture", output.Stream, made.ShortBy, made.Track.Timescale)
	case output.Expendable:
		alone := packager.Presentation{Asset: "alone", Generation: 1, Grid: *grid, Tracks: []packager.Track{made.Track}}
		if err := alone.Validate(); err != nil {
			return &fmp4.UnsuitableError{Reason: err.Error()}
		}
	}
	return nil
}

// join returns the tracks of both batches, which must be cut alike, on the grid of b.
func (b *batch) join(other *batch) (*batch, error) {
	if err := b.sameGrid(other.tracks[0].ID, other.grid.Timescale, other.grid.Cuts); err != nil {
		return nil, err
	}
	joined := &batch{
		grid: b.grid, tracks: slices.Concat(b.tracks, other.tracks), unstored: slices.Concat(b.unstored, other.unstored),
		tables: map[packager.TrackID][]byte{},
	}
	maps.Copy(joined.tables, b.tables)
	maps.Copy(joined.tables, other.tables)
	joined.order()
	return joined, nil
}

// order puts video by falling height first, then audio with the default one first, else as it came.
func (b *batch) order() {
	rank := func(t *packager.Track) (kind, height, preference int) {
		if t.Kind == packager.Video {
			return 0, -int(t.Video.Height), 0
		}
		if t.Default {
			return 1, 0, 0
		}
		return 1, 0, 1
	}
	slices.SortStableFunc(b.tracks, func(x, y packager.Track) int {
		xKind, xHeight, xPreference := rank(&x)
		yKind, yHeight, yPreference := rank(&y)
		return cmp.Or(cmp.Compare(xKind, yKind), cmp.Compare(xHeight, yHeight), cmp.Compare(xPreference, yPreference))
	})
}

// presentation returns what b plays as a generation of an asset.
func (b *batch) presentation(asset packager.AssetID, generation uint32) *packager.Presentation {
	return &packager.Presentation{Asset: asset, Generation: generation, Grid: b.grid, Tracks: b.tracks}
}
