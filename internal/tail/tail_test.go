package tail

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// service is a stream with a parent shard, which gets a record between two
// looks and then ends, and a child.
type service struct {
	mu      sync.Mutex
	asked   []string
	looks   int
	stumble int // how many requests fail first
}

func record(n int) string {
	return fmt.Sprintf(`{"eventName":"INSERT","dynamodb":{"ApproximateCreationDateTime":0,"Keys":{"k":{"N":"%d"}}}}`, n)
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stumble > 0 {
		s.stumble--
		w.WriteHeader(500)
		return
	}
	var in struct{ ShardIterator, ShardIteratorType, ShardId, ExclusiveStartShardId, TableName string }
	json.NewDecoder(r.Body).Decode(&in)
	switch _, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); op {
	case "DescribeTable":
		if in.TableName == "plain" {
			fmt.Fprint(w, `{"Table":{}}`)
			return
		}
		fmt.Fprint(w, `{"Table":{"LatestStreamArn":"arn"}}`)
	case "DescribeStream":
		s.looks++
		status := "ENABLED"
		if s.looks > 2 {
			status = "DISABLED"
		}
		if in.ExclusiveStartShardId == "" {
			fmt.Fprint(w, `{"StreamDescription":{"StreamStatus":"ENABLED","LastEvaluatedShardId":"parent","Shards":[{"ShardId":"parent"}]}}`)
			return
		}
		fmt.Fprintf(w, `{"StreamDescription":{"StreamStatus":"%s","Shards":[{"ShardId":"child","ParentShardId":"parent"}]}}`, status)
	case "GetShardIterator":
		s.asked = append(s.asked, in.ShardId+" "+in.ShardIteratorType)
		fmt.Fprintf(w, `{"ShardIterator":"%s 0"}`, in.ShardId)
	case "GetRecords":
		switch in.ShardIterator {
		case "parent 0":
			fmt.Fprintf(w, `{"Records":[%s],"NextShardIterator":"parent 1"}`, record(1))
		case "parent 1":
			fmt.Fprintf(w, `{"Records":[%s]}`, record(2))
		case "child 0":
			fmt.Fprintf(w, `{"Records":[%s]}`, record(3))
		}
	}
}

func follow(t *testing.T, s *service, o Options) (string, error) {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	var out strings.Builder
	o.Endpoint, o.Out, o.Every = server.URL, &out, time.Millisecond
	err := Follow(t.Context(), o)
	return out.String(), err
}

func TestParentsAreDrainedBeforeChildrenAndTheEndOfTheStreamEndsIt(t *testing.T) {
	s := &service{stumble: 2}
	out, err := follow(t, s, Options{Table: "T", Start: "trim-horizon", JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := record(1) + "\n" + record(2) + "\n" + record(3) + "\n"; out != want {
		t.Errorf("printed\n%s, want\n%s", out, want)
	}
	if got := strings.Join(s.asked, ", "); got != "parent TRIM_HORIZON, child TRIM_HORIZON" {
		t.Errorf("iterators: %s", got)
	}
}

func TestALineSaysWhatHappened(t *testing.T) {
	out, err := follow(t, &service{}, Options{Table: "T"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, `INSERT {"k":{"N":"1"}}`) {
		t.Errorf("printed %s", out)
	}
}

func TestWhatCannotBeFollowedIsSaid(t *testing.T) {
	if _, err := follow(t, &service{}, Options{Table: "plain"}); !errors.Is(err, ErrNoStream) {
		t.Errorf("a table without a stream: %v", err)
	}
	if _, err := follow(t, &service{}, Options{Table: "T", Start: "yesterday"}); err == nil {
		t.Error("an unknown start was accepted")
	}
}
