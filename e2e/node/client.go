package node

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Client is an AWS SDK client of an endpoint. It tries everything once, so
// that a test sees each answer.
func Client(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String(url),
		Region:       "local",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
		}),
		RetryMaxAttempts: 1,
		HTTPClient:       &http.Client{Transport: wholeBody{&http.Transport{MaxIdleConnsPerHost: 64}}},
	})
}

// wholeBody sends bodies of its own. The SDK closes the body of a request as
// soon as the answer's headers are there, while net/http may still be looking
// for the body's end; on a busy machine it then takes the connection for
// broken in the middle of the answer (smithy-go 1.28.8). The SDK hides that
// behind a retry, which a test that tries once has not.
type wholeBody struct{ next http.RoundTripper }

// RoundTrip is described at http.RoundTripper.
func (w wholeBody) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		return w.next.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return nil, err
	}
	own := r.Clone(r.Context())
	own.Body = io.NopCloser(bytes.NewReader(body))
	return w.next.RoundTrip(own)
}
