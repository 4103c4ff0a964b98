//! What a person should read, in plain official Indonesian or in English.

use pantau_protocol::projection::findings::Lang;

use crate::{
    contact,
    error::{FailReason, PantauError},
    handover_words,
    mirror::Reason,
    state::Delivery,
    store::EnrolOutcome,
    sync::SyncEnd,
};

/// Language of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Locale {
    /// Bahasa Indonesia.
    Indonesian,
    /// English.
    English,
}

impl From<Locale> for Lang {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::Indonesian => Self::Id,
            Locale::English => Self::En,
        }
    }
}

impl Locale {
    pub(crate) fn pick(self, indonesian: &str, english: &str) -> String {
        match self {
            Self::Indonesian => indonesian.to_owned(),
            Self::English => english.to_owned(),
        }
    }
}

/// A sentence or two about an error: what happened, whether anything was lost, what to do. No I/O.
#[uniffi::export]
pub fn explain(error: PantauError, locale: Locale) -> String {
    match error {
        PantauError::Invalid { field, detail } => invalid(&field, &detail, locale),
        PantauError::NotEnrolled { .. } => not_enrolled(locale),
        PantauError::InUse { .. } => locale.pick(
            "Data sedang dibuka oleh proses lain. Tutup aplikasi lalu buka kembali.",
            "The data are open in another process. Close the app and open it again.",
        ),
        PantauError::KeyLost { .. } => locale.pick(
            "Kunci data di HP ini hilang, misalnya karena HP diatur ulang. Data lama disimpan tersendiri; \
             mintalah kode baru ke Desk Pemilu untuk mendaftar kembali.",
            "The key of the data on this phone is lost, for instance because the phone was reset. The old data \
             are kept apart; ask the election desk for a new code to enrol again.",
        ),
        PantauError::DiskFull { .. } => locale.pick(
            "Penyimpanan HP penuh. Catatan ini BELUM tersimpan. Hapus berkas lain, lalu simpan kembali.",
            "The phone's storage is full. This entry is NOT saved. Delete other files, then save again.",
        ),
        PantauError::Offline { why, .. } => contact::explained(why, locale),
        PantauError::NotTrusted { .. } => not_trusted(locale),
        PantauError::Failed { reason, .. } => failed(reason, locale),
    }
}

fn not_enrolled(locale: Locale) -> String {
    locale.pick(
        "HP ini belum terdaftar. Pindai kode QR dari Desk Pemilu terlebih dahulu.",
        "This phone is not enrolled yet. Scan the QR code of the election desk first.",
    )
}

fn not_trusted(locale: Locale) -> String {
    locale.pick(
        "Server yang menjawab bukan server yang semestinya. Tidak ada yang dikirim. Hubungi Desk Pemilu.",
        "The server that answered is not the right one. Nothing was sent. Call the election desk.",
    )
}

fn failed(reason: FailReason, locale: Locale) -> String {
    match reason {
        FailReason::Paused => locale.pick(
            "Data sedang dijeda. Buka kembali aplikasi ini.",
            "The data are paused. Return to the app.",
        ),
        FailReason::Closed => {
            locale.pick("Data sudah ditutup. Buka kembali aplikasi ini.", "The data are closed. Open the app again.")
        }
        FailReason::KeyUnavailable => locale.pick(
            "Kunci data belum dapat dipakai. Buka kunci layar HP, lalu buka kembali aplikasi ini.",
            "The key of the data cannot be used yet. Unlock the phone, then open the app again.",
        ),
        FailReason::Encrypted => locale.pick(
            "Data di HP ini terenkripsi dan tidak dapat dibuka oleh versi aplikasi ini. Pasang aplikasi resminya.",
            "The data on this phone are encrypted, and this version of the app cannot open them. Install the \
             official app.",
        ),
        FailReason::NewerStore => locale.pick(
            "Data di HP ini berasal dari versi aplikasi yang lebih baru. Perbarui aplikasi.",
            "The data on this phone come from a newer version of the app. Update the app.",
        ),
        FailReason::Damaged => locale.pick(
            "Berkas data rusak. Tutup lalu buka kembali aplikasi; catatan yang masih terbaca akan diselamatkan.",
            "The data file is damaged. Close and open the app; entries that can be read will be saved.",
        ),
        FailReason::Storage => locale.pick(
            "Data tidak dapat dibaca atau ditulis. Coba lagi; bila tetap gagal, hubungi Desk Pemilu.",
            "The data cannot be read or written. Try again; if it keeps failing, call the election desk.",
        ),
    }
}

