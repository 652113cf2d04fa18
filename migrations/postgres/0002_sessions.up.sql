-- A session is one device's sign-in: the family of the refresh tokens that follow one another on it.
CREATE TABLE sessions (
    session_id     uuid        PRIMARY KEY,
    user_id        bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at     timestamptz NOT NULL,
    last_used_at   timestamptz NOT NULL,
    address        text        NOT NULL,
    user_agent     text        NOT NULL,
    revoked_at     timestamptz,
    revoked_reason text,
    CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
);
CREATE INDEX sessions_user_id ON sessions (user_id);

-- A used token stays until it would have expired, so that using it again is noticed.
CREATE TABLE refresh_tokens (
    token_hash bytea       PRIMARY KEY CHECK (length(token_hash) = 32),
    session_id uuid        NOT NULL REFERENCES sessions ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    -- The token that replaced this one, sealed with a key that only this one gives.
    successor  bytea       CHECK (length(successor) = 32),
    CHECK (used_at IS NOT NULL OR successor IS NULL)
);
CREATE INDEX refresh_tokens_session_id ON refresh_tokens (session_id);

-- Wrong passwords per name that somebody tried to sign in with, known or not.
CREATE TABLE sign_in_failures (
    identifier_hash bytea       PRIMARY KEY CHECK (length(identifier_hash) = 32),
    failures        integer     NOT NULL,
    ends_at         timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_ends_at ON sign_in_failures (ends_at);
