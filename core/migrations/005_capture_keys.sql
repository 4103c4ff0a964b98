-- What the app called a capture: asked again by the same name, it is the record that was saved.
CREATE TABLE capture_key (
    key TEXT NOT NULL PRIMARY KEY,
    id BLOB NOT NULL
) WITHOUT ROWID;
