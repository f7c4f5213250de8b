// Package ts makes MPEG transport streams (ISO/IEC 13818-1) of stored CMAF fragments: the segments of HLS for players that
// know no fragmented MP4 (RFC 8216 §3.2).
//
// A segment is a program association table, a program map table, and the packets of the fragments of one or two tracks in
// the order of their decode times. [Append] makes one, out of what it reads from the track files, in one pass and one
// buffer. How many packets a fragment takes depends on nothing but its own samples: a [Counter] tells it at ingest, the
// presentation index keeps it, and so every node knows the length of every segment, and the continuity counters that it
// begins with, without reading any media.
//
// What the stream looks like:
//   - Video is H.264: one access unit a PES packet, with a delimiter in front, parameter sets in front of every IDR picture,
//     and start codes where MP4 has lengths, which take as many bytes.
//   - Audio is AAC (in ADTS), AC-3, E-AC-3 or MP3: as many frames a PES packet as last 90 ms, never across fragments.
//   - Time is that of the presentation plus [Base], for all tracks of all segments; nothing is summed up. Decode times are
//     earlier by the track's reorder delay, so that no picture is decoded after it is shown.
//   - The program clock runs half a second ahead of decoding. It is told at least every 90 ms: with the first packet of every
//     PES packet, and where those are further apart in packets of its own, which have no payload.
//
// Stored bytes may be damaged: errors wrap [ErrCorrupt], nothing panics, and memory is bounded by the fragment's size in the
// index. Functions may be called from many goroutines at once.
//
// Non-goals: reading transport streams, HEVC and AV1 in them (HLS wants those in fMP4), encryption, several programs.
package ts
