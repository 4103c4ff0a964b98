-- Schema 8: who at the desk works on what. Only ever added to.

CREATE TABLE deed (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    matter TEXT NOT NULL,
    at INTEGER NOT NULL, -- unix seconds
    operator TEXT NOT NULL,
    kind INTEGER NOT NULL, -- 1 took it, 2 left it, 3 noted an outcome, 4 handed it over
    heir TEXT NOT NULL, -- to whom it was handed over; empty for other kinds
    note TEXT NOT NULL
) STRICT;
CREATE INDEX deed_matter ON deed (matter, number);
CREATE INDEX deed_operator ON deed (operator, at);
