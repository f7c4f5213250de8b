package urlsign

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	published = Key{ID: "published", Secret: []byte("aliyuncdnexp1234")}
	own       = Key{ID: "own", Secret: []byte("selfhostkey0000000000000001")}
)

const (
	ownPath = "/v/abc123/hd.m3u8"
	ownTime = 1767323045 // 2026-01-02 11:04:05 in UTC+8
)

// vector is a signed URL that somebody else has computed.
type vector struct {
	name, url string
	key       Key
	change    func(*Scheme)
	path      string
	time      int64
	preview   int
	form      Type
	unlike    bool // has its time in capitals, which we do not write
}

var vectors = []vector{
	{
		name: "A published", url: "/video/standard/1K.html?auth_key=1444435200-0-0-80cd3862d699b7118eed99103f2a3a4f",
		key: published, path: "/video/standard/1K.html", time: 1444435200, form: A,
	},
	{
		name: "B published", url: "/201508150800/9044548ef1527deadafa49a890a377f0/4/44/44c0909bcfc20a01afaf256ca99a8b8b.mp3",
		key: published, path: "/4/44/44c0909bcfc20a01afaf256ca99a8b8b.mp3", time: 1439596800, form: B,
		change: func(s *Scheme) { s.Prefix = "/4/" },
	},
	{
		name: "C published", url: "/test.flv?KEY1=a37fa50a5fb8f71214b1e7c95ec7a1bd&KEY2=55CE8100",
		key: published, path: "/test.flv", time: 1439596800, form: C, unlike: true,
	},
	{
		name: "A", url: ownPath + "?auth_key=1767323045-0-0-d14ee914e35b63454b395e850d76a08d",
		key: own, path: ownPath, time: ownTime, form: A,
	},
	{
		name: "A preview", url: ownPath + "?auth_key=1767323045-0-0-cc5c914ada19c77fb4a2542be135f4ed&end=120",
		key: own, path: ownPath, time: ownTime, form: A, preview: 120,
	},
	{
		name: "B", url: "/202601021104/b87355258e3f794a5fd4971685d8138b" + ownPath,
		key: own, path: ownPath, time: ownTime - 5, form: B,
	},
	{
		name: "C", url: "/02a28e93a7dd586c610564dd5b9851e3/695735a5" + ownPath,
		key: own, path: ownPath, time: ownTime, form: C,
	},
	{
		name: "C parameters", url: ownPath + "?KEY1=02a28e93a7dd586c610564dd5b9851e3&KEY2=695735a5",
		key: own, path: ownPath, time: ownTime, form: C, change: func(s *Scheme) { s.QueryForm = true },
	},
	{
		name: "F", url: ownPath + "?sign=02a28e93a7dd586c610564dd5b9851e3&time=695735a5",
		key: own, path: ownPath, time: ownTime, form: F,
	},
	{
		name: "F decimal", url: ownPath + "?sign=294f5096050bc12e635bf610b666b10c&time=1767323045",
		key: own, path: ownPath, time: ownTime, form: F,
		change: func(s *Scheme) { s.DecimalTime, s.Types = true, []Type{A, B, F} },
	},
}

func (v vector) scheme(t *testing.T) *Scheme {
	t.Helper()
	s := NewDefaultScheme()
	if v.change != nil {
		v.change(&s)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return &s
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			s := v.scheme(t)
			path, query, _ := strings.Cut(v.url, "?")
			plain, sig, found, err := s.Split(path, query)
			if err != nil || !found || plain != v.path {
				t.Fatalf("Split: %q, %v, %v; want %q", plain, found, err, v.path)
			}
			expires := time.Unix(v.time, 0).Add(30 * time.Minute)
			want := Result{Type: v.form, KeyID: v.key.ID, Expires: expires, PreviewSeconds: v.preview}
			if v.form == A {
				want.UID = "0"
			}
			for _, keys := range [][]Key{{published, own}, {own, published}, {v.key}} {
				got, err := sig.Verify(keys, expires.Add(-1))
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%v, -want +got:\n%s", err, diff)
				}
			}
			if _, err := sig.Verify([]Key{v.key}, expires); !errors.Is(err, ErrExpired) {
				t.Errorf("at its end: %v", err)
			}
			if _, err := sig.Verify(nil, expires.Add(-1)); !errors.Is(err, ErrSignature) {
				t.Errorf("without keys: %v", err)
			}
			minted := string(s.Append([]byte("https://host"), v.form, v.path, v.key, time.Unix(v.time, 0), "0", "", v.preview))
			if minted != "https://host"+v.url && !v.unlike {
				t.Errorf("minted %s, want %s", minted, v.url)
			}
		})
	}
}

