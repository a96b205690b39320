package gateway

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

const shop = "https://shop.example"

// small is a template with one of everything that is imitated.
const small = `Transform: AWS::Serverless-2016-10-31
Parameters:
  Origin: {Type: String}
  Seconds: {Type: Number, Default: 7}
Globals:
  Function:
    Timeout: 25
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: $default
      Auth: {EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM}
      CorsConfiguration:
        AllowOrigins: [!Ref Origin]
        AllowMethods: [GET, POST]
        AllowHeaders: [content-type, checkout-token]
        ExposeHeaders: [location]
        MaxAge: 600
      DefaultRouteSettings: {ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000}
      RouteSettings:
        POST /throttled: {ThrottlingRateLimit: 0.5, ThrottlingBurstLimit: 2}
  Public:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/public/
      Timeout: !Ref Seconds
      Events:
        Make: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: post, Path: /things, Auth: {Authorizer: NONE}}}
        Show: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: "/things/{id}", Auth: {Authorizer: NONE}}}
        Act: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: "/things/{id}/act", Auth: {Authorizer: NONE}}}
        Slow: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /throttled, Auth: {Authorizer: NONE}}}
  Guarded:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/guarded
      Events:
        Closed: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /things/all}}
  Timer:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/timer
      Events:
        Often: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(5 minutes)}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: !If [a, b, !GetAtt c.d]}
`

func resolve(t *testing.T, text string) Template {
	t.Helper()
	s, err := parse("t.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	template, err := s.Resolve(map[string]string{"Origin": shop})
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// bundle is a gateway over the small template whose functions answer as told
// and remember what they were asked.
type bundle struct {
	http.Handler
	clock  time.Time
	mu     sync.Mutex
	asked  []events.APIGatewayV2HTTPRequest
	answer func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)
}

func setup(t *testing.T, options ...Option) *bundle {
	t.Helper()
	b := &bundle{clock: time.Date(2030, 1, 2, 3, 4, 5, 6e6, time.UTC)}
	b.answer = func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: "fine"}, nil
	}
	function := func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		b.mu.Lock()
		b.asked = append(b.asked, e)
		b.mu.Unlock()
		return b.answer(ctx, e)
	}
	options = append([]Option{
		WithClock(func() time.Time { return b.clock }),
		WithRequestIDs(func() string { return "id=" }),
	}, options...)
	var err error
	b.Handler, err = New(resolve(t, small), map[string]Function{"Public": function, "Guarded": function}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answering makes the functions give one answer.
func (b *bundle) answering(a events.APIGatewayV2HTTPResponse) *bundle {
	b.answer = func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		return a, nil
	}
	return b
}

// send makes a request; headers are name, value, name, value.
func (b *bundle) send(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// last is the one event that has arrived since the bundle was made or last
// looked at.
func (b *bundle) last(t *testing.T) events.APIGatewayV2HTTPRequest {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.asked) != 1 {
		t.Fatalf("the function was asked %d times, want once", len(b.asked))
	}
	e := b.asked[0]
	b.asked = nil
	return e
}

// refused checks that the gateway answered by itself, in its own form.
func (b *bundle) refused(t *testing.T, w *httptest.ResponseRecorder, status int, message string) {
	t.Helper()
	if want := `{"message":"` + message + `"}`; w.Code != status || w.Body.String() != want {
		t.Errorf("got %d %s, want %d %s", w.Code, w.Body, status, want)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	if len(b.asked) != 0 {
		t.Errorf("a function was asked: %+v", b.asked)
	}
}
