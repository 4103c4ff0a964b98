-- Schema 4: tokens by which programs read.

CREATE TABLE read_token (
    id TEXT PRIMARY KEY,         -- 16 hexadecimal digits
    name TEXT NOT NULL,
    secret_hash BLOB NOT NULL,   -- 32 bytes
    within TEXT NOT NULL,        -- place code
    names INTEGER NOT NULL,      -- 1 if it may read names of officers
    created_at INTEGER NOT NULL, -- unix seconds
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    used_on INTEGER              -- days since 1970-01-01
) STRICT, WITHOUT ROWID;
