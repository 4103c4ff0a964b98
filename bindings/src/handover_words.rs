//! What a person should read of a handover, in plain official Indonesian or in English.

use crate::{
    explain::Locale,
    handover::{ConfirmOutcome, Confirmation, Doubt, GiveOutcome, LookOutcome, TakeOutcome},
    mirror::Acceptance,
};

/// Seconds of a day.
const DAY: u64 = 24 * 3600;

/// A sentence about a field of a slip or a code that is not right.
pub(crate) fn invalid(field: &str, locale: Locale) -> Option<String> {
    let (indonesian, english) = match field {
        "handover.code" => (
            "Kode ini salah dengar atau salah ketik: 12 huruf dan angka dalam tiga kelompok. Minta dibacakan sekali \
             lagi.",
            "This code was misheard or mistyped: 12 letters and digits in three groups. Ask for it to be read again.",
        ),
        "handover.version" => (
            "Kode QR ini dari versi aplikasi yang lebih baru. Perbarui aplikasi; barang dapat dicatat tanpa kode.",
            "This QR code is of a newer version of the app. Update the app; goods can be entered without the code.",
        ),
        "handover.dispatch" => (
            "Pengiriman ini tidak ada di catatan HP ini.",
            "This dispatch is not among the entries of this phone.",
        ),
        "handover.text" | "handover.body" | "handover.record" => (
            "Kode QR ini bukan kode serah terima, atau tidak terbaca utuh. Pindai sekali lagi.",
            "This QR code is none of a handover, or was not read whole. Scan it again.",
        ),
        _ => return None,
    };
    Some(locale.pick(indonesian, english))
}

/// A sentence about a dispatch that is to be shown. No I/O.
#[uniffi::export]
pub fn explain_give(outcome: GiveOutcome, locale: Locale) -> String {
    match outcome {
        GiveOutcome::Ready { .. } => locale.pick(
            "Tunjukkan kode QR ini kepada penerima.",
            "Show this QR code to the receiver.",
        ),
        GiveOutcome::Superseded => locale.pick(
            "Pengiriman ini sudah dikoreksi atau ditarik. Tunjukkan catatan yang terbaru.",
            "This dispatch was corrected or taken back. Show the latest entry.",
        ),
        GiveOutcome::TooLong { .. } => locale.pick(
            "Isi pengiriman ini terlalu banyak untuk satu kode QR. Serahkan seperti biasa; penerima mencatat \
             penerimaannya tanpa kode.",
            "This dispatch names too much for one QR code. Hand over as usual; the receiver enters his receipt \
             without the code.",
        ),
    }
}

/// A sentence about what a giver's phone shows. No I/O.
#[uniffi::export]
pub fn explain_look(outcome: LookOutcome, locale: Locale) -> String {
    match outcome {
        LookOutcome::Offered { offered } => {
            let officer = offered.officer;
            let (mut indonesian, mut english) = (
                format!("Pengiriman dari petugas no. {officer}. Periksa, lalu jawab."),
                format!("A dispatch of officer no. {officer}. Check it, then answer."),
            );
            if offered.answered.is_some() {
                indonesian.push_str(" HP ini sudah menjawabnya.");
                english.push_str(" This phone has answered it already.");
            }
            locale.pick(&indonesian, &english)
        }
        LookOutcome::Altered => altered(locale),
        LookOutcome::Own { .. } => own(locale),
        LookOutcome::NotAnOffer => not_an_offer(locale),
    }
}

fn altered(locale: Locale) -> String {
    locale.pick(
        "Isi kode QR ini telah diubah dan tidak dapat dipercaya. Tidak ada yang disimpan. Hitung barangnya dan catat \
         penerimaan seperti biasa; laporkan ke Desk Pemilu.",
        "The content of this QR code was changed and cannot be believed. Nothing is saved. Count the goods and enter \
         them as usual; tell the election desk.",
    )
}

fn own(locale: Locale) -> String {
    locale.pick(
        "Ini kode dari HP ini sendiri. HP penerima yang harus memindainya.",
        "This is the code of this very phone. The receiver's phone must scan it.",
    )
}

fn not_an_offer(locale: Locale) -> String {
    locale.pick(
        "Ini jawaban penerima, bukan pengiriman. HP pengirim yang harus memindainya.",
        "This is a receiver's answer and no dispatch. The giver's phone must scan it.",
    )
}

