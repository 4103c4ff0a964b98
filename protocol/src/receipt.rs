//! The receipt: the server's signed word, given after commit, that it holds a journal up to a link.
//! Only a receipt moves a record out of "unsent".

use crate::{
    hash::Tagged,
    journal::{DeviceId, Link},
    keys::{PublicKey, SecretKey, ServerId, Sig},
};

/// When a log was created or restored: the greater epoch wins (docs/PROTOCOL.md#receipts-and-epochs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Epoch {
    /// Server time of creation, unix seconds.
    #[n(0)]
    pub created_at: i64,
    /// Random bytes, so that two epochs of one second differ.
    #[n(1)]
    #[cbor(with = "crate::cbor::bytes")]
    pub random: [u8; 8],
}

impl Epoch {
    /// 16 bytes that order as epochs do (for times after 1970).
    pub fn to_bytes(self) -> [u8; 16] {
        let mut out = [0; 16];
        let (time, random) = out.split_at_mut(8);
        time.copy_from_slice(&self.created_at.to_be_bytes());
        random.copy_from_slice(&self.random);
        out
    }

    /// The reverse of [`Epoch::to_bytes`].
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let (time, random) = bytes.split_at_checked(8)?;
        Some(Self { created_at: i64::from_be_bytes(time.try_into().ok()?), random: random.try_into().ok()? })
    }
}

/// A span of records first received at the same server second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Step {
    /// First sequence number.
    #[n(0)]
    pub first: u64,
    /// Last sequence number.
    #[n(1)]
    pub last: u64,
    /// Server time of first receipt, unix seconds; the original one for duplicates too.
    #[n(2)]
    pub received_at: i64,
}

/// What a receipt states, without signature. Server, epoch and device are known from the context.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Statement {
    /// Branch of the journal, numbered by the server; 0 unless the journal forked.
    #[n(0)]
    pub branch: u32,
    /// The server holds 1..=last of the journal that ends in that branch, but for what the phone itself said it lost.
    #[n(1)]
    pub last: u64,
    /// Every note of records up to here is held; erased or refused counts as held.
    #[n(2)]
    pub notes_through: u64,
    /// Times of first receipt of the records this receipt was made for.
    #[n(3)]
    #[cbor(decode_with = "crate::cbor::at_most::<_, _, { crate::limit::RECEIPT_STEPS }>")]
    pub steps: Vec<Step>,
    /// Log position when it was made: a server whose log ends before it was rolled back.
    #[n(4)]
    pub position: u64,
}

/// A receipt as it travels in a reply. The link it speaks of is not sent: the phone puts in its own,
/// and the signature holds only if both mean the same chain.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Receipt {
    /// What it states.
    #[n(0)]
    pub statement: Statement,
    /// Signature over [`Receipt::hash`].
    #[n(1)]
    pub signature: Sig,
}

/// All that a receipt's signature covers beside the [`Statement`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptContext {
    /// The server.
    pub server: ServerId,
    /// Its epoch.
    pub epoch: Epoch,
    /// The device whose journal it is.
    pub device: DeviceId,
    /// `link(last)`.
    pub link: Link,
}

impl Receipt {
    /// The hash that is signed.
    pub fn hash(statement: &Statement, context: &ReceiptContext) -> [u8; 32] {
        let mut h = Tagged::new("pantau/1/receipt");
        h.part(&context.server.0)
            .part(&context.epoch.to_bytes())
            .part(&context.device.0)
            .part(&context.link.0)
            .part(&crate::cbor::to_vec(statement));
        h.finish()
    }

    /// Signs a statement.
    pub fn sign(statement: Statement, context: &ReceiptContext, key: &SecretKey) -> Self {
        let signature = key.sign(&Self::hash(&statement, context));
        Self { statement, signature }
    }

    /// Whether one of the server's keys signed it in this context.
    pub fn verify(&self, context: &ReceiptContext, keys: &[PublicKey]) -> bool {
        let hash = Self::hash(&self.statement, context);
        keys.iter().any(|k| k.verify(&hash, &self.signature))
    }
}

/// A receipt with what it was made for, as a phone keeps it and presents it to a restored server.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct OldReceipt {
    /// Epoch it was made in.
    #[n(0)]
    pub epoch: Epoch,
    /// `link(last)`.
    #[n(1)]
    pub link: Link,
    /// The receipt.
    #[n(2)]
    pub receipt: Receipt,
}
