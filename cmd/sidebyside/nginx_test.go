package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"headwater/bench/client"
	"headwater/cmd/internal/process"
	"headwater/cmd/internal/selfsigned"
)

func TestNginxSettings_render(t *testing.T) {
	text, err := nginxSettings{
		User: "someone", Plain: "127.0.0.1:80", Secure: "127.0.0.1:443", Root: "/srv/copy", Certificate: "/srv/c.pem", Key: "/srv/k.pem",
	}.render()
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "nginx.conf", []byte(text))
	text, err = nginxSettings{
		Plain: "127.0.0.1:80", Secure: "127.0.0.1:443", Root: "/srv/copy", Certificate: "/srv/c.pem", Key: "/srv/k.pem",
		Module: "/srv/vod.so", Media: "/srv/media",
	}.render()
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "nginx.vod.conf", []byte(text))
}

// TestPlace_startNginx has the real nginx serve files on one core, compares them, and reads what that cost.
func TestPlace_startNginx(t *testing.T) {
	if _, err := findNginx(); err != nil {
		t.Skip("there is no nginx: apt-get install nginx-light")
	}
	cores, err := process.Cores()
	if err != nil {
		t.Fatal(err)
	}
	p := place{scratch: t.TempDir(), serverCore: cores[len(cores)-1]}
	if p.certificate, p.key, err = selfsigned.Write(p.scratch); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	sets := map[kind][]object{kindPlaylist: {answer("list.m3u8")}, kindPlaylistGzip: {answer("list.m3u8")}}
	sets[kindPlaylistGzip][0].Gzip = true
	for _, file := range []string{"list.m3u8", "list.m3u8.gz"} {
		if err := os.WriteFile(filepath.Join(root, file), []byte("list.m3u8"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nginx, err := p.startNginx(context.Background(), nginxSettings{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := nginx.stop(); err != nil {
			t.Error(err)
		}
	}()
	if all, err := nginx.processes(); err != nil || len(all) != 2 {
		t.Errorf("processes %v, %v, want master and worker", all, err)
	}
	before, err := nginx.cpu()
	if err != nil {
		t.Fatal(err)
	}
	settings, err := trust(p.certificate)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []client.Target{{Address: nginx.plain}, {Address: nginx.secure, TLS: settings}} {
		if err := verify(context.Background(), target, sets); err != nil {
			t.Error(err)
		}
	}
	if after, err := nginx.cpu(); err != nil || after <= before {
		t.Errorf("processor time %v before, %v after, %v", before, after, err)
	}
	sets[kindPlaylist][0].Hash++
	if err := verify(context.Background(), client.Target{Address: nginx.plain}, sets); err == nil {
		t.Error("other bytes are not noticed")
	}
}

func TestServer_await(t *testing.T) {
	if _, err := findNginx(); err != nil {
		t.Skip("there is no nginx: apt-get install nginx-light")
	}
	p := place{scratch: t.TempDir(), certificate: "absent.pem", key: "absent.pem"}
	if _, err := p.startNginx(context.Background(), nginxSettings{Root: t.TempDir()}); err == nil {
		t.Error("nginx without a certificate has started")
	}
}
