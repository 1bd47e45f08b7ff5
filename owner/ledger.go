package owner

import (
	"bytes"
	"encoding/json"
	"strconv"

	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/fault"
	"shvm-db/owner/store"
)

// The ledger is a partition of its own, without a table. It keeps which
// transactions are under way, what was decided about them, and the tokens of
// clients. Like every partition it changes only by commands of the journal.

// tokenLife is how long a client's token is kept, in milliseconds.
const tokenLife = 10 * 60 * 1000

// tokenNote is what the ledger keeps of a token.
type tokenNote struct {
	ID     []byte
	Digest []byte
	// Done says that the transaction was done.
	Done bool
}

// ledgerNote is what the ledger keeps of a transaction that is not settled.
type ledgerNote struct {
	State        command.State
	Participants []catalog.PartitionID
	// Token is the client's, if the transaction owns it.
	Token string `json:",omitempty"`
}

// ledger applies a command to the ledger.
func (a *actor) ledger(c *command.Command) (*command.Outcome, error) {
	if c.Transaction == nil {
		return refused(), nil
	}
	out := &command.Outcome{}
	var err error
	switch c.Op {
	case command.Claim, command.Begin:
		err = a.begin(c, out)
	case command.Decide:
		err = a.decide(c, out)
	case command.Settle:
		err = a.settleTransaction(c)
	default:
		return refused(), nil
	}
	return out, err
}

// begin takes the token of a transaction, if it has one, and enters the
// transaction if it spreads over partitions. That is entered in any case, so
// that whatever it may prepare is found and undone.
func (a *actor) begin(c *command.Command, out *command.Outcome) error {
	t := c.Transaction
	if err := a.trimNotes(store.Tokens, c.Stamp); err != nil {
		return err
	}
	v := &command.Verdict{ID: t.ID}
	out.Verdict = v
	owned := ""
	if t.Token != "" {
		was, known, err := noted[tokenNote](a.file, store.Tokens, []byte(t.Token), c.Stamp-tokenLife)
		if err != nil {
			return err
		}
		switch {
		case !known:
			owned = t.Token
			if err := a.note(store.Tokens, []byte(t.Token), c.Stamp, tokenNote{ID: t.ID, Digest: t.Digest}); err != nil {
				return err
			}
		case !bytes.Equal(was.Digest, t.Digest):
			out.Fault = fault.TokenMismatch()
		default:
			v.ID = was.ID
			if was.Done {
				v.State = command.Committed
			}
			n, known, err := noted[ledgerNote](a.file, store.Transactions, was.ID, 0)
			if err != nil {
				return err
			}
			if known {
				v.State, v.Participants = n.State, n.Participants
			}
		}
	}
	if c.Op == command.Claim {
		return nil
	}
	return a.note(store.Transactions, t.ID, c.Stamp, ledgerNote{Participants: t.Participants, Token: owned})
}

// decide enters a decision; the first one counts. A transaction that is not in
// the ledger is settled, or never began: it can only be given up.
func (a *actor) decide(c *command.Command, out *command.Outcome) error {
	t := c.Transaction
	n, known, err := noted[ledgerNote](a.file, store.Transactions, t.ID, 0)
	if err != nil {
		return err
	}
	if !known {
		out.Verdict = &command.Verdict{ID: t.ID, State: command.Aborted}
		return nil
	}
	if n.State == command.Undecided {
		n.State = command.Aborted
		if t.Commit {
			n.State = command.Committed
		}
		if err := a.note(store.Transactions, t.ID, c.Stamp, n); err != nil {
			return err
		}
	}
	out.Verdict = &command.Verdict{ID: t.ID, State: n.State, Participants: n.Participants}
	return nil
}

// settleTransaction takes a finished transaction out, and notes at its token
// that it was done, or gives the token free.
func (a *actor) settleTransaction(c *command.Command) error {
	t := c.Transaction
	token := t.Token
	n, known, err := noted[ledgerNote](a.file, store.Transactions, t.ID, 0)
	if err != nil {
		return err
	}
	if known {
		token = n.Token
		if err := a.file.DropNote(store.Transactions, t.ID); err != nil {
			return err
		}
	}
	if token == "" {
		return nil
	}
	note, there, err := a.file.Note(store.Tokens, []byte(token))
	if err != nil || !there {
		return err
	}
	was, err := unnote[tokenNote](a.file, note)
	switch {
	case err != nil || !bytes.Equal(was.ID, t.ID):
		return err
	case !t.Commit:
		return a.file.DropNote(store.Tokens, []byte(token))
	}
	was.Done = true
	return a.note(store.Tokens, []byte(token), note.Stamp, was)
}

// note keeps a fact as JSON, which a person can read in the file.
func (a *actor) note(b store.Notebook, key []byte, stamp int64, fact any) error {
	body, err := json.Marshal(fact)
	if err != nil {
		panic(err) // the facts are of this package: they always marshal
	}
	return a.file.PutNote(b, store.Note{Key: key, Stamp: stamp, Body: body})
}

// noted reads a fact that was noted at or after a time.
func noted[T any](f *store.Store, b store.Notebook, key []byte, since int64) (fact T, known bool, err error) {
	n, ok, err := f.Note(b, key)
	if err != nil || !ok || n.Stamp < since {
		return fact, false, err
	}
	fact, err = unnote[T](f, n)
	return fact, err == nil, err
}

func unnote[T any](f *store.Store, n store.Note) (fact T, err error) {
	if err := json.Unmarshal(n.Body, &fact); err != nil {
		return fact, corrupt(f, err)
	}
	return fact, nil
}

// trimNotes forgets the notes of a notebook that nobody needs any more, at most
// once a minute. When it did so is a part of the state: all that apply the
// journal forget the same.
func (a *actor) trimNotes(b store.Notebook, now int64) error {
	name := "trimmed " + string(b)
	text, ok, err := a.file.Value(name)
	if err != nil {
		return err
	}
	if ok {
		if last, err := strconv.ParseInt(string(text), 10, 64); err == nil && now < last+60_000 {
			return nil
		}
	}
	if err := a.file.SetText(name, strconv.AppendInt(nil, now, 10)); err != nil {
		return err
	}
	// A margin for stamps of gateways whose clocks differ.
	return a.file.TrimNotes(b, now-2*tokenLife)
}
