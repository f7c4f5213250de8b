// Package ingest turns files into assets that play, and takes them away again.
//
// An [Ingester] runs a job as a recipe: copy the source into a locked scratch folder ([Scratch]), probe it, plan, run
// ffmpeg, package what it writes into track files cut on one grid, compare the cuts, publish. A source whose packets can be
// stored as they are is published at once and again when its ladder is there.
//
// A [Publisher] keeps the catalogue (SQL, the truth) and storage (what origins may know) in step: index and track files
// first, then one transaction that makes the generation current and appends a change to the outbox, then the [Record] and
// the change feed in storage, which derive from the catalogue. Who may watch an asset ([Publisher.UpdateAsset]) and the
// documents that all origins share ([Publisher.PutDocument], [ReadDocument]) go the same way. A crash at any instant leaves the old state or the new
// one; [Publisher.Reconcile], which every process calls at its start, does what is left to do.
//
// Memory: media is streamed; a job holds about one fragment a rendition. Non-goals: uploads, queues, several machines on
// one scratch folder.
package ingest
