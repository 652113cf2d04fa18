use serde::Deserialize;
use warren_runtime::config::Problems;

/// The section `[uploads]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadsConfig {
    /// The largest file in bytes.
    pub max_bytes: u64,
    /// How many files may be uploaded at a time; each may have 5 MiB in memory.
    pub max_at_a_time: usize,
    /// How many of them by one user.
    pub max_per_user: usize,
    /// How long the next bytes of a file may take, in milliseconds.
    pub idle_ms: u64,
    /// How long a whole file may take, in milliseconds.
    pub timeout_ms: u64,
    /// The kinds of file that are taken, by their content: media types (RFC 6838), or all of a kind such as `image/*`. What is
    /// none of the known ones is `application/octet-stream`.
    pub media_types: Vec<String>,
}

impl UploadsConfig {
    /// Whether files of this media type are taken.
    #[must_use]
    pub fn takes(&self, media_type: &str) -> bool {
        let kind = media_type.split('/').next().unwrap_or_default();
        self.media_types.iter().any(|taken| {
            taken == media_type || taken.strip_suffix("/*").is_some_and(|all| all == kind)
        })
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        for (key, value, high) in [
            ("uploads.max_bytes", self.max_bytes, 1 << 40),
            ("uploads.max_at_a_time", self.max_at_a_time as u64, 10_000),
            ("uploads.max_per_user", self.max_per_user as u64, 10_000),
            ("uploads.idle_ms", self.idle_ms, 600_000),
            ("uploads.timeout_ms", self.timeout_ms, 86_400_000),
        ] {
            problems.ensure(
                (1..=high).contains(&value),
                key,
                format!("must be 1 to {high}"),
            );
        }
        let is_type = |text: &String| text.split('/').filter(|part| !part.is_empty()).count() == 2;
        problems.ensure(
            self.media_types.iter().all(is_type),
            "uploads.media_types",
            "must hold media types such as image/png or image/*",
        );
    }
}
