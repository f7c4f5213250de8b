// Package fmp4 turns what an encoder muxed into the track files that Headwater stores, and reads them back.
//
// [PackageVideo] and [PackageAudio] read one track of fragmented MP4 from a pipe and write one CMAF track file
// (ISO/IEC 23000-19): ftyp, moov, then one moof and mdat for each interval of the grid. [Scan] rebuilds the
// [packager.Track] from such a file. Package functions describe a track with the very code that Scan uses, so the two
// agree by construction.
//
// Input comes from outside and is not trusted: every box, sample and fragment is bounded before memory is taken for it.
// About one fragment is held at a time. Nothing here keeps a reference to a reader or writer after it returns, and
// calls share no state, so any number may run at once.
//
// Non-goals: encryption, other containers, more than one track in a file, decoding.
package fmp4
