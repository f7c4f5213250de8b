package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Progress is how far one phase of long work has come.
type Progress struct {
	// Phase names what is being done, such as "probe" or "encode".
	Phase string
	// Fraction is the part of the phase that is done, 0 to 1; negative when it cannot be told.
	Fraction float64
	// Speed is in multiples of playing speed; 0 when unknown.
	Speed float64
}

// Intervals at which a meter writes: often enough to look alive on a terminal, rarely enough not to flood a log.
const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 10 * time.Second
)

// Meter shows the progress of one piece of work at a time. On a terminal it redraws one line; elsewhere it writes a
// plain line when a phase starts and every ten seconds. Everything else that goes to the same place goes through Write,
// which keeps it off the meter's line. A meter is safe for concurrent use.
type Meter struct {
	mu    sync.Mutex
	w     io.Writer
	width func() int // nil unless w is a terminal
	now   func() time.Time

	name         string
	phase        string
	phaseStarted time.Time
	written      time.Time
	drawn        bool // the terminal's line is not empty
}

// NewMeter returns a meter on w. width returns the terminal's columns; nil means that w is none.
func NewMeter(w io.Writer, width func() int, now func() time.Time) *Meter {
	return &Meter{w: w, width: width, now: now}
}

// Start names the work whose progress follows.
func (m *Meter) Start(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
	m.name, m.phase, m.written = Printable(name), "", time.Time{}
}

// Update shows p, unless something was shown just before.
func (m *Meter) Update(p Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if p.Phase != m.phase {
		m.phase, m.phaseStarted, m.written = p.Phase, now, time.Time{}
	}
	every := lineEvery
	if m.width != nil {
		every = redrawEvery
	}
	if now.Sub(m.written) < every {
		return
	}
	m.written = now
	remaining := remaining(p.Fraction, now.Sub(m.phaseStarted))
	if m.width == nil {
		fmt.Fprintln(m.w, plainLine(m.name, p, remaining))
		return
	}
	m.drawn = true
	fmt.Fprint(m.w, "\r\x1b[K"+barLine(m.name, p, remaining, m.width()-1))
}

// Show writes the line that line returns, unless something was shown just before: in place on a terminal, for as many columns
// as it has; elsewhere on a line of its own, every ten seconds, for 0 columns.
func (m *Meter) Show(line func(columns int) string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if m.width == nil {
		if now.Sub(m.written) >= lineEvery {
			m.written = now
			fmt.Fprintln(m.w, line(0))
		}
		return
	}
	if now.Sub(m.written) < redrawEvery {
		return
	}
	m.written, m.drawn = now, true
	fmt.Fprint(m.w, "\r\x1b[K"+line(m.width()-1))
}

// Write takes the meter's line off the terminal and writes text in its place.
func (m *Meter) Write(text []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
	return m.w.Write(text)
}

func (m *Meter) clear() {
	if m.drawn {
		fmt.Fprint(m.w, "\r\x1b[K")
		m.drawn = false
	}
}

// remaining extrapolates from what the phase has taken so far; 0 when that says too little.
func remaining(fraction float64, elapsed time.Duration) time.Duration {
	if fraction < 0.01 || fraction > 1 || elapsed < time.Second {
		return 0
	}
	return time.Duration(float64(elapsed) * (1 - fraction) / fraction)
}

func plainLine(name string, p Progress, remaining time.Duration) string {
	parts := []string{name + ": " + p.Phase}
	if p.Fraction >= 0 {
		parts[0] += fmt.Sprintf(" %d %%", percent(p.Fraction))
	}
	return strings.Join(append(parts, details(p, remaining)...), ", ")
}

// barLine fits name, phase, bar, percentage and details into columns. What does not fit is left out from the right;
// the bar takes what is left over.
func barLine(name string, p Progress, remaining time.Duration, columns int) string {
	const nameColumns, minBar, maxBar = 24, 8, 40
	head := shorten(name, nameColumns) + "  " + p.Phase
	if p.Fraction < 0 {
		return shorten(strings.Join(append([]string{head}, details(p, remaining)...), "  "), columns)
	}
	number := fmt.Sprintf("%3d %%", percent(p.Fraction))
	tail := strings.Join(append([]string{number}, details(p, remaining)...), "  ")
	room := columns - utf8.RuneCountInString(head) - utf8.RuneCountInString(tail) - 4
	if room < minBar {
		return shorten(head+"  "+tail, columns)
	}
	return head + "  " + bar(p.Fraction, min(room, maxBar)) + "  " + tail
}

// details are the parts of a line that are not always known.
func details(p Progress, remaining time.Duration) []string {
	var parts []string
	if p.Speed > 0 {
		parts = append(parts, fmt.Sprintf("%.1fx", p.Speed))
	}
	if remaining > 0 {
		parts = append(parts, remaining.Round(time.Second).String()+" left")
	}
	return parts
}

// bar draws fraction in the given number of columns, to an eighth of a column.
func bar(fraction float64, columns int) string {
	const eighths = " ▏▎▍▌▋▊▉"
	filled := int(clamp(fraction) * float64(columns) * 8)
	full, rest := filled/8, filled%8
	drawn := strings.Repeat("█", full)
	if rest > 0 {
		drawn += string([]rune(eighths)[rest])
		full++
	}
	return drawn + strings.Repeat("░", columns-full)
}

func percent(fraction float64) int { return int(100 * clamp(fraction)) }

func clamp(fraction float64) float64 { return min(max(fraction, 0), 1) }

// shorten cuts s to columns, with an ellipsis where something is missing.
func shorten(s string, columns int) string {
	if utf8.RuneCountInString(s) <= columns {
		return s
	}
	if columns < 1 {
		return ""
	}
	return string([]rune(s)[:columns-1]) + "…"
}
