//! What a device signed, held against what the log holds: the frame's header names the journal, the records
//! and the link after the last of them.

use pantau_protocol::{
    frame,
    journal::{DeviceId, Link},
    keys::PublicKey,
    segment::Span,
};

use crate::store::Proof;

/// Records under one verified signature.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed {
    /// Last of them.
    pub(super) last: u64,
    /// The link after it, as signed; `None` where the signature does not hold.
    pub(super) link: Option<Link>,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoProof {
    /// The key did not sign this.
    Signature,
    /// It signed something else.
    Other(&'static str),
}

/// Verifies a proof of a device's records.
pub(super) fn verify(proof: &Proof, device: &DeviceId, key: &PublicKey) -> Result<Signed, NoProof> {
    let evidence = &proof.evidence;
    if !key.verify(&evidence.signed_hash(), &evidence.signature) {
        return Err(NoProof::Signature);
    }
    let (named, span) =
        header(&evidence.header, &evidence.signature.0).ok_or(NoProof::Other("it is no frame of records"))?;
    if named != *device {
        return Err(NoProof::Other("it is about another device"));
    }
    // A frame may begin with records that were held before.
    if span.first > proof.first || span.last() != proof.last {
        return Err(NoProof::Other("it is about other numbers"));
    }
    Ok(Signed { last: proof.last, link: Some(span.link) })
}

/// Device and records that a header names.
fn header(header: &[u8], signature: &[u8; 64]) -> Option<(DeviceId, Span)> {
    let frame: Vec<u8> = header.iter().chain(signature).copied().collect();
    let parsed = frame::parse(&frame).ok()?;
    Some((parsed.device?, parsed.span?))
}
