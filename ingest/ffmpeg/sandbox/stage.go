package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// Main turns this process into a contained program if [Command] started it, and then does not return. Otherwise it
// returns at once. It must be called first in main, and in TestMain of tests that run contained programs.
func Main() {
	if len(os.Args) < 2 || os.Args[0] != marker {
		mainCalled.Store(true)
		return
	}
	// Credentials, the death signal and exec below belong to one thread.
	runtime.LockOSThread()
	if err := enter(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(ExitCode)
	}
	os.Exit(0)
}

// ExitCode is that of the second stage when it cannot contain or execute the program; its standard error says why.
const ExitCode = 126

// enter puts the layers in place and executes the program. It returns nil only when there is none to execute.
func enter(config string, args []string) error {
	var s stage
	if err := json.Unmarshal([]byte(config), &s); err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	if s.Landlock {
		if err := s.restrict(); err != nil {
			return fmt.Errorf("landlock: %w", err)
		}
	}
	if s.User != 0 {
		if err := becomeUser(s.User); err != nil {
			return err
		}
	}
	if err := dieWithParent(s.Parent); err != nil {
		return err
	}
	if err := s.limit(); err != nil {
		return err
	}
	if s.Program == "" {
		return nil
	}
	// Exec returns only when it fails.
	return fmt.Errorf("execute %s: %w", s.Program, syscall.Exec(s.Program, append([]string{s.Program}, args...), []string{}))
}

// libraries are the directories that the dynamic loader reads on common systems.
var libraries = []string{"/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64"}

// restrict allows to read and execute the program and the system's libraries and to read the source. All other
// accesses that the kernel can forbid are forbidden: of files, TCP, abstract sockets, signals to others. ffmpeg's path
// of the source is a link in /proc that leads to the file itself; following it needs no right on /proc.
func (s *stage) restrict() error {
	rules := []landlock.Rule{
		landlock.RODirs(libraries...).IgnoreIfMissing(),
		landlock.ROFiles("/etc/ld.so.cache", "/dev/urandom").IgnoreIfMissing(),
		landlock.RWFiles("/dev/null").IgnoreIfMissing(),
	}
	if s.Program != "" {
		rules = append(rules, landlock.ROFiles(s.Program))
	}
	if s.HasSource {
		rules = append(rules, landlock.PathAccess(readFile, SourcePath))
	}
	return landlock.V11.BestEffort().Restrict(rules...)
}

// readFile is LANDLOCK_ACCESS_FS_READ_FILE: unlike landlock.ROFiles without the right to execute.
const readFile landlock.AccessFSSet = 1 << 2

// becomeUser changes the user and group ids for good and drops all supplementary groups.
func becomeUser(id int) error {
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("drop groups: %w", err)
	}
	if err := syscall.Setresgid(id, id, id); err != nil {
		return fmt.Errorf("change to group %d: %w", id, err)
	}
	if err := syscall.Setresuid(id, id, id); err != nil {
		return fmt.Errorf("change to user %d: %w", id, err)
	}
	return nil
}

// dieWithParent asks for the death signal again, because the kernel forgets it when the user changes, and ends the
// process if the parent died before.
func dieWithParent(parent int) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("die with the parent: %w", err)
	}
	if unix.Getppid() != parent {
		return fmt.Errorf("the parent has died")
	}
	return nil
}

// maxDescriptors is far above what one source, a ladder of pipes and a thread pool need.
const maxDescriptors = 256

// limit sets the resource limits, memory last: from then on this process may be unable to allocate.
func (s *stage) limit() error {
	for _, l := range []struct {
		name       string
		resource   int
		soft, hard uint64
	}{
		{"core size", unix.RLIMIT_CORE, 0, 0},
		{"file size", unix.RLIMIT_FSIZE, 0, 0},
		{"descriptors", unix.RLIMIT_NOFILE, maxDescriptors, maxDescriptors},
		// At the soft limit comes SIGXCPU, by which the parent knows the cause; at the hard one SIGKILL.
		{"processor time", unix.RLIMIT_CPU, s.CPUSeconds, s.CPUSeconds + 5},
		{"memory", unix.RLIMIT_AS, s.MemoryBytes, s.MemoryBytes},
	} {
		if err := lower(l.resource, l.soft, l.hard); err != nil {
			return fmt.Errorf("limit %s to %d: %w", l.name, l.hard, err)
		}
	}
	return nil
}

// lower sets a limit, or leaves a lower one that we were started with.
func lower(resource int, soft, hard uint64) error {
	var old syscall.Rlimit
	if err := syscall.Getrlimit(resource, &old); err != nil {
		return err
	}
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: min(soft, old.Max), Max: min(hard, old.Max)})
}
