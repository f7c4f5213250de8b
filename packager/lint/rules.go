package lint

// Rule is one thing that a stream must or should keep.
type Rule struct {
	Name     string
	Severity Severity
	Clause   string // where the rule stands
	Cure     string // what to do when it is broken
}

// Severity tells what players may rely on from what is better kept.
type Severity int

// Must is a rule that its clause demands. Should is one that a clause recommends, or that only some players need.
const (
	Must Severity = iota
	Should
)

// String returns must or should.
func (s Severity) String() string {
	if s == Should {
		return "should"
	}
	return "must"
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
	dashProfile
	dashDuration
	dashPeriod
	dashPeriodDuration
	dashAddressing
	dashTimescale
	dashTimeline
	dashSequences
	dashTimeLimit
	dashNominal
	dashEPTDelta
	dashList
	dashMedia
	dashCoverage
	dashOverhang
	dashAlignment
	dashSAP
	dashIndex
	dashInitRange
	dashIndexTimes
	dashSubsegments
	dashRole
	dashCodecs
	dashSupplemental
	dashProtection
	dashDimensions
	dashAspect
	dashFrameRate
	dashColour
	dashBandwidth
	dashExactBandwidth
	dashLanguage
	dashChannels
	dashSamplingRate
	dashTextOffset
	dashSwitching
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
	cmafConfig
	cmafEvent
	cmafSubsegment
	cmafEncryption
	cmafDolbyVision
	segmentIndexSize

	agreeMedia
	agreeBoundaries
	agreeDuration

	byteRanges
	hlsTiling
	hlsOneAudio
	hlsPackedAudio
	hlsExactRates
	hlsSubtitles
	hlsCues
	hlsIFrames
	hlsRedirect
	hlsSupplemental
	hlsGzip

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
	reachable: {Name: "reachable", Clause: timing + "; " + apple + "8.3", Cure: "list only what the server has, all of it"},
	mimeType:  {Name: "mime-type", Clause: apple + "10.4; " + iso + "C", Cure: "send the media type of the clause"},

	hlsSyntax:           {Name: "hls-syntax", Clause: rfc + "4", Cure: "write the playlist as the grammar says"},
	hlsSecondOpinion:    {Name: "hls-second-opinion", Severity: Should, Clause: rfc + "4", Cure: "see what Eyevinn/hls-m3u8 rejects or reads differently"},
	hlsVersion:          {Name: "hls-version", Clause: rfc + "7", Cure: "write the version that what the playlist uses asks for"},
	hlsIndependent:      {Name: "hls-independent-segments", Clause: apple + "9.11, 9.12", Cure: "write EXT-X-INDEPENDENT-SEGMENTS"},
	hlsCodecs:           {Name: "hls-codecs", Clause: apple + "9.1; " + rfc + "4.3.4.2", Cure: "list exactly the codecs in the init segments of the variant and its group"},
	hlsSampleEntry:      {Name: "hls-sample-entry", Clause: apple + "1.10", Cure: "store parameter sets in the init segment: avc1, hvc1"},
	hlsResolution:       {Name: "hls-resolution", Clause: apple + "9.2", Cure: "write the width and height of the video"},
	hlsFrameRate:        {Name: "hls-frame-rate", Clause: apple + "9.15", Cure: "write the frame rate of the video"},
	hlsVideoRange:       {Name: "hls-video-range", Clause: apple + "9.16", Cure: "derive VIDEO-RANGE from the transfer characteristics"},
	hlsBandwidth:        {Name: "hls-bandwidth", Clause: apple + "1.27, 9.13; " + rfc + "4.3.4.2", Cure: "compute the peak segment bit rate from the segments' sizes"},
	hlsAverageBandwidth: {Name: "hls-average-bandwidth", Clause: apple + "1.26, 9.14", Cure: "compute the average segment bit rate from the segments' sizes"},
	hlsGroup:            {Name: "hls-group", Clause: rfc + "4.3.4.2", Cure: "reference a group that EXT-X-MEDIA defines, and use every group"},
	hlsGroupMembers:     {Name: "hls-group-members", Clause: rfc + "4.3.4.1.1", Cure: "give every group the same members, different in URI and CHANNELS only"},
	hlsName:             {Name: "hls-name", Clause: rfc + "4.3.4.1.1", Cure: "make NAME unique in the group"},
	hlsDefault:          {Name: "hls-default", Clause: rfc + "4.3.4.1", Cure: "mark exactly one rendition of a group DEFAULT=YES, which implies AUTOSELECT=YES"},
	hlsLanguage:         {Name: "hls-language", Severity: Should, Clause: apple + "8.10", Cure: "write LANGUAGE, und when it is unknown"},
	hlsChannels:         {Name: "hls-channels", Clause: rfc + "4.3.4.1", Cure: "write the number of channels of the audio track"},
	hlsStereo:           {Name: "hls-stereo", Clause: apple + "2.3", Cure: "add a stereo AAC rendition"},
	hlsVOD:              {Name: "hls-vod", Clause: apple + "8.6", Cure: "write EXT-X-PLAYLIST-TYPE:VOD and EXT-X-ENDLIST"},
	hlsMap:              {Name: "hls-map", Clause: apple + "8.20", Cure: "write EXT-X-MAP before the first segment"},
	hlsTargetDuration:   {Name: "hls-target-duration", Clause: rfc + "4.3.3.1", Cure: "raise EXT-X-TARGETDURATION to the longest rounded EXTINF"},
	hlsEqualTarget:      {Name: "hls-equal-target", Clause: apple + "8.2", Cure: "write the same EXT-X-TARGETDURATION in every playlist"},
	hlsEXTINF:           {Name: "hls-extinf", Clause: apple + "8.1", Cure: "derive EXTINF from absolute boundaries of the media"},
	hlsCoverage:         {Name: "hls-coverage", Clause: apple + "8.3, 8.7", Cure: "let every rendition cover the same time range, from 0"},
	hlsAlignment:        {Name: "hls-alignment", Severity: Should, Clause: apple + "8.22", Cure: "cut every rendition at the same instants"},

	dashSyntax:         {Name: "dash-syntax", Clause: iso + "5", Cure: "write the MPD as the schema says"},
	dashSecondOpinion:  {Name: "dash-second-opinion", Severity: Should, Clause: iso + "5", Cure: "see what Eyevinn/dash-mpd rejects or reads differently"},
	dashStatic:         {Name: "dash-static", Clause: ioPoints + "3.10.2", Cure: "write type static and mediaPresentationDuration"},
	dashProfile:        {Name: "dash-profile", Clause: iso + "8.3, 8.4", Cure: "claim only profiles that allow the addressing that is used"},
	dashDuration:       {Name: "dash-duration", Clause: timing + "; DASH-IF-Conformance 3.2.7.4", Cure: "write durations in seconds, without years or months"},
	dashPeriod:         {Name: "dash-period", Clause: timing, Cure: "let Periods follow each other from 0 to mediaPresentationDuration"},
	dashPeriodDuration: {Name: "dash-period-duration", Severity: Should, Clause: timing, Cure: "give the last Period the duration that is left"},
	dashAddressing:     {Name: "dash-addressing", Clause: timing + "; " + iso + "5.3.9", Cure: "address all segments of an AdaptationSet in one way: templates with timeline or duration, lists, or an index"},
	dashTimescale:      {Name: "dash-timescale", Severity: Should, Clause: timing, Cure: "write timescale, also where it is 1"},
	dashTimeline:       {Name: "dash-timeline", Clause: iso + "5.3.9.6; " + timing, Cure: "write S elements without gaps or overlaps, with d, without n"},
	dashSequences:      {Name: "dash-sequences", Severity: Should, Clause: iso + "5.3.9.6", Cure: "leave k out: few players know segment sequences"},
	dashTimeLimit:      {Name: "dash-time-limit", Clause: timing, Cure: "keep every time below 2^53"},
	dashNominal:        {Name: "dash-nominal", Clause: iso + "7.2.1; " + timing, Cure: "write the duration that segments have, within half of it at every edge, or a SegmentTimeline"},
	dashEPTDelta:       {Name: "dash-ept-delta", Clause: timing, Cure: "leave eptDelta out beside a SegmentTimeline"},
	dashList:           {Name: "dash-list", Severity: Should, Clause: iso + "5.3.9.3", Cure: "write one S for each SegmentURL and no startNumber: there are players that count them"},
	dashMedia:          {Name: "dash-media", Clause: iso + "5.3.9.6", Cure: "derive the SegmentTimeline from the media's presentation times"},
	dashCoverage:       {Name: "dash-coverage", Clause: timing, Cure: "cover the whole Period with segments, and reference none before or behind it"},
	dashOverhang:       {Name: "dash-overhang", Severity: Should, Clause: timing, Cure: "let the Period end where its media end, within a frame"},
	dashAlignment:      {Name: "dash-alignment", Clause: ioPoints + "3.2.2.2", Cure: "write segmentAlignment true and cut the Representations at the same instants"},
	dashSAP:            {Name: "dash-sap", Clause: iso + "5.3.7.2", Cure: "write startWithSAP 1 or 2 and start segments with sync samples"},
	dashIndex:          {Name: "dash-index", Clause: ioPoints + "3.10.3.2; " + timing, Cure: "write one sidx that fills indexRange and is of all bytes behind it"},
	dashInitRange:      {Name: "dash-initialization-range", Clause: timing, Cure: "write Initialization with the range of the header, before that of the index"},
	dashIndexTimes:     {Name: "dash-index-times", Clause: timing + "; " + bmff + "8.16.3", Cure: "write track, timescale and durations of the media into the sidx, and the timescale into the MPD"},
	dashSubsegments:    {Name: "dash-subsegments", Clause: ioPoints + "3.10.3", Cure: "write subsegmentAlignment true and subsegmentStartsWithSAP 1 or 2, and SAPs into the sidx"},
	dashRole:           {Name: "dash-role", Clause: ioPoints + "3.2.2", Cure: "give one of several video AdaptationSets the Role main"},
	dashCodecs:         {Name: "dash-codecs", Clause: iso + "5.3.7.2", Cure: "write the codecs value of the init segment"},
	dashSupplemental:   {Name: "dash-supplemental-codecs", Severity: Should, Clause: "ANSI/SCTE 214-1; Dolby Vision streams within MPEG-DASH", Cure: "write supplementalCodecs and supplementalProfiles as the Dolby Vision configuration says"},
	dashProtection:     {Name: "dash-protection", Clause: "ISO/IEC 23001-7 §11", Cure: "write a ContentProtection of mp4protection with the media's scheme and key id"},
	dashDimensions:     {Name: "dash-dimensions", Clause: iso + "5.3.3.2, 5.3.7.2", Cure: "write width and height of the video, and maxWidth and maxHeight no smaller"},
	dashAspect:         {Name: "dash-aspect", Clause: iso + "5.3.3.2, 5.3.7.2", Cure: "write sar and par of the video"},
	dashFrameRate:      {Name: "dash-frame-rate", Clause: iso + "5.3.7.2", Cure: "write the frame rate of the video"},
	dashColour:         {Name: "dash-colour", Clause: "ISO/IEC 23091-2; " + ioPoints + "10", Cure: "write the code points of the video"},
	dashBandwidth:      {Name: "dash-bandwidth", Clause: iso + "5.3.5.2", Cure: "compute bandwidth from the segments' sizes and minBufferTime"},
	dashExactBandwidth: {Name: "dash-exact-bandwidth", Severity: Should, Clause: iso + "5.3.5.2", Cure: "declare at most a percent more than minBufferTime takes"},
	dashLanguage:       {Name: "dash-language", Severity: Should, Clause: iso + "5.3.3.2", Cure: "write lang, und when it is unknown"},
	dashChannels:       {Name: "dash-channels", Clause: iso + "5.8.4.7", Cure: "write an AudioChannelConfiguration that fits the media"},
	dashSamplingRate:   {Name: "dash-sampling-rate", Clause: iso + "5.3.7.2", Cure: "write the sampling rate of the media"},
	dashTextOffset:     {Name: "dash-text-offset", Clause: timing, Cure: "write no presentationTimeOffset for text in one file"},
	dashSwitching:      {Name: "dash-bitstream-switching", Clause: ioPoints + "6.2.5.2", Cure: "leave bitstreamSwitching out, or store avc3 or hev1 without edit lists"},
	dashIDs:            {Name: "dash-ids", Clause: iso + "5.3.5.2", Cure: "make the ids of Representations and AdaptationSets unique"},
	dashType:           {Name: "dash-type", Clause: iso + "5.3.7.2", Cure: "write contentType and mimeType of the media"},

	cmafStructure:     {Name: "cmaf-structure", Clause: bmff + "4.2", Cure: "write boxes whose sizes fit what holds them"},
	cmafHeader:        {Name: "cmaf-header", Clause: cmaf + "7.3.1", Cure: "write ftyp, then moov with mvhd, one trak and mvex"},
	cmafBrand:         {Name: "cmaf-brand", Severity: Should, Clause: cmaf + "7.2", Cure: "write the brand cmfc or cmf2"},
	cmafMatrix:        {Name: "cmaf-matrix", Clause: cmaf + "7.5.1, 7.5.4", Cure: "write the default matrix, rate and volume"},
	cmafTrackDuration: {Name: "cmaf-track-duration", Clause: cmaf + "7.5.4", Cure: "write tkhd and mdhd with duration 0"},
	cmafSampleTables:  {Name: "cmaf-sample-tables", Clause: cmaf + "7.5.12", Cure: "leave the sample tables of the header empty"},
	cmafDataReference: {Name: "cmaf-data-reference", Clause: cmaf + "7.5.9", Cure: "write one dref entry with flag 1"},
	cmafEditList:      {Name: "cmaf-edit-list", Clause: cmaf + "7.5.13, 9.2.1", Cure: "write no edit list, or one entry of duration 0 and rate 1"},
	cmafESID:          {Name: "cmaf-es-id", Clause: cmaf + "10.3.4.2.3", Cure: "write ES_ID 0"},
	cmafChunk:         {Name: "cmaf-chunk", Clause: cmaf + "7.3.2.3", Cure: "write one moof, then its mdat"},
	cmafTrackID:       {Name: "cmaf-track-id", Clause: cmaf + "7.5.16", Cure: "write the header's track_ID in tfhd"},
	cmafBaseOffset:    {Name: "cmaf-base-offset", Clause: cmaf + "7.5.16", Cure: "set default-base-is-moof, write no base-data-offset"},
	cmafData:          {Name: "cmaf-data", Clause: cmaf + "7.5.17", Cure: "let data offsets and sample sizes fill the mdat exactly"},
	cmafRunVersion:    {Name: "cmaf-run-version", Clause: cmaf + "9.2.1", Cure: "write trun version 1 and no edit list for video, or version 0 and one"},
	cmafDecodeTime:    {Name: "cmaf-decode-time", Clause: cmaf + "7.3.2.2; " + apple + "7.3", Cure: "write tfdt as the sum of all durations before"},
	cmafPresentation:  {Name: "cmaf-presentation", Severity: Should, Clause: cmaf + "7.3.2.2", Cure: "present every sample inside its own fragment, the first at tfdt"},
	cmafSequence:      {Name: "cmaf-sequence", Clause: bmff + "8.8.5", Cure: "let mfhd sequence numbers rise"},
	cmafSync:          {Name: "cmaf-sync", Clause: apple + "7.4; " + cmaf + "7.3.2.3", Cure: "start every fragment with a sync sample, an IDR picture in H.264 and HEVC"},
	cmafEmpty:         {Name: "cmaf-empty", Clause: timing, Cure: "list no segment without a sample"},
	cmafConfig:        {Name: "cmaf-config", Clause: "ISO/IEC 14496-15 §5.3.3, 8.3.3", Cure: "write the parameter sets that the samples use, and their profile and size"},
	cmafEvent:         {Name: "cmaf-event", Clause: cmaf + "7.4.5", Cure: "write emsg before the first moof of a segment"},
	cmafSubsegment:    {Name: "cmaf-subsegment", Severity: Should, Clause: cmaf + "7.3.3.3", Cure: "write one fragment a subsegment"},
	cmafEncryption:    {Name: "cmaf-encryption", Clause: cmaf + "8.2.2", Cure: "write senc, or saiz with a saio of one entry"},
	cmafDolbyVision:   {Name: "cmaf-dolby-vision", Clause: "Dolby Vision Streams Within the ISO Base Media File Format §3", Cure: "write the dvcC, dvvC or dvwC of what the pictures are, in an entry whose name its base allows"},
	segmentIndexSize:  {Name: "segment-index", Clause: bmff + "8.16.3", Cure: "let the sizes in a sidx add up to what follows it"},

	agreeMedia:      {Name: "agree-media", Severity: Should, Clause: "Headwater DESIGN §5", Cure: "name the same segments in HLS and DASH"},
	agreeBoundaries: {Name: "agree-boundaries", Clause: "Headwater DESIGN §5", Cure: "derive EXTINF and SegmentTimeline from the same boundaries"},
	agreeDuration:   {Name: "agree-duration", Clause: "Headwater DESIGN §5", Cure: "derive both durations from the same grid"},

	byteRanges:      {Name: "byte-range", Clause: rfc + "4.3.2.2; " + iso + "5.3.9.2", Cure: "name only bytes that the file has"},
	hlsTiling:       {Name: "hls-byte-range-tiling", Severity: Should, Clause: rfc + "4.3.2.2", Cure: "let each byte range begin where the one before ends"},
	hlsOneAudio:     {Name: "hls-one-audio", Clause: apple + "2.17", Cure: "put one audio stream into a segment, others into renditions of their own"},
	hlsPackedAudio:  {Name: "hls-packed-audio", Clause: rfc + "3.4", Cure: "begin each segment with an ID3 tag that holds the timestamp of its first sample"},
	hlsSubtitles:    {Name: "hls-subtitles", Clause: apple + "5.2; " + rfc + "3.5", Cure: "begin each WebVTT segment with WEBVTT and X-TIMESTAMP-MAP"},
	hlsCues:         {Name: "hls-cues", Clause: "WebVTT §4.1", Cure: "write cues in the order of their starts, each with an end after its start"},
	hlsRedirect:     {Name: "hls-redirect", Severity: Should, Clause: apple + "8.18", Cure: "name in playlists where their media are, behind all redirects"},
	hlsSupplemental: {Name: "hls-supplemental-codecs", Severity: Should, Clause: apple + "9.1; draft-pantos-hls-rfc8216bis §4.4.6.2", Cure: "write SUPPLEMENTAL-CODECS as the Dolby Vision configuration says"},
	hlsGzip:         {Name: "hls-gzip", Clause: apple + "10.1", Cure: "compress playlists with gzip for clients that accept it"},
	hlsIFrames:      {Name: "hls-i-frames", Clause: apple + "6.8, 9.1", Cure: "write CODECS of the pictures, and EXT-X-I-FRAMES-ONLY in the playlist"},
	hlsExactRates:   {Name: "hls-exact-rates", Severity: Should, Clause: apple + "1.26, 1.27", Cure: "compute both rates within a percent, never too low"},

	tsPackets:       {Name: "ts-packets", Clause: systems + "2.4.3.2", Cure: "write whole packets of 188 bytes that begin with 0x47, without errors"},
	tsScrambled:     {Name: "ts-scrambled", Clause: rfc + "4.3.2.4", Cure: "leave packets unscrambled; encrypt as EXT-X-KEY says"},
	tsTables:        {Name: "ts-tables", Clause: rfc + "3.2; " + systems + "2.4.4", Cure: "write the PAT and the PMT of one program before the media of each segment, the same in all segments"},
	tsTablesFirst:   {Name: "ts-tables-first", Severity: Should, Clause: rfc + "3.2", Cure: "begin each segment with a PAT and a PMT"},
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
	tsNull:          {Name: "ts-null", Severity: Should, Clause: systems + "2.4.3.3", Cure: "leave null packets out: HTTP needs no constant rate"},
}
