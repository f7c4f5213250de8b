package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
)

// Policy is what one contained program may use.
type Policy struct {
	MemoryBytes int64         // address space; at least 1
	CPU         time.Duration // processor time of all threads together, rounded up to seconds; at least 1 s
	// Source becomes descriptor 3 and may be opened again as SourcePath. It must be a regular file that others may read
	// (mode 0444), because the program runs as another user when we are root.
	Source *os.File
	// Files become descriptors 4, 5, …
	Files []*os.File
}

// SourcePath is the name under which a contained program opens Policy.Source.
const SourcePath = "/proc/self/fd/3"

// marker is argv[0] of the second stage.
const marker = "headwater-sandbox"

// stage is what the first stage tells the second, as JSON in argv[1].
type stage struct {
	Landlock    bool
	User        int // to change to; 0 stays
	MemoryBytes uint64
	CPUSeconds  uint64
	Parent      int
	HasSource   bool
	// Program is executed; without one the second stage ends once the layers are in place.
	Program string
}

// mainCalled tells whether a second stage would be recognised. Without that, Command would start the whole program
// again and again.
var mainCalled atomic.Bool

// Command returns a command that runs program, an absolute path, contained. The caller sets Stdout and Stderr, starts
// it from a goroutine that has called runtime.LockOSThread and keeps the lock until Wait has returned: the kernel ends
// the program when the thread that started it ends. Cancelling ctx kills the process group.
func Command(ctx context.Context, policy Policy, program string, args ...string) (*exec.Cmd, error) {
	return command(ctx, Detect().layers, policy, program, args...)
}

func command(ctx context.Context, l layers, policy Policy, program string, args ...string) (*exec.Cmd, error) {
	if !mainCalled.Load() {
		return nil, errors.New("sandbox: Main must be the first call of main")
	}
	if err := policy.check(l); err != nil {
		return nil, fmt.Errorf("contain %s: %w", program, err)
	}
	config, err := json.Marshal(stage{
		Landlock:    l.landlock,
		User:        l.user,
		MemoryBytes: uint64(policy.MemoryBytes),
		CPUSeconds:  uint64((policy.CPU + time.Second - 1) / time.Second),
		Parent:      os.Getpid(),
		HasSource:   policy.Source != nil,
		Program:     program,
	})
	if err != nil {
		return nil, fmt.Errorf("contain %s: %w", program, err)
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args = append([]string{marker, string(config)}, args...)
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.ExtraFiles = append([]*os.File{policy.Source}, policy.Files...)
	cmd.SysProcAttr = l.attributes()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd, nil
}

func (p *Policy) check(l layers) error {
	if p.MemoryBytes < 1 || p.CPU <= 0 {
		return fmt.Errorf("memory limit %d bytes, CPU limit %s: both must be positive", p.MemoryBytes, p.CPU)
	}
	if p.Source == nil {
		return nil
	}
	info, err := p.Source.Stat()
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("source: not a regular file")
	}
	if l.user != 0 && info.Mode().Perm()&0o004 == 0 {
		return fmt.Errorf("source: mode %#o does not let user %d read it; want 0444", info.Mode().Perm(), l.user)
	}
	return nil
}
