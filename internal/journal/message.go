package journal

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Message is one message of the journal.
type Message struct {
	Sequence uint64
	// Subject is what Publish was given.
	Subject string
	// Body belongs to the caller.
	Body []byte
	// Hash is Hash(Subject, Body).
	Hash uint64
	// Time is when the journal took it.
	Time time.Time
}

// sumSize is the length of the checksum in front of every stored body. The
// server's own checksum does not cover the border between subject and body.
const sumSize = 8

// Hash is the checksum that is stored with a message: XXH64 over the subject,
// a zero byte, and the body.
func Hash(subject string, body []byte) uint64 {
	var d xxhash.Digest
	d.Reset()
	d.WriteString(subject)
	d.Write([]byte{0})
	d.Write(body)
	return d.Sum64()
}

// unseal takes the checksum off a stored message; it says whether it held.
func unseal(subject string, data []byte) (body []byte, sum uint64, ok bool) {
	if len(data) < sumSize {
		return nil, 0, false
	}
	sum = binary.LittleEndian.Uint64(data)
	body = data[sumSize:]
	return body, sum, sum == Hash(subject, body)
}

// open makes a Message of what the server delivered.
func (j *Journal) open(stored string, data []byte, seq uint64, at time.Time) (Message, error) {
	subject := plainSubject(stored)
	body, sum, ok := unseal(subject, data)
	if !ok {
		return Message{}, j.damage(seq, fmt.Sprintf("message %d on %q does not match its checksum", seq, stored))
	}
	return Message{Sequence: seq, Subject: subject, Body: body, Hash: sum, Time: at}, nil
}

func storedSubject(s string) string { return subjectRoot + "." + s }

func plainSubject(s string) string {
	if len(s) > len(subjectRoot) && s[:len(subjectRoot)+1] == subjectRoot+"." {
		return s[len(subjectRoot)+1:]
	}
	return s
}

// validSubject: letters, digits, "_" and "-", so that no server and no reader
// of a block can take it for something else.
func validSubject(s string) bool {
	if s == "" || len(s) > maxSubject {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}
