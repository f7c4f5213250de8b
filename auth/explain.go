package auth

import (
	"errors"
	"fmt"
	"strings"
)

// Inquiry is a request of which to explain how it is decided.
type Inquiry struct {
	Request
	// Path and Query are those of the URL as they would be sent, the path without /s/ and what follows that.
	Path, Query string
	// Token is the session, or else the credential, that is shown beside; empty for none.
	Token string
	// Asset returns the record of an asset of a project, false where there is none.
	Asset func(project, asset string) (Asset, bool)
}

// Step is one step of a decision, in words. There is nothing secret in it.
type Step struct {
	Name   string `json:"name"`
	Result Result `json:"result"`
	Cause  string `json:"cause,omitempty"` // of a refusal, as logs and counters name it
	Detail string `json:"detail"`
}

// Result says what came of a step.
type Result string

// The results.
const (
	Noted   Result = "noted"    // it refuses nobody
	Passed  Result = "passed"   // it does not refuse this request
	Refused Result = "refused"  // it does
	Unasked Result = "no trial" // it depends on others too, and trying would count
)

// Explain tells step by step how a request is decided, the public answer last. It goes on behind a refusal, of which the
// first counts. It spends nothing: no rate, no single use, no session; nor does it ask the hook.
func (e *Engine) Explain(q Inquiry) []Step {
	var x explanation
	if err := e.Begin(&x.visit, q.Request); err != nil {
		x.refuse("rules", err, "there are none yet")
		return append(x.steps, x.answer())
	}
	p := x.visit.project
	x.note("project", p.tell(q.Host))
	asset, ok := x.show(&q)
	if !ok {
		return append(x.steps, x.answer())
	}
	record, exists := q.Asset(p.name, asset)
	x.choose(asset, &record, exists)
	for i := range stages {
		x.judge(&stages[i], &record, exists)
	}
	if x.visit.shown == aCredential {
		x.exchange()
	}
	return append(x.steps, x.answer())
}

// explanation is an explanation on its way.
type explanation struct {
	visit   Visit
	steps   []Step
	refusal error // the first
}

func (x *explanation) add(name string, result Result, detail string) {
	x.steps = append(x.steps, Step{Name: name, Result: result, Detail: detail})
}

func (x *explanation) note(name, detail string) { x.add(name, Noted, detail) }

func (x *explanation) refuse(name string, err error, detail string) {
	x.steps = append(x.steps, Step{name, Refused, nameOf(err), detail})
	if x.refusal == nil {
		x.refusal = err
	}
}

// verdict adds a step that err decides.
func (x *explanation) verdict(name string, err error, detail string) {
	if err != nil {
		x.refuse(name, err, detail)
		return
	}
	x.add(name, Passed, detail)
}

// show has the visit show what the inquiry holds, and returns the plain id of the asset.
func (x *explanation) show(q *Inquiry) (asset string, ok bool) {
	v, path, signed := &x.visit, q.Path, false
	if q.Token == "" && v.Guarded() {
		var err error
		if path, signed, err = v.SplitURL(q.Path, q.Query); err != nil {
			x.refuse("credential", err, "a signature in the URL that is not spelt as one")
			return "", false
		}
	}
	asset, _, ok = strings.Cut(strings.TrimPrefix(path, signedPrefix), "/")
	if !ok || !strings.HasPrefix(path, signedPrefix) || !validID(asset) {
		x.refuse("path", errPath, "want "+signedPrefix+"{asset}/…")
		return "", false
	}
	switch {
	case signed:
		x.verdict("credential", v.PresentURL(asset), "a signed URL: "+v.tellClaims())
	case q.Token == "":
		x.note("credential", "none is shown")
	default:
		x.showToken(q.Token, asset, path)
	}
	return asset, true
}

// showToken takes for a credential what is not written like a session.
func (x *explanation) showToken(token, asset, path string) {
	v := &x.visit
	err := v.OpenSession([]byte(token), asset)
	if !errors.Is(err, Malformed) {
		x.verdict("session", err, v.session.tell(err))
		return
	}
	if err := v.Present(token, asset, path); err != nil {
		x.refuse("credential", err, err.Error())
		return
	}
	x.add("credential", Passed, v.tellClaims())
}

// choose tells of the asset and of the policy that holds for it.
func (x *explanation) choose(asset string, record *Asset, exists bool) {
	v := &x.visit
	if !exists {
		x.note("policy", v.policy.tellName()+", that of the project")
		err := v.Hopeless()
		if err == nil {
			err = NoAsset
		}
		x.refuse("record", err, "there is no asset "+asset)
		return
	}
	if err := v.choosePolicy(record); err != nil {
		x.refuse("policy", err, "the asset names "+record.Policy+", which there is not")
		return
	}
	why := "that of the project"
	if record.Policy != "" {
		why = "that of the asset"
	}
	x.note("policy", v.policy.tellName()+", "+why)
}

func (x *explanation) judge(s *stage, record *Asset, exists bool) {
	if !exists && s.name == stageAsset {
		return
	}
	detail := s.tell(&x.visit, record)
	switch {
	case detail == "":
	case s.spends:
		x.add(s.name, Unasked, detail)
	default:
		x.verdict(s.name, s.judge(&x.visit, record), detail)
	}
}

// exchange tells what the session would be like that the credential is exchanged for.
func (x *explanation) exchange() {
	v := &x.visit
	if url := v.policy.Hook.URL; url != "" {
		x.add("hook", Unasked, fmt.Sprintf("%s, in %s; %s should it fail", url, v.policy.Hook.timeout(), v.policy.Hook.OnFailure.orDeny()))
	}
	if v.claims.Once {
		x.add("single_use", Unasked, "the credential is for one use")
	}
	if s := &v.policy.Session; v.claims.User != "" && s.PerUser > 0 {
		x.add("sessions", Unasked, fmt.Sprintf("at most %d of the user at a time; %s should they not be counted", s.PerUser, s.OnFailure.orDeny()))
	}
	x.note("exchange", "at a manifest, for a session of "+v.policy.Session.tell(v.claims.SessionLife))
}

// answer tells what the viewer is told.
func (x *explanation) answer() Step {
	step := Step{Name: "answer", Result: Refused}
	switch {
	case x.refusal == nil:
		step.Result, step.Detail = Passed, "200, or 302 to the session"
		return step
	case errors.Is(x.refusal, errPath):
		step.Detail = "400 or 404, whoever asks"
	case errors.Is(x.refusal, NoRules):
		step.Detail = "503"
	case (errors.Is(x.refusal, NoAsset) || errors.Is(x.refusal, NotPublished)) && !x.visit.Conceals():
		step.Detail = "404"
	default:
		step.Detail = "403, in the same words for every cause"
	}
	step.Cause = nameOf(x.refusal)
	return step
}

// errPath says that a path is none of an asset, which is no matter of who asks.
var errPath = errors.New("no path of an asset")

// nameOf returns the name of the cause that an error is or wraps, empty for none.
func nameOf(err error) string {
	var cause Cause
	if !errors.As(err, &cause) {
		return ""
	}
	return cause.Error()
}
