package system

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// clip is a media file that is made when a test first asks for it.
type clip struct {
	name string
	make func() error
}

// path makes the clip and returns where it lies.
func (c *clip) path(t *testing.T) string {
	t.Helper()
	if err := c.make(); err != nil {
		t.Fatal(err)
	}
	return c.file()
}

func (c *clip) file() string { return filepath.Join(clips, c.name+".mp4") }

// newClip describes a clip of so many seconds with a tone. filter changes the test picture, encoder says how it is coded.
func newClip(name string, seconds int, filter string, encoder ...string) *clip {
	c := &clip{name: name}
	c.make = sync.OnceValue(func() error {
		args := []string{"-nostdin", "-v", "error", "-y",
			"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=256x144:rate=25:duration=%d,%s", seconds, filter),
			"-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=440:duration=%d", seconds)}
		args = append(append(args, encoder...), "-c:a", "aac", "-shortest", c.file())
		if out, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("make clip %s: %w\n%s", name, err, out)
		}
		return nil
	})
	return c
}

// The clips.
var (
	// tiny is encoded, in one generation.
	tiny = newClip("tiny", 2, "scale=128:72", "-c:v", "mpeg4")
	// suiting is published as it is, and then with the rest of the ladder.
	suiting = newClip("suiting", 6, "null", closedGOPs(50)...)
	// nearly has groups of pictures that are too long for the ladder: two generations without a track in common.
	nearly = newClip("nearly", 24, "null", closedGOPs(150)...)
	// noise suits and has segments of many megabytes.
	noise = newClip("noise", 6, "fps=50,noise=alls=100:allf=t", append(closedGOPs(100), "-qp", "1")...)
)

func closedGOPs(pictures int) []string {
	return []string{"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-sc_threshold", "0",
		"-g", fmt.Sprint(pictures), "-keyint_min", fmt.Sprint(pictures)}
}
