package ingest

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"headwater/ingest/ffmpeg"
	"headwater/ingest/storage"
)

// JobError is the failure of a job.
type JobError struct {
	// Reason is one line for the user, as the catalogue keeps it: what was wrong and, where it helps, what to do. Parts
	// of it may come from the file: escape it.
	Reason string
	Err    error
}

// Error returns the reason.
func (e *JobError) Error() string { return e.Reason }

// Unwrap returns the cause.
func (e *JobError) Unwrap() error { return e.Err }

// maxReasonLength keeps a reason to what a listing can show.
const maxReasonLength = 400

// reasonOf puts err into one line for the user.
func reasonOf(err error) string {
	var limit *ffmpeg.LimitError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, ffmpeg.ErrCanceled):
		return "canceled: start it again to get the asset"
	case errors.Is(err, storage.ErrFull), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "the disk is full: free some space and start it again"
	case errors.As(err, &limit):
		return limit.Error()
	default:
		return oneLine(err.Error())
	}
}

// oneLine joins the lines of text and cuts it to maxReasonLength bytes at a letter's boundary.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxReasonLength {
		text = strings.ToValidUTF8(text[:maxReasonLength], "") + "…"
	}
	return text
}
