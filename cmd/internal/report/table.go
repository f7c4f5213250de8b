package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
)

// Table writes i for people: a summary and a line for each track; with fragments, a line for each fragment too.
func (i *Inspection) Table(w io.Writer, fragments bool) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\t%s\n", i.Kind, Printable(i.Name))
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, text)
		}
	}
	row("state", i.State)
	row("reason", Printable(i.Reason))
	row("visibility", i.Visibility)
	row("published from", formatTime(i.PublishAt))
	row("published until", formatTime(i.ExpireAt))
	row("policy", i.Policy)
	if i.Generation > 0 {
		row("generation", fmt.Sprint(i.Generation))
	}
	row("format", Printable(i.Format))
	row("duration", formatSeconds(i.DurationSeconds))
	row("size", humanize.IBytes(uint64(max(i.SizeBytes, 0))))
	row("grid", i.Grid.String())
	if err := table.Flush(); err != nil {
		return err
	}
	if err := i.trackTable(w); err != nil || !fragments {
		return err
	}
	for n := range i.Tracks {
		if err := i.Tracks[n].fragmentTable(w); err != nil {
			return err
		}
	}
	return nil
}

// String sums the grid up in a phrase; empty for nil.
func (g *Grid) String() string {
	if g == nil || len(g.Cuts) < 2 || g.Timescale == 0 {
		return ""
	}
	first := g.Cuts[1] - g.Cuts[0]
	regular := true
	for i := 2; i < len(g.Cuts)-1; i++ {
		regular = regular && g.Cuts[i]-g.Cuts[i-1] == first
	}
	interval := fmt.Sprintf("every %gs", float64(first)/float64(g.Timescale))
	if !regular {
		interval = "of unequal length"
	}
	return fmt.Sprintf("%s: %s %s, %d ticks a second", g.ID, plural(len(g.Cuts)-1, "interval"), interval, g.Timescale)
}

func (i *Inspection) trackTable(w io.Writer) error {
	if len(i.Tracks) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "\nTRACK\tKIND\tCODEC\tFORMAT\tLANGUAGE\tDURATION\tBIT RATE\tFRAGMENTS\tSIZE\n")
	for n := range i.Tracks {
		t := &i.Tracks[n]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", Printable(t.ID), t.Kind, Printable(t.Codec), t.format(),
			t.language(), formatSeconds(t.DurationSeconds), formatBitRate(t.BitRate), dash(len(t.Fragments)), t.size())
	}
	return table.Flush()
}

// format describes the pictures or the sound.
func (t *Track) format() string {
	switch {
	case t.Width > 0:
		format := strings.TrimSpace(fmt.Sprintf("%dx%d %.5g fps %s", t.Width, t.Height, t.FrameRate, t.VideoRange))
		if t.DolbyVision != "" {
			format += ", Dolby Vision " + t.DolbyVision
		}
		return format
	case t.Channels > 0:
		return fmt.Sprintf("%d ch %d Hz", t.Channels, t.SampleRate)
	default:
		return "-"
	}
}

// language joins the language with what sets the track apart from others of it.
func (t *Track) language() string {
	words := []string{t.Language}
	if t.Role != "" && t.Role != "main" {
		words = append(words, t.Role)
	}
	if t.Label != "" {
		words = append(words, `"`+Printable(t.Label)+`"`)
	}
	if t.Default {
		words = append(words, "(default)")
	}
	return strings.Join(words, " ")
}

func (t *Track) size() string {
	if t.SizeBytes == 0 {
		return "-"
	}
	return humanize.IBytes(uint64(t.SizeBytes))
}

func (t *Track) fragmentTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n%s, %d ticks a second\n", Printable(t.ID), t.Timescale)
	fmt.Fprint(table, "FRAGMENT\tOFFSET\tSIZE\tDECODE TIME\tDURATION\tSAMPLES\t\n")
	for n, f := range t.Fragments {
		fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t%d\t\n", n, f.Offset, f.SizeBytes, f.DecodeTime, f.Duration, f.Samples)
	}
	return table.Flush()
}

func formatBitRate(bitsPerSecond int64) string {
	switch {
	case bitsPerSecond == 0:
		return "-"
	case bitsPerSecond < 1e6:
		return fmt.Sprintf("%d kbit/s", (bitsPerSecond+500)/1000)
	default:
		return fmt.Sprintf("%.2f Mbit/s", float64(bitsPerSecond)/1e6)
	}
}

func dash(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}
