package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"headwater/auth"
)

// webHook asks remote hooks over HTTP. It is auth.Hook.
type webHook struct{ client *http.Client }

// maxHookConnections bounds how many questions are under way at a time; others wait for their turn.
const maxHookConnections = 64

func newWebHook() webHook {
	return webHook{&http.Client{
		Transport: &http.Transport{MaxConnsPerHost: maxHookConnections, MaxIdleConnsPerHost: maxHookConnections},
		// A redirect would send the question to whom nobody has named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Ask implements auth.Hook: it posts the question as JSON. 2xx is yes, 401 and 403 are no, everything else is no answer.
func (h webHook) Ask(ctx context.Context, url string, q auth.Question) (allowed bool, err error) {
	body, err := json.Marshal(q)
	if err != nil {
		return false, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := h.client.Do(request)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	const drained = 4 << 10 // so that the connection can be used again
	_, _ = io.CopyN(io.Discard, response.Body, drained)
	switch code := response.StatusCode; {
	case code >= 200 && code < 300:
		return true, nil
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return false, nil
	default:
		return false, fmt.Errorf("hook answered %s", response.Status)
	}
}
