// Package process runs programs for measurements and looks at them from outside, through proc(5): how much processor
// time and memory they have taken. It reads a file or two and keeps nothing.
package process

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// ID is the number of a process.
type ID int

func (p ID) file(name string) string { return filepath.Join("/proc", strconv.Itoa(int(p)), name) }

// CPU returns the time that all living threads of the process have spent on processors, in nanoseconds as the scheduler
// counts them; the ticks of proc(5)'s stat are a thousand requests long. A thread that ends takes its time along, which
// neither nginx's nor Go's do while they serve. The time of a thread that is running is up to a tick behind.
func (p ID) CPU() (time.Duration, error) {
	files, err := filepath.Glob(p.file("task/*/schedstat"))
	if err != nil {
		return 0, err
	}
	if len(files) == 0 {
		return 0, fmt.Errorf("processor time of process %d: it has ended, or the kernel keeps no schedstat", p)
	}
	total := time.Duration(0)
	for _, file := range files {
		spent, err := readSchedstat(file)
		if os.IsNotExist(err) {
			continue // the thread has ended meanwhile
		}
		if err != nil {
			return 0, fmt.Errorf("processor time of process %d: %w", p, err)
		}
		total += spent
	}
	return total, nil
}

// readSchedstat reads the first field: nanoseconds on a processor.
func readSchedstat(file string) (time.Duration, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	first, _, _ := bytes.Cut(content, []byte(" "))
	nanoseconds, err := strconv.ParseInt(string(first), 10, 64)
	return time.Duration(nanoseconds), err
}

// Children returns the processes that p has started.
func (p ID) Children() ([]ID, error) {
	files, err := filepath.Glob(p.file("task/*/children"))
	if err != nil {
		return nil, err
	}
	var children []ID
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("children of process %d: %w", p, err)
		}
		for _, field := range bytes.Fields(content) {
			child, err := strconv.Atoi(string(field))
			if err != nil {
				return nil, fmt.Errorf("children of process %d: %w", p, err)
			}
			children = append(children, ID(child))
		}
	}
	return children, nil
}

// Memory is what a process holds in memory, in bytes.
type Memory struct {
	Resident, Peak int64
	// Anonymous is the part of Resident that no file stands behind: what the process has allocated.
	Anonymous int64
}

// Memory returns what p holds now, and the most that it has held.
func (p ID) Memory() (Memory, error) {
	content, err := os.ReadFile(p.file("status"))
	if err != nil {
		return Memory{}, fmt.Errorf("memory of process %d: %w", p, err)
	}
	resident, err := statusBytes(content, "VmRSS:")
	if err != nil {
		return Memory{}, fmt.Errorf("memory of process %d: %w", p, err)
	}
	peak, err := statusBytes(content, "VmHWM:")
	if err != nil {
		return Memory{}, fmt.Errorf("memory of process %d: %w", p, err)
	}
	anonymous, err := statusBytes(content, "RssAnon:")
	if err != nil {
		return Memory{}, fmt.Errorf("memory of process %d: %w", p, err)
	}
	return Memory{resident, peak, anonymous}, nil
}

// statusBytes reads a line such as "VmRSS:  1024 kB".
func statusBytes(status []byte, name string) (int64, error) {
	for line := range bytes.Lines(status) {
		rest, ok := bytes.CutPrefix(line, []byte(name))
		if fields := bytes.Fields(rest); ok && len(fields) == 2 && string(fields[1]) == "kB" {
			kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("no %s in its status", name)
}

// ReadBytes returns what p had storage devices read: what came out of the page cache is not in it.
func (p ID) ReadBytes() (int64, error) {
	content, err := os.ReadFile(p.file("io"))
	if err != nil {
		return 0, fmt.Errorf("input of process %d: %w", p, err)
	}
	for line := range bytes.Lines(content) {
		if count, ok := bytes.CutPrefix(line, []byte("read_bytes: ")); ok {
			return strconv.ParseInt(string(bytes.TrimSpace(count)), 10, 64)
		}
	}
	return 0, fmt.Errorf("input of process %d: the kernel does not count it", p)
}
