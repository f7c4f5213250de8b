package strictjson

import (
	"encoding/json"
	"testing"
)

func TestObject(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		got, err := Object([]byte(text))
		if (err == nil) != (want != nil) {
			t.Fatalf("%s: %v", text, err)
		}
		for i := 0; i < len(want); i += 2 {
			if string(got[want[i]]) != want[i+1] {
				t.Errorf("%s: %s is %s, want %s", text, want[i], got[want[i]], want[i+1])
			}
		}
		if len(got) != len(want)/2 {
			t.Errorf("%s: %d members", text, len(got))
		}
	}
	f(`{"a":1,"A": "x" ,"b":[{"a":1,"a":2}]}`, "a", "1", "A", `"x"`, "b", `[{"a":1,"a":2}]`)
	f(" {} \n", []string{}...)
	for _, bad := range []string{
		"", "null", "1", "[]", `"a"`, "{", "{}{}", "{} x", `{"a":1,"a":1}`, `{"a":1,"\u0061":2}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`,
		`{"a" 1}`, `{,}`, `{"a":1 "b":2}`, `{1:2}`, `{"a":1]`, "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}", `{"a":01}`, `{"a":[}`,
	} {
		f(bad)
	}
}

func TestValue(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		var value struct {
			A int `json:"a"`
		}
		if err := Value([]byte(text), &value); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	f(`{"a":1}`, true)
	f("{\"a\":1} \r\n\t", true)
	f(`{"a":1}{}`, false)
	f(`{"a":1},`, false)
	f(`{"a":1,"b":2}`, false)
	f(`{"a":"1"}`, false)
	f(``, false)
}

// FuzzObject: an object has the members that encoding/json finds, unless it has one of them twice.
func FuzzObject(f *testing.F) {
	for _, text := range []string{`{"a":1}`, `{"a":1,"a":2}`, `{}`, `{"a":{"b":[]}} `, `{"a":1}x`, "\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := Object(text)
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(text, &want); err != nil || len(got) != len(want) {
			t.Fatalf("%q: %d members, want %d (%v)", text, len(got), len(want), err)
		}
		for name, value := range want {
			if string(got[name]) != string(value) {
				t.Errorf("%q: %q is %q, want %q", text, name, got[name], value)
			}
		}
	})
}
