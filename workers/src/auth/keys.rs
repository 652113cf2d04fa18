//! The Ed25519 key pair of access tokens: the auth pool alone holds the private key (PKCS#8, RFC 8410, in PEM), edges
//! hold the public ones as a JWK set (RFC 7517, RFC 8037).
//!
//! Keys rotate without signing anybody out: [`add`] makes the next key and puts its public half beside the present one;
//! once every edge has read that, [`promote`] has it sign; once the last token of the old key has expired, [`prune`] takes
//! the old public key away. Running workers and edges look at their files and need no restart.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use pem::{EncodeConfig, LineEnding, Pem};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use warren_runtime::config::ConfigError;

/// The private key's file in the folder that [`generate`] writes to.
pub const PRIVATE_KEY: &str = "private.pem";
/// The file there of the private key that signs next.
pub const NEXT_KEY: &str = "next.pem";
/// The public keys' file there.
pub const JWKS: &str = "jwks.json";
/// What the private key's PEM is labelled (RFC 5958).
const PRIVATE_KEY_TAG: &str = "PRIVATE KEY";

/// What signs access tokens.
pub struct SigningKeys {
    /// The private key: PKCS#8 in DER.
    der: Vec<u8>,
    pair: Ed25519KeyPair,
}

/// Public keys, as edges read them.
#[derive(Debug, Serialize, Deserialize)]
struct JwkSet {
    keys: Vec<Jwk>,
}

/// An Ed25519 public key (RFC 8037, section 2).
#[derive(Debug, Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    x: String,
}

impl SigningKeys {
    pub(super) fn fresh() -> io::Result<Self> {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map_err(|_| io::Error::other("the system has no random numbers"))?;
        Self::of_der(der.as_ref())
    }

    fn of_der(der: &[u8]) -> io::Result<Self> {
        // Unchecked: OpenSSL writes keys without their public half, which is then computed.
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
        let der = der.to_vec();
        Ok(Self { der, pair })
    }

    fn of_pem(text: &str) -> io::Result<Self> {
        let pem = pem::parse(text)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
        if pem.tag() != PRIVATE_KEY_TAG {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("holds a {}", pem.tag()),
            ));
        }
        Self::of_der(pem.contents())
    }

    /// The key's id: its thumbprint (RFC 7638, with the members of RFC 8037, section 2).
    #[must_use]
    pub fn kid(&self) -> String {
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(members))
    }

    /// The private key: PKCS#8 in DER.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The public key as its JWK carries it.
    pub(super) fn x(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.pair.public_key())
    }

    fn to_jwk(&self) -> Jwk {
        Jwk {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            alg: Some("EdDSA".into()),
            usage: Some("sig".into()),
            kid: Some(self.kid()),
            x: self.x(),
        }
    }

    fn to_pem(&self) -> String {
        let lines = EncodeConfig::new().set_line_ending(LineEnding::LF);
        pem::encode_config(&Pem::new(PRIVATE_KEY_TAG, self.der.clone()), lines)
    }

    fn of_file(path: &Path) -> io::Result<Self> {
        Self::of_pem(&fs::read_to_string(path)?)
    }
}

