// Package ffmpeg looks into media files and turns them into renditions by running ffprobe and ffmpeg, contained.
//
// [Probe] tells what is in a file: a [Source], from the container's header, the first decoded frames and one pass over
// all packets. Nothing is decided from a file's name; the programs never learn it, because the file is handed over as
// an open descriptor. [Run] runs ffmpeg with its outputs on pipes and reports its progress.
//
// Every run is bounded in wall time, CPU time, memory and output, ends together with its whole process group, and is
// contained by package sandbox. The demuxers that may open other files (playlists, concat scripts, image sequences)
// are never allowed, so a file can lead to no read but of itself.
//
// Nothing here logs or keeps state. All functions are safe for concurrent use.
package ffmpeg
