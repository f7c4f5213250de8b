package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"headwater/cmd/internal/process"
	"headwater/cmd/internal/stat"
)

// report is everything that a run has found. Its JSON form holds every round.
type report struct {
	Machine     string        `json:"machine"`
	Nginx       string        `json:"nginx"`
	Headwater   string        `json:"headwater"`
	Cores       [2]int        `json:"cores"` // of server and client side
	Cipher      string        `json:"cipher,omitempty"`
	Comparisons []*comparison `json:"comparisons"`
	Footprints  []*footprint  `json:"footprints"`
	// OverCacheBytes is the most that a Headwater held beyond its configured cache; 0 when nothing was measured.
	OverCacheBytes int64 `json:"over_cache_bytes"`
}

// newReport notes what runs where.
func (b *bench) newReport(ctx context.Context) (*report, error) {
	version, err := process.Output(ctx, b.headwater, "version")
	if err != nil {
		return nil, err
	}
	nginx, err := findNginx()
	if err != nil {
		return nil, err
	}
	said, err := exec.CommandContext(ctx, nginx, "-v").CombinedOutput()
	if err != nil {
		return nil, err
	}
	_, nginxVersion, _ := bytes.Cut(bytes.TrimSpace(said), []byte("/"))
	return &report{
		Machine: machine(), Headwater: string(bytes.TrimSpace(version)), Nginx: string(nginxVersion),
		Cores: [2]int{b.serverCore, b.clientCore},
	}, nil
}

// machine names processor and kernel.
func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	var kernel unix.Utsname
	if err := unix.Uname(&kernel); err != nil {
		return model
	}
	return fmt.Sprintf("%s, Linux %s", model, unix.ByteSliceToString(kernel.Release[:]))
}

// measureAll does what is planned and tells each figure when it is there.
func (b *bench) measureAll(ctx context.Context, p plan, r *report) error {
	secure, err := b.speaksTLS(ctx)
	if err != nil {
		return err
	}
	for _, s := range p.scenarios {
		c := newComparison(s)
		c.Skipped = noTLS
		if secure || !s.Secure {
			if c, err = b.comparison(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s.name(), err)
			}
			b.tell("%-28s %s", c.Name, c.summary())
		}
		r.Comparisons = append(r.Comparisons, c)
	}
	for _, f := range p.footprints {
		weighed := &f
		f.Skipped = noTLS
		if secure || !f.Secure {
			f.Skipped = ""
			if weighed, err = b.weigh(ctx, f); err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			b.tell("%-28s %s", f.Name, weighed.summary())
		}
		r.Footprints = append(r.Footprints, weighed)
	}
	err = b.stopHeadwater()
	r.OverCacheBytes, r.Cipher = b.overCache, b.cipher
	return err
}

const noTLS = "no TLS listener"

// speaksTLS reports whether the binary has a TLS listener.
func (b *bench) speaksTLS(ctx context.Context) (bool, error) {
	settings, err := process.Output(ctx, b.headwater, "print-config", "--sample")
	return bytes.Contains(settings, []byte("\ntls_cert:")), err
}

func (b *bench) comparison(ctx context.Context, s scenario) (*comparison, error) {
	switch s.State {
	case cold:
		return b.compareCold(ctx, s)
	case both:
		return b.compareVOD(ctx, s)
	case ruled:
		return b.compareRuled(ctx, s)
	default:
		return b.compare(ctx, s)
	}
}

// good reports whether nothing was missed and every line is valid.
func (r *report) good() bool {
	for _, l := range r.lines() {
		if l.verdict == string(stat.Missed) || l.verdict == invalid {
			return false
		}
	}
	return !slices.ContainsFunc(r.Comparisons, func(c *comparison) bool {
		return c.Verdict == stat.Missed || len(c.Failures) > 0
	})
}

func (r *report) writeJSON(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

const legend = `µs: the server's processor time for one request, the kernel's included. Busy: how much of its core nginx and headwater
used; far below 100 the client side was the slower one. Ratio: requests per CPU second relative to nginx.

`

// print writes the report for people.
func (r *report) print(w io.Writer, colours bool) error {
	out := &bytes.Buffer{}
	fmt.Fprintf(out, "%s and nginx %s on %s\n", r.Headwater, r.Nginx, r.Machine)
	fmt.Fprintf(out, "Servers on core %d, client side on core %d. nginx with access_log off, headwater with log.level=warn: neither\n"+
		"logs what it serves.", r.Cores[0], r.Cores[1])
	if r.Cipher != "" {
		fmt.Fprintf(out, " TLS 1.3 with %s.", r.Cipher)
	}
	fmt.Fprintln(out)
	if len(r.Comparisons) > 0 {
		fmt.Fprint(out, legend)
		r.comparisonTable().write(out, colours)
	}
	if ruling := r.ruledTable(); len(ruling.rows) > 0 {
		fmt.Fprintln(out)
		ruling.write(out, colours)
	}
	r.remarks(out)
	if len(r.Footprints) > 0 {
		fmt.Fprintln(out)
		r.footprintTable().write(out, colours)
	}
	fmt.Fprintln(out)
	r.budgetTable().write(out, colours)
	_, err := w.Write(out.Bytes())
	return err
}

// remarks say what stands behind single rows: failures and profiles.
func (r *report) remarks(out io.Writer) {
	wrong := func(name string, failures map[string]int) {
		for _, what := range sortedKeys(failures) {
			fmt.Fprintf(out, "\n%s is INVALID: %s (%d times)\n", name, what, failures[what])
		}
	}
	for _, c := range r.Comparisons {
		wrong(c.Name, c.Failures)
		if c.State == cold && len(c.Rounds) > 0 {
			fmt.Fprintf(out, "\n%s: of the device nginx read %.2f bytes for each that it sent, headwater %.2f\n", c.Name,
				c.median(nginxSide.amplification), c.median(headwaterSide.amplification))
		}
		if len(c.Profile) > 0 {
			fmt.Fprintf(out, "\n%s, what the profile blames:\n  %s\n", c.Name, strings.Join(c.Profile, "\n  "))
		}
	}
	for _, f := range r.Footprints {
		wrong(f.Name, f.Failures)
	}
}

func sortedKeys(m map[string]int) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
