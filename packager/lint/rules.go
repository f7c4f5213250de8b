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
	dashTiles

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
	cmafSwitchingSet
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
	hlsIFrameLists
	hlsIFrames
	hlsIFrameRanges
	hlsIFrameTimes
	hlsRedirect
	hlsSupplemental
	hlsGzip
	hlsKeyFrames
	hlsPeak
	hlsSegmentDuration
	hlsDiscontinuity
	hlsExplicitSBR
	hlsEvents
	hlsRemoved
	transportSecurity
	transportPlain

	tsPackets
	tsScrambled
	tsTables
	tsTablesFirst
	tsStreamType
	tsHEVC
	tsAV1
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
