-- Who does not want to hear from whom.
CREATE TABLE blocks (
    user_id    bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    blocked_id bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, blocked_id),
    CHECK (user_id <> blocked_id)
);
CREATE INDEX blocks_blocked_id ON blocks (blocked_id);
