//! Passwords as `crypt(3)` writes them: `$1$` (MD5), `$5$` (SHA-256) and `$6$` (SHA-512), as glibc reads them.

use md5::{Digest, Md5};
use sha_crypt::{Params, sha256_crypt, sha512_crypt};

/// A hash taken apart: method, rounds where it names them, salt, and the encoded digest.
struct Hash<'h> {
    method: u8,
    rounds: Option<u32>,
    salt: &'h [u8],
    digest: &'h [u8],
}

/// Whether the form of a hash is one that [`verify`] can check.
pub fn is_supported(hash: &[u8]) -> bool {
    parse(hash).is_some()
}

/// Whether the password is the one that the hash was made of.
pub fn verify(password: &[u8], hash: &[u8]) -> bool {
    let Some(hash) = parse(hash) else { return false };
    let computed = match hash.method {
        b'1' => md5(password, hash.salt),
        b'5' => sha256(password, &hash),
        _ => sha512(password, &hash),
    };
    same(&computed, hash.digest)
}

fn parse(hash: &[u8]) -> Option<Hash<'_>> {
    let [b'$', method @ (b'1' | b'5' | b'6'), b'$', rest @ ..] = hash else { return None };
    let (rounds, rest) = match rest.strip_prefix(b"rounds=").filter(|_| *method != b'1') {
        None => (None, rest),
        Some(rest) => {
            let end = rest.iter().position(|b| *b == b'$')?;
            let rounds = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
            (Some(rounds), rest.get(end + 1..)?)
        }
    };
    let end = rest.iter().position(|b| *b == b'$')?;
    let (salt, digest) = (rest.get(..end)?, rest.get(end + 1..)?);
    Some(Hash { method: *method, rounds, salt, digest })
}

/// Compares in a time that depends on the lengths alone.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// Rounds out of range are moved into it, as glibc does.
fn params(rounds: Option<u32>) -> Params {
    let rounds = rounds.map(|rounds| rounds.clamp(Params::ROUNDS_MIN, Params::ROUNDS_MAX));
    rounds.and_then(|rounds| Params::new(rounds).ok()).unwrap_or_default()
}

fn sha256(password: &[u8], hash: &Hash<'_>) -> Vec<u8> {
    let digest = sha256_crypt(password, hash.salt, params(hash.rounds));
    let mut out = Encoder::default();
    let mut at = [0, 10, 20];
    for _ in 0..10 {
        out.push(at.map(|i| digest[i]), 4);
        at = [at[2] + 1, at[0] + 1, at[1] + 1];
    }
    out.push([0, digest[31], digest[30]], 3);
    out.text
}

fn sha512(password: &[u8], hash: &Hash<'_>) -> Vec<u8> {
    let digest = sha512_crypt(password, hash.salt, params(hash.rounds));
    let mut out = Encoder::default();
    let mut at = [0, 21, 42];
    for _ in 0..21 {
        out.push(at.map(|i| digest[i]), 4);
        at = [at[1] + 1, at[2] + 1, at[0] + 1];
    }
    out.push([0, 0, digest[63]], 2);
    out.text
}

fn md5(password: &[u8], salt: &[u8]) -> Vec<u8> {
    let salt = salt.get(..8).unwrap_or(salt);
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut first = Md5::new().chain_update(password).chain_update(b"$1$").chain_update(salt);
    for chunk in password.chunks(16) {
        first.update(&inner[..chunk.len()]);
    }
    let mut left = password.len();
    while left > 0 {
        first.update(if left & 1 == 1 { &[0] } else { &password[..1] });
        left >>= 1;
    }
    let mut digest = first.finalize();
    for round in 0..1000 {
        let odd = round & 1 == 1;
        let mut next = Md5::new().chain_update(if odd { password } else { &digest });
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        digest = next.chain_update(if odd { &digest } else { password }).finalize();
    }
    let mut out = Encoder::default();
    for i in 0..4 {
        out.push([digest[i], digest[i + 6], digest[i + 12]], 4);
    }
    out.push([digest[4], digest[10], digest[5]], 4);
    out.push([0, 0, digest[11]], 2);
    out.text
}

/// The base 64 of `crypt(3)`: three bytes, the lowest six bits first.
#[derive(Default)]
struct Encoder {
    text: Vec<u8>,
}

impl Encoder {
    fn push(&mut self, [high, middle, low]: [u8; 3], count: usize) {
        const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let bits = u32::from(high) << 16 | u32::from(middle) << 8 | u32::from(low);
        let digit = |at: usize| ALPHABET[(bits >> (6 * at)) as usize & 63];
        self.text.extend((0..count).map(digit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `openssl passwd` and with glibc.
    const HASHES: &[(&str, &str)] = &[
        ("secret", "$1$saltsalt$9xy1btjgzLYfb7hivXtC//"),
        ("", "$1$ab$rn6aQS/o7141mj179E/zA."),
        (LONG, "$1$saltsalt$bsSpqubIs82DVcuyfCxM11"),
        ("secret", "$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA"),
        (LONG, "$5$saltsalt$VT/1mxh5hWGd7y.MPaWRzi9A8DT3wfcK66njfOnvifB"),
        ("secret", "$5$rounds=1000$roundsalt$lUCbt9XtIcgnEwqC0F1ZqnVZJuvR2.Yizn/Gj0BBD9/"),
        (
            "secret",
            "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1",
        ),
        (LONG, "$6$saltsalt$BO5lLcrXbSOEvhhDj/lNt31ZsTLaSsQkHXBJ7mMHuu0bzEsRtbTdiYBoMiYL17vqrRDsYd0aHvb.ioD.AcqcC1"),
        (
            "secret",
            "$6$rounds=1234$roundsalt$XXvJB9DMO.Szq4uqTQUMk5TsOTNyXphd0vnyqtH9GSND4R2GwyoHL/BBC.6A7zOvOAZNkCk4vaVolHSE.\
             IAaq1",
        ),
    ];
    const LONG: &str = "a much longer password than any digest block, to be sure of it ....................";

    #[test]
    fn hashes_of_others_are_verified() {
        for (password, hash) in HASHES {
            assert!(verify(password.as_bytes(), hash.as_bytes()), "{hash}");
            assert!(!verify(b"wrong", hash.as_bytes()), "{hash}");
        }
        for bad in ["", "abNANd1rDfiNc", "$y$j9T$abc$def", "$6$", "$6$rounds=x$salt$a", "$6$salt"] {
            assert!(!is_supported(bad.as_bytes()), "{bad}");
            assert!(!verify(b"", bad.as_bytes()), "{bad}");
        }
    }
}
