-- Schema 2: what each device added on the last day that it added anything, for the quota.

CREATE TABLE usage (
    device INTEGER NOT NULL,     -- device.no of the first device of a chain of successors
    revoked INTEGER NOT NULL,    -- 1 for what came after a revocation
    day INTEGER NOT NULL,        -- days since 1970-01-01 by the server's clock
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    branches INTEGER NOT NULL,
    over_since INTEGER,          -- when something was first turned away on that day, unix seconds
    PRIMARY KEY (device, revoked)
) STRICT, WITHOUT ROWID;
