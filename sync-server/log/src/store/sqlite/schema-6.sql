-- Schema 6: operators who only read. Those that are there were made to work at the desk.

ALTER TABLE operator ADD COLUMN rights INTEGER NOT NULL DEFAULT 1; -- 0 viewer, 1 desk
