use ed25519_dalek::{
    SigningKey,
    pkcs8::{EncodePrivateKey, spki::der::pem::LineEnding},
};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode, get_current_timestamp,
    jwk::{Jwk, JwkSet},
};
use serde_json::{Value, json};

/// What the auth pool would hold.
pub(crate) struct Keys {
    key: EncodingKey,
}

impl Keys {
    pub(crate) fn generate() -> Self {
        let key = SigningKey::from_bytes(&rand::random());
        let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
        Self { key: EncodingKey::from_ed_pem(pem.as_bytes()).unwrap() }
    }

    /// The public half, as the edge reads it.
    pub(crate) fn jwks(&self) -> String {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::EdDSA).unwrap();
        jwk.common.key_id = Some("test".into());
        serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap()
    }

    /// A good token of a user, of the session `session-<user>`.
    pub(crate) fn token(&self, user: i64) -> String {
        self.token_with(&Self::claims(user))
    }

    /// The claims of a good token, for a test to change.
    pub(crate) fn claims(user: i64) -> Value {
        let now = get_current_timestamp();
        json!({
            "iss": "warren", "aud": "warren", "sub": user.to_string(), "sid": format!("session-{user}"),
            "roles": ["user"], "iat": now, "exp": now + 900
        })
    }

    pub(crate) fn token_with(&self, claims: &Value) -> String {
        let header = Header { kid: Some("test".into()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, claims, &self.key).unwrap()
    }
}
