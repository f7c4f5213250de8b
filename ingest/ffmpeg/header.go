package ffmpeg

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// headerEntries are the fields that parseHeader reads; ffprobe prints no others.
const headerEntries = "format=format_name,nb_streams" +
	":stream=index,codec_type,codec_name,profile,level,width,height,has_b_frames,sample_aspect_ratio,pix_fmt," +
	"field_order,time_base,avg_frame_rate,sample_rate,channels,channel_layout," +
	"color_range,color_space,color_transfer,color_primaries" +
	":stream_tags=language,title:stream_disposition:stream_side_data" +
	":frame=media_type,stream_index,best_effort_timestamp,width,height,interlaced_frame,top_field_first,nb_samples," +
	"color_range,color_space,color_transfer,color_primaries:frame_side_data"

// header is what ffprobe says about a file and its first frames.
type header struct {
	Format struct {
		Name    string `json:"format_name"`
		Streams int    `json:"nb_streams"`
	} `json:"format"`
	Streams []streamHeader `json:"streams"`
	Frames  []frame        `json:"frames"`
}

// streamHeader is one element of ffprobe's "streams". Fields that do not apply are zero.
type streamHeader struct {
	Index        int    `json:"index"`
	Type         string `json:"codec_type"`
	Codec        string `json:"codec_name"`
	Profile      string `json:"profile"`
	Level        int    `json:"level"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	ReorderDepth int    `json:"has_b_frames"`
	SampleAspect string `json:"sample_aspect_ratio"`
	PixelFormat  string `json:"pix_fmt"`
	FieldOrder   string `json:"field_order"`
	TimeBase     string `json:"time_base"`
	FrameRate    string `json:"avg_frame_rate"`
	SampleRate   string `json:"sample_rate"`
	Channels     int    `json:"channels"`
	Layout       string `json:"channel_layout"`
	colourNames
	Disposition map[string]int `json:"disposition"`
	Tags        struct {
		Language string `json:"language"`
		Title    string `json:"title"`
	} `json:"tags"`
	SideData []sideData `json:"side_data_list"`
}

// frame is one element of ffprobe's "frames": a picture or a block of sound that was decoded.
type frame struct {
	Type          string `json:"media_type"`
	Stream        int    `json:"stream_index"`
	Time          *int64 `json:"best_effort_timestamp"`
	Width         int    `json:"width"`
	Height        int    `json:"height"`
	Interlaced    int    `json:"interlaced_frame"`
	TopFieldFirst int    `json:"top_field_first"`
	Samples       int    `json:"nb_samples"`
	colourNames
	SideData []sideData `json:"side_data_list"`
}

// sideData holds the fields of the kinds of side data that matter here.
type sideData struct {
	Type          string  `json:"side_data_type"`
	DisplayMatrix string  `json:"displaymatrix"`
	Rotation      float64 `json:"rotation"`
	lightSideData
	dolbyVisionSideData
}

// parseHeader reads what ffprobe prints for headerEntries as JSON.
func parseHeader(r io.Reader) (header, error) {
	var h header
	if err := json.NewDecoder(r).Decode(&h); err != nil {
		return header{}, fmt.Errorf("read ffprobe's description: %w", err)
	}
	return h, nil
}

// maxSide and maxStreams bound what is decoded and looked after. 8192 is the largest side of H.264 and HEVC level 6.2
// in practice, and of most displays.
const (
	maxSide    = 8192
	maxStreams = 64
)

// check reports the first limit that the file as a whole passes.
func (h *header) check() error {
	if n := max(h.Format.Streams, len(h.Streams)); n > maxStreams {
		return &LimitError{"streams", fmt.Sprintf("%d streams, at most %d are allowed", n, maxStreams)}
	}
	for i := range h.Streams {
		if s := &h.Streams[i]; s.isPicture() && max(s.Width, s.Height) > maxSide {
			return &LimitError{"dimensions", fmt.Sprintf("%dx%d pixels, at most %dx%d are allowed", s.Width, s.Height, maxSide, maxSide)}
		}
	}
	return nil
}

// isPicture reports moving pictures: no cover art, no thumbnails, no slides, no second layer of another stream.
func (s *streamHeader) isPicture() bool {
	return s.Type == "video" && !slices.ContainsFunc(s.SideData, sideData.isSecondLayer) && s.Codec != "" && s.Disposition["attached_pic"] == 0 && s.Disposition["timed_thumbnails"] == 0 &&
		s.Disposition["still_image"] == 0
}

// video returns what the header alone tells; the time base is false when it is unusable.
func (s *streamHeader) video() (v VideoStream, ok bool) {
	v = VideoStream{
		Index: s.Index, Codec: s.Codec, Profile: s.Profile, Level: s.Level,
		Width: s.Width, Height: s.Height, SampleAspect: Rational{1, 1},
		PixelFormat: s.PixelFormat, BitDepth: bitDepth(s.PixelFormat),
		Colour: s.colourNames.over(unspecifiedColour), ReorderDepth: s.ReorderDepth,
		AverageFrameRate: Rational{0, 1},
	}
	if r, ok := parseRational(s.SampleAspect); ok && plausibleAspect(r) {
		v.SampleAspect = r
	}
	if r, ok := parseRational(s.FrameRate); ok {
		v.AverageFrameRate = r
	}
	v.Interlaced = s.FieldOrder != "" && strings.Contains("tt bb tb bt", s.FieldOrder)
	// "tb" is coded top first and displayed bottom first.
	v.TopFieldFirst = s.FieldOrder == "tt" || s.FieldOrder == "bt"
	v.addSideData(s.SideData)
	v.TimeBase, ok = parseTimeBase(s.TimeBase)
	return v, ok && s.Width > 0 && s.Height > 0
}

// plausibleAspect keeps out ratios that only damage explains and that would blow up the picture.
func plausibleAspect(r Rational) bool {
	return r.Num > 0 && r.Num <= 20*r.Den && r.Den <= 20*r.Num
}

func parseTimeBase(text string) (Rational, bool) {
	r, ok := parseRational(text)
	return r, ok && r.Num > 0
}

// addSideData takes over orientation, light levels and Dolby Vision, from a stream or from its first frame.
func (v *VideoStream) addSideData(list []sideData) {
	for _, d := range list {
		switch {
		case d.DisplayMatrix != "":
			v.orient(d)
		default:
			v.HDR.add(d)
		}
	}
}

// orient reads a display matrix (ISO/IEC 14496-12 §6.2.2). ffprobe's angle counts against the clock. A matrix that also
// mirrors has a negative determinant.
func (v *VideoStream) orient(d sideData) {
	quarters := math.Round(-d.Rotation / 90)
	v.Mirrored = math.Abs(-d.Rotation-quarters*90) > 1 || mirrors(d.DisplayMatrix)
	if v.Rotation = int(math.Mod(quarters, 4)) * 90; v.Rotation < 0 {
		v.Rotation += 360
	}
}

// mirrors reads the three lines "00000000: a b u" and so on that ffprobe prints for a matrix.
func mirrors(matrix string) bool {
	var m []float64
	for _, word := range strings.Fields(matrix) {
		if n, err := strconv.ParseInt(word, 10, 32); err == nil && !strings.HasSuffix(word, ":") {
			m = append(m, float64(n))
		}
	}
	return len(m) == 9 && m[0]*m[4]-m[1]*m[3] < 0
}
