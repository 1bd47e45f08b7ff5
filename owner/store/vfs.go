package store

// sumSize is the room for a page's checksum, at its end.
const sumSize = 8

func checksums() (string, error) { return "", nil }
