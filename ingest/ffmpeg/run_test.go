package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"headwater/ingest/ffmpeg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// generate creates a tiny media file with ffmpeg's own generators and opens it as Run and Probe want it.
func generate(t testing.TB, name string, args ...string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	out, err := exec.Command("ffmpeg", append(append([]string{"-nostdin", "-v", "error"}, args...), path)...).CombinedOutput()
	if err != nil {
		t.Fatalf("generate %s: %v %s", name, err, out)
	}
	return open(t, path)
}

func open(t testing.TB, path string) *os.File {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// clip is 2 s of H.264 at 25 Hz and AAC.
func clip(t testing.TB) *os.File {
	t.Helper()
	return generate(t, "clip.mp4", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=2",
		"-f", "lavfi", "-i", "sine=duration=2", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
}

func discard(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// endless decodes the source again and again, so that only a limit or a cancel ends the run.
func endless(source *os.File, outputs ...func(io.Reader) error) Command {
	c := Command{Source: source, InputArgs: []string{"-stream_loop", "-1"}, Outputs: outputs}
	for i := range outputs {
		c.OutputArgs = append(c.OutputArgs, "-map", "0:v", "-f", "rawvideo", OutputURL(i))
	}
	return c
}

func TestRun_Outputs(t *testing.T) {
	var sizes [2]int64
	count := func(i int) func(io.Reader) error {
		return func(r io.Reader) (err error) {
			sizes[i], err = io.Copy(io.Discard, r)
			return err
		}
	}
	var last Progress
	reports := 0
	err := Run(t.Context(), Command{
		Source: clip(t),
		OutputArgs: []string{
			"-map", "0:v", "-f", "rawvideo", "-pix_fmt", "gray", OutputURL(0),
			"-map", "0:a", "-f", "s16le", OutputURL(1),
		},
		Outputs:  []func(io.Reader) error{count(0), count(1)},
		Duration: 2 * time.Second,
		OnProgress: func(p Progress) {
			if p.Fraction < last.Fraction {
				t.Errorf("progress falls from %v to %v", last.Fraction, p.Fraction)
			}
			last = p
			reports++
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(320 * 180 * 50); sizes[0] != want {
		t.Errorf("video output has %d bytes, want %d", sizes[0], want)
	}
	if sizes[1] < 2*44100*2 {
		t.Errorf("audio output has %d bytes", sizes[1])
	}
	if reports == 0 || last.Fraction != 1 || last.Frames != 50 || last.OutTime < 1900*time.Millisecond {
		t.Errorf("after %d reports the last is %+v", reports, last)
	}
}

// An output that is satisfied early does not end the run of the others.
func TestRun_OutputReturnsEarly(t *testing.T) {
	err := Run(t.Context(), Command{
		Source:     clip(t),
		OutputArgs: []string{"-map", "0:v", "-f", "rawvideo", OutputURL(0)},
		Outputs:    []func(io.Reader) error{func(r io.Reader) error { return nil }},
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRun_FirstCauseWins(t *testing.T) {
	errStore := errors.New("no space left")
	source := clip(t)
	f := func(name string, c Command, want error, reason string) {
		t.Run(name, func(t *testing.T) {
			err := Run(t.Context(), c)
			var run *RunError
			if !errors.As(err, &run) || want != nil && !errors.Is(err, want) || !strings.Contains(run.Reason, reason) {
				t.Errorf("error %v, want %v with %q", err, want, reason)
			}
			if strings.Contains(err.Error(), "\n") || len(run.Tail) > maxTail+100 {
				t.Errorf("error %q, tail of %d bytes", err, len(run.Tail))
			}
		})
	}
	f("output", endless(source, func(r io.Reader) error {
		if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
			return err
		}
		return errStore
	}, discard), errStore, "no space left")
	f("output panics", endless(source, func(io.Reader) error { panic("index out of range") }), nil, "panic: index out of range")
	f("ffmpeg", Command{
		Source:     source,
		OutputArgs: []string{"-map", "0:v", "-c:v", "no-such-encoder", "-f", "rawvideo", OutputURL(0)},
		Outputs: []func(io.Reader) error{func(r io.Reader) error {
			_, err := io.ReadFull(r, make([]byte, 1000))
			return err
		}},
	}, nil, "Unknown encoder 'no-such-encoder'")
	f("output of a run that ended well", Command{
		Source:     source,
		OutputArgs: []string{"-map", "0:v", "-f", "rawvideo", OutputURL(0)},
		Outputs: []func(io.Reader) error{func(r io.Reader) error {
			return errors.Join(discard(r), errStore)
		}},
	}, errStore, "no space left")
}

func TestRun_Limits(t *testing.T) {
	source := clip(t)
	f := func(limit string, limits Limits, c Command) {
		t.Run(limit, func(t *testing.T) {
			c.Limits = limits
			err := Run(t.Context(), c)
			var over *LimitError
			if !errors.As(err, &over) || over.Limit != limit || !errors.Is(err, ErrLimit) {
				t.Errorf("error %v, want the %s limit", err, limit)
			}
		})
	}
	f("time", Limits{Wall: 100 * time.Millisecond}, endless(source, discard))
	f("cpu", Limits{CPU: time.Second}, endless(source, discard))
	f("size", Limits{OutputBytes: 1 << 20}, endless(source, discard))
	f("memory", Limits{MemoryBytes: 1 << 30}, Command{
		Source:     source,
		OutputArgs: []string{"-map", "0:v", "-vf", "scale=32000:16000", "-f", "rawvideo", OutputURL(0)},
		Outputs:    []func(io.Reader) error{discard},
	})
	slow := endless(source, discard)
	slow.OutputArgs = append([]string{"-vf", "realtime=limit=1000:speed=0.001"}, slow.OutputArgs...)
	f("stall", Limits{Stall: 200 * time.Millisecond}, slow)
}

func TestRun_Cancel(t *testing.T) {
	source := clip(t)
	errStop := errors.New("the job was deleted")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := Run(ctx, endless(source, func(r io.Reader) error {
		if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
			return err
		}
		cancel(errStop)
		return discard(r)
	}))
	if !errors.Is(err, ErrCanceled) || !errors.Is(err, errStop) {
		t.Errorf("error %v, want the cause of the cancel", err)
	}
	if err := Run(ctx, endless(source, discard)); !errors.Is(err, ErrCanceled) {
		t.Errorf("a run under a canceled context: %v", err)
	}
}

func TestRun_RefusesSecondInput(t *testing.T) {
	err := Run(t.Context(), Command{Source: clip(t), OutputArgs: []string{"-i", "/etc/passwd"}})
	if err == nil || !strings.Contains(err.Error(), "input of their own") {
		t.Error(err)
	}
}

func TestRun_LeavesNothing(t *testing.T) {
	source := clip(t)
	sandbox.Detect()
	runs := func() {
		ctx, cancel := context.WithCancel(t.Context())
		_ = Run(ctx, endless(source, func(r io.Reader) error { cancel(); return discard(r) }))
		_ = Run(t.Context(), endless(source, func(io.Reader) error { return io.ErrShortWrite }))
		_ = Run(t.Context(), Command{Source: source, OutputArgs: []string{"-bad"}, Outputs: []func(io.Reader) error{discard}})
	}
	runs()
	files, goroutines := descriptors(t), runtime.NumGoroutine()
	for range 5 {
		runs()
	}
	if now := descriptors(t); now > files {
		t.Errorf("%d descriptors, before %d", now, files)
	}
	// Timers and contexts that have ended may still be unwinding.
	for range 1000 {
		if runtime.NumGoroutine() <= goroutines {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines, before %d", runtime.NumGoroutine(), goroutines)
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// A parent that is killed takes ffmpeg along, though nothing of ours is left to end it.
func TestRun_DiesWithParent(t *testing.T) {
	if os.Getenv("RUN_AS_PARENT") != "" {
		_ = Run(t.Context(), endless(open(t, os.Getenv("RUN_AS_PARENT")), func(r io.Reader) error {
			if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
				return err
			}
			fmt.Println("started")
			select {} // ffmpeg neither advances nor ends
		}))
		return
	}
	source := clip(t)
	cmd := exec.Command("/proc/self/exe", "-test.run", "^TestRun_DiesWithParent$")
	cmd.Env = append(os.Environ(), "RUN_AS_PARENT="+source.Name())
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(output, make([]byte, len("started\n"))); err != nil {
		t.Fatal(err)
	}
	children := childrenOf(t, cmd.Process.Pid)
	if len(children) != 1 {
		t.Fatalf("the parent has children %v, want ffmpeg alone", children)
	}
	child, err := unix.PidfdOpen(children[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	// Returns when ffmpeg has ended; a failure shows as the time limit of the tests.
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(child), Events: unix.POLLIN}}, -1)
		if n == 1 {
			return
		}
		if !errors.Is(err, unix.EINTR) {
			t.Fatal(err)
		}
	}
}

func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, child)
		}
	}
	return children
}
