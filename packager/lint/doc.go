// Package lint judges streams as a client would fetch them: HLS playlists, DASH manifests and the bytes of segments, be they
// CMAF, MPEG transport streams, packed audio or WebVTT.
//
// It knows nothing of the writers. It parses what it is given with its own strict parsers (and Eyevinn's as a second
// opinion), fetches what the manifests name, measures the media box by box, and reports every rule that is broken as a
// [Finding], and what it did not judge as [Unjudged]. [Rules] lists the rules with the clause each comes from. [Judge] takes
// manifests of either format from any origin; [HLS] and [DASH] judge one format, [Stream] both and that they agree, [Media]
// one track without a manifest.
//
// All input may be hostile: nothing panics, and memory is bounded by the size of the input and by the limits in this
// package. Functions are safe for concurrent use as far as the Fetch they are given is.
//
// Not judged, and named as such in a [Verdict]: what is live, what is in encrypted samples, WebM and MPEG-TS in DASH, what
// lies elsewhere (xlink), text other than WebVTT and the sample entry of what is in fragmented MP4. Rules that fetching cannot
// show are left out: whether pictures decode, and buffers suffice, takes a decoder; that all Representations of HEVC have one
// SPS, which DASH-IF-Conformance asks for, no ladder of several sizes in hvc1 can keep.
//
// # From the clauses to the rules
//
// HLS, by the clauses of Apple's HLS Authoring Specification (2025-06-26) and of RFC 8216:
//
//	1.5, 1.39               ts-hevc, ts-av1
//	1.10                    hls-sample-entry
//	1.13                    hls-key-frames
//	1.26, 1.27, 9.13, 9.14  hls-bandwidth, hls-average-bandwidth, hls-exact-rates
//	1.30                    hls-peak
//	2.3, 2.17, 2.24         hls-stereo, hls-one-audio, hls-explicit-sbr
//	5.2 to 5.5, 5.10        hls-subtitles, hls-cues, hls-coverage
//	6.1, 6.16               hls-i-frame-lists
//	6.8, 6.17               hls-i-frames
//	6.10                    hls-i-frame-ranges
//	7.3, 7.4                cmaf-decode-time, ts-timestamps, cmaf-sync, ts-sync
//	7.5, 7.6                hls-segment-duration
//	7.7, RFC 4.3.3.1        hls-target-duration
//	8.1                     hls-extinf
//	8.2                     hls-equal-target (lists of subtitles and I-frames may differ)
//	8.3, 8.7                hls-coverage, ts-offset, hls-i-frame-times
//	8.6, 8.20               hls-vod, hls-map
//	8.9, 8.10               hls-group, hls-language
//	8.13 to 8.15            hls-discontinuity, ts-continuity, ts-parameters
//	8.18                    hls-redirect
//	8.22                    hls-alignment
//	9.1 to 9.4, 9.15        hls-codecs, hls-supplemental-codecs, hls-resolution, hls-frame-rate, hls-i-frames
//	9.5 to 9.7              hls-group, hls-group-members, hls-one-audio
//	9.11, 9.12              hls-independent-segments
//	9.16                    hls-video-range
//	10.1, 10.4              hls-gzip, mime-type
//	12.1                    transport-security, transport-plain
//	emsg of version 1       hls-event-version
//	RFC 7                   hls-version, hls-removed
//	1.41, 13                not applied: encryption
//
// DASH, by the guidelines of DASH-IF (timing model) and DASH-IF-Conformance:
//
//	@duration within half of it, a sample in each segment  dash-nominal, cmaf-empty
//	SegmentTimeline without @duration, S@n, gaps           dash-timeline, dash-addressing
//	one way of addressing, @timescale, times below 2^53    dash-addressing, dash-timescale, dash-time-limit
//	static, durations, coverage of the Period              dash-static, dash-period, dash-period-duration, dash-coverage, dash-overhang, reachable
//	minBufferTime                                          dash-syntax
//	on-demand: one sidx, ranges, timescales                dash-index, dash-initialization-range, dash-index-times, dash-subsegments
//	segmentAlignment                                       dash-alignment
//	Role main                                              dash-role
//	bitstreamSwitching                                     dash-bitstream-switching
//	xs:duration without years and months                   dash-duration
//	text in one file without presentationTimeOffset        dash-text-offset
//	tiles                                                  dash-tiles
//	application/dash+xml                                   mime-type
//	eptDelta beside a SegmentTimeline                      dash-ept-delta
//
// CMAF, by the clauses of ISO/IEC 23000-19:
//
//	7.3.1, 7.5.1, 7.5.4     cmaf-header, cmaf-matrix, cmaf-track-duration
//	7.5.9, 7.5.12           cmaf-data-reference, cmaf-sample-tables
//	7.3.2.2 to 7.3.2.4      cmaf-chunk, cmaf-sync, cmaf-decode-time, cmaf-presentation
//	7.5.16, 7.5.17          cmaf-track-id, cmaf-base-offset, cmaf-decode-time, cmaf-data, cmaf-run-version
//	7.5.13, 9.2.1           cmaf-edit-list, cmaf-run-version
//	7.3.3.3                 cmaf-subsegment, segment-index
//	7.4.5                   cmaf-event
//	7.3.4.1                 cmaf-switching-set
//	8.2.2                   cmaf-encryption; of what is encrypted no more is judged
//	styp, prft              no rule: both may be there or not
//
// Non-goals: decoding, and repair.
package lint
