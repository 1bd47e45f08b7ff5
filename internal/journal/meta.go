package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/minio/highwayhash"
)

// streamMeta is what the package reads of a stream's own description
// (meta.inf), which the server keeps with a checksum (meta.sum).
type streamMeta struct {
	Name     string            `json:"name"`
	Metadata map[string]string `json:"metadata"`
}

// verifyMeta checks a stream's description: the server leaves out a stream whose
// description it cannot read, with a warning only.
func verifyMeta(dir, stream string) error {
	_, err := readMeta(dir, stream)
	if err == nil {
		return nil
	}
	return &Damage{
		Path: filepath.Join(dir, "meta.inf"), What: err.Error(),
		Do:   "restore the file from a backup; or run `shvm-db repair`, which writes it anew",
		mend: mendMeta,
	}
}

func readMeta(dir, stream string) (streamMeta, error) {
	var m streamMeta
	text, err := os.ReadFile(filepath.Join(dir, "meta.inf"))
	if errors.Is(err, os.ErrNotExist) {
		return m, errors.New("the stream's description is missing")
	}
	if err != nil {
		return m, err
	}
	sum, err := os.ReadFile(filepath.Join(dir, "meta.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return m, err
	}
	if string(sum) != metaSum(stream, text) {
		return m, errors.New("the stream's description does not match its checksum")
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("the stream's description is not JSON: %w", err)
	}
	if m.Name != stream {
		return m, fmt.Errorf("the description is that of stream %q", m.Name)
	}
	return m, nil
}

// metaSum is the checksum that belongs into meta.sum.
func metaSum(stream string, text []byte) string {
	key := sha256.Sum256([]byte(stream))
	sum := highwayhash.Sum64(text, key[:])
	var b [8]byte
	for i := range b {
		b[i] = byte(sum >> (8 * i))
	}
	return hex.EncodeToString(b[:])
}
