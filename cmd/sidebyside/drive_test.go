package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// driven starts the client side in this process.
func driven(t *testing.T) *driver {
	t.Helper()
	commands, commandsEnd := io.Pipe()
	outcomesEnd, outcomes := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- drive(commands, outcomes) }()
	t.Cleanup(func() {
		commandsEnd.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &driver{commands: json.NewEncoder(commandsEnd), outcomes: json.NewDecoder(outcomesEnd)}
}

func answer(body string) object {
	return object{Path: "/" + body, SizeBytes: int64(len(body)), Hash: xxhash.Sum64String(body)}
}

// TestDrive has a server give right and wrong answers, and counts.
func TestDrive(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := r.URL.Path[1:]
		switch body {
		case "absent":
			w.WriteHeader(http.StatusNotFound)
		case "short":
			body = "s"
		case "changed":
			body = "chanced"
		case "cut":
			w.Header().Set("Content-Length", "100")
		case "last":
			w.Header().Set("Connection", "close")
		}
		io.WriteString(w, body)
	}))
	defer web.Close()
	d := driven(t)
	s := &server{name: "web", plain: web.Listener.Addr().String()}
	for _, test := range []struct {
		objects  []object
		failures map[string]int
	}{
		{[]object{answer("fine"), answer("last")}, nil},
		{[]object{answer("absent")}, map[string]int{"status 404": 100}},
		{[]object{answer("short"), answer("fine")}, map[string]int{"another length": 50}},
		{[]object{answer("changed")}, map[string]int{"another body": 100}},
		{[]object{answer("cut")}, map[string]int{"answer cut off": 100}},
	} {
		if _, err := d.open(s, "s", "", 3, test.objects); err != nil {
			t.Fatal(err)
		}
		result, err := d.do(command{Session: "s", Load: &load{Requests: 100, HashEvery: 1}})
		if err != nil || !maps.Equal(result.Failures, test.failures) {
			t.Errorf("%s: %v, %v, want %v", test.objects[0].Path, result.Failures, err, test.failures)
		}
		if err := d.close("s"); err != nil {
			t.Error(err)
		}
	}
}

func TestDrive_once(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "fine") }))
	defer web.Close()
	d := driven(t)
	s := &server{name: "web", plain: web.Listener.Addr().String()}
	if _, err := d.open(s, "s", "", 5, []object{answer("fine")}); err != nil {
		t.Fatal(err)
	}
	result, err := d.do(command{Session: "s", Load: &load{Requests: 5, HashEvery: 1, Once: true}})
	if err != nil || result.Bytes != 5*4 || len(result.Failures) > 0 {
		t.Errorf("%+v, %v", result, err)
	}
	if _, err := d.do(command{Session: "s", Stall: 2}); err != nil {
		t.Error(err)
	}
	if err := d.close("s"); err != nil {
		t.Error(err)
	}
}

// TestDrive_rested has the server end connections between two loads, which is no failure; nor is the server's going
// unnoticed.
func TestDrive_rested(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "fine") }))
	d := driven(t)
	s := &server{name: "web", plain: web.Listener.Addr().String()}
	if _, err := d.open(s, "s", "", 4, []object{answer("fine")}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		result, err := d.do(command{Session: "s", Load: &load{Requests: 100, HashEvery: 1}})
		if err != nil || len(result.Failures) > 0 || result.Bytes != 100*4 {
			t.Errorf("%+v, %v", result, err)
		}
		web.CloseClientConnections()
	}
	web.Close()
	result, err := d.do(command{Session: "s", Load: &load{Requests: 100, HashEvery: 1}})
	if err != nil || len(result.Failures) == 0 {
		t.Errorf("a server that is gone: %+v, %v", result, err)
	}
	if err := d.close("s"); err != nil {
		t.Error(err)
	}
}

func TestDrive_fails(t *testing.T) {
	d := driven(t)
	if _, err := d.do(command{Session: "unknown", Load: &load{Requests: 1, HashEvery: 1}}); err == nil {
		t.Error("a load of no session")
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	if _, err := d.open(&server{name: "gone", plain: gone.Listener.Addr().String()}, "s", "", 1, nil); err == nil {
		t.Error("connected to nobody")
	}
}
