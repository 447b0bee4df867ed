package syncclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"redress/syncproto"
)

// Server is a server at an address, for the requests beside the sessions. The zero Trust
// are the roots of the system.
type Server struct {
	Address Address
	Trust   *tls.Config
}

// requestLimit is how long a request may take, answer included.
const requestLimit = 15 * time.Second

// ask sends a request and reads the answer into into. Errors are Problems: the server's
// Refusal by its code, and no answer at all as CodeUnreachable.
func (s Server) ask(ctx context.Context, doing, path string, request, into any) error {
	return s.askUpTo(ctx, syncproto.MaxRequest, doing, path, request, into)
}

// askUpTo is ask, of an answer of at most so many bytes.
func (s Server) askUpTo(ctx context.Context, most int64, doing, path string, request, into any) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	var body []byte
	if request != nil {
		var err error
		if body, err = syncproto.Encode(request); err != nil {
			return err
		}
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Address.web(path), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: %w", &syncproto.Problem{Code: CodeBadAddress, Doing: doing}, err)
	}
	post.Header.Set("Content-Type", "application/cbor")
	client := http.Client{
		Transport:     &http.Transport{TLSClientConfig: s.Trust, Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a password follows nobody elsewhere
	}
	response, err := client.Do(post)
	if err != nil {
		return unreachable(doing, err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return unreachable(doing, err)
	}
	if int64(len(data)) > most {
		return &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: doing, Detail: "the answer"}
	}
	if response.StatusCode != http.StatusOK {
		return refused(doing, response.Status, data)
	}
	return syncproto.Decode(data, into)
}

// refused is the server's reason. What is no Refusal does not come from a server of ours:
// something else answers at the address.
func refused(doing, status string, data []byte) error {
	var refusal syncproto.Refusal
	if err := syncproto.Decode(data, &refusal); err != nil || refusal.Code == "" {
		return &syncproto.Problem{Code: CodeUnreachable, Doing: doing, Detail: "something else answers there: " + status}
	}
	detail := ""
	if refusal.RetryAfter > 0 {
		detail = "again in " + refusal.RetryAfter.String()
	}
	return &syncproto.Problem{Code: ofTheServer(refusal.Code), Doing: doing, Detail: detail}
}

// ofTheServer is what the server said of itself, as it is told to the person.
func ofTheServer(code syncproto.Code) syncproto.Code {
	if code == syncproto.CodeDiskFull {
		return CodeServerFull
	}
	return code
}

// unreachable is no answer. A certificate that is not trusted is told apart: waiting does
// not help there, and nothing was sent.
func unreachable(doing string, err error) error {
	return fmt.Errorf("%w: %w", &syncproto.Problem{Code: whyUnreachable(err), Doing: doing}, err)
}

func whyUnreachable(err error) syncproto.Code {
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return CodeCertificate
	}
	return CodeUnreachable
}
