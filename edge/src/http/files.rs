use std::{collections::HashMap, fs, io, path::Path};

use hyper::{
    HeaderMap,
    header::{HeaderName, HeaderValue},
};
use tracing::{info, warn};

use super::answer::{Answer, Fixed};

/// A web client larger than this is a mistake in the configuration.
const MAX_TOTAL_BYTES: usize = 64 << 20;
/// What the client may do: everything comes from here, pictures may come from anywhere by TLS.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' data: blob: https:; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// The page that shows the API's documents and tries them out: Swagger UI has small pictures in its style.
const DOCS_PAGE: &str = "/api/docs/index.html";
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const CONTENT_SECURITY_POLICY: HeaderName = HeaderName::from_static("content-security-policy");

/// The built web client, read once at start.
#[derive(Default)]
pub(crate) struct Files {
    files: HashMap<String, Fixed>,
}

impl Files {
    /// Reads a folder. A folder that cannot be read is no reason not to serve the API: it is logged.
    pub(crate) fn load(folder: Option<&Path>) -> Self {
        let Some(folder) = folder else {
            return Self::default();
        };
        let mut files = Self::default();
        let mut total = 0;
        match files.read(folder, "", &mut total) {
            Ok(()) => {
                info!(folder = %folder.display(), files = files.files.len(), bytes = total, "serving the web client")
            }
            Err(error) => {
                warn!(folder = %folder.display(), %error, "the web client cannot be read; it is not served")
            }
        }
        files
    }

    fn read(&mut self, folder: &Path, path: &str, total: &mut usize) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = format!("{path}/{name}");
            if entry.file_type()?.is_dir() {
                self.read(&entry.path(), &path, total)?;
                continue;
            }
            let body = fs::read(entry.path())?;
            *total += body.len();
            if *total > MAX_TOTAL_BYTES {
                return Err(io::Error::other("it is larger than 64 MiB"));
            }
            // The build names what is in /assets by its content.
            let cache = if path.starts_with("/assets/") {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            };
            self.files
                .insert(path.clone(), Fixed::new(content_type(&path), cache, body));
        }
        Ok(())
    }

    /// The file at a path.
    pub(crate) fn find(&self, path: &str, request: &HeaderMap) -> Option<Answer> {
        let path = match path {
            "/" => "/index.html",
            path if is_docs(path) => DOCS_PAGE,
            path => path,
        };
        let policy = match path {
            DOCS_PAGE => DOCS_POLICY,
            _ => PAGE_POLICY,
        };
        let mut answer = self.files.get(path)?.answer(request);
        // On every file: a service worker is held to the policy of its own script.
        answer
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        Some(answer)
    }

    /// The page itself, for the paths that only the client knows.
    pub(crate) fn page(&self, request: &HeaderMap) -> Option<Answer> {
        self.find("/", request)
    }
}

/// Whether a path is that of the page with the API's documents, which comes with the web client.
pub(crate) fn is_docs(path: &str) -> bool {
    matches!(path, "/api/docs" | "/api/docs/")
}

fn content_type(path: &str) -> HeaderValue {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let text = match guess.type_() {
        mime_guess::mime::TEXT => format!("{guess}; charset=utf-8"),
        _ => guess.to_string(),
    };
    HeaderValue::from_str(&text)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}
