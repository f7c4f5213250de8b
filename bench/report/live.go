package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Live is the progress of a test, one line that changes. Not safe for concurrent use.
type Live struct {
	phase          string
	elapsed, total time.Duration
	point          Point
	requests       []float64
	players        bool
}

// NewLive returns the progress of a test with or without players.
func NewLive(players bool) *Live { return &Live{players: players} }

// Add takes in one second of the test, in a phase of it.
func (l *Live) Add(phase string, elapsed, total time.Duration, p Point) {
	l.phase, l.elapsed, l.total, l.point = phase, elapsed, total, p
	if phase != "prepare" {
		l.requests = append(l.requests, p.Requests)
	}
}

// Line returns the line for a terminal of so many columns, or for a log when columns is 0.
func (l *Live) Line(columns int) string {
	head := fmt.Sprintf("%s %s/%s", l.phase, l.elapsed.Round(time.Second), l.total.Round(time.Second))
	if l.phase == "prepare" {
		return "read the manifests"
	}
	parts := []string{
		significant(l.point.Requests) + " req/s",
		significant(l.point.Gbit) + " Gbit/s",
		fmt.Sprintf("first byte %s/%s ms", significant(l.point.FirstByteP50), significant(l.point.FirstByteP99)),
	}
	if l.players {
		parts = append(parts, plural(l.point.Players, "player"), count(l.point.Stalled)+" stalled")
	}
	parts = append(parts, plural(l.point.Failures, "failure"))
	if columns == 0 {
		return head + ": " + strings.Join(parts, ", ")
	}
	return fit(head, l.requests, parts, columns)
}

// fit joins what there is room for: the plot takes what is left over, the last parts go first.
func fit(head string, values []float64, parts []string, columns int) string {
	const least, most = 8, 30
	text := strings.Join(parts, "  ")
	for len(parts) > 1 && utf8.RuneCountInString(head)+utf8.RuneCountInString(text)+least+4 > columns {
		parts = parts[:len(parts)-1]
		text = strings.Join(parts, "  ")
	}
	room := columns - utf8.RuneCountInString(head) - utf8.RuneCountInString(text) - 4
	if room < least {
		line := []rune(head + "  " + text)
		return string(line[:min(len(line), columns)])
	}
	recent := values[max(0, len(values)-min(room, most)):]
	return head + "  " + Sparkline(recent, min(room, most)) + "  " + text
}
