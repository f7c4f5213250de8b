package content

import "fmt"

// Recipe tells how some assets of the same content are made.
type Recipe struct {
	name   string
	copies int // assets
	// filter makes the pictures. The noise in them makes the encoder need all of its bit rate.
	filter  string
	seconds int
	kbit    int   // of the source's video; 0 for whatever it needs
	heights []int // of the ladder; the first is the source's own, which is passed through
}

// The recipes.
var (
	// Film has large segments: 6 s of 5.3 Mbit/s are 4 MB.
	Film = Recipe{"film", 4, "testsrc2=s=1920x1080:r=25,noise=alls=10:allf=t", 60, 5300, []int{1080}}
	// Series has many middling ones, 0.5 MB of video and 100 KB of sound, and a playlist of 100 segments.
	Series = Recipe{"series", 10, "testsrc2=s=640x360:r=25,noise=alls=10:allf=t", 600, 680, []int{360}}
	// Guide has four renditions, for the manifests that list them.
	Guide = Recipe{"guide", 1, "testsrc=s=426x240:r=25", 600, 0, []int{240, 180, 144, 120}}
)

var recipes = []Recipe{Film, Series, Guide}

// encodedSeconds is how much is encoded; longer pictures repeat it, which costs nothing.
const encodedSeconds = 60

// pictures returns the ffmpeg command line that encodes the pictures: a key frame every 2 s.
func (r Recipe) pictures(out string) []string {
	args := []string{"-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", r.filter, "-t", fmt.Sprint(encodedSeconds),
		"-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "high", "-pix_fmt", "yuv420p",
		"-g", "50", "-keyint_min", "50", "-sc_threshold", "0"}
	if r.kbit > 0 {
		rate := fmt.Sprintf("%dk", r.kbit)
		args = append(args, "-b:v", rate, "-maxrate", rate, "-bufsize", rate)
	}
	return append(args, out)
}

// source returns the command line that repeats the pictures and adds sound.
func (r Recipe) source(pictures, out string) []string {
	return []string{"-nostdin", "-v", "error", "-y", "-stream_loop", fmt.Sprint(r.seconds/encodedSeconds - 1), "-i", pictures,
		"-f", "lavfi", "-i", "anoisesrc=c=pink:r=48000:a=0.3", "-t", fmt.Sprint(r.seconds), "-map", "0:v", "-map", "1:a",
		"-c:v", "copy", "-ac", "2", "-c:a", "aac", "-b:a", "128k", out}
}

// ladder returns the settings under which headwater makes the renditions.
func (r Recipe) ladder() string {
	text := "ingest:\n  ladders:\n    - name: default\n      preset: ultrafast\n      rungs:\n"
	for _, height := range r.heights {
		text += fmt.Sprintf("        - {height: %d, codec: avc, crf: 30, max_bit_rate: 6000000, buffer_bits: 9000000}\n", height)
	}
	return text
}
