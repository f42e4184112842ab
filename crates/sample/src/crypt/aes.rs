//! AES in the modes CBC, GCM and key wrap, with keys of 128, 192 and 256 bits.
//!
//! GCM is put together here, because the nonces of configurations have any length.

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{
        BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser, InnerIvInit, KeyInit, KeyIvInit,
        StreamCipher, block_padding::Pkcs7, consts::U16,
    },
};
use ghash::{GHash, universal_hash::UniversalHash};

pub(crate) const TAG: usize = 16;

/// Does something with the cipher for keys of this length.
macro_rules! sized {
    ($key:expr, $cipher:ident => $do:expr) => {
        match $key.len() {
            16 => {
                type $cipher = Aes128;
                $do
            }
            24 => {
                type $cipher = Aes192;
                $do
            }
            32 => {
                type $cipher = Aes256;
                $do
            }
            _ => None,
        }
    };
}

pub(crate) fn cbc_encrypt(key: &[u8], iv: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    sized!(key, C => {
        let mode = cbc::Encryptor::<C>::new_from_slices(key, iv).ok()?;
        Some(mode.encrypt_padded_vec::<Pkcs7>(plain))
    })
}

pub(crate) fn cbc_decrypt(key: &[u8], iv: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    sized!(key, C => {
        let mode = cbc::Decryptor::<C>::new_from_slices(key, iv).ok()?;
        mode.decrypt_padded_vec::<Pkcs7>(secret).ok()
    })
}

/// The secret text and its tag.
pub(crate) fn gcm_encrypt(key: &[u8], nonce: &[u8], aad: &[u8], plain: &[u8]) -> Option<(Vec<u8>, [u8; TAG])> {
    sized!(key, C => {
        let mut gcm = Gcm::new(C::new_from_slice(key).ok()?, nonce)?;
        let mut text = plain.to_vec();
        gcm.stream.apply_keystream(&mut text);
        let tag = gcm.tag(aad, &text);
        Some((text, tag))
    })
}

/// The plain text, if the tag is right.
pub(crate) fn gcm_decrypt(key: &[u8], nonce: &[u8], aad: &[u8], secret: &[u8], tag: &[u8]) -> Option<Vec<u8>> {
    sized!(key, C => {
        let mut gcm = Gcm::new(C::new_from_slice(key).ok()?, nonce)?;
        let right = super::same(&gcm.tag(aad, secret), tag);
        let mut text = secret.to_vec();
        gcm.stream.apply_keystream(&mut text);
        right.then_some(text)
    })
}

/// A key out of its wrapping (RFC 3394).
pub(crate) fn unwrap(key: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    let mut plain = vec![0; wrapped.len().checked_sub(8)?];
    sized!(key, C => {
        let kek = aes_kw::AesKw::<C>::new_from_slice(key).ok()?;
        kek.unwrap_key(wrapped, &mut plain).ok()?;
        Some(())
    })?;
    Some(plain)
}

/// A message: its key stream from the second block on, and what its tag is made with.
struct Gcm<C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>> {
    stream: ctr::Ctr32BE<C>,
    hash: GHash,
    mask: [u8; TAG],
}

impl<C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>> Gcm<C> {
    fn new(cipher: C, nonce: &[u8]) -> Option<Gcm<C>> {
        let mut subkey = aes::Block::default();
        cipher.encrypt_block(&mut subkey);
        let hash = GHash::new(&subkey);
        let mut first = [0; TAG];
        match <[u8; 12]>::try_from(nonce) {
            Ok(nonce) => {
                let (start, counter) = first.split_at_mut(nonce.len());
                start.copy_from_slice(&nonce);
                counter.copy_from_slice(&1u32.to_be_bytes());
            }
            Err(_) => first = lengths(hash.clone(), &[], nonce),
        }
        let core = ctr::CtrCore::inner_iv_init(cipher, &first.into());
        let mut stream = ctr::Ctr32BE::from_core(core);
        let mut mask = [0; TAG];
        stream.apply_keystream(&mut mask);
        Some(Gcm { stream, hash, mask })
    }

    fn tag(&self, aad: &[u8], text: &[u8]) -> [u8; TAG] {
        let mut tag = lengths(self.hash.clone(), aad, text);
        tag.iter_mut().zip(&self.mask).for_each(|(byte, mask)| *byte ^= mask);
        tag
    }
}

/// The hash of two texts and of their lengths.
fn lengths(mut hash: GHash, aad: &[u8], text: &[u8]) -> [u8; TAG] {
    hash.update_padded(aad);
    hash.update_padded(text);
    let bits = |bytes: &[u8]| (bytes.len() as u64 * 8).to_be_bytes();
    let mut block = [0; TAG];
    let (first, second) = block.split_at_mut(8);
    first.copy_from_slice(&bits(aad));
    second.copy_from_slice(&bits(text));
    hash.update(&[block.into()]);
    hash.finalize().into()
}
