-- What an account has besides its profile. A suspension whose time is over counts as none.
ALTER TABLE users
    ADD COLUMN bio                 text,
    ADD COLUMN suspended_reason    text,
    ADD COLUMN suspended_until     timestamptz,
    -- The command that changed the password last: when it comes again, it is done.
    ADD COLUMN password_changed_by text,
    ADD COLUMN roles_changed_at    timestamptz,
    ADD CONSTRAINT users_suspension
        CHECK ((suspended_reason IS NOT NULL) = (status = 'suspended') AND (suspended_until IS NULL OR status = 'suspended'))
        NOT VALID;
-- Suspensions from before have no reason.
UPDATE users SET suspended_reason = 'unknown' WHERE status = 'suspended';
ALTER TABLE users VALIDATE CONSTRAINT users_suspension;

-- Edges are reminded of the roles that have changed lately.
CREATE INDEX users_roles_changed_at ON users (roles_changed_at) WHERE roles_changed_at IS NOT NULL;

-- Names of accounts that are gone, hashed: nobody shall take the place of somebody whom others remember by name.
CREATE TABLE reserved_usernames (
    username_hash bytea       PRIMARY KEY CHECK (length(username_hash) = 32),
    reserved_at   timestamptz NOT NULL DEFAULT now()
);
