-- A capture leaves the state of its place to whoever reads it next: `through` is the newest record it was folded
-- from.
ALTER TABLE state ADD COLUMN through INTEGER NOT NULL DEFAULT 0;
UPDATE state SET through = coalesce((SELECT max(row) FROM place_key WHERE place = state.place), 0);