fn invalid(field: &str, detail: &str, locale: Locale) -> String {
    if field == "code" {
        return locale.pick(
            "Kode ini bukan kode pendaftaran Pantau, atau salah ketik. Periksa kembali.",
            "This is no enrolment code of Pantau, or it is mistyped. Check it.",
        );
    }
    if field == "code.address" {
        return locale.pick(
            "Alamat server dalam kode ini tidak dapat dipakai. Mintalah kode baru ke Desk Pemilu.",
            "The address of the server in this code cannot be used. Ask the election desk for a new code.",
        );
    }
    if field == "address" {
        return locale.pick(
            "Alamat server ini tidak dapat dipakai. Tulislah alamat servernya saja, misalnya \
             https://pantau.contoh.go.id, tanpa halaman di belakangnya.",
            "This address of a server cannot be used. Write nothing but the address, such as \
             https://pantau.example, without a page behind it.",
        );
    }
    if let Some(of_handover) = handover_words::invalid(field, locale) {
        return of_handover;
    }
    let (indonesian, english) = match detail {
        "Missing" => ("wajib diisi", "must be filled in"),
        "TooLong" => ("terlalu panjang", "is too long"),
        "TooLarge" => ("terlalu besar", "is too large"),
        "TooSmall" => ("terlalu kecil", "is too small"),
        "Contradiction" => ("bertentangan dengan isian lain", "contradicts another field"),
        "Doubled" => ("diisi dua kali", "is there twice"),
        "Unknown" => ("tidak dikenal di HP ini", "is not known on this phone"),
        "NotAllowed" => ("tidak dapat Anda isi dengan peran Anda", "is not for your role to write"),
        _ => ("belum benar", "is not right"),
    };
    locale.pick(
        &format!("Isian \"{field}\" {indonesian}. Catatan belum tersimpan."),
        &format!("The field \"{field}\" {english}. The entry is not saved."),
    )
}

/// A sentence about how a sync ended. No I/O.
#[uniffi::export]
pub fn explain_sync(end: SyncEnd, locale: Locale) -> String {
    match end {
        SyncEnd::Done => locale.pick(
            "Selesai. Semua catatan sudah di server.",
            "Done. All entries are held by the server.",
        ),
        SyncEnd::Budget => locale.pick(
            "Sebagian sudah terkirim; sisanya dilanjutkan pada pengiriman berikutnya.",
            "Part of it was sent; the rest goes with the next sync.",
        ),
        SyncEnd::Cancelled => locale.pick(
            "Pengiriman dihentikan. Tidak ada catatan yang hilang.",
            "The sync was stopped. No entry is lost.",
        ),
        SyncEnd::Backoff { .. } => locale.pick(
            "Server meminta menunggu sebentar. Pengiriman akan dicoba kembali.",
            "The server asked to wait a little. The sync will be tried again.",
        ),
        SyncEnd::Offline { why, .. } => contact::explained(why, locale),
        SyncEnd::NotTrusted { .. } => not_trusted(locale),
        SyncEnd::PhoneFull => locale.pick(
            "Catatan sudah dikirim dan diterima server, tetapi penyimpanan HP penuh sehingga tanda terimanya belum \
             tersimpan. Hapus berkas lain, lalu kirim sekali lagi.",
            "Your entries were sent, and the server holds them, but the phone's storage is full, so the receipt is \
             not kept yet. Delete other files, then sync once more.",
        ),
        SyncEnd::NotEnrolled => not_enrolled(locale),
        SyncEnd::Revoked => locale.pick(
            "HP ini sudah dicabut oleh Desk Pemilu. Catatan Anda diterima sebagai bukti; hubungi Desk Pemilu.",
            "The election desk revoked this phone. Your entries were taken as evidence; call the election desk.",
        ),
        SyncEnd::Upgrade { .. } => locale.pick(
            "Catatan sudah terkirim. Perbarui aplikasi untuk menerima kabar terbaru.",
            "Your entries were sent. Update the app to receive news.",
        ),
    }
}

