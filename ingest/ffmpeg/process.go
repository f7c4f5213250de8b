package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"headwater/ingest/ffmpeg/sandbox"
)

// process is one contained run of ffmpeg or ffprobe and those who read what it writes.
type process struct {
	program string // "ffmpeg" or "ffprobe"
	args    []string
	source  *os.File
	limits  Limits // no zero field
	// readers read the pipes that the program has as descriptors 4, 5, … What they read counts as output and progress.
	readers []func(io.Reader) error
	// report, if set, reads one more pipe, which does not count.
	report func(io.Reader) error

	cancel context.CancelCauseFunc // ends the run; the first cause wins
	stall  *time.Timer
	bytes  atomic.Int64 // read from the pipes that count
}

// run starts the program and returns when it, all readers and everything that was started for them have ended. The
// error is nil or a *RunError.
func (p *process) run(ctx context.Context) error {
	if ctx.Err() != nil {
		return newRunError(p.program, "", canceled(ctx))
	}
	// The kernel ends the program with the thread that started it: hold on to that thread until the program has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	running, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	p.cancel = cancel
	defer context.AfterFunc(ctx, func() { cancel(canceled(ctx)) })()
	defer time.AfterFunc(p.limits.Wall, func() {
		cancel(&LimitError{"time", fmt.Sprintf("took longer than %s", p.limits.Wall)})
	}).Stop()
	p.stall = time.AfterFunc(p.limits.Stall, func() {
		cancel(&LimitError{"stall", fmt.Sprintf("made no progress for %s", p.limits.Stall)})
	})
	defer p.stall.Stop()

	var text tail
	exit, readErrors := p.execute(running, &text)
	if exit == nil && readErrors == nil {
		return nil
	}
	cause := context.Cause(running)
	if cause == nil && exit != nil {
		cause = exitCause(exit, text.String(), p.limits)
	}
	if cause == nil {
		cause = readErrors
	}
	return newRunError(p.program, text.String(), cause)
}

// execute runs the program to its end. It returns how that ended, and the errors of readers that are no cause of it.
func (p *process) execute(ctx context.Context, stderr io.Writer) (exit, readErrors error) {
	path, err := exec.LookPath(p.program)
	if err != nil {
		return fmt.Errorf("%w (install the package ffmpeg)", err), nil
	}
	readers := slices.Clone(p.readers)
	if p.report != nil {
		readers = append(readers, p.report)
	}
	ours, theirs, err := pipes(len(readers))
	if err != nil {
		return err, nil
	}
	defer closeAll(ours)
	defer closeAll(theirs)
	policy := sandbox.Policy{MemoryBytes: p.limits.MemoryBytes, CPU: p.limits.CPU, Source: p.source, Files: theirs}
	cmd, err := sandbox.Command(ctx, policy, path, p.args...)
	if err != nil {
		return err, nil
	}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		return err, nil
	}
	closeAll(theirs)
	// A descendant that left the process group may hold a pipe open for ever: stop reading when the run is ended.
	defer context.AfterFunc(ctx, func() { interruptAll(ours) })()
	wait := p.read(ours, readers)
	exit = cmd.Wait()
	return exit, wait()
}

// read starts the readers and returns a function that waits for them and joins what they could not blame on anything
// else.
func (p *process) read(pipes []*os.File, readers []func(io.Reader) error) (wait func() error) {
	var running sync.WaitGroup
	failures := make([]error, len(pipes))
	for i, pipe := range pipes {
		running.Go(func() {
			m := &meter{process: p, pipe: pipe, counts: i < len(p.readers)}
			failures[i] = m.feed(readers[i])
			// A reader that fails before the end of its input is a cause. One that fails at the end may suffer from a
			// program that died, whose own words are better.
			if failures[i] != nil && !m.ended {
				p.cancel(failures[i])
			}
		})
	}
	return func() error {
		running.Wait()
		return errors.Join(failures...)
	}
}

// advance tells that the program makes progress.
func (p *process) advance() { p.stall.Reset(p.limits.Stall) }

// meter is the pipe as a reader sees it: counted and limited.
type meter struct {
	process *process
	pipe    *os.File
	counts  bool
	ended   bool // the reader has seen the end
}

// feed lets read have the pipe, throws away what it leaves and turns a panic into an error: readers parse bytes that a
// hostile file may have shaped.
func (m *meter) feed(read func(io.Reader) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if err := read(m); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, m)
	return err
}

// Read implements io.Reader.
func (m *meter) Read(b []byte) (int, error) {
	n, err := m.pipe.Read(b)
	m.ended = m.ended || errors.Is(err, io.EOF)
	if n > 0 && m.counts {
		m.process.advance()
		if m.process.bytes.Add(int64(n)) > m.process.limits.OutputBytes {
			return 0, &LimitError{"size", fmt.Sprintf("wrote more than %d bytes", m.process.limits.OutputBytes)}
		}
	}
	return n, err
}

// pipes opens n pipes and returns their two ends.
func pipes(n int) (ours, theirs []*os.File, err error) {
	for range n {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(ours)
			closeAll(theirs)
			return nil, nil, err
		}
		ours, theirs = append(ours, r), append(theirs, w)
	}
	return ours, theirs, nil
}

// closeAll closes files, some of which may be closed already.
func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// interruptAll lets pending and later reads fail.
func interruptAll(files []*os.File) {
	for _, f := range files {
		_ = f.SetReadDeadline(time.Unix(1, 0)) // fails only on a file that is closed already
	}
}
