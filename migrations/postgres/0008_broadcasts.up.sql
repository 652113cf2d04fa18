-- What administrators tell people, and how far that has come. It is handed over for some people at a time, in the order of
-- their ids.
CREATE TABLE broadcasts (
    broadcast_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Who has ordered it, and what they named it: the same is sent once.
    user_id        bigint      NOT NULL REFERENCES users,
    client_id      text        NOT NULL,
    title          text        NOT NULL,
    content        text        NOT NULL,
    -- For whom: both empty means everybody.
    user_ids       bigint[]    NOT NULL,
    roles          text[]      NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    -- The newest account then: who registers later is not told.
    last_user_id   bigint      NOT NULL,
    -- Up to here it has been handed over.
    cursor_user_id bigint      NOT NULL DEFAULT 0,
    sent           bigint      NOT NULL DEFAULT 0,
    done_at        timestamptz,
    UNIQUE (user_id, client_id)
);
CREATE INDEX broadcasts_open ON broadcasts (broadcast_id) WHERE done_at IS NULL;
