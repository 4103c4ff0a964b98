-- Every index costs a capture one more page, and all of them one fsync: what own records do not need goes.

-- Who said what is asked only of others' records; own ones are found by their journal.
DROP INDEX record_device;
CREATE INDEX record_device ON record (device, seq) WHERE own = 0;

-- The keys of a record follow from its payload: to take them out needs no way back from the row.
CREATE TABLE place_of (
    place TEXT NOT NULL,
    row INTEGER NOT NULL,
    PRIMARY KEY (place, row)
) STRICT, WITHOUT ROWID;
INSERT INTO place_of (place, row) SELECT place, row FROM place_key;
DROP TABLE place_key;
ALTER TABLE place_of RENAME TO place_key;
