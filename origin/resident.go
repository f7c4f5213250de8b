package origin

import (
	"unsafe"

	"headwater/packager"
)

// residentBytes returns about how much memory p takes, with the segmentations that it will have computed when every
// target has been asked for.
func residentBytes(p *packager.Presentation) int64 {
	const cutBytes = int64(unsafe.Sizeof(packager.Ticks(0)))
	const startsBytes = int64(unsafe.Sizeof(int32(0))) * packager.MaxTargetSeconds
	size := int64(unsafe.Sizeof(*p)) + int64(len(p.Grid.Cuts))*(cutBytes+startsBytes)
	for i := range p.Tracks {
		t := &p.Tracks[i]
		size += int64(unsafe.Sizeof(*t)) + int64(len(t.Init)) + int64(len(t.Fragments))*int64(unsafe.Sizeof(packager.Fragment{}))
	}
	return size
}
