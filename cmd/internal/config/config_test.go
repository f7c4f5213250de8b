package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
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
	if l.Data != "from-file" || l.Log.Level != "error" || l.Listen != "127.0.0.1:3" || l.Control != "127.0.0.1:8081" {
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
F:5: shutdown_timeout: "3 days": want a time from 0s to 1h, such as 30s or 5m
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
		flags[s.Key] = s.Value()
		env = append(env, s.Env()+"="+s.Value())
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

func TestSizes(t *testing.T) {
	var n int64
	v := size(&n, 1024, 1<<40)
	f := func(in string, want int64, text string) {
		t.Helper()
		if err := v.set(in); err != nil || n != want || v.String() != text {
			t.Errorf("%s: %d %s %v", in, n, v, err)
		}
	}
	f("512MiB", 512<<20, "512MiB")
	f("512MB", 512e6, "500000KiB")
	f("1.5 GiB", 3<<29, "1536MiB")
	f("2000", 2000, "2000B")
	for _, bad := range []string{"", "1023", "2TiB", "-5MiB", "lots", "NaN", "1e999", "99999999999999999999PiB"} {
		if err := v.set(bad); err == nil || n != 2000 {
			t.Errorf("%q is taken as %d", bad, n)
		}
	}
}

func TestDurations(t *testing.T) {
	var d time.Duration
	v := duration(&d, 0, 48*time.Hour)
	f := func(in, text string) {
		t.Helper()
		if err := v.set(in); err != nil || v.String() != text {
			t.Errorf("%s: %s %v", in, v, err)
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
		if err := v.set(bad); err == nil {
			t.Errorf("%q is taken as %s", bad, d)
		}
	}
}

func TestAddresses(t *testing.T) {
	var s string
	v := address(&s)
	for _, good := range []string{":80", "127.0.0.1:0", "[::1]:8080", "host.example:65535"} {
		if err := v.set(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "80", "localhost", "::1:80", ":http", ":65536", "a b:1", "http://x:1"} {
		if err := v.set(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// FuzzFile reads hostile files: what is accepted must survive printing and reading back.
func FuzzFile(f *testing.F) {
	f.Add(Sample())
	f.Add([]byte("log: {level: error}\n"))
	f.Add([]byte("data: null\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("<<: {data: x}\n"))
	f.Add([]byte("data: \"\\0\\n# x\"\n---\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		first := newLoader()
		(&file{"first", first}).read(content)
		if len(first.problems) > 0 {
			return
		}
		printed := first.YAML()
		second := newLoader()
		(&file{"second", second}).read(printed)
		if len(second.problems) > 0 {
			t.Fatalf("%v in\n%s", second.problems, printed)
		}
		if a, b := render(first.Config.settings(), none), render(second.Config.settings(), none); string(a) != string(b) {
			t.Fatalf("%s\nreads back as\n%s", a, b)
		}
	})
}
