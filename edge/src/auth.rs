//! Access tokens: EdDSA JWTs (RFC 7519, RFC 8037), checked with the public keys of the auth pool.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind, jwk::JwkSet,
};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use warren_runtime::{config::ConfigError, jwt};
use warren_topology::{
    envelope::Caller,
    failure::{ErrorCode, Failure},
    ids::UserId,
};

use crate::{reload::Changes, sessions::roles::RoleChanges, settings::AuthConfig};

/// How far the clocks of edges and the auth pool may differ.
pub(crate) const LEEWAY: Duration = Duration::from_secs(5);

/// A good access token: who it speaks for, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    pub(crate) caller: Arc<Caller>,
    /// Seconds since the Unix epoch.
    pub(crate) expires: u64,
    /// When the token was issued, in seconds since the Unix epoch.
    issued: u64,
}

impl Proof {
    /// How long it is still good.
    pub(crate) fn remaining(&self) -> Duration {
        let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(self.expires) + LEEWAY;
        expires
            .duration_since(SystemTime::now())
            .unwrap_or_default()
    }
}

/// The claims of an access token, all required (design.md, section 8); `iss`, `aud` and `exp` are checked by the library.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    sid: String,
    roles: Vec<String>,
    exp: u64,
    iat: u64,
}

/// The public keys by their ids, and the same as a document for others (RFC 7517).
struct KeySet {
    keys: HashMap<String, DecodingKey>,
    document: Bytes,
}

/// The public keys and the rules for tokens.
pub(crate) struct Tokens {
    file: PathBuf,
    check_every: Duration,
    validation: Validation,
    keys: RwLock<Arc<KeySet>>,
    /// Roles that differ from those in tokens.
    pub(crate) roles: RoleChanges,
}

impl Tokens {
    /// Reads the keys.
    ///
    /// # Errors
    /// [`ConfigError`] naming `auth.jwks_file` when it holds no usable key.
    pub(crate) fn load(config: &AuthConfig) -> Result<Self, ConfigError> {
        jwt::install();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY.as_secs();
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let keys = read(&config.jwks_file)
            .map_err(|problem| ConfigError::new("auth.jwks_file", problem))?;
        Ok(Self {
            file: config.jwks_file.clone(),
            check_every: Duration::from_secs(config.jwks_check_seconds),
            validation,
            keys: RwLock::new(Arc::new(keys)),
            roles: RoleChanges::new(Duration::from_secs(config.access_ttl_seconds) + LEEWAY),
        })
    }

    /// Checks a token.
    ///
    /// # Errors
    /// [`Failure`] with `AUTH_INVALID`.
    pub(crate) fn verify(&self, token: &str) -> Result<Proof, Failure> {
        let invalid = || {
            Failure::new(
                ErrorCode::AuthInvalid,
                "The access token is not valid. Sign in again.",
            )
        };
        let kid = decode_header(token)
            .ok()
            .and_then(|header| header.kid)
            .ok_or_else(invalid)?;
        let keys = self.keys();
        let key = keys.keys.get(&kid).ok_or_else(invalid)?;
        let claims = decode::<Claims>(token, key, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => Failure::new(
                    ErrorCode::AuthInvalid,
                    "The access token has expired. Refresh it or sign in again.",
                ),
                _ => invalid(),
            })?
            .claims;
        let user = claims
            .sub
            .parse()
            .ok()
            .filter(|id| *id > 0)
            .map(UserId)
            .ok_or_else(invalid)?;
        let caller = Caller {
            user,
            session: claims.sid,
            roles: claims.roles,
        };
        Ok(self.current(Proof {
            caller: Arc::new(caller),
            expires: claims.exp,
            issued: claims.iat,
        }))
    }

    /// The same proof with the roles that its user holds now.
    pub(crate) fn current(&self, proof: Proof) -> Proof {
        match self.roles.since(proof.caller.user, proof.issued) {
            Some(roles) if roles != proof.caller.roles => Proof {
                caller: Arc::new(Caller {
                    roles,
                    ..Caller::clone(&proof.caller)
                }),
                ..proof
            },
            _ => proof,
        }
    }

    /// The public keys as a JWK set, for whoever else checks tokens.
    pub(crate) fn document(&self) -> Bytes {
        self.keys().document.clone()
    }

    fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys again when their file changes and on SIGHUP, until `stop`.
    pub(crate) async fn watch(&self, stop: CancellationToken) {
        let mut changes = Changes::of(&[&self.file], self.check_every).await;
        while stop.run_until_cancelled(changes.next()).await.is_some() {
            self.reload().await;
        }
    }

    async fn reload(&self) {
        let file = self.file.clone();
        let started = Instant::now();
        match tokio::task::spawn_blocking(move || read(&file)).await {
            Ok(Ok(keys)) => {
                info!(keys = keys.keys.len(), took = ?started.elapsed(), "read the public keys again");
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
            }
            Ok(Err(problem)) => {
                warn!(file = %self.file.display(), problem, "keeping the old public keys")
            }
            Err(error) => warn!(%error, "keeping the old public keys"),
        }
    }
}

/// The Ed25519 keys of a JWK set by their ids; keys of other kinds are somebody else's.
fn read(file: &std::path::Path) -> Result<KeySet, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    let set: JwkSet =
        serde_json::from_str(&text).map_err(|error| format!("is not a JWK set: {error}"))?;
    let mut keys = HashMap::new();
    let mut known = Vec::new();
    for jwk in &set.keys {
        let Some(kid) = &jwk.common.key_id else {
            continue;
        };
        match DecodingKey::from_jwk(jwk) {
            Ok(key) if key.family() == jsonwebtoken::AlgorithmFamily::Ed => {
                drop(keys.insert(kid.clone(), key));
                known.push(jwk.clone());
            }
            Ok(_) => {}
            Err(error) => return Err(format!("holds a key that cannot be used: {error}")),
        }
    }
    if keys.is_empty() {
        return Err("holds no Ed25519 key with a kid".into());
    }
    let document =
        serde_json::to_vec(&JwkSet { keys: known }).map_err(|error| error.to_string())?;
    Ok(KeySet {
        keys,
        document: document.into(),
    })
}
