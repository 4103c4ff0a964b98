//! The texts of the list of incidents, in both languages.

use super::Lang;

texts! {
    owner: "Penanggung jawab", "In charge";
    no_owner: "belum ada penanggung jawab", "nobody in charge";
    on_it: "menangani", "on it";
    camat: "camat", "camat";
    reporter: "pelapor", "reported it";
    no_number: "tanpa nomor", "no number";
    answered: "sudah ada tanggapan", "answered";
    unanswered: "belum ada tanggapan", "not answered";
    kecamatan: "Kecamatan (kode)", "Kecamatan (code)";
    empty_filtered: "Tidak ada kendala belum selesai yang memenuhi syarat ini.", "No open incident meets these conditions.";
}

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}