// TestTampering changes each byte of each vector: what comes out is refused, or it is the same URL to everybody.
func TestTampering(t *testing.T) {
	for _, v := range vectors {
		s := v.scheme(t)
		now := time.Unix(v.time, 0)
		for i := range len(v.url) {
			for _, c := range []byte{v.url[i] ^ 1, v.url[i] ^ 0x20, v.url[i] ^ 0x80, 0, '-', '%'} {
				changed := []byte(v.url)
				changed[i] = c
				if string(changed) == v.url {
					continue
				}
				path, query, _ := strings.Cut(string(changed), "?")
				if _, sig, found, err := s.Split(path, query); err == nil && found {
					if got, err := sig.Verify([]Key{published, own}, now); err == nil {
						t.Errorf("%s: %s is valid: %+v", v.name, changed, got)
					}
				}
			}
		}
	}
}

func TestHostile(t *testing.T) {
	const (
		none    = "none"
		invalid = "malformed"
		wrong   = "signature"
	)
	s := NewDefaultScheme()
	f := func(url, want string) {
		t.Helper()
		path, query, _ := strings.Cut(url, "?")
		plain, sig, found, err := s.Split(path, query)
		got := ""
		switch {
		case errors.Is(err, ErrMalformed) && found && plain == "":
			got = invalid
		case err == nil && !found && plain == path:
			got = none
		case err == nil && found:
			if _, err := sig.Verify([]Key{own}, time.Unix(ownTime, 0)); errors.Is(err, ErrSignature) {
				got = wrong
			} else if err == nil {
				got = plain
			}
		}
		if got != want {
			t.Errorf("%s: %q (%v, %v), want %q", url, got, found, err, want)
		}
	}
	const (
		hashA   = "d14ee914e35b63454b395e850d76a08d"
		a       = "auth_key=1767323045-0-0-" + hashA
		hashC   = "02a28e93a7dd586c610564dd5b9851e3"
		preview = "auth_key=1767323045-0-0-cc5c914ada19c77fb4a2542be135f4ed"
	)
	f(ownPath, none)
	f(ownPath+"?", none)
	f(ownPath+"?token=x&end=120&KEY2=695735a5&time=695735a5", none)
	f(ownPath+"?%61uth_key=1767323045-0-0-"+hashA, none)
	f(ownPath+"?AUTH_KEY=1767323045-0-0-"+hashA, none)
	f(ownPath+"?x=1&"+a+"&start=30&start=40&&=&y", ownPath)
	f("/v/abc123%2Fhd.m3u8?"+a, wrong) // not the path that is signed, whatever it decodes to

	// Previews.
	f(ownPath+"?end=120&"+preview, ownPath)
	f(ownPath+"?"+preview, wrong)
	f(ownPath+"?"+preview+"&end=121", wrong)
	f(ownPath+"?"+a+"&end=120", wrong)
	for _, end := range []string{"", "=", "=0", "=0120", "=+120", "=-1", "=1e2", "=12.0", "=120%20", "=12000000", "=120&end=120"} {
		f(ownPath+"?"+preview+"&end"+end, invalid)
	}

	// Parameters that are missing, there twice or in two types.
	f(ownPath+"?"+a+"&"+a, invalid)
	f(ownPath+"?auth_key&x", invalid)
	f(ownPath+"?KEY1="+hashC, invalid)
	f(ownPath+"?KEY1="+hashC+"&KEY2=695735a5&KEY2=695735a5", invalid)
	f(ownPath+"?sign="+hashC, invalid)
	f(ownPath+"?sign="+hashC+"&time=695735a5&sign=", invalid)
	f(ownPath+"?"+a+"&sign="+hashC+"&time=695735a5", invalid)
	f("/"+hashC+"/695735a5"+ownPath+"?"+a, invalid)

	// Spelling.
	for _, value := range []string{
		"", "-", "---", "1767323045-0-0", "1767323045-0-0-", "1767323045-0-" + hashA, "1767323045-0-0-0-" + hashA,
		"01767323045-0-0-" + hashA, "0767323045-0-0-" + hashA, "+767323045-0-0-" + hashA, "176732304-0-0-" + hashA,
		"695735a5-0-0-" + hashA, "1767323045--0-" + hashA, "1767323045-0--" + hashA, "1767323045-%30-0-" + hashA,
		"1767323045-0-0-" + strings.ToUpper(hashA), "1767323045-0-0-" + hashA[1:], "1767323045-0-0-" + hashA + "0",
		"1767323045-0-0-" + hashA + "%00", "1767323045-0-" + strings.Repeat("a", 65) + "-" + hashA, "1767323045-é-0-" + hashA,
	} {
		f(ownPath+"?auth_key="+value, invalid)
	}
	for _, value := range []string{"", "695735a", "0695735a5", "05735a55", "1767323045", "695735g5", "+95735a5", "0x695735"} {
		f(ownPath+"?KEY1="+hashC+"&KEY2="+value, invalid)
		f("/"+hashC+"/"+value+ownPath, invalid)
	}
	f(ownPath+"?KEY1="+hashC+"&KEY2=695735A5", wrong)
	f("/"+strings.ToUpper(hashC)+"/695735a5"+ownPath, invalid)

	// Paths that only look alike.
	const b = "/b87355258e3f794a5fd4971685d8138b"
	f("/202601021104"+b+ownPath, ownPath)
	f("/202601021104"+b, none)
	f("/202601021104"+ownPath, none)
	f("/202601021104"+b+"/hls/x", none)
	f("/202601021104"+b+"//v/x", none)
	f("/20260102110"+b+ownPath, none)
	f("//202601021104"+b+ownPath, none)
	f("/s/"+hashC+ownPath, none)
	f("/s/202601021104"+b+ownPath, none)
	f("/v/x"+ownPath, none)
	f("", none)
	f("/", none)
	f("*", none)
	for _, minute := range []string{"202613021104", "202600021104", "202602301104", "202601002304", "202601022404", "202601022360", "000001021104"} {
		f("/"+minute+b+ownPath, invalid)
	}
	f("/202601021104"+strings.ToUpper(b)+ownPath, invalid)
	f("/202601021104/"+ownPath, invalid)

	// No path goes on as MD5 would pad its text.
	f("/"+hashC+"/695735a5"+ownPath+"\x80\x00\x00", invalid)
	f("/v/abc 123?"+a, invalid)
	f("v/abc?"+a, invalid)
}