/// Makes a key pair: `private.pem`, which only its owner may read, and `jwks.json`.
///
/// # Errors
/// When one of the files exists already, or cannot be written.
pub fn generate(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let (private, public) = (dir.join(PRIVATE_KEY), dir.join(JWKS));
    for path in [&private, &public] {
        if path.try_exists()? {
            let message = format!("{} exists; keys are never overwritten", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
    }
    let keys = SigningKeys::fresh()?;
    let jwks = JwkSet {
        keys: vec![keys.to_jwk()],
    };
    write_new(&private, keys.to_pem().as_bytes(), 0o600)?;
    write_new(&public, &jwks.to_text()?, 0o644)
}

/// Makes the key that signs next: `next.pem`, and its public half in `jwks.json` beside those that are there.
///
/// # Errors
/// When there is a next key already, or a file cannot be read or written.
pub fn add(dir: &Path) -> io::Result<()> {
    let keys = SigningKeys::fresh()?;
    let mut jwks = JwkSet::of_file(&dir.join(JWKS))?;
    jwks.keys.push(keys.to_jwk());
    write_new(&dir.join(NEXT_KEY), keys.to_pem().as_bytes(), 0o600)?;
    replace(&dir.join(JWKS), &jwks.to_text()?)
}

/// Has the next key sign: `next.pem` becomes `private.pem`. Edges must have read its public half before.
///
/// # Errors
/// When there is no next key, or `jwks.json` lacks its public half.
pub fn promote(dir: &Path) -> io::Result<()> {
    let next = dir.join(NEXT_KEY);
    check_jwks(&SigningKeys::of_file(&next)?, &dir.join(JWKS)).map_err(io::Error::other)?;
    fs::rename(next, dir.join(PRIVATE_KEY))
}

/// Takes the public keys away whose private halves sign neither now nor next. Tokens that they signed are refused from now
/// on. Returns how many went.
///
/// # Errors
/// When a file cannot be read or written.
pub fn prune(dir: &Path) -> io::Result<usize> {
    let mut kept = vec![SigningKeys::of_file(&dir.join(PRIVATE_KEY))?.kid()];
    match SigningKeys::of_file(&dir.join(NEXT_KEY)) {
        Ok(next) => kept.push(next.kid()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut jwks = JwkSet::of_file(&dir.join(JWKS))?;
    let before = jwks.keys.len();
    jwks.keys
        .retain(|key| key.kid.as_ref().is_some_and(|kid| kept.contains(kid)));
    replace(&dir.join(JWKS), &jwks.to_text()?)?;
    Ok(before - jwks.keys.len())
}

impl JwkSet {
    fn of_file(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }

    fn to_text(&self) -> io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

/// Puts another content in a file's place, at once: whoever reads it meanwhile reads the old one or the new one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_new(&new, content, 0o644)?;
    fs::rename(new, path)
}

fn write_new(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Reads the signing key, and makes sure that the edges' JWK set, if this process is told of it, has its public key.
///
/// # Errors
/// When a file cannot be read or holds something else.
pub fn load(private_key: &Path, jwks: &Path) -> Result<SigningKeys, ConfigError> {
    let wrong = |message: String| ConfigError::new("auth.private_key_file", message);
    if private_key.as_os_str().is_empty() {
        return Err(wrong("is missing: make a key with `warren-worker keys generate --dir DIR`, and name its file".into()));
    }
    let pem = fs::read_to_string(private_key)
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let keys = SigningKeys::of_pem(&pem).map_err(|_| {
        wrong("must hold an Ed25519 private key, PKCS#8 in PEM (BEGIN PRIVATE KEY)".into())
    })?;
    if !jwks.as_os_str().is_empty() {
        check_jwks(&keys, jwks).map_err(|message| ConfigError::new("auth.jwks_file", message))?;
    }
    Ok(keys)
}

fn check_jwks(keys: &SigningKeys, path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let jwks: JwkSet =
        serde_json::from_str(&text).map_err(|error| format!("must hold a JWK set: {error}"))?;
    let (kid, x) = (keys.kid(), keys.x());
    if jwks
        .keys
        .iter()
        .any(|key| key.kid.as_ref() == Some(&kid) && key.x == x)
    {
        Ok(())
    } else {
        Err(format!(
            "lacks the public key of auth.private_key_file (kid {kid}): edges would refuse every token"
        ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::{os::unix::fs::PermissionsExt, path::PathBuf};

    use uuid::Uuid;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("warren-keys-{}", Uuid::new_v4())))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_is_generated_can_be_loaded_and_only_its_owner_may_read_it() {
        let folder = Folder::new();
        generate(&folder.0).unwrap();
        let private = folder.0.join(PRIVATE_KEY);
        assert_eq!(
            fs::metadata(&private).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(
            fs::read_to_string(&private)
                .unwrap()
                .starts_with("-----BEGIN PRIVATE KEY-----")
        );
        let keys = load(&private, &folder.0.join(JWKS)).unwrap();
        let jwks: JwkSet = serde_json::from_slice(&fs::read(folder.0.join(JWKS)).unwrap()).unwrap();
        assert_eq!(jwks.keys[0].kid, Some(keys.kid()));
    }

    #[test]
    fn a_key_is_added_then_signs_then_the_old_one_goes() {
        let folder = Folder::new();
        generate(&folder.0).unwrap();
        let (private, jwks) = (folder.0.join(PRIVATE_KEY), folder.0.join(JWKS));
        let kids = || -> Vec<String> {
            let jwks = JwkSet::of_file(&jwks).unwrap();
            jwks.keys.into_iter().filter_map(|key| key.kid).collect()
        };
        let old = load(&private, &jwks).unwrap().kid();
        assert_eq!(
            promote(&folder.0).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        add(&folder.0).unwrap();
        assert_eq!(load(&private, &jwks).unwrap().kid(), old);
        assert_eq!(
            add(&folder.0).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists,
            "one at a time"
        );
        let both = kids();
        assert!(both.len() == 2 && both[0] == old, "{both:?}");
        assert_eq!(prune(&folder.0).unwrap(), 0, "both are needed");

        promote(&folder.0).unwrap();
        assert_eq!(load(&private, &jwks).unwrap().kid(), both[1]);
        assert_eq!(
            fs::metadata(&private).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(prune(&folder.0).unwrap(), 1);
        assert_eq!(kids(), both[1..]);
        assert_eq!(prune(&folder.0).unwrap(), 0);
    }

    #[test]
    fn keys_are_never_overwritten() {
        for existing in [PRIVATE_KEY, JWKS] {
            let folder = Folder::new();
            fs::create_dir_all(&folder.0).unwrap();
            fs::write(folder.0.join(existing), "precious").unwrap();
            assert_eq!(
                generate(&folder.0).unwrap_err().kind(),
                io::ErrorKind::AlreadyExists
            );
            assert_eq!(
                fs::read_to_string(folder.0.join(existing)).unwrap(),
                "precious"
            );
            assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_key_of_another_set_is_a_mistake_in_the_configuration() {
        let (one, other) = (Folder::new(), Folder::new());
        generate(&one.0).unwrap();
        generate(&other.0).unwrap();
        let message = |private: &Path, jwks: &Path| load(private, jwks).err().unwrap().to_string();
        let private = one.0.join(PRIVATE_KEY);
        assert!(message(&private, &other.0.join(JWKS)).contains("auth.jwks_file"));
        assert!(message(Path::new(""), Path::new("")).contains("keys generate"));
        assert!(
            message(&one.0.join(JWKS), Path::new("")).contains("must hold an Ed25519 private key")
        );
        assert!(load(&private, Path::new("")).is_ok());
    }

    /// What stands before the 32 bytes of a private key without its public half (RFC 8410, section 7), as OpenSSL writes it.
    const V1_PREFIX: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

    /// RFC 8410, section 10.3: with its public half, and without.
    #[test]
    fn keys_that_other_programs_made_can_be_used() {
        for pem in [
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
             -----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMFECAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
             gSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PRIVATE KEY-----\n",
        ] {
            let keys = SigningKeys::of_pem(pem).unwrap();
            assert_eq!(keys.x(), "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");
        }
        for wrong in [
            "",
            "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n",
        ] {
            assert!(SigningKeys::of_pem(wrong).is_err());
        }
    }

    #[test]
    fn the_kid_is_the_thumbprint_of_rfc_8037() {
        // RFC 8037, appendix A.1 to A.3.
        let d = BASE64_URL_SAFE_NO_PAD
            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .unwrap();
        let without_public_half = [V1_PREFIX, &d].concat();
        let keys = SigningKeys::of_der(&without_public_half).unwrap();
        assert_eq!(keys.x(), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(keys.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
