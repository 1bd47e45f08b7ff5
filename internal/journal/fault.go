package journal

import (
	"errors"
	"fmt"
)

var (
	// ErrLocked: another process has the folder.
	ErrLocked = errors.New("journal: the folder is in use by another process")
	// ErrUnwritable: the folder cannot be made or written.
	ErrUnwritable = errors.New("journal: the folder cannot be written")
	// ErrDamaged: the files are not what was acknowledged. Every error of this
	// kind is a *Damage.
	ErrDamaged = errors.New("journal: damaged")
	// ErrNoRoom: the disk is full. Nothing was stored; it works again when there
	// is room.
	ErrNoRoom = errors.New("journal: no room on the disk")
	// ErrSequence: the journal's last sequence is not the expected one. Nothing
	// was stored.
	ErrSequence = errors.New("journal: the last sequence is not the expected one")
	// ErrUnknown: the message may or may not be stored. Read back to know.
	ErrUnknown = errors.New("journal: no acknowledgement")
	// ErrTooLarge: the body is longer than MaxBody.
	ErrTooLarge = errors.New("journal: the message is too large")
	// ErrNotFound: no such message.
	ErrNotFound = errors.New("journal: not found")
	// ErrClosed: the journal is closed.
	ErrClosed = errors.New("journal: closed")
)

// Damage says what is wrong with the files, where, and what to do.
type Damage struct {
	Path     string
	Offset   int64  // in bytes; 0 when it is not about a place in the file
	Sequence uint64 // 0 when it is not about a message
	What     string
	Do       string

	mend mend // what Repair does about it
	// last and hash are those of the last message that is there, for mendHead.
	last, hash uint64
}

// mend is a way to repair.
type mend uint8

const (
	mendNot         mend = iota
	mendCut              // cut the block at Offset, set the later ones aside
	mendHead             // let the head be what is there
	mendFirst            // let the journal start where it starts
	mendMeta             // write the stream's description anew
	mendIncarnation      // take the incarnation from the description
)

func (d *Damage) Error() string {
	at := ""
	if d.Offset > 0 {
		at = fmt.Sprintf(" at byte %d", d.Offset)
	}
	return fmt.Sprintf("journal: damaged: %s%s: %s. What to do: %s", d.Path, at, d.What, d.Do)
}

// Is makes every Damage an ErrDamaged.
func (d *Damage) Is(target error) bool { return target == ErrDamaged }
