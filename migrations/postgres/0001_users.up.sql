-- Accounts. Texts are kept as their owners wrote them; names and addresses are unique without case.
CREATE TABLE users (
    user_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username      text        NOT NULL CHECK (username <> ''),
    email         text        NOT NULL CHECK (email <> ''),
    display_name  text        NOT NULL CHECK (display_name <> ''),
    avatar_url    text,
    password_hash text        NOT NULL,
    status        text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);

-- In byte order, so that this one index is the uniqueness, finds a name at sign-in, finds names by their beginning and
-- gives the order of search pages, whatever the database's locale.
CREATE UNIQUE INDEX users_username_key ON users ((lower(username)) COLLATE "C");
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
-- Search by the beginning of a display name.
CREATE INDEX users_display_name_prefix ON users (lower(display_name) text_pattern_ops);

CREATE TABLE roles (
    role_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name    text     NOT NULL UNIQUE
);
INSERT INTO roles (name) VALUES ('admin'), ('moderator'), ('user');

CREATE TABLE user_roles (
    user_id    bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    role_id    smallint    NOT NULL REFERENCES roles,
    granted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, role_id)
);
