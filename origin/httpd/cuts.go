package httpd

import (
	"errors"
	"net"
	"os"
	"sync/atomic"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// cuts counts the responses that did not reach their end, by who is to blame.
type cuts struct{ left, stalled, broken atomic.Uint64 }

// noteCut counts the response of x, which err ended, and logs it when it was not the viewer's doing.
func (s *Server) noteCut(x *Exchange, err error) {
	var ours *sourceError
	switch {
	case errors.As(err, &ours):
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.cuts.stalled.Add(1)
		return
	case errors.Is(err, unix.EPIPE), errors.Is(err, unix.ECONNRESET):
		s.cuts.left.Add(1)
		return
	case errors.Is(err, net.ErrClosed):
		s.cuts.broken.Add(1) // by the end of the server, which says so itself
		return
	}
	s.cuts.broken.Add(1)
	s.log.Warn("response was cut", zap.String("request_id", x.Record.RequestID()), zap.Error(err))
}
