-- Schema 7: where an operator may see and act, one-time codes for signing in, and who did and read what.

ALTER TABLE operator ADD COLUMN regions TEXT;       -- codes with a space between; NULL for everything
ALTER TABLE operator ADD COLUMN totp_secret BLOB;   -- NULL for none
ALTER TABLE operator ADD COLUMN totp_step INTEGER;  -- of the last code that was used
ALTER TABLE operator ADD COLUMN totp_recovery BLOB; -- 32 bytes for each recovery code that is left

-- Only ever added to.
CREATE TABLE audit (
    no INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,         -- unix seconds
    who TEXT NOT NULL,
    act TEXT NOT NULL,
    what TEXT NOT NULL,
    source TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