/// A sentence about how an enrolment ended. No I/O.
#[uniffi::export]
pub fn explain_enrolment(outcome: EnrolOutcome, locale: Locale) -> String {
    match outcome {
        EnrolOutcome::Enrolled { repeated: 0, .. } => {
            locale.pick("HP ini sudah terdaftar.", "This phone is enrolled.")
        }
        EnrolOutcome::Enrolled { repeated, .. } => locale.pick(
            &format!(
                "HP ini sudah terdaftar. {repeated} catatan lama yang belum terkirim akan dikirim ulang."
            ),
            &format!("This phone is enrolled. {repeated} older entries not sent yet will be sent again."),
        ),
        EnrolOutcome::WrongCode => locale.pick(
            "Kode atau sandi salah. Periksa kembali; bila tetap gagal, mintalah kode baru ke Desk Pemilu.",
            "Code or secret is wrong. Check them; if it keeps failing, ask the election desk for a new code.",
        ),
        EnrolOutcome::Asleep { wait_seconds } => locale.pick(
            &format!("Terlalu banyak percobaan salah. Coba lagi setelah {wait_seconds} detik."),
            &format!("Too many wrong tries. Try again in {wait_seconds} seconds."),
        ),
        EnrolOutcome::Used => locale.pick(
            "Kode ini sudah dipakai HP lain. Mintalah kode baru ke Desk Pemilu.",
            "Another phone used this code. Ask the election desk for a new one.",
        ),
        EnrolOutcome::Expired => locale.pick(
            "Kode ini sudah kedaluwarsa. Mintalah kode baru ke Desk Pemilu.",
            "This code has expired. Ask the election desk for a new one.",
        ),
        EnrolOutcome::Other { number } => locale.pick(
            &format!("Server menjawab dengan kode {number} yang belum dikenal. Perbarui aplikasi."),
            &format!("The server answered with {number}, which this version does not know. Update the app."),
        ),
    }
}

/// Text of others as a screen may show it: control characters become visible, marks that turn or hide the words
/// beside it become `�`, and what is read from right to left keeps to itself. For every note, label and name that
/// is shown; what is saved and sent stays as it is. No I/O.
#[uniffi::export]
pub fn legible(text: String) -> String {
    pantau_protocol::legible::legible(&text).into_owned()
}

/// A sentence about how far a record has come. No I/O.
#[uniffi::export]
pub fn explain_delivery(delivery: Delivery, locale: Locale) -> String {
    let (indonesian, english) = match delivery {
        Delivery::Saved => ("Tersimpan di HP, belum terkirim.", "Saved on the phone, not sent yet."),
        Delivery::Sent { .. } => ("Sedang dikirim ke server.", "On its way to the server."),
        Delivery::Held { .. } => ("Sudah diterima server.", "Held by the server."),
        Delivery::Revoked { .. } => (
            "Sudah di server, tetapi tidak dihitung: HP ini dicabut. Hubungi Desk Pemilu; isinya tidak hilang dan \
             dapat diakui kembali.",
            "Held by the server, but not counted: this phone was revoked. Call the election desk; nothing is lost, \
             and the desk can let it count again.",
        ),
        Delivery::Quarantined { reason, .. } => {
            let (indonesian, english) = set_aside(&reason);
            return locale.pick(
                &format!(
                    "Sudah diterima server, tetapi ditahan: {indonesian}. Desk Pemilu akan memeriksanya."
                ),
                &format!("Held by the server, but set aside: {english}. The election desk will look at it."),
            );
        }
    };
    locale.pick(indonesian, english)
}

