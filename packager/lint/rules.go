package lint

// Rule is one thing that a stream must keep.
type Rule struct {
	Name   string
	Clause string // where the rule stands
	Cure   string // what to do when it is broken
}

// Rules returns all rules, in a fixed order.
func Rules() []Rule { return rules[:] }

// ruleID indexes rules.
type ruleID int

const (
	reachable ruleID = iota
	mimeType

	hlsSyntax
	hlsSecondOpinion
	hlsVersion
	hlsIndependent
	hlsCodecs
	hlsSampleEntry
	hlsResolution
	hlsFrameRate
	hlsVideoRange
	hlsBandwidth
	hlsAverageBandwidth
	hlsGroup
	hlsGroupMembers
	hlsName
	hlsDefault
	hlsLanguage
	hlsChannels
	hlsStereo
	hlsVOD
	hlsMap
	hlsTargetDuration
	hlsEqualTarget
	hlsEXTINF
	hlsCoverage
	hlsAlignment

	dashSyntax
	dashSecondOpinion
	dashStatic
	dashDuration
	dashPeriod
	dashAddressing
	dashTimeline
	dashTimeLimit
	dashMedia
	dashCoverage
	dashAlignment
	dashSAP
	dashRole
	dashCodecs
	dashDimensions
	dashFrameRate
	dashBandwidth
	dashAudio
	dashOffset
	dashIDs
	dashType

	cmafStructure
	cmafHeader
	cmafBrand
	cmafMatrix
	cmafTrackDuration
	cmafSampleTables
	cmafDataReference
	cmafEditList
	cmafESID
	cmafChunk
	cmafTrackID
	cmafBaseOffset
	cmafData
	cmafRunVersion
	cmafDecodeTime
	cmafPresentation
	cmafSequence
	cmafSync
	cmafEmpty

	agreeMedia
	agreeBoundaries
	agreeDuration

	hlsByteRange
	hlsTiling
	hlsOneAudio
	hlsPackedAudio
	hlsExactRates
	hlsSubtitles
	hlsCues
	hlsIFrames

	tsPackets
	tsScrambled
	tsTables
	tsTablesFirst
	tsStreamType
	tsHEVC
	tsContinuity
	tsClock
	tsClockInterval
	tsPES
	tsTimestamps
	tsOffset
	tsSync
	tsDelimiter
	tsParameters
	tsAudioFrames
	tsEmpty
	tsNull

	ruleCount
)

// systems is where the rules of transport streams stand.
const systems = "ISO/IEC 13818-1 §"

const (
	rfc      = "RFC 8216 §"
	apple    = "HLS Authoring Specification "
	iso      = "ISO/IEC 23009-1 §"
	timing   = "DASH-IF Guidelines, timing model"
	cmaf     = "ISO/IEC 23000-19 §"
	bmff     = "ISO/IEC 14496-12 §"
	ioPoints = "DASH-IF IOP "
)

