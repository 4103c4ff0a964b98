-- Schema 10: at which moment places were last looked at, so that a clock that is set back is noticed.

ALTER TABLE projection ADD COLUMN looked_at INTEGER NOT NULL DEFAULT 0; -- unix seconds
