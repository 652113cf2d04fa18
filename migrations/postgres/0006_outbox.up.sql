-- What must be published because of what is stored: written with it, deleted once the broker has it.
CREATE TABLE outbox (
    outbox_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The worker that wrote it, and publishes it at once. The others do after a while, in case that one is gone.
    writer     text        NOT NULL,
    item       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