var rules = [ruleCount]Rule{
	reachable: {"reachable", timing + "; " + apple + "8.3", "list only what the server has, all of it"},
	mimeType:  {"mime-type", apple + "10.4; " + iso + "C", "send the media type of the clause"},

	hlsSyntax:           {"hls-syntax", rfc + "4", "write the playlist as the grammar says"},
	hlsSecondOpinion:    {"hls-second-opinion", rfc + "4", "see what Eyevinn/hls-m3u8 rejects or reads differently"},
	hlsVersion:          {"hls-version", rfc + "7", "write the version that what the playlist uses asks for"},
	hlsIndependent:      {"hls-independent-segments", apple + "9.11, 9.12", "write EXT-X-INDEPENDENT-SEGMENTS"},
	hlsCodecs:           {"hls-codecs", apple + "9.1; " + rfc + "4.3.4.2", "list exactly the codecs in the init segments of the variant and its group"},
	hlsSampleEntry:      {"hls-sample-entry", apple + "1.10", "store parameter sets in the init segment: avc1, hvc1"},
	hlsResolution:       {"hls-resolution", apple + "9.2", "write the width and height of the video"},
	hlsFrameRate:        {"hls-frame-rate", apple + "9.15", "write the frame rate of the video"},
	hlsVideoRange:       {"hls-video-range", apple + "9.16", "derive VIDEO-RANGE from the transfer characteristics"},
	hlsBandwidth:        {"hls-bandwidth", apple + "1.27, 9.13; " + rfc + "4.3.4.2", "compute the peak segment bit rate from the segments' sizes"},
	hlsAverageBandwidth: {"hls-average-bandwidth", apple + "1.26, 9.14", "compute the average segment bit rate from the segments' sizes"},
	hlsGroup:            {"hls-group", rfc + "4.3.4.2", "reference a group that EXT-X-MEDIA defines, and use every group"},
	hlsGroupMembers:     {"hls-group-members", rfc + "4.3.4.1.1", "give every group the same members, different in URI and CHANNELS only"},
	hlsName:             {"hls-name", rfc + "4.3.4.1.1", "make NAME unique in the group"},
	hlsDefault:          {"hls-default", rfc + "4.3.4.1", "mark exactly one rendition of a group DEFAULT=YES, which implies AUTOSELECT=YES"},
	hlsLanguage:         {"hls-language", apple + "8.10", "write LANGUAGE, und when it is unknown"},
	hlsChannels:         {"hls-channels", rfc + "4.3.4.1", "write the number of channels of the audio track"},
	hlsStereo:           {"hls-stereo", apple + "2.3", "add a stereo AAC rendition"},
	hlsVOD:              {"hls-vod", apple + "8.6", "write EXT-X-PLAYLIST-TYPE:VOD and EXT-X-ENDLIST"},
	hlsMap:              {"hls-map", apple + "8.20", "write EXT-X-MAP before the first segment"},
	hlsTargetDuration:   {"hls-target-duration", rfc + "4.3.3.1", "raise EXT-X-TARGETDURATION to the longest rounded EXTINF"},
	hlsEqualTarget:      {"hls-equal-target", apple + "8.2", "write the same EXT-X-TARGETDURATION in every playlist"},
	hlsEXTINF:           {"hls-extinf", apple + "8.1", "derive EXTINF from absolute boundaries of the media"},
	hlsCoverage:         {"hls-coverage", apple + "8.3, 8.7", "let every rendition cover the same time range, from 0"},
	hlsAlignment:        {"hls-alignment", apple + "8.22", "cut every rendition at the same instants"},

	dashSyntax:        {"dash-syntax", iso + "5", "write the MPD as the schema says"},
	dashSecondOpinion: {"dash-second-opinion", iso + "5", "see what Eyevinn/dash-mpd rejects or reads differently"},
	dashStatic:        {"dash-static", ioPoints + "3.10.2", "write type static, the profile, mediaPresentationDuration and minBufferTime"},
	dashDuration:      {"dash-duration", timing + "; DASH-IF-Conformance 3.2.7.4", "write durations in seconds, without years or months"},
	dashPeriod:        {"dash-period", timing, "start the first Period at 0 and give the last one the duration that is left"},
	dashAddressing:    {"dash-addressing", timing, "use SegmentTemplate with timescale, startNumber and SegmentTimeline only, or SegmentList with one SegmentURL for each S"},
	dashTimeline:      {"dash-timeline", iso + "5.3.9.6; " + timing, "write S elements without gaps or overlaps, with d, without n"},
	dashTimeLimit:     {"dash-time-limit", timing, "keep every time below 2^53"},
	dashMedia:         {"dash-media", iso + "5.3.9.6", "derive the SegmentTimeline from the media's decode times"},
	dashCoverage:      {"dash-coverage", timing, "cover the whole Period with segments, and reference none behind it"},
	dashAlignment:     {"dash-alignment", ioPoints + "3.2.2.2", "write segmentAlignment true and cut the Representations at the same instants"},
	dashSAP:           {"dash-sap", iso + "5.3.7.2", "write startWithSAP 1 or 2 and start segments with sync samples"},
	dashRole:          {"dash-role", ioPoints + "3.2.2", "give one of several video AdaptationSets the Role main"},
	dashCodecs:        {"dash-codecs", iso + "5.3.7.2", "write the codecs value of the init segment"},
	dashDimensions:    {"dash-dimensions", iso + "5.3.3.2, 5.3.7.2", "write width and height of the video, and maxWidth and maxHeight no smaller"},
	dashFrameRate:     {"dash-frame-rate", iso + "5.3.7.2", "write the frame rate of the video"},
	dashBandwidth:     {"dash-bandwidth", iso + "5.3.5.2", "compute bandwidth from the segments' sizes and minBufferTime"},
	dashAudio:         {"dash-audio", iso + "5.3.3.2, 5.8.4.7", "write lang and an AudioChannelConfiguration that fits the media"},
	dashOffset:        {"dash-offset", timing, "start the media at 0 and leave presentationTimeOffset, eptDelta and bitstreamSwitching out"},
	dashIDs:           {"dash-ids", iso + "5.3.5.2", "make the ids of Representations and AdaptationSets unique"},
	dashType:          {"dash-type", iso + "5.3.7.2", "write contentType and mimeType of the media"},

	cmafStructure:     {"cmaf-structure", bmff + "4.2", "write boxes whose sizes fit what holds them"},
	cmafHeader:        {"cmaf-header", cmaf + "7.3.1", "write ftyp, then moov with mvhd, one trak and mvex"},
	cmafBrand:         {"cmaf-brand", cmaf + "7.2", "write the brand cmfc or cmf2"},
	cmafMatrix:        {"cmaf-matrix", cmaf + "7.5.1, 7.5.4", "write the default matrix, rate and volume"},
	cmafTrackDuration: {"cmaf-track-duration", cmaf + "7.5.4", "write tkhd and mdhd with duration 0"},
	cmafSampleTables:  {"cmaf-sample-tables", cmaf + "7.5.12", "leave the sample tables of the header empty"},
	cmafDataReference: {"cmaf-data-reference", cmaf + "7.5.9", "write one dref entry with flag 1"},
	cmafEditList:      {"cmaf-edit-list", cmaf + "7.5.13, 9.2.1", "write no edit list; start the timeline at 0 instead"},
	cmafESID:          {"cmaf-es-id", cmaf + "10.3.4.2.3", "write ES_ID 0"},
	cmafChunk:         {"cmaf-chunk", cmaf + "7.3.2.3", "write one moof, then its mdat"},
	cmafTrackID:       {"cmaf-track-id", cmaf + "7.5.16", "write the header's track_ID in tfhd"},
	cmafBaseOffset:    {"cmaf-base-offset", cmaf + "7.5.16", "set default-base-is-moof, write no base-data-offset"},
	cmafData:          {"cmaf-data", cmaf + "7.5.17", "let data offsets and sample sizes fill the mdat exactly"},
	cmafRunVersion:    {"cmaf-run-version", cmaf + "9.2.1", "write trun version 1 for video"},
	cmafDecodeTime:    {"cmaf-decode-time", cmaf + "7.3.2.2; " + apple + "7.3", "write tfdt as the sum of all durations before"},
	cmafPresentation:  {"cmaf-presentation", cmaf + "7.3.2.2", "present every sample inside its own fragment, the first at tfdt"},
	cmafSequence:      {"cmaf-sequence", bmff + "8.8.5", "let mfhd sequence numbers rise"},
	cmafSync:          {"cmaf-sync", apple + "7.4; " + cmaf + "7.3.2.3", "start every fragment with a sync sample, an IDR picture in H.264 and HEVC"},
	cmafEmpty:         {"cmaf-empty", timing, "list no segment without a sample"},

	agreeMedia:      {"agree-media", "Headwater DESIGN §5", "name the same segments in HLS and DASH"},
	agreeBoundaries: {"agree-boundaries", "Headwater DESIGN §5", "derive EXTINF and SegmentTimeline from the same boundaries"},
	agreeDuration:   {"agree-duration", "Headwater DESIGN §5", "derive both durations from the same grid"},

	hlsByteRange:   {Name: "hls-byte-range", Clause: rfc + "4.3.2.2", Cure: "name only bytes that the file has"},
	hlsTiling:      {Name: "hls-byte-range-tiling", Clause: rfc + "4.3.2.2 (SHOULD)", Cure: "let each byte range begin where the one before ends"},
	hlsOneAudio:    {Name: "hls-one-audio", Clause: apple + "2.17", Cure: "put one audio stream into a segment, others into renditions of their own"},
	hlsPackedAudio: {Name: "hls-packed-audio", Clause: rfc + "3.4", Cure: "begin each segment with an ID3 tag that holds the timestamp of its first sample"},
	hlsSubtitles:   {Name: "hls-subtitles", Clause: apple + "5.2; " + rfc + "3.5", Cure: "begin each WebVTT segment with WEBVTT and X-TIMESTAMP-MAP"},
	hlsCues:        {Name: "hls-cues", Clause: "WebVTT §4.1", Cure: "write cues in the order of their starts, each with an end after its start"},
	hlsIFrames:     {Name: "hls-i-frames", Clause: apple + "6.8, 9.1", Cure: "write CODECS of the pictures, and EXT-X-I-FRAMES-ONLY in the playlist"},
	hlsExactRates:  {Name: "hls-exact-rates", Clause: apple + "1.26, 1.27 (SHOULD)", Cure: "compute both rates within a percent, never too low"},

	tsPackets:       {Name: "ts-packets", Clause: systems + "2.4.3.2", Cure: "write whole packets of 188 bytes that begin with 0x47, without errors"},
	tsScrambled:     {Name: "ts-scrambled", Clause: rfc + "4.3.2.4", Cure: "leave packets unscrambled; encrypt as EXT-X-KEY says"},
	tsTables:        {Name: "ts-tables", Clause: rfc + "3.2; " + systems + "2.4.4", Cure: "write the PAT and the PMT of one program before the media of each segment, the same in all segments"},
	tsTablesFirst:   {Name: "ts-tables-first", Clause: rfc + "3.2 (SHOULD)", Cure: "begin each segment with a PAT and a PMT"},
	tsStreamType:    {Name: "ts-stream-type", Clause: rfc + "3.2; " + systems + "2.4.4.9", Cure: "multiplex H.264, AAC, AC-3, E-AC-3 or MP3 only"},
	tsHEVC:          {Name: "ts-hevc", Clause: apple + "1.5", Cure: "put HEVC into fragmented MP4"},
	tsContinuity:    {Name: "ts-continuity", Clause: systems + "2.4.3.3", Cure: "count packets of each PID on, across segments; else write EXT-X-DISCONTINUITY"},
	tsClock:         {Name: "ts-pcr", Clause: systems + "2.4.2, 2.7.2", Cure: "write PCRs that rise and never pass the DTS that follows"},
	tsClockInterval: {Name: "ts-pcr-interval", Clause: systems + "2.7.2", Cure: "write a PCR at least every 100 ms"},
	tsPES:           {Name: "ts-pes", Clause: systems + "2.4.3.6", Cure: "write whole PES packets with a PTS, the first at the start of the segment"},
	tsTimestamps:    {Name: "ts-timestamps", Clause: systems + "2.4.3.7", Cure: "let DTS rise, PTS be no earlier than DTS, and audio go on where it ended"},
	tsOffset:        {Name: "ts-offset", Clause: apple + "8.3", Cure: "start sound and pictures at the same time, within a frame"},
	tsSync:          {Name: "ts-sync", Clause: apple + "7.4", Cure: "start every segment with an IDR picture"},
	tsDelimiter:     {Name: "ts-delimiter", Clause: systems + "2.14.1", Cure: "begin every access unit with an access unit delimiter"},
	tsParameters:    {Name: "ts-parameters", Clause: rfc + "3.2", Cure: "repeat one SPS and PPS before the first picture of each segment, and never change formats without EXT-X-DISCONTINUITY"},
	tsAudioFrames:   {Name: "ts-audio-frames", Clause: "ISO/IEC 14496-3 §1.A.2.2; " + systems + "2.4.3.7", Cure: "fill each PES packet with whole audio frames"},
	tsEmpty:         {Name: "ts-empty", Clause: rfc + "3.2", Cure: "list no segment without a sample of each stream"},
	tsNull:          {Name: "ts-null", Clause: systems + "2.4.3.3 (SHOULD)", Cure: "leave null packets out: HTTP needs no constant rate"},
}
