//! Public keys, and the signatures that they verify.

use p256::ecdsa::signature::Verifier;
use rsa::{pkcs1::DecodeRsaPublicKey, pkcs8::DecodePublicKey};
use sha2::{Sha256, Sha384, Sha512};

/// How a message is signed (RFC 7518, 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
    Rs256,
    Rs384,
    Rs512,
    Es256,
    Es384,
    Es512,
    Ps256,
    Ps384,
    Ps512,
    None,
}

impl Algorithm {
    pub const NAMES: [(&'static str, Algorithm); 13] = [
        ("HS256", Algorithm::Hs256),
        ("HS384", Algorithm::Hs384),
        ("HS512", Algorithm::Hs512),
        ("RS256", Algorithm::Rs256),
        ("RS384", Algorithm::Rs384),
        ("RS512", Algorithm::Rs512),
        ("ES256", Algorithm::Es256),
        ("ES384", Algorithm::Es384),
        ("ES512", Algorithm::Es512),
        ("PS256", Algorithm::Ps256),
        ("PS384", Algorithm::Ps384),
        ("PS512", Algorithm::Ps512),
        ("none", Algorithm::None),
    ];

    pub fn find(name: &[u8]) -> Option<Algorithm> {
        Algorithm::NAMES.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, algorithm)| *algorithm)
    }

    /// The digest of an algorithm that works with a secret.
    pub fn secret_digest(self) -> Option<&'static str> {
        match self {
            Algorithm::Hs256 => Some("sha256"),
            Algorithm::Hs384 => Some("sha384"),
            Algorithm::Hs512 => Some("sha512"),
            _ => None,
        }
    }
}

/// A public key of a file.
#[derive(Debug)]
pub struct PublicKey {
    /// The file's name, as the configuration says it.
    pub name: Vec<u8>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    P256(Box<p256::ecdsa::VerifyingKey>),
    P384(Box<p384::ecdsa::VerifyingKey>),
    P521(Box<p521::ecdsa::VerifyingKey>),
    Rsa(Box<rsa::PublicKey>),
}

impl PublicKey {
    /// Reads PEM: `BEGIN RSA PUBLIC KEY` or `BEGIN PUBLIC KEY`.
    pub fn of_pem(name: &[u8], pem: &[u8]) -> Option<PublicKey> {
        let start = memchr::memmem::find(pem, b"-----BEGIN")?;
        let text = std::str::from_utf8(pem.get(start..)?).ok()?.trim_end();
        let rsa = || rsa::PublicKey::from_public_key_pem(text).ok();
        let rsa = rsa().or_else(|| rsa::PublicKey::from_pkcs1_pem(text).ok()).map(|key| Kind::Rsa(Box::new(key)));
        let p256 = || p256::ecdsa::VerifyingKey::from_public_key_pem(text).ok().map(|key| Kind::P256(Box::new(key)));
        let p384 = || p384::ecdsa::VerifyingKey::from_public_key_pem(text).ok().map(|key| Kind::P384(Box::new(key)));
        let p521 = || p521::ecdsa::VerifyingKey::from_public_key_pem(text).ok().map(|key| Kind::P521(Box::new(key)));
        let kind = rsa.or_else(p256).or_else(p384).or_else(p521)?;
        Some(PublicKey { name: name.to_vec(), kind })
    }

    /// Whether a signature is right; a key of another kind verifies nothing.
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        macro_rules! curve {
            ($curve:ident, $key:expr) => {
                $curve::ecdsa::Signature::from_slice(signature).is_ok_and(|s| $key.verify(message, &s).is_ok())
            };
        }
        macro_rules! rsa {
            ($padding:ident, $digest:ty, $key:expr) => {
                rsa::$padding::Signature::try_from(signature).is_ok_and(|s| {
                    rsa::$padding::VerifyingKey::<$digest>::new((**$key).clone()).verify(message, &s).is_ok()
                })
            };
        }
        match (algorithm, &self.kind) {
            (Algorithm::Es256, Kind::P256(key)) => curve!(p256, key),
            (Algorithm::Es384, Kind::P384(key)) => curve!(p384, key),
            (Algorithm::Es512, Kind::P521(key)) => curve!(p521, key),
            (Algorithm::Rs256, Kind::Rsa(key)) => rsa!(pkcs1v15, Sha256, key),
            (Algorithm::Rs384, Kind::Rsa(key)) => rsa!(pkcs1v15, Sha384, key),
            (Algorithm::Rs512, Kind::Rsa(key)) => rsa!(pkcs1v15, Sha512, key),
            (Algorithm::Ps256, Kind::Rsa(key)) => rsa!(pss, Sha256, key),
            (Algorithm::Ps384, Kind::Rsa(key)) => rsa!(pss, Sha384, key),
            (Algorithm::Ps512, Kind::Rsa(key)) => rsa!(pss, Sha512, key),
            _ => false,
        }
    }
}
