-- Who is there, as it was told last; who never was has no row. Rows change often, in place.
CREATE TABLE presence (
    user_id bigint      PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    online  boolean     NOT NULL,
    -- Online since, or last seen.
    since   timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX presence_online ON presence (user_id) WHERE online;
