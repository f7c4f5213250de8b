// Package catalog is the SQL side of the library: which assets exist, who may watch them, which generations of them were
// published, which jobs work on them, which documents all origins share, and which changes the viewer plane has yet to
// hear of.
//
// SQL holds intent; storage holds what origins may know. A change that viewers can see is one transaction here: it alters
// the asset or document and appends a numbered [Change] to the outbox. Package ingest then derives the asset's record or
// the document's object and the change feed in storage from what the catalogue says at that moment, and marks the changes delivered. What a crash leaves
// undelivered is delivered by the next process.
//
// [Catalog] is the port. Backend: sqlite (one file, many processes of one machine). The suite in catalogtest says what
// every backend keeps.
//
// Rules that the catalogue enforces, so that callers need not hope for them:
//   - ids of assets and jobs are never reused; a deleted asset keeps its row;
//   - an asset has at most one running job, and only that job can publish;
//   - generations of an asset count from 1 without a gap, and so do revisions of a document;
//   - numbers of changes count from 1 without a gap, in the order in which the transactions took effect.
//
// Times are UTC in whole milliseconds and come from a clock that the backend is given.
package catalog