/// Why, in the words of the desk's pages.
fn set_aside(reason: &Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::Malformed => ("tidak dapat dibaca", "cannot be read"),
        Reason::OverLimit => ("melebihi batas", "over a limit"),
        Reason::Impossible => ("nilai tidak mungkin", "impossible value"),
        Reason::OutsideGrants => ("di luar wilayah tugas Anda", "outside your places"),
        Reason::TooManyBranches => ("terlalu banyak salinan HP ini", "too many copies of this phone"),
        Reason::NotYourRole => ("bukan tugas peran Anda", "not your role's to write"),
        Reason::Other { .. } => ("alasan belum dikenal", "for a reason this version does not know"),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::UNIX_EPOCH};

    use pantau_protocol::validate::Problem;

    use super::*;
    use crate::contact::{self, NoContact};

    const SECRET: &str = "detail-for-the-log";

    /// Both languages, different, whole sentences, and nothing of what is meant for the log.
    fn check(say: impl Fn(Locale) -> String) {
        let (indonesian, english) = (say(Locale::Indonesian), say(Locale::English));
        assert_ne!(indonesian, english);
        for text in [indonesian, english] {
            assert!(text.len() > 15 && text.ends_with('.'), "{text}");
            assert!(!text.contains(SECRET) && !text.contains("  "), "{text}");
        }
    }

    /// Place of a kind in the list below. Without a wildcard: a new one fails to compile here.
    fn number(e: &PantauError) -> usize {
        match e {
            PantauError::Invalid { .. } => 0,
            PantauError::NotEnrolled { .. } => 1,
            PantauError::InUse { .. } => 2,
            PantauError::KeyLost { .. } => 3,
            PantauError::DiskFull { .. } => 4,
            PantauError::Offline { .. } => 5,
            PantauError::NotTrusted { .. } => 6,
            PantauError::Failed { reason, .. } => match reason {
                FailReason::Paused => 7,
                FailReason::Closed => 8,
                FailReason::KeyUnavailable => 9,
                FailReason::Encrypted => 10,
                FailReason::NewerStore => 11,
                FailReason::Damaged => 12,
                FailReason::Storage => 13,
            },
        }
    }

    #[test]
    fn every_error_is_explained_in_both_languages() {
        let detail = || SECRET.to_owned();
        let failed = |reason| PantauError::Failed { reason, detail: detail() };
        let all = [
            PantauError::Invalid { field: "visit.answers".into(), detail: detail() },
            PantauError::NotEnrolled { detail: detail() },
            PantauError::InUse { detail: detail() },
            PantauError::KeyLost { detail: detail() },
            PantauError::DiskFull { detail: detail() },
            PantauError::Offline { why: NoContact::NoNetwork, detail: detail() },
            PantauError::NotTrusted { detail: detail() },
            failed(FailReason::Paused),
            failed(FailReason::Closed),
            failed(FailReason::KeyUnavailable),
            failed(FailReason::Encrypted),
            failed(FailReason::NewerStore),
            failed(FailReason::Damaged),
            failed(FailReason::Storage),
        ];
        assert_eq!(all.iter().map(number).collect::<Vec<_>>(), (0..all.len()).collect::<Vec<_>>());
        for error in all {
            check(|locale| explain(error.clone(), locale));
        }
    }

    #[test]
    fn every_way_not_to_reach_the_server_has_a_sentence_of_its_own() {
        let end = |why| SyncEnd::Offline { why, detail: SECRET.into() };
        let said: BTreeSet<_> = contact::ALL.map(|why| explain_sync(end(why), Locale::Indonesian)).into();
        assert_eq!(said.len(), contact::ALL.len());
        for why in contact::ALL {
            check(|locale| explain_sync(end(why), locale));
            check(|locale| explain(PantauError::Offline { why, detail: SECRET.into() }, locale));
        }
    }

    #[test]
    fn a_code_with_an_address_that_never_works_says_so() {
        let told = |text: &str| {
            let bad = pantau_protocol::enrol::Invitation::parse(text).unwrap_err();
            explain(PantauError::from(bad), Locale::Indonesian)
        };
        let code = |url: &str| format!("PANTAU1 A1B2 00000000 {} {url}", "ab".repeat(32));
        assert!(told(&code("https://desk.example/?x=1")).starts_with("Alamat server dalam kode ini"));
        assert!(told("https://desk.example").starts_with("Kode ini bukan kode pendaftaran"));
    }

    #[test]
    fn every_problem_of_a_field_has_words_of_its_own() {
        use Problem as P;
        let all = [
            P::Missing,
            P::TooLong,
            P::TooLarge,
            P::TooSmall,
            P::Contradiction,
            P::Doubled,
            P::Unknown,
            P::NotAllowed,
        ];
        // A problem that is new must be added above: this match has no wildcard.
        let known = |p: P| match p {
            P::Missing | P::TooLong | P::TooLarge | P::TooSmall => true,
            P::Contradiction | P::Doubled | P::Unknown | P::NotAllowed => true,
        };
        let said = |p: P| explain(PantauError::invalid("hour", p), Locale::Indonesian);
        let words: BTreeSet<String> = all.into_iter().filter(|p| known(*p)).map(said).collect();
        assert_eq!(words.len(), all.len());
        let unknown = PantauError::Invalid { field: "hour".into(), detail: "Newer".into() };
        assert!(!words.contains(&explain(unknown, Locale::Indonesian)));
    }

    #[test]
    fn every_end_of_a_sync_is_explained() {
        let detail = || SECRET.to_owned();
        for end in [
            SyncEnd::Done,
            SyncEnd::Budget,
            SyncEnd::Cancelled,
            SyncEnd::Backoff { until: UNIX_EPOCH },
            SyncEnd::Offline { why: NoContact::NoNetwork, detail: detail() },
            SyncEnd::NotTrusted { detail: detail() },
            SyncEnd::PhoneFull,
            SyncEnd::NotEnrolled,
            SyncEnd::Revoked,
            SyncEnd::Upgrade { min: 2 },
        ] {
            check(|locale| explain_sync(end.clone(), locale));
        }
    }

    #[test]
    fn every_state_of_a_record_is_explained() {
        use Reason as R;
        let held = |reason| Delivery::Quarantined { reason, field: SECRET.into() };
        let all = [
            Delivery::Saved,
            Delivery::Sent { at: UNIX_EPOCH },
            Delivery::Held { received_at: UNIX_EPOCH },
            Delivery::Revoked { received_at: UNIX_EPOCH },
            held(R::Malformed),
            held(R::OverLimit),
            held(R::Impossible),
            held(R::OutsideGrants),
            held(R::TooManyBranches),
            held(R::NotYourRole),
            held(R::Other { number: 99 }),
        ];
        let words: BTreeSet<_> =
            all.iter().map(|d| explain_delivery(d.clone(), Locale::Indonesian)).collect();
        assert_eq!(words.len(), all.len());
        for delivery in all {
            check(|locale| explain_delivery(delivery.clone(), locale));
        }
    }

    #[test]
    fn text_of_others_does_not_turn_the_words_beside_it() {
        let shown = legible("aman\u{202e}nama\u{1b}[2J\0\u{200b}".into());
        assert_eq!(shown, "aman�nama␛[2J␀�");
        assert_eq!(legible("Jembatan putus\nperlu perahu".into()), "Jembatan putus\nperlu perahu");
    }

    #[test]
    fn every_end_of_an_enrolment_is_explained() {
        for outcome in [
            EnrolOutcome::Enrolled { officer: 7, grants: Vec::new(), words: SECRET.into(), repeated: 0 },
            EnrolOutcome::Enrolled { officer: 7, grants: Vec::new(), words: SECRET.into(), repeated: 3 },
            EnrolOutcome::WrongCode,
            EnrolOutcome::Asleep { wait_seconds: 900 },
            EnrolOutcome::Used,
            EnrolOutcome::Expired,
            EnrolOutcome::Other { number: 9 },
        ] {
            check(|locale| explain_enrolment(outcome.clone(), locale));
        }
    }
}
