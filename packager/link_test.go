package packager

import (
	"strings"
	"testing"
)

func TestLink(t *testing.T) {
	f := func(l Link, want string) {
		t.Helper()
		if got := string(l.Append([]byte("\"\n"), []byte("../v/1.m4s"))); got != "\"\n"+want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	text := func(url string) Link { return func(dst, _ []byte) []byte { return append(dst, url...) } }
	f(nil, "../v/1.m4s")
	f(func(dst, relative []byte) []byte { return append(append(dst, "/x/"...), relative...) }, "/x/../v/1.m4s")
	f(text(""), "")
	f(text("https://[::1]:8080/a-b_c~d.e/%2F?auth_key=1-2-3&x='(1)*;,=$@!+#y"), "https://[::1]:8080/a-b_c~d.e/%2F?auth_key=1-2-3&x='(1)*;,=$@!+#y")
	f(text("/a\"\r\n<b> {$c}\\^`|\x7f\x00é"), "/a%22%0D%0A%3Cb%3E%20%7B$c%7D%5C%5E%60%7C%7F%00%C3%A9")
}

func FuzzLink(f *testing.F) {
	f.Add("/v/1.m4s?auth_key=1")
	f.Add("\"\n#EXT-X-ENDLIST\n\xff")
	f.Fuzz(func(t *testing.T, url string) {
		got := string(Link(func(dst, _ []byte) []byte { return append(dst, url...) }).Append(nil, nil))
		if strings.ContainsAny(got, "\"<>\\^`{|} ") || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q becomes %q", url, got)
		}
		if again := string(Link(func(dst, _ []byte) []byte { return append(dst, got...) }).Append(nil, nil)); again != got {
			t.Errorf("%q becomes %q, and that %q", url, got, again)
		}
	})
}