/// A sentence about a receiver's answer. No I/O.
#[uniffi::export]
pub fn explain_take(outcome: TakeOutcome, locale: Locale) -> String {
    match outcome {
        TakeOutcome::Taken { answer } => locale.pick(
            &format!(
                "Penerimaan tersimpan di HP. Tunjukkan kode QR jawaban, atau bacakan kepada pengirim: {}.",
                answer.code
            ),
            &format!(
                "The receipt is saved on the phone. Show the QR code of the answer, or read it to the giver: {}.",
                answer.code
            ),
        ),
        TakeOutcome::AlreadyTaken { answer } => locale.pick(
            &format!(
                "HP ini sudah menjawab pengiriman ini; tidak ada catatan baru. Kode jawabannya: {}.",
                answer.code
            ),
            &format!(
                "This phone has answered this dispatch already; there is no new entry. The code of the answer: {}.",
                answer.code
            ),
        ),
        TakeOutcome::Altered => altered(locale),
        TakeOutcome::Own => own(locale),
        TakeOutcome::NotAnOffer => not_an_offer(locale),
    }
}

/// A sentence about an answer at the giver's phone. No I/O.
#[uniffi::export]
pub fn explain_confirm(outcome: ConfirmOutcome, locale: Locale) -> String {
    let who = |c: &Confirmation| c.officer.map_or_else(|| "?".to_owned(), |n| n.to_string());
    match outcome {
        ConfirmOutcome::Confirmed { now } => {
            let taken = acceptance(now.acceptance, locale);
            locale.pick(
                &format!("Serah terima tersimpan di HP. Diterima petugas no. {}: {taken}.", who(&now)),
                &format!("The handover is saved on the phone. Taken by officer no. {}: {taken}.", who(&now)),
            )
        }
        ConfirmOutcome::AlreadyKnown { .. } => locale.pick(
            "Jawaban ini sudah tersimpan sebelumnya; tidak ada catatan baru.",
            "This answer was saved before; there is no new entry.",
        ),
        ConfirmOutcome::SecondReceiver { now, before } => locale.pick(
            &format!(
                "Tersimpan, tetapi ada dua penerima untuk satu pengiriman: petugas no. {} lebih dahulu, lalu petugas \
                 no. {}. Periksa apakah barangnya dibagi.",
                who(&before),
                who(&now)
            ),
            &format!(
                "Saved, but there are two receivers of one dispatch: officer no. {} first, then officer no. {}. \
                 Check whether the goods were split.",
                who(&before),
                who(&now)
            ),
        ),
        ConfirmOutcome::OtherPhone => locale.pick(
            "Jawaban ini bukan untuk pengiriman dari HP ini. Tidak ada yang disimpan.",
            "This answer is for no dispatch of this phone. Nothing is saved.",
        ),
        ConfirmOutcome::Altered => altered(locale),
        ConfirmOutcome::NotAnAnswer => locale.pick(
            "Ini pengiriman, bukan jawaban penerima. Pindai kode QR jawaban di HP penerima.",
            "This is a dispatch and no answer. Scan the QR code of the answer on the receiver's phone.",
        ),
    }
}

fn acceptance(acceptance: Acceptance, locale: Locale) -> String {
    match acceptance {
        Acceptance::AsSent => locale.pick("sesuai yang dikirim", "as sent"),
        Acceptance::WithExceptions => locale.pick("ada yang tidak sesuai", "with exceptions"),
        Acceptance::NotChecked => locale.pick("belum diperiksa", "not checked"),
        Acceptance::Other { number } => {
            locale.pick(&format!("cara {number}"), &format!("in a way no. {number}"))
        }
    }
}

