package rule

import (
	"bytes"
	"strings"
	"testing"
)

func TestAgents(t *testing.T) {
	f := func(pattern, agent string, want bool) {
		t.Helper()
		allow, err := NewAgents([]string{pattern}, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := allow.Allows(agent); got != want {
			t.Errorf("%q allows %q: %v", pattern, agent, got)
		}
		deny, err := NewAgents(nil, []string{pattern}, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := deny.Allows(agent); got == want {
			t.Errorf("%q denies %q: %v", pattern, agent, !got)
		}
	}
	f("curl", "curl", true)
	f("curl", "curl/8.0", false)
	f("CURL/*", "curl/8.0", true)
	f("*Curl*", "libCURL", true)
	f("*curl*", "wget", false)
	f("a*a", "a", false)
	f("a*a", "aa", true)
	f("a*a", "a b a", true)
	f("*ab*ab*", "ab", false)
	f("*ab*ab*", "xabab", true)
	f("a*bc*c", "abcc", true)
	f("a*bc*c", "abc", false)
	f("a**b", "ab", true)
	f("*.*", "VLC/3.0.20 LibVLC/3.0.20", true)
	f("*é*", "caf\xc3\xa9", true)
	f("*É*", "caf\xc3\xa9", false) // only ASCII letters have no case
	f("*", "x", true)
	f("***", "x", true)
	f("*", strings.Repeat("x", maxAgent), true)
}

func TestAgentsLists(t *testing.T) {
	a, err := NewAgents([]string{"Mozilla/*", "AppleCoreMedia/*"}, []string{"*bot*"}, true)
	if err != nil {
		t.Fatal(err)
	}
	f := func(agent string, want bool) {
		t.Helper()
		if got := a.Allows(agent); got != want {
			t.Errorf("%q: %v", agent, got)
		}
	}
	f("Mozilla/5.0", true)
	f("AppleCoreMedia/1.0.0.21A328 (iPhone; U; CPU OS 17_0 like Mac OS X; en_us)", true)
	f("Mozilla/5.0 (compatible; SomeBot/1.0)", false)
	f("curl/8", false)
	f("", true)
	f("Mozilla/"+strings.Repeat("5", maxAgent), false)
	for _, allowEmpty := range []bool{true, false} {
		none, err := NewAgents(nil, nil, allowEmpty)
		if err != nil || !none.Allows("x") || none.Allows("") != allowEmpty {
			t.Errorf("no lists: %v", err)
		}
	}
}

func TestAgentsBadPatterns(t *testing.T) {
	_, err := NewAgents([]string{"", "x\n"}, []string{strings.Repeat("y", maxAgentPattern+1)}, true)
	for _, want := range []string{`"": empty`, `"x\n": no header`, "257 bytes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := NewAgents(make([]string, maxAgentPatterns+1), nil, true); err == nil || !strings.Contains(err.Error(), "101 user agents") {
		t.Error(err)
	}
}

func TestLower(t *testing.T) {
	var all []byte
	for c := range 256 {
		all = append(all, byte(c), 'A', 0xff, 'Z')
	}
	for skip := range 9 {
		want := append([]byte{}, all[skip:]...)
		for i, c := range want {
			if c >= 'A' && c <= 'Z' {
				want[i] += 'a' - 'A'
			}
		}
		if got := appendLower(nil, string(all[skip:])); !bytes.Equal(got, want) {
			t.Errorf("from %d on: %q, want %q", skip, got, want)
		}
	}
}

// FuzzAgents compares with matching by a table, which tries everything.
func FuzzAgents(f *testing.F) {
	f.Add("*curl*", "libCurl/1")
	f.Add("a*a*a", strings.Repeat("a", 64)+"b")
	f.Add("**x*", "")
	f.Add("É*", "é")
	f.Fuzz(func(t *testing.T, pattern, agent string) {
		if len(agent) > maxAgent || agent == "" {
			return
		}
		a, err := NewAgents([]string{pattern}, nil, false)
		if err != nil {
			return
		}
		want := matchesTable(string(appendLower(nil, pattern)), string(appendLower(nil, agent)))
		if got := a.Allows(agent); got != want {
			t.Errorf("%q matches %q: %v", pattern, agent, got)
		}
	})
}

func matchesTable(pattern, text string) bool {
	reached := make([]bool, len(text)+1) // by the pattern so far
	reached[0] = true
	for i := range len(pattern) {
		next := make([]bool, len(text)+1)
		for j := range reached {
			if pattern[i] == '*' {
				next[j] = reached[j] || j > 0 && next[j-1]
			} else if j > 0 {
				next[j] = reached[j-1] && text[j-1] == pattern[i]
			}
		}
		reached = next
	}
	return reached[len(text)]
}
