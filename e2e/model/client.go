package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Target is what the model is compared with.
type Target struct {
	// URL is the endpoint.
	URL func() string
	// Restart, if set, ends the node and starts it again on its files; kill
	// says how it ends.
	Restart func(kill bool)
	// Idle, if set, leaves the node alone for long enough that partitions fall
	// asleep.
	Idle func()
	// Backfill says that global indexes can be added to and taken from a table
	// that has items.
	Backfill bool
	// Transactions says that TransactWriteItems and TransactGetItems are there.
	Transactions bool
	// Steps is how many requests a run makes at most; 0 is the default of 60.
	Steps int
}

// patience is how long what is eventually consistent may take.
const patience = 30 * time.Second

var client = &http.Client{Timeout: patience}

// reply is an answer of the API: a body, or a refusal.
type reply struct {
	body    map[string]any
	kind    string // of a refusal: "ValidationException"; "" is none
	message string
}

// call makes one request.
func call(url, operation string, request map[string]any) (reply, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return reply{}, err
	}
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	r.Header.Set("X-Amz-Date", "20260101T000000Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=any/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return reply{}, err
	}
	var out reply
	if err := json.Unmarshal(data, &out.body); err != nil {
		return reply{}, fmt.Errorf("%d %s: %w", answer.StatusCode, data, err)
	}
	if answer.StatusCode != http.StatusOK {
		kind, _ := out.body["__type"].(string)
		_, out.kind, _ = strings.Cut(kind, "#")
		for _, name := range []string{"message", "Message"} {
			if m, ok := out.body[name].(string); ok {
				out.message = m
			}
		}
		if out.kind == "" {
			return reply{}, fmt.Errorf("%d %s", answer.StatusCode, data)
		}
	}
	return out, nil
}

func (r reply) String() string {
	if r.kind != "" {
		return r.kind + ": " + r.message
	}
	text, err := json.Marshal(r.body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// item is a member of the body that is an item; nil if it is not there.
func (r reply) item(name string) Item {
	m, _ := r.body[name].(Item)
	return m
}

// items is a member that is a list of items.
func (r reply) items(name string) []Item {
	list, _ := r.body[name].([]any)
	out := make([]Item, len(list))
	for i, m := range list {
		out[i] = m.(Item)
	}
	return out
}

// count is a member that is a number.
func (r reply) count(name string) int {
	n, _ := r.body[name].(float64)
	return int(n)
}
