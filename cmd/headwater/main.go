// Command headwater stores videos once and serves them as HLS and DASH. One binary runs every role: the servers, the
// ingest of files, and the tools that look after a data folder. Run it with --help.
package main

import (
	"os"

	"headwater/ingest/ffmpeg/sandbox"
)

func main() {
	sandbox.Main() // must come first: the process may be the contained stage of another
	os.Exit(newApp().main(os.Args[1:]))
}
