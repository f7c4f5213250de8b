package httpd

import "go.uber.org/zap"

// logAccess writes the access line of a request, and the stack of a panic as a line of its own.
func (s *Server) logAccess(rec *Record) {
	if rec.Stack != nil {
		s.log.Error("panic", zap.String("request_id", rec.RequestID()), zap.Error(rec.Err), zap.ByteString("stack", rec.Stack))
	}
	if s.sampledOut(rec) {
		return
	}
	if line := s.log.Check(rec.level(), "request"); line != nil {
		var fields [16]zap.Field
		line.Write(rec.appendFields(fields[:0])...)
	}
}

// sampledOut reports whether rec is one of the hits that are not logged.
func (s *Server) sampledOut(rec *Record) bool {
	if s.cfg.LogHitsEvery == 1 || !rec.routine() {
		return false
	}
	return (s.hits.Add(1)-1)%uint64(s.cfg.LogHitsEvery) != 0
}
