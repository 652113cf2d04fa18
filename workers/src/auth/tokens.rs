//! The two tokens of a session.

use std::sync::{Arc, PoisonError, RwLock};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;
use warren_runtime::jwt;
use warren_topology::ids::UserId;

use super::keys::SigningKeys;
use crate::settings::AuthConfig;

/// Signs access tokens: JWTs (RFC 7519) with EdDSA (RFC 8037), which edges check by themselves.
pub struct AccessTokens {
    signer: RwLock<Arc<Signer>>,
    issuer: String,
    audience: String,
    /// In seconds.
    ttl: i64,
}

/// What signs.
struct Signer {
    key: EncodingKey,
    header: Header,
}

impl Signer {
    fn new(keys: &SigningKeys) -> Self {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(keys.kid());
        let key = EncodingKey::from_ed_der(keys.der());
        Self { key, header }
    }
}

/// An access token.
#[derive(Debug)]
pub struct AccessToken {
    /// As it travels.
    pub text: String,
    /// When it ends: a whole second.
    pub expires_at: OffsetDateTime,
}

/// What an access token says. Edges require all of it.
#[derive(Debug, Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    /// The user's id in digits: a string by RFC 7519, section 4.1.2.
    sub: String,
    /// The session's id.
    sid: Uuid,
    roles: &'a [String],
    iat: i64,
    exp: i64,
}

impl AccessTokens {
    /// Signs with this key, for this issuer and audience.
    #[must_use]
    pub fn new(config: &AuthConfig, keys: &SigningKeys) -> Self {
        jwt::install();
        Self {
            signer: RwLock::new(Arc::new(Signer::new(keys))),
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            ttl: i64::from(config.access_ttl_seconds),
        }
    }

    /// Signs with another key from now on.
    pub fn use_keys(&self, keys: &SigningKeys) {
        let signer = Arc::new(Signer::new(keys));
        *self.signer.write().unwrap_or_else(PoisonError::into_inner) = signer;
    }

    fn signer(&self) -> Arc<Signer> {
        Arc::clone(&self.signer.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a token for a user's session.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn issue(
        &self,
        user: UserId,
        session: Uuid,
        roles: &[String],
        now: OffsetDateTime,
    ) -> Result<AccessToken, jsonwebtoken::errors::Error> {
        let iat = now.unix_timestamp();
        let exp = iat + self.ttl;
        let (iss, aud) = (self.issuer.as_str(), self.audience.as_str());
        let claims = Claims {
            iss,
            aud,
            sub: user.to_string(),
            sid: session,
            roles,
            iat,
            exp,
        };
        let signer = self.signer();
        let text = jsonwebtoken::encode(&signer.header, &claims, &signer.key)?;
        let expires_at = OffsetDateTime::from_unix_timestamp(exp).unwrap_or(now);
        Ok(AccessToken { text, expires_at })
    }
}

/// A refresh token: 256 random bits. The database knows only its [`RefreshToken::hash`].
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken([u8; 32]);

impl RefreshToken {
    /// A new one.
    #[must_use]
    pub fn fresh() -> Self {
        Self(rand::random())
    }

    /// Reads one as it travels; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// As it travels: 43 characters of base64url.
    #[must_use]
    pub fn to_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the database finds it by: its SHA-256.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// Seals the token that replaces this one, so that only who presents this one can read it: within the grace it must be
    /// given again, but the database must not know it. One-time pad: the key is used for this one successor.
    #[must_use]
    pub fn seal(&self, successor: &Self) -> [u8; 32] {
        self.pad(successor.0)
    }

    /// Opens what [`RefreshToken::seal`] made.
    #[must_use]
    pub fn open(&self, sealed: [u8; 32]) -> Self {
        Self(self.pad(sealed))
    }

    /// XOR with a key that this token gives, and its hash does not.
    fn pad(&self, mut bytes: [u8; 32]) -> [u8; 32] {
        let key = Sha256::new()
            .chain_update(b"warren refresh successor\0")
            .chain_update(self.0)
            .finalize();
        bytes
            .iter_mut()
            .zip(key)
            .for_each(|(byte, key)| *byte ^= key);
        bytes
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_travels_as_43_characters_and_nothing_else_is_one() {
        let token = RefreshToken::fresh();
        let text = token.to_text();
        assert_eq!(text.len(), 43);
        assert!(RefreshToken::parse(&text) == Some(token));
        for text in [
            "",
            "abc",
            &format!("{text}A"),
            &format!("{text}="),
            &"?".repeat(43),
        ] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn only_the_token_itself_opens_its_successor() {
        let (token, successor) = (RefreshToken::fresh(), RefreshToken::fresh());
        let sealed = token.seal(&successor);
        assert_ne!(sealed, successor.0);
        assert_ne!(sealed, token.0);
        assert!(token.open(sealed) == successor);
        assert!(RefreshToken::fresh().open(sealed) != successor);
        assert!(RefreshToken(token.hash()).open(sealed) != successor);
    }
}
