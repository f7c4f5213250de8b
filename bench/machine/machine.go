package machine

import (
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Description is what a machine is.
type Description struct {
	// Cores is how many this process may use.
	Cores int
	// CPU is the model of the processor, Kernel the release of the operating system, Go the version of the run time.
	CPU, Kernel, Go string
}

// Describe returns what this machine is. What cannot be read is "unknown".
func Describe() Description {
	d := Description{Cores: Cores(), CPU: "unknown", Kernel: "unknown", Go: runtime.Version()}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		d.CPU = cpuModel(string(text))
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		d.Kernel = unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:])
	}
	return d
}

// Cores returns how many cores this process can keep busy: those that it may run on, unless GOMAXPROCS is less.
func Cores() int {
	cores := runtime.GOMAXPROCS(0)
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) == nil && set.Count() > 0 {
		cores = min(cores, set.Count())
	}
	return cores
}

// cpuModel finds the model in the text of /proc/cpuinfo.
func cpuModel(text string) string {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// OpenFiles returns how many files, connections among them, this process may hold open.
func OpenFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 1024 // the usual limit of a shell
	}
	return int(min(limit.Cur, 1<<30))
}
