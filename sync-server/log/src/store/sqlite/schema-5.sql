-- Schema 5: what the projector keeps of the history of a place, so that one record more is folded in little time.

CREATE TABLE place_memory (
    no INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    place TEXT NOT NULL,
    memory BLOB NOT NULL,        -- canonical CBOR
    UNIQUE (generation, place)
) STRICT;
