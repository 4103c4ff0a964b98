-- Schema 3: rows by place, and the projection. All of it follows from the log.

-- Records by place key, quarantined ones too.
CREATE TABLE place_row (
    place TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (place, position)
) STRICT, WITHOUT ROWID;
-- Filled from the log by schema.rs.

-- Records of the kinds that the desk writes: regions, people, directives.
CREATE INDEX log_kind ON log (kind) WHERE kind BETWEEN 20 AND 59 AND note IS NULL AND reason IS NULL;

-- The newest quarantined rows.
CREATE INDEX held_position ON held (position);

-- Generations of the projection; one is read, another may be built beside it.
CREATE TABLE projection (
    generation INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,    -- of the fold
    status INTEGER NOT NULL,     -- 0 building, 1 serving, 2 dropped
    position INTEGER NOT NULL,   -- speaks of the log up to here
    received_at INTEGER NOT NULL, -- of the row there, unix seconds
    epoch_created_at INTEGER NOT NULL,
    epoch_random BLOB NOT NULL,
    after TEXT,                  -- while all places are folded again: the last one that was
    folded INTEGER NOT NULL      -- places folded since that began
) STRICT;

-- States, canonical CBOR. Often over a kilobyte: a table of its own with an index beside it.
CREATE TABLE place_state (
    no INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    place TEXT NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (generation, place)
) STRICT;

-- Sums of TPS and regions.
CREATE TABLE rollup (
    generation INTEGER NOT NULL,
    place TEXT NOT NULL,
    sums BLOB NOT NULL,
    PRIMARY KEY (generation, place)
) STRICT, WITHOUT ROWID;

-- Open incidents, directives, uncounted records.
CREATE TABLE listed (
    generation INTEGER NOT NULL,
    list INTEGER NOT NULL,
    key BLOB NOT NULL,           -- order within the list
    place TEXT NOT NULL,
    item BLOB NOT NULL,
    PRIMARY KEY (generation, list, key, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_place ON listed (generation, place);

-- Who visited which place.
CREATE TABLE visitor (
    generation INTEGER NOT NULL,
    place TEXT NOT NULL,
    officer INTEGER NOT NULL,
    PRIMARY KEY (generation, place, officer)
) STRICT, WITHOUT ROWID;
