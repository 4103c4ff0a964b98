-- Schema 1. Numbers are 64 bit, ids and links are blobs, all tables STRICT.

CREATE TABLE epoch (
    no INTEGER PRIMARY KEY,
    created_at INTEGER NOT NULL, -- unix seconds
    random BLOB NOT NULL,        -- 8 bytes
    starts INTEGER NOT NULL      -- first position of this epoch
) STRICT;

-- The position counter: read at the start of a write transaction, written at its end.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('position', 0);

CREATE TABLE device (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE      -- 16 bytes
) STRICT;

-- The log. Every column but keys, at and kind is part of the leaf or the chain; nothing is ever changed.
CREATE TABLE log (
    position INTEGER PRIMARY KEY,
    device INTEGER NOT NULL,     -- device.no
    branch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    row INTEGER NOT NULL,        -- RowKind
    kind INTEGER NOT NULL,       -- Kind; 0 where the payload cannot be read
    at INTEGER NOT NULL,         -- claimed, unix seconds
    received_at INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    carrier INTEGER NOT NULL,    -- 0 is the device's own exchange
    epoch INTEGER NOT NULL,      -- epoch.no of first acceptance
    note INTEGER,                -- of a note row: which one
    target INTEGER,              -- of a note row: position of its record
    reason INTEGER,              -- of a quarantined row
    reason_field TEXT,
    link BLOB NOT NULL,          -- 32 bytes
    id BLOB NOT NULL,            -- 16 bytes
    keys TEXT NOT NULL,          -- place keys, separated by spaces
    commitments BLOB NOT NULL,   -- CBOR; empty for none
    payload BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX log_journal ON log (device, branch, seq) WHERE note IS NULL;
CREATE INDEX log_id ON log (id) WHERE note IS NULL;

-- The scope index: rows by the kecamatan of their keys.
CREATE TABLE log_key (
    bucket TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (bucket, position)
) STRICT, WITHOUT ROWID;

-- Rows that decide who may do what.
CREATE TABLE reference (position INTEGER PRIMARY KEY) STRICT;

-- Quarantined rows by author, who alone gets a notice.
CREATE TABLE held (
    device INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (device, position)
) STRICT, WITHOUT ROWID;

-- Texts and salts, apart from the log so that they can go.
CREATE TABLE note (
    position INTEGER NOT NULL,   -- of the record
    field INTEGER NOT NULL,
    salt BLOB NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (position, field)
) STRICT, WITHOUT ROWID;

-- Notes announced and not there yet.
CREATE TABLE missing (
    device INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    field INTEGER NOT NULL,
    PRIMARY KEY (device, branch, seq, field)
) STRICT, WITHOUT ROWID;

-- Notes refused for ever.
CREATE TABLE erased (
    id BLOB NOT NULL,
    field INTEGER NOT NULL,
    PRIMARY KEY (id, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE branch (
    device INTEGER NOT NULL,
    number INTEGER NOT NULL,
    parent INTEGER,
    starts INTEGER NOT NULL,
    last INTEGER NOT NULL,
    link BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    PRIMARY KEY (device, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE hole (
    device INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    link BLOB NOT NULL,
    PRIMARY KEY (device, branch, first)
) STRICT, WITHOUT ROWID;

-- Who sent what: everything a frame's signature covers but the body, of which the hash.
CREATE TABLE evidence (
    device INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    header BLOB NOT NULL,
    body_hash BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (device, branch, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE enrolment (
    handle TEXT PRIMARY KEY,
    code_key BLOB NOT NULL,      -- derived from handle and secret
    officer INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    sleeps_until INTEGER NOT NULL,
    device BLOB,                 -- who redeemed it
    voided INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE operator (
    username TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    disabled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    id_hash BLOB PRIMARY KEY,
    username TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
