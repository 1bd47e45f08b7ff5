package gateway

import (
	"strings"

	"github.com/google/uuid"

	"shvm-db/internal/catalog"
)

// keyARN is the name of a KMS key as descriptions have it: an ARN stays what
// it is, an alias stands for a key whose id is always the same.
func keyARN(key string) string {
	if strings.HasPrefix(key, "arn:") {
		return key
	}
	if strings.HasPrefix(key, "alias/") {
		key = uuid.NewSHA1(uuid.NameSpaceURL, []byte(key)).String()
	}
	return "arn:aws:kms:" + catalog.Region + ":" + catalog.Account + ":key/" + key
}
