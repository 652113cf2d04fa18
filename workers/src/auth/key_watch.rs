//! Has the auth pool sign with another key when its file changes, without a restart.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{keys, tokens::AccessTokens};
use crate::settings::AuthConfig;

/// Looks at the files of the keys.
pub struct KeyWatch {
    private_key: PathBuf,
    jwks: PathBuf,
    check_every: Duration,
    tokens: Arc<AccessTokens>,
}

impl KeyWatch {
    pub(super) fn new(config: &AuthConfig, tokens: Arc<AccessTokens>) -> Self {
        Self {
            private_key: config.private_key_file.clone(),
            jwks: config.jwks_file.clone(),
            check_every: Duration::from_secs(config.key_check_seconds.into()),
            tokens,
        }
    }

    /// Looks until `shutdown`. A key that cannot be used, or that edges would not know, is reported and not used.
    pub async fn run(&self, shutdown: &CancellationToken) {
        let mut known = self.changed_at().await;
        while shutdown
            .run_until_cancelled(tokio::time::sleep(self.check_every))
            .await
            .is_some()
        {
            let now = self.changed_at().await;
            if now != known && self.take().await {
                known = now;
            }
        }
    }

    async fn changed_at(&self) -> Option<(SystemTime, u64)> {
        let metadata = tokio::fs::metadata(&self.private_key).await.ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    }

    /// Whether what the file holds is used now.
    async fn take(&self) -> bool {
        let (private_key, jwks) = (self.private_key.clone(), self.jwks.clone());
        let read = tokio::task::spawn_blocking(move || keys::load(&private_key, &jwks)).await;
        match read {
            Ok(Ok(keys)) => {
                self.tokens.use_keys(&keys);
                info!(kid = keys.kid(), "signs with another key");
                true
            }
            Ok(Err(error)) => {
                warn!(%error, "the new signing key cannot be used; the old one goes on");
                false
            }
            Err(error) => {
                warn!(%error, "the signing key was not read; the old one goes on");
                false
            }
        }
    }
}
