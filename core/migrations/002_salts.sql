-- What the salts of the newest records follow from, so that one seed travels for all of them. Forgotten once
-- all notes are held.
ALTER TABLE journal ADD COLUMN salt_first INTEGER; -- record that salt_seed stands at
ALTER TABLE journal ADD COLUMN salt_seed BLOB;
ALTER TABLE journal ADD COLUMN salt_next BLOB;     -- seed of the record that comes next
