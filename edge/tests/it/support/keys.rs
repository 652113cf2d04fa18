use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_json::{Value, json};
use warren_runtime::jwt;

/// What the auth pool would hold.
pub(crate) struct Keys {
    key: EncodingKey,
    public: String,
}

impl Keys {
    pub(crate) fn generate() -> Self {
        jwt::install();
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap();
        let public = URL_SAFE_NO_PAD.encode(pair.public_key());
        let key = EncodingKey::from_ed_der(der.as_ref());
        Self { key, public }
    }

    /// The public half, as the edge reads it.
    pub(crate) fn jwks(&self) -> String {
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "test", "x": self.public }] }).to_string()
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
        let header = Header {
            kid: Some("test".into()),
            ..Header::new(Algorithm::EdDSA)
        };
        encode(&header, claims, &self.key).unwrap()
    }
}
