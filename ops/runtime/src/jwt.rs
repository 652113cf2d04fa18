//! EdDSA (RFC 8037) for the crate `jsonwebtoken`, computed by `ring`, which TLS brings along anyway.
//!
//! Its own backends also compile RSA, P-256 and P-384, which nothing here signs with.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use signature::{Signer, Verifier};

static EDDSA: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        require_ed25519(*algorithm, key.family())?;
        Ok(Box::new(EdDsaSigner::new(key)?))
    },
    verifier_factory: |algorithm, key| {
        require_ed25519(*algorithm, key.family())?;
        Ok(Box::new(EdDsaVerifier(key.clone())))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the cryptography of `jsonwebtoken` in this process. To be called before tokens are signed or verified; calling
/// it again changes nothing.
pub fn install() {
    let _already_installed = EDDSA.install_default();
}

fn require_ed25519(algorithm: Algorithm, family: AlgorithmFamily) -> Result<(), Error> {
    if algorithm == Algorithm::EdDSA && family == AlgorithmFamily::Ed {
        Ok(())
    } else {
        Err(ErrorKind::InvalidAlgorithm.into())
    }
}

struct EdDsaSigner(Ed25519KeyPair);

impl EdDsaSigner {
    /// Reads the private key (PKCS#8, RFC 8410), whether it carries its public half or not.
    fn new(key: &EncodingKey) -> Result<Self, Error> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.as_bytes())
            .map(Self)
            .map_err(|_| ErrorKind::InvalidEddsaKey.into())
    }
}

impl Signer<Vec<u8>> for EdDsaSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for EdDsaSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct EdDsaVerifier(DecodingKey);

impl Verifier<Vec<u8>> for EdDsaVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let key = self
            .0
            .try_get_as_bytes()
            .map_err(signature::Error::from_source)?;
        UnparsedPublicKey::new(&ED25519, key)
            .verify(message, signature)
            .map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for EdDsaVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
