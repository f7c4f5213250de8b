package lint

import (
	"encoding/json"
	"fmt"
)

// steer reads EXT-X-CONTENT-STEERING (draft-pantos-hls-rfc8216bis §4.4.6.6).
func (m *masterPlaylist) steer(list string) error {
	a, err := parseAttributes(list)
	if err != nil {
		return err
	}
	m.steering, err = a.quoted("SERVER-URI")
	if err == nil && m.steering == "" {
		err = fmt.Errorf("EXT-X-CONTENT-STEERING without SERVER-URI")
	}
	return err
}

// checkSteering judges the steering manifest: that it is there, of its type, and JSON of version 1 (§7.1).
func (c *client) checkSteering(s *hlsStream) {
	if s.master.steering == "" {
		return
	}
	address := resolve(s.where, s.master.steering)
	answer, ok := c.get(address)
	if !ok {
		return
	}
	c.judgeType(address, answer, steeringTypes)
	var manifest struct {
		Version int `json:"VERSION"`
	}
	err := json.Unmarshal(answer.Body, &manifest)
	c.unless(err == nil && manifest.Version == 1, hlsSyntax, address, "no steering manifest of version 1: %v", err)
}
