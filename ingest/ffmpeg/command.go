package ffmpeg

import (
	"io"
	"os"
	"strconv"
	"time"
)

// firstOutput is the descriptor of output 0. The source is descriptor 3.
const firstOutput = 4

// Command is one run of ffmpeg: one source, already opened, to any number of outputs on pipes.
type Command struct {
	// Source is the file to read, a regular file that everybody may read (mode 0444), because ffmpeg runs as another
	// user when we are root. Its offset does not matter; it is not closed.
	Source *os.File
	// InputArgs are ffmpeg's options for the source, without the input itself: Run adds -i and the allow-lists.
	InputArgs []string
	// OutputArgs are ffmpeg's options after the input: filters, maps, encoders and outputs. Output i is written to
	// OutputURL(i). There is no shell; each element is one argument.
	OutputArgs []string
	// Outputs read what ffmpeg writes, each in its own goroutine, from a reader that ends with io.EOF. The first error
	// ends the run. What an output leaves unread when it returns nil is thrown away.
	Outputs []func(io.Reader) error
	// Duration is the length of what is being encoded, for Progress.Fraction; 0 when unknown.
	Duration time.Duration
	// OnProgress, if set, is called about twice a second from one goroutine, and a last time when ffmpeg has finished.
	OnProgress func(Progress)
	Limits     Limits
}

// OutputURL returns the name under which ffmpeg opens output i (from 0) of a Command.
func OutputURL(i int) string { return "pipe:" + strconv.Itoa(firstOutput+i) }

// Limits bounds one run. A zero field takes its value from DefaultLimits.
type Limits struct {
	Wall        time.Duration // from start to end
	Stall       time.Duration // without any progress
	CPU         time.Duration // processor time of all threads together
	MemoryBytes int64         // address space
	OutputBytes int64         // of all outputs together
}

// DefaultLimits are meant for a film of some hours on a slow machine: they end what hangs, not what is long.
var DefaultLimits = Limits{
	Wall:        24 * time.Hour,
	Stall:       2 * time.Minute,
	CPU:         14 * 24 * time.Hour,
	MemoryBytes: 8 << 30,
	OutputBytes: 1 << 40,
}

// orDefaults replaces the zero fields of l.
func (l Limits) orDefaults() Limits {
	return Limits{
		Wall:        orDefault(l.Wall, DefaultLimits.Wall),
		Stall:       orDefault(l.Stall, DefaultLimits.Stall),
		CPU:         orDefault(l.CPU, DefaultLimits.CPU),
		MemoryBytes: orDefault(l.MemoryBytes, DefaultLimits.MemoryBytes),
		OutputBytes: orDefault(l.OutputBytes, DefaultLimits.OutputBytes),
	}
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// Progress is how far a run has come.
type Progress struct {
	Frames    int64         // of the first video output
	OutTime   time.Duration // written so far, from the first timestamp
	SizeBytes int64         // written so far to all outputs
	Speed     float64       // in multiples of playing speed; 0 when unknown
	// Fraction is OutTime of Command.Duration, 0 to 1; it never falls, and is 1 only when ffmpeg has finished.
	Fraction float64
}
