//! The texts of the daily report (Laporan Harian), in both languages.

use super::Lang;

texts! {
    title: "Laporan Harian", "Daily report";
    list: "Laporan yang telah dibekukan", "Reports that were frozen";
    list_empty: "Belum ada Laporan Harian. Pilih wilayah dan waktu di atas untuk menyusun yang pertama.",
        "No daily report yet. Choose a region and a time above to make the first.";
    region: "Wilayah", "Region";
    moment: "Keadaan pada", "As of";
    moment_help: "Semua laporan yang diterima server sampai waktu ini dihitung.",
        "All that the server had received by this time counts.";
    show: "Susun pratinjau", "Show a preview";
    preview: "Pratinjau", "Preview";
    not_frozen: "Belum dibekukan: hanya terlihat di layar ini.", "Not frozen: seen on this screen only.";
    working: "Angka sedang dihitung dari catatan; muat ulang sebentar lagi.", "The figures are being worked out from the log; reload in a moment.";
    bad_time: "Waktu tidak dikenal.", "That time is not known.";
    bad_region: "Wilayah tidak dikenal, atau di luar wilayah desk ini.", "That region is not known, or outside this desk.";
    too_early: "Waktu itu belum lewat, atau baru saja: laporan mungkin masih masuk. Pilih waktu yang lebih awal.",
        "That time has not passed, or only just now: reports may still come in. Choose an earlier time.";
    too_long: "Terlalu panjang.", "Too long.";
    number: "Nomor surat", "Number of the letter";
    office: "Jabatan penanda tangan", "Office of who signs";
    name: "Nama penanda tangan", "Name of who signs";
    remark: "Catatan desk", "Remark of the desk";
    freeze: "Bekukan laporan", "Freeze the report";
    freeze_help: "Laporan yang dibekukan menjadi catatan bertanda tangan server dan tidak berubah lagi.",
        "A frozen report is a record signed by the server, and does not change any more.";
    optional: "boleh kosong", "may be empty";
    already: "Laporan wilayah dan waktu ini sudah dibekukan; tidak ditulis dua kali.",
        "The report of this region and time stands already; it was not written twice.";
    frozen_at: "Dibekukan", "Frozen";
    letterhead: "DESK PEMILU", "ELECTION DESK";
    about: "Hal: Laporan Harian kesiapan Pemilu", "Subject: Daily report on the readiness of the election";
    number_short: "Nomor", "Number";
    as_of: "Keadaan", "As of";
    table: "Angka per wilayah", "Figures by region";
    total: "Jumlah", "Total";
    tps: "TPS", "TPS";
    visited: "Dikunjungi", "Visited";
    arrived: "Menerima logistik", "Received logistics";
    complete: "Lengkap", "Complete";
    short: "Kurang", "Short";
    uncounted: "Belum dihitung", "Not counted";
    not_arrived: "Belum tiba", "Not arrived";
    bad_seals: "Segel bermasalah", "Bad seals";
    incidents: "Kendala belum selesai", "Incidents not closed";
    grave: "Kendala berat", "Grave incidents";
    abnormal: "Tidak melapor, tidak wajar", "Silent, not as expected";
    voters: "Pemilih terdaftar", "Registered voters";
    seen_arrivals: "Penerimaan yang disaksikan", "Arrivals that were seen";
    told_arrivals: "Penerimaan menurut keterangan lisan", "Arrivals by hearsay";
    document_arrivals: "Penerimaan menurut dokumen", "Arrivals by a document";
    never_heard: "Belum pernah melapor", "Never heard";
    silent_expected: "Tidak melapor, tanpa sinyal", "Silent, without signal";
    turnout: "Pemilih hadir", "Voters so far";
    turnout_voters: "Pemilih terdaftar di TPS yang melapor", "Registered voters of the TPS that reported";
    turnout_tps: "TPS melapor partisipasi", "TPS that reported turnout";
    basis: "Dasar penerimaan", "Basis of what was received";
    seen: "disaksikan", "seen";
    told: "keterangan lisan", "told";
    document: "dokumen", "document";
    behind: "Catatan di balik angka", "Records behind the figure";
    behind_help: "Setiap TPS yang dihitung, dengan catatan dan pelapornya, sebagaimana diketahui pada waktu laporan.",
        "Each TPS that was counted, with the record and its author, as known at the time of the report.";
    nothing_behind: "Tidak ada TPS yang dihitung di sini.", "No TPS was counted here.";
    no_record: "tanpa laporan", "no report";
    record: "Catatan", "Record";
    checked: "Angka dihitung ulang dari catatan: semua angka sama.", "The figures were worked out from the log again: every one is the same.";
    differs: "Angka yang dihitung ulang dari catatan BERBEDA dari yang dibekukan:", "The figures worked out from the log again DIFFER from those that were frozen:";
    other_fold: "Laporan dibuat oleh versi perangkat lunak yang lain, yang menghitung dengan cara lain; tidak dapat dibandingkan.",
        "The report was made by another version of the software, which counts otherwise; it cannot be compared.";
    checking: "Angka sedang dihitung ulang; muat ulang sebentar lagi.", "The figures are being worked out again; reload in a moment.";
    came_since: "Yang berubah sejak laporan ini", "What changed since this report";
    before: "Sejak laporan sebelumnya", "Since the report before";
    nothing_since: "Tidak ada angka yang berubah.", "No figure changed.";
    message: "Teks untuk pesan", "Text for a messenger";
    print: "Cetak dengan perintah cetak peramban (Ctrl+P).", "Print with the browser (Ctrl+P).";
    proof: "Bukti: catatan", "Proof: record";
    signed: "Keaslian laporan ini dapat diperiksa pada halamannya di Pantau.", "Whether this report is genuine can be checked on its page in Pantau.";
}

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}
