use std::{fmt, path::PathBuf};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use warren_runtime::config::Problems;

/// What the edge needs of the section `[auth]`, which it shares with the auth pool. Keys that are the pool's alone are
/// not looked at here: the pool checks them.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// The claim `iss` of good tokens.
    pub issuer: String,
    /// The claim `aud` of good tokens.
    pub audience: String,
    /// The public keys, a JWK set (RFC 7517). Read again when it changes.
    pub jwks_file: PathBuf,
    /// How long access tokens live, and so how long a revoked session is remembered.
    pub access_ttl_seconds: u64,
    /// How often the file of keys is looked at.
    pub jwks_check_seconds: u64,
}

impl AuthConfig {
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.ensure(!self.issuer.is_empty(), "auth.issuer", "must not be empty");
        problems.ensure(
            !self.audience.is_empty(),
            "auth.audience",
            "must not be empty",
        );
        problems.ensure(
            !self.jwks_file.as_os_str().is_empty(),
            "auth.jwks_file",
            "must name the file of public keys (warren-worker keys generate writes it)",
        );
        for (key, value) in [
            ("auth.access_ttl_seconds", self.access_ttl_seconds),
            ("auth.jwks_check_seconds", self.jwks_check_seconds),
        ] {
            problems.ensure((1..=86_400).contains(&value), key, "must be 1 to 86400");
        }
    }
}

impl<'de> Deserialize<'de> for AuthConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shared;

        impl<'de> Visitor<'de> for Shared {
            type Value = AuthConfig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a section with keys")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AuthConfig, A::Error> {
                let (mut issuer, mut audience, mut jwks_file) = (None, None, None);
                let (mut access_ttl_seconds, mut jwks_check_seconds) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "issuer" => issuer = Some(map.next_value()?),
                        "audience" => audience = Some(map.next_value()?),
                        "jwks_file" => jwks_file = Some(map.next_value()?),
                        "access_ttl_seconds" => access_ttl_seconds = Some(map.next_value()?),
                        "jwks_check_seconds" => jwks_check_seconds = Some(map.next_value()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(AuthConfig {
                    issuer: issuer.ok_or_else(|| A::Error::missing_field("issuer"))?,
                    audience: audience.ok_or_else(|| A::Error::missing_field("audience"))?,
                    jwks_file: jwks_file.ok_or_else(|| A::Error::missing_field("jwks_file"))?,
                    access_ttl_seconds: access_ttl_seconds
                        .ok_or_else(|| A::Error::missing_field("access_ttl_seconds"))?,
                    jwks_check_seconds: jwks_check_seconds
                        .ok_or_else(|| A::Error::missing_field("jwks_check_seconds"))?,
                })
            }
        }

        deserializer.deserialize_map(Shared)
    }
}
