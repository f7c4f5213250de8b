package machine

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Usage is what has been used up to a moment. The difference of two is a usage too.
type Usage struct {
	At time.Time
	// CPU is the processor time of this process.
	CPU time.Duration
	// Busy and Total are the times of all cores of the machine together, not idle and altogether; 0 when unknown.
	Busy, Total time.Duration
}

// Now returns the usage so far.
func Now() Usage {
	u := Usage{At: time.Now()}
	var self syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &self) == nil {
		u.CPU = time.Duration(self.Utime.Nano() + self.Stime.Nano())
	}
	if text, err := os.ReadFile("/proc/stat"); err == nil {
		u.Busy, u.Total = parseStat(string(text))
	}
	return u
}

// Since returns what was used after before.
func (u Usage) Since(before Usage) Spent {
	return Spent{
		Elapsed: u.At.Sub(before.At), CPU: u.CPU - before.CPU,
		Busy: u.Busy - before.Busy, Total: u.Total - before.Total,
	}
}

// Spent is what was used between two moments.
type Spent struct{ Elapsed, CPU, Busy, Total time.Duration }

// Own returns the part of the given cores that this process kept busy, 0 to 1.
func (s Spent) Own(cores int) float64 { return ratio(s.CPU, s.Elapsed*time.Duration(cores)) }

// All returns the part of all cores that anything kept busy, 0 to 1; 0 when unknown.
func (s Spent) All() float64 { return ratio(s.Busy, s.Total) }

func ratio(a, b time.Duration) float64 {
	if b <= 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// parseStat sums up the first line of /proc/stat: user nice system idle iowait irq softirq steal, in hundredths of a second.
func parseStat(text string) (busy, total time.Duration) {
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, 0
	}
	const idle, iowait = 3, 4
	for i, field := range fields[1:9] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, 0
		}
		spent := time.Duration(n) * time.Second / 100
		total += spent
		if i != idle && i != iowait {
			busy += spent
		}
	}
	return busy, total
}
