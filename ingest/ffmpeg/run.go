package ffmpeg

import (
	"context"
	"fmt"
	"io"
	"slices"
)

// Run runs ffmpeg, contained, until it and all outputs have ended. The error is nil or a *RunError that wraps the first
// real cause; in particular an error of an output wins over the broken pipe it causes, and ffmpeg's own failure wins
// over the truncated outputs it leaves. When Run returns, no process, goroutine or descriptor of the run is left.
//
// Outputs read concurrently: one that blocks stops ffmpeg, and after Limits.Stall the run. Ending ctx ends the whole
// process group at once. Were this process killed, the kernel would end ffmpeg too.
func Run(ctx context.Context, c Command) error {
	if slices.Contains(c.InputArgs, "-i") || slices.Contains(c.OutputArgs, "-i") {
		return fmt.Errorf("ffmpeg: arguments name an input of their own: %q %q", c.InputArgs, c.OutputArgs)
	}
	p := &process{
		program: "ffmpeg",
		args:    c.arguments(),
		source:  c.Source,
		limits:  c.Limits.orDefaults(),
		readers: c.Outputs,
	}
	p.report = func(r io.Reader) error { return p.watch(r, &c) }
	return p.run(ctx)
}

// arguments returns the whole command line. Progress goes to the pipe after those of the outputs.
func (c *Command) arguments() []string {
	args := []string{"-nostdin", "-hide_banner", "-v", "error", "-nostats", "-progress", OutputURL(len(c.Outputs))}
	args = append(args, guards()...)
	args = append(args, c.InputArgs...)
	args = append(args, "-i", sourceURL)
	return append(args, c.OutputArgs...)
}

// watch reads ffmpeg's report. Only time or frames that advance count as progress: the report itself comes on a clock.
func (p *process) watch(r io.Reader, c *Command) error {
	var last Progress
	return readProgress(r, func(now Progress, done bool) {
		if now.Frames > last.Frames || now.OutTime > last.OutTime {
			p.advance()
		}
		last = now
		if c.OnProgress != nil {
			c.OnProgress(now.complete(p.bytes.Load(), c.Duration, done))
		}
	})
}