func TestTypes(t *testing.T) {
	s := NewDefaultScheme()
	s.Types = []Type{C}
	f := func(url string, want bool) {
		t.Helper()
		path, query, _ := strings.Cut(url, "?")
		if _, _, found, err := s.Split(path, query); found != want || err != nil {
			t.Errorf("%s: %v, %v", url, found, err)
		}
	}
	for _, v := range vectors {
		if v.change == nil {
			f(v.url, v.form == C)
		}
	}
	f(ownPath+"?KEY1=02a28e93a7dd586c610564dd5b9851e3&KEY2=695735a5&sign=1&sign=2&auth_key", true)

	for _, typ := range []Type{A, B, C, F} {
		if got, err := ParseType(typ.String()); got != typ || err != nil {
			t.Errorf("%v: %v, %v", typ, got, err)
		}
	}
	for _, name := range []string{"", " ", "D", "a", "AB", "ABCF"} {
		if got, err := ParseType(name); err == nil {
			t.Errorf("%q is %v", name, got)
		}
	}
	if got := Type(9).String() + Type(0).String(); got != "" {
		t.Error(got)
	}
}

func TestValidate(t *testing.T) {
	f := func(want string, change func(*Scheme)) {
		t.Helper()
		s := NewDefaultScheme()
		change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f("types", func(s *Scheme) { s.Types = nil })
	f("types", func(s *Scheme) { s.Types = []Type{A, 5} })
	f("validity: 0s", func(s *Scheme) { s.Validity = 0 })
	f("validity", func(s *Scheme) { s.Validity = maxValidity + 1 })
	f("prefix", func(s *Scheme) { s.Prefix = "" })
	f("prefix", func(s *Scheme) { s.Prefix = "/" })
	f("prefix", func(s *Scheme) { s.Prefix = "/v" })
	f("taken", func(s *Scheme) { s.KeyParams[1] = "KEY1" })
	f("taken", func(s *Scheme) { s.TimeParam = "end" })
	f("parameter", func(s *Scheme) { s.SignParam = "a=b" })
	f("parameter", func(s *Scheme) { s.SignParam = "" })
	f("not both", func(s *Scheme) { s.DecimalTime = true })
}

func TestKeys(t *testing.T) {
	s := NewDefaultScheme()
	now := time.Unix(ownTime, 0)
	for _, secret := range []string{"", "123456789012345"} {
		short := Key{ID: "short", Secret: []byte(secret)}
		path, query, _ := strings.Cut(string(s.Append(nil, A, ownPath, short, now, "", "", 0)), "?")
		_, sig, _, err := s.Split(path, query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sig.Verify([]Key{short, own}, now); !errors.Is(err, ErrSignature) {
			t.Errorf("a key of %d bytes: %v", len(secret), err)
		}
	}
	if got, err := json.Marshal([]Key{own}); err != nil || string(got) != `["own"]` {
		t.Errorf("as JSON: %s, %v", got, err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, own) + fmt.Sprintf(format, []Key{own}); strings.Contains(got, "selfhost") {
			t.Errorf("%s prints %s", format, got)
		}
	}
}

func TestPreviewNeedsTypeA(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a preview in a URL of type C shows everything")
		}
	}()
	s := NewDefaultScheme()
	s.Append(nil, C, ownPath, own, time.Unix(ownTime, 0), "", "", 120)
}
