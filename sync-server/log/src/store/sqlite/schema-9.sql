-- Schema 9: when each device last called, for the desk. Nothing of the log follows from it.

CREATE TABLE last_contact (
    device BLOB PRIMARY KEY,     -- 16 bytes
    at INTEGER NOT NULL,         -- server time, unix seconds
    epoch BLOB NOT NULL,         -- 8 bytes: epoch of the log that it had read
    read_through INTEGER NOT NULL, -- up to which position it had read that
    unsent INTEGER NOT NULL      -- records of its journal that the server did not hold then
) STRICT, WITHOUT ROWID;
