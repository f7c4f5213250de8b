package catalog

import (
	"time"

	"headwater/packager"
)

// JobID names a job, for ever. Its grammar is that of [packager.ValidID].
type JobID string

// JobState says whether a job is being worked on.
type JobState string

// The states of a job.
const (
	JobRunning JobState = "running"
	JobDone    JobState = "done"
	JobFailed  JobState = "failed"
)

// Job is a piece of work on one asset that ends with a generation or with a reason why there is none.
type Job struct {
	ID    JobID
	Asset packager.AssetID
	// Kind is what is done, such as "ingest" or "reindex".
	Kind     string
	State    JobState
	Progress Progress
	// Reason says in one line why the job failed; else empty.
	Reason    string
	CreatedAt time.Time
	// UpdatedAt is when the job last reported progress, or ended.
	UpdatedAt time.Time
}

// Progress says how far a job is.
type Progress struct {
	// Stage is what the job does at the moment, such as "encode".
	Stage string
	// Permille of the stage that is done, 0 to 1000.
	Permille int
}

// NewJob is what the caller says of a job that it creates.
type NewJob struct {
	ID   JobID
	Kind string
}

// JobFilter selects jobs.
type JobFilter struct {
	Asset packager.AssetID // empty keeps all
	State JobState         // empty keeps all
	// Limit is how many of the newest are returned, 1 to [MaxPage].
	Limit int
}
