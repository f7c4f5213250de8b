package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/ingest/ffmpeg"
)

// write returns the path of a file "headwater.yaml" with the given content.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "headwater.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLayersRise(t *testing.T) {
	file := write(t, "data: from-file\nlog: {level: warn}\nlisten: 127.0.0.1:1\n")
	l, err := Load(Sources{
		File:  file,
		Env:   []string{"HEADWATER_LOG_LEVEL=error", "HEADWATER_LISTEN=127.0.0.1:2", "HOME=/"},
		Flags: map[string]string{"listen": "127.0.0.1:3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if l.Data != "from-file" || l.LogLevel != "error" || l.Listen != "127.0.0.1:3" || l.Control != "127.0.0.1:8081" {
		t.Errorf("got %+v", l.Config)
	}
	printed := string(l.YAML())
	for _, want := range []string{
		"data: from-file # " + file + ":1\n", "level: error # HEADWATER_LOG_LEVEL\n",
		"listen: 127.0.0.1:3 # --listen\n", "control: 127.0.0.1:8081 # default\n",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	file := write(t, `
listen: nowhere
log:
  level: loud
  colour: true
shutdown_timeout: 3 days
data: &x a
data: b
control: *x
public_url: [1]
lisen: 1
`[1:])
	_, err := Load(Sources{
		File:  file,
		Env:   []string{"HEADWATER_PUBLIC_URL=ftp://x"},
		Flags: map[string]string{"data": " "},
	})
	want := `
F:1: listen: "nowhere": want HOST:PORT such as 127.0.0.1:8080, or :8080 for every address
F:3: log.level: "loud": want one of debug, info, warn, error
F:4: log.colour: unknown key; print-config --sample lists all
F:5: shutdown_timeout: "3 days": want a time from 1ms to 24h, such as 30s or 5m
F:7: data: given twice; want it once
F:8: control: "*x": want the value itself; aliases are not read
F:9: public_url: want a single value
F:10: lisen: unknown key; did you mean listen?
HEADWATER_PUBLIC_URL: public_url: "ftp://x": want http:// or https:// with a host and at most a path, such as https://video.example.com
--data: data: " ": want some text`[1:]
	if got := strings.ReplaceAll(err.Error(), file, "F"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestListenersDiffer(t *testing.T) {
	f := func(listen, control string, ok bool) {
		t.Helper()
		_, err := Load(Sources{Flags: map[string]string{"listen": listen, "control": control}})
		if (err == nil) != ok {
			t.Errorf("listen %s, control %s: %v", listen, control, err)
		}
	}
	f(":80", ":80", false)
	f(":80", ":81", true)
	f("127.0.0.1:0", "127.0.0.1:0", true)
}

func TestUnreadableFile(t *testing.T) {
	_, err := Load(Sources{File: filepath.Join(t.TempDir(), "absent.yaml")})
	var problems Problems
	if !errors.As(err, &problems) || problems[0].Key != "config" {
		t.Errorf("got %v", err)
	}
}

func TestIgnoredEnvironment(t *testing.T) {
	l, err := Load(Sources{Env: []string{"HEADWATER_SERVICE_HOST=10.0.0.1", "HEADWATER_CONFIG=x", "PATH=/bin"}})
	if err != nil || !slices.Equal(l.Ignored, []string{"HEADWATER_SERVICE_HOST"}) {
		t.Errorf("ignored %q, %v", l.Ignored, err)
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]string{}
	for _, s := range Defaults() {
		for _, name := range []string{s.Key, s.Env(), "--" + s.Flag()} {
			if other, taken := seen[name]; taken {
				t.Errorf("%s names both %s and %s", name, other, s.Key)
			}
			seen[name] = s.Key
		}
		if s.Help == "" {
			t.Errorf("%s has no help", s.Key)
		}
	}
}

// TestDefaultsAreAccepted sets each setting to its own default, by each layer.
func TestDefaultsAreAccepted(t *testing.T) {
	flags := map[string]string{}
	var env []string
	for _, s := range Defaults() {
		if s.Kind() == "YAML" {
			continue // has no text; the file has it
		}
		flags[s.Key] = s.Text()
		env = append(env, s.Env()+"="+s.Text())
	}
	for name, src := range map[string]Sources{"flags": {Flags: flags}, "env": {Env: env}, "file": {File: write(t, string(Sample()))}} {
		l, err := Load(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(render(l.settings(), none)) != string(render(Defaults(), none)) {
			t.Errorf("%s: got\n%s", name, l.YAML())
		}
	}
}

func none(Setting) (above, behind string) { return "", "" }

// set gives v a text as a flag does and returns what is wrong with it, or "".
func set(v value, text string) string {
	r := &reader{origin: func(int) string { return "" }}
	v.set(r, "", text)
	if len(r.problems) == 0 {
		return ""
	}
	return r.problems[0].Want
}

func TestSizes(t *testing.T) {
	var n int64
	v := size(&n, 1024, 1<<40)
	f := func(in string, want int64, text string) {
		t.Helper()
		if err := set(v, in); err != "" || n != want || v.node().Value != text {
			t.Errorf("%s: %d %s %s", in, n, v.node().Value, err)
		}
	}
	f("512MiB", 512<<20, "512MiB")
	f("512MB", 512e6, "500000KiB")
	f("1.5 GiB", 3<<29, "1536MiB")
	f("2000", 2000, "2000B")
	for _, bad := range []string{"", "1023", "2TiB", "-5MiB", "lots", "NaN", "1e999", "99999999999999999999PiB"} {
		if set(v, bad) == "" || n != 2000 {
			t.Errorf("%q is taken as %d", bad, n)
		}
	}
}

func TestDurations(t *testing.T) {
	var d time.Duration
	v := duration(&d, 0, 48*time.Hour)
	f := func(in, text string) {
		t.Helper()
		if err := set(v, in); err != "" || v.node().Value != text {
			t.Errorf("%s: %s %s", in, v.node().Value, err)
		}
	}
	f("10s", "10s")
	f("60s", "1m")
	f("3600s", "1h")
	f("90m", "1h30m")
	f("10m", "10m")
	f("20h", "20h")
	f("1h0m1s", "1h0m1s")
	f("0", "0s")
	f("250ms", "250ms")
	for _, bad := range []string{"", "30", "-1s", "49h", "soon"} {
		if set(v, bad) == "" {
			t.Errorf("%q is taken as %s", bad, d)
		}
	}
}

func TestAddresses(t *testing.T) {
	var s string
	v := address(&s)
	for _, good := range []string{":80", "127.0.0.1:0", "[::1]:8080", "host.example:65535"} {
		if err := set(v, good); err != "" {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "80", "localhost", "::1:80", ":http", ":65536", "a b:1", "http://x:1"} {
		if set(v, bad) == "" {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestLadders(t *testing.T) {
	file := write(t, `
ingest:
  ladder: small
  ladders:
    - name: small
      passthrough: [avc, hevc]
      rungs:
        - {height: 360, crf: 23, max_bit_rate: 900000, buffer_bits: 1800000}
`[1:])
	l, err := Load(Sources{File: file})
	if err != nil {
		t.Fatal(err)
	}
	want := freshLadder()
	want.Name, want.PassthroughCodecs = "small", []string{"avc", "hevc"}
	want.Rungs = []ffmpeg.Rung{{Height: 360, Codec: "avc", CRF: 23, MaxBitRate: 900_000, BufferBits: 1_800_000}}
	if got := l.Ingest.Ladders; len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v", got)
	}
	if printed := string(l.YAML()); !strings.Contains(printed, "passthrough: [avc, hevc]\n") ||
		!strings.Contains(printed, "- {height: 360, codec: avc, crf: 23, max_bit_rate: 900000, buffer_bits: 1800000}\n") {
		t.Error(printed)
	}

	flag := `[{name: tiny, passthrough: "", rungs: [{height: 240, crf: 23, max_bit_rate: 9e5}]}]`
	_, err = Load(Sources{Flags: map[string]string{"ingest.ladders": flag}})
	if want := `--ingest-ladders: ingest.ladders[0].rungs[0].max_bit_rate: "9e5": want a whole number from 1 to 2147483647`; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestLadderProblems(t *testing.T) {
	f := func(ladders, want string) {
		t.Helper()
		_, err := Load(Sources{File: write(t, "ingest:\n  ladders:"+ladders)})
		if err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got  %v\nwant …%s", err, want)
		}
	}
	const rung = "{height: 240, crf: 23, max_bit_rate: 900000, buffer_bits: 900000}"
	f(" []\n", `ingest.ladder "default": want the name of one of ingest.ladders`)
	f(" default\n", `headwater.yaml:2: ingest.ladders: "default": want a list`)
	f("\n  - name: default\n    rung: []\n", `headwater.yaml:4: ingest.ladders[0].rung: unknown key; did you mean ingest.ladders[0].rungs?`)
	f("\n  - {name: default, preset: fastest, rungs: ["+rung+"]}\n",
		`ladder "default": preset "fastest": want one of [ultrafast superfast veryfast faster fast medium slow slower veryslow placebo]`)
	f("\n  - {name: default, rungs: ["+rung+"]}\n  - {name: default, rungs: ["+rung+"]}\n",
		`ladder "default": want each name once`)
}

// FuzzFile reads hostile files: what is accepted must survive printing and reading back.
func FuzzFile(f *testing.F) {
	f.Add(Sample())
	f.Add([]byte("log: {level: error}\n"))
	f.Add([]byte("data: null\ningest: {ladders: [{name: a, passthrough: [avc, null], rungs: [{crf: 1}]}]}\n"))
	f.Add([]byte("ingest: {ladders: [{}]}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("<<: {data: x}\n"))
	f.Add([]byte("data: \"\\0\\n# x\"\n---\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		first := newLoader()
		first.readYAML("first", content)
		if len(first.problems) > 0 || len(first.validate()) > 0 {
			return
		}
		printed := first.YAML()
		second := newLoader()
		second.readYAML("second", printed)
		if len(second.problems) > 0 {
			t.Fatalf("%v in\n%s", second.problems, printed)
		}
		if a, b := render(first.settings(), none), render(second.settings(), none); string(a) != string(b) {
			t.Fatalf("%s\nreads back as\n%s", a, b)
		}
	})
}