/// A sentence about what is odd. It stands in nobody's way. No I/O.
#[uniffi::export]
pub fn explain_doubt(doubt: Doubt, locale: Locale) -> String {
    match doubt {
        Doubt::UnknownDevice => locale.pick(
            "Belum terverifikasi: HP ini belum mengenal HP yang menandatanganinya. Serah terima tetap dapat dicatat.",
            "Not verified: this phone does not know the one that signed it. The handover can be entered all the same.",
        ),
        Doubt::OtherOfficer { registered } => locale.pick(
            &format!("HP itu terdaftar atas nama petugas no. {registered}, bukan yang disebutkan."),
            &format!("That phone is registered for officer no. {registered}, not for the one it names."),
        ),
        Doubt::NotTrusted => locale.pick(
            "HP itu sudah dicabut oleh Desk Pemilu. Catat barangnya dan hubungi Desk Pemilu.",
            "The election desk revoked that phone. Enter the goods and call the election desk.",
        ),
        Doubt::Old { seconds } => locale.pick(
            &format!("Kode ini dibuat {} hari yang lalu menurut jam HP ini.", seconds / DAY),
            &format!("This code was made {} days ago by this phone's clock.", seconds / DAY),
        ),
        Doubt::OutsideGrants { places } => locale.pick(
            &format!("Di luar wilayah tugas Anda: {}. Mungkin salah alamat.", places.join(", ")),
            &format!("Outside your places: {}. Perhaps brought to a wrong place.", places.join(", ")),
        ),
        Doubt::OtherElection => locale.pick(
            "Ini tentang pemilu yang lain, bukan yang sedang berjalan.",
            "This is about another election than the one in force.",
        ),
        Doubt::AnsweredByOther { officer: Some(officer), .. } => locale.pick(
            &format!("Petugas no. {officer} sudah mencatat penerimaan pengiriman ini."),
            &format!("Officer no. {officer} has entered a receipt of this dispatch already."),
        ),
        Doubt::AnsweredByOther { officer: None, .. } => locale.pick(
            "Orang lain sudah mencatat penerimaan pengiriman ini.",
            "Somebody else has entered a receipt of this dispatch already.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handover::HandoverAnswer;

    fn check(say: impl Fn(Locale) -> String) {
        let (indonesian, english) = (say(Locale::Indonesian), say(Locale::English));
        assert_ne!(indonesian, english);
        for text in [indonesian, english] {
            assert!(text.len() > 15 && text.ends_with('.') && !text.contains("  "), "{text}");
        }
    }

    fn confirmation(officer: Option<u32>) -> Confirmation {
        let (handover, dispatch, receive) = ("h".into(), "d".into(), None);
        Confirmation { handover, dispatch, receive, acceptance: Acceptance::AsSent, officer, doubts: vec![] }
    }

    #[test]
    fn every_outcome_is_explained_in_both_languages() {
        for outcome in [
            GiveOutcome::Ready { text: "t".into(), bytes: 9 },
            GiveOutcome::Superseded,
            GiveOutcome::TooLong { bytes: 9 },
        ] {
            check(|locale| explain_give(outcome.clone(), locale));
        }
        for outcome in
            [LookOutcome::Altered, LookOutcome::Own { dispatch: "d".into() }, LookOutcome::NotAnOffer]
        {
            check(|locale| explain_look(outcome.clone(), locale));
        }
        let answer = || HandoverAnswer {
            receive: "r".into(),
            dispatch: "d".into(),
            acceptance: Acceptance::AsSent,
            text: None,
            code: "K7QF-2M9X-0RTD".into(),
        };
        for outcome in [
            TakeOutcome::Taken { answer: answer() },
            TakeOutcome::AlreadyTaken { answer: answer() },
            TakeOutcome::Altered,
            TakeOutcome::Own,
            TakeOutcome::NotAnOffer,
        ] {
            check(|locale| explain_take(outcome.clone(), locale));
        }
        for outcome in [
            ConfirmOutcome::Confirmed { now: confirmation(Some(8)) },
            ConfirmOutcome::AlreadyKnown { known: confirmation(None) },
            ConfirmOutcome::SecondReceiver { now: confirmation(Some(8)), before: confirmation(None) },
            ConfirmOutcome::OtherPhone,
            ConfirmOutcome::Altered,
            ConfirmOutcome::NotAnAnswer,
        ] {
            check(|locale| explain_confirm(outcome.clone(), locale));
        }
        for doubt in [
            Doubt::UnknownDevice,
            Doubt::OtherOfficer { registered: 8 },
            Doubt::NotTrusted,
            Doubt::Old { seconds: 4 * DAY },
            Doubt::OutsideGrants { places: vec!["62.06".into()] },
            Doubt::OtherElection,
            Doubt::AnsweredByOther { receive: "r".into(), officer: Some(8) },
            Doubt::AnsweredByOther { receive: "r".into(), officer: None },
        ] {
            check(|locale| explain_doubt(doubt.clone(), locale));
        }
    }

    #[test]
    fn every_field_of_a_slip_has_a_sentence_of_its_own_kind() {
        for part in ["code", "version", "dispatch", "text", "body", "record"] {
            check(|locale| invalid(&format!("handover.{part}"), locale).unwrap());
        }
        assert_eq!(invalid("visit.answers", Locale::English), None);
    }
}
