-- What this phone knows about itself and its server, one value a name, canonical CBOR.
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The journals of this phone: at most one is open, the others are closed and still empty their outbox.
CREATE TABLE journal (
    number INTEGER NOT NULL PRIMARY KEY,
    device BLOB NOT NULL UNIQUE,
    seed BLOB NOT NULL,                            -- Ed25519 seed
    state INTEGER NOT NULL,                        -- 0 key made, 1 known to the server, 2 closed
    predecessor BLOB,                              -- device it follows
    succession BLOB,                               -- the predecessor's signature, CBOR
    certificate BLOB,                              -- the server's word on this key, CBOR
    introduce INTEGER NOT NULL DEFAULT 0,          -- the server does not know it: show the certificate
    head_seq INTEGER NOT NULL DEFAULT 0,
    head_link BLOB NOT NULL,
    branch INTEGER NOT NULL DEFAULT 0,             -- as the server numbers it
    held INTEGER NOT NULL DEFAULT 0,               -- last record a receipt of this epoch covers
    notes_through INTEGER NOT NULL DEFAULT 0,      -- every note of records up to here is held
    anchor_time INTEGER NOT NULL DEFAULT 0,        -- newest anchor of the server
    anchor_mac BLOB,
    carried_time INTEGER NOT NULL DEFAULT 0        -- anchor in the last record that carries one
) STRICT;

-- Every record that is here, own or others'. Payloads are kept as they were written, for ever if own.
CREATE TABLE record (
    row INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    device BLOB NOT NULL,
    branch INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL,
    own INTEGER NOT NULL,                          -- number of the journal; 0 for others'
    kind INTEGER NOT NULL,
    at INTEGER NOT NULL,                           -- claimed time
    place TEXT NOT NULL,
    payload BLOB NOT NULL,
    commitments BLOB NOT NULL,                     -- field and commitment, in field order, CBOR
    base BLOB,                                     -- link before it, own only
    link BLOB,                                     -- link after it, own only
    not_before INTEGER NOT NULL DEFAULT 0,
    received_at INTEGER,                           -- server time of first receipt
    sent_at INTEGER,                               -- last attempt, own only
    quarantine INTEGER,                            -- reason, own only
    quarantine_field TEXT,
    position INTEGER NOT NULL DEFAULT 0,           -- in the server's log, others' only
    generation INTEGER NOT NULL DEFAULT 0          -- pull that last brought it, others' only
) STRICT;
CREATE UNIQUE INDEX record_journal ON record (own, seq) WHERE own > 0;
CREATE INDEX record_device ON record (device, seq);
CREATE INDEX record_kind ON record (kind) WHERE kind BETWEEN 20 AND 59;
CREATE INDEX record_supersedes ON record (kind) WHERE kind BETWEEN 60 AND 61;
CREATE INDEX record_generation ON record (generation) WHERE own = 0;

-- Place keys of a record.
CREATE TABLE place_key (
    place TEXT NOT NULL,
    row INTEGER NOT NULL REFERENCES record (row),
    PRIMARY KEY (place, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX place_key_row ON place_key (row);

-- Personal texts, apart from the payload so that they can be erased.
CREATE TABLE note (
    id BLOB NOT NULL,                              -- record
    field INTEGER NOT NULL,
    salt BLOB NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (id, field)
) STRICT, WITHOUT ROWID;

-- Notes erased for good.
CREATE TABLE erased (
    id BLOB NOT NULL,
    field INTEGER NOT NULL,
    PRIMARY KEY (id, field)
) STRICT, WITHOUT ROWID;

-- Notes of own records that the server asked for.
CREATE TABLE wanted (
    journal INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    field INTEGER NOT NULL,
    PRIMARY KEY (journal, seq, field)
) STRICT, WITHOUT ROWID;

-- Every receipt that counted, as evidence and for a server restored from a backup.
CREATE TABLE receipt (
    journal INTEGER NOT NULL,
    epoch BLOB NOT NULL,
    last INTEGER NOT NULL,
    content BLOB NOT NULL,                         -- OldReceipt, CBOR
    PRIMARY KEY (journal, epoch, last, content)
) STRICT, WITHOUT ROWID;

-- The state of each place somebody spoke of, folded from its records.
CREATE TABLE state (
    place TEXT NOT NULL PRIMARY KEY,
    content BLOB NOT NULL,                         -- PlaceState, CBOR
    provisional INTEGER NOT NULL                   -- rests in part on records the server does not hold
) STRICT, WITHOUT ROWID;

-- Statements that are not finished.
CREATE TABLE draft (
    kind INTEGER NOT NULL,
    place TEXT NOT NULL,
    content BLOB NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (kind, place)
) STRICT, WITHOUT ROWID;
