//! The words of the first screen and of what needs attention.

use super::Lang;

texts! {
    logistics_at_tps: "Logistik di TPS", "Logistics at TPS";
    completeness: "Kelengkapan", "Completeness";
    camat_visits: "Kunjungan camat", "Visits of camats";
    open_incidents: "Kendala belum selesai", "Incidents not closed";
    not_reporting: "Tidak melapor", "Not reporting";
    turnout: "Partisipasi", "Turnout";
    of: "dari", "of";
    since: "sejak", "since";
    complete: "lengkap", "complete";
    short: "kurang", "short";
    uncounted: "belum dihitung", "not counted";
    not_arrived: "belum tiba", "not arrived";
    no_visit: "belum sama sekali", "none at all";
    camats: "camat", "camats";
    tps_visited: "TPS dikunjungi", "TPS visited";
    grave: "berat", "grave";
    unanswered: "belum ditangani", "not taken up";
    abnormal: "kecamatan tidak wajar", "kecamatan not as expected";
    expected: "wajar (tanpa sinyal)", "as expected (no signal)";
    all_heard: "semua melapor", "all report";
    starts: "mulai", "from";
    tps: "TPS", "TPS";
    voters: "pemilih di TPS yang melapor", "voters of the TPS that reported";
    basis: "Dasar", "Basis";
    seen: "disaksikan", "seen";
    told: "keterangan lisan", "told";
    document: "dokumen", "document";
    basis_counts: "hitungan penerima di TPS", "counts of those who received";
    basis_visits: "catatan kunjungan camat", "visits that camats logged";
    basis_incidents: "laporan petugas", "reports of officers";
    basis_silence: "jadwal laporan dan sinyal tiap TPS", "reporting times and signal of each TPS";
    basis_turnout: "laporan petugas di TPS", "reports of officers at the TPS";
    newest: "laporan terbaru", "newest report";
    no_report: "belum ada laporan", "no report yet";
    sentence: "Kalimat untuk pimpinan", "Sentence for those above";
    copy: "Salin", "Copy";
    copied: "Tersalin", "Copied";
    compare: "Bandingkan dengan", "Compare with";
    hour_ago: "satu jam lalu", "an hour ago";
    last_evening: "kemarin pukul 18.00", "yesterday 18:00";
    other_time: "waktu lain", "another time";
    comparing: "Perbandingan sedang dihitung; muat ulang sebentar lagi.", "The comparison is being worked out; reload in a moment.";
    bad_time: "Waktu pembanding tidak dikenal; dipakai satu jam lalu.", "That time is not known; an hour ago is used.";
    more_arrived: "TPS menerima logistik", "TPS received logistics";
    more_visited: "TPS dikunjungi", "TPS visited";
    more_grave: "kendala berat baru", "new grave incidents";
    cured: "temuan tertutup sendiri", "findings closed themselves";
    nothing_new: "Tidak ada perubahan.", "Nothing changed.";
    tiles: "Peta ubin", "Tile map";
    tiles_help: "Angka: bagian TPS yang telah menerima logistik. Tanda !: kendala berat. Tanda ?: TPS tidak melapor secara tidak wajar.",
        "Number: share of TPS with logistics. Sign !: grave incidents. Sign ?: TPS silent against expectation.";
    as_table: "Sebagai tabel", "As a table";
    save_picture: "Simpan gambar (SVG)", "Save the picture (SVG)";
    attention: "Perlu Tindakan", "Needs attention";
    all_matters: "Semua", "All";
    attention_empty: "Tidak ada yang perlu tindakan saat ini.", "Nothing needs attention now.";
    attention_help: "Urutan: yang membahayakan pemungutan suara lebih dahulu, lalu jumlah TPS, lalu usia.",
        "Order: first what endangers the vote, then the number of TPS, then age.";
    reason: "Alasan", "Reason";
    matter: "Perkara", "Matter";
    last_hands: "Pemegang terakhir", "Last hands";
    call: "Hubungi", "Call";
    who: "Penanggung jawab", "Who is on it";
    nobody: "belum ada", "nobody";
    take: "Ambil", "Take";
    take_over: "Ambil alih", "Take over";
    leave: "Lepaskan", "Leave";
    note_outcome: "Catat hasil", "Note the outcome";
    outcome: "Hasil", "Outcome";
    save: "Simpan", "Save";
    show: "Tampilkan", "Show";
    mine: "Milik saya", "Mine";
    free: "Belum ada penanggung jawab", "With nobody";
    everything: "Semua", "All";
    shift: "Serah terima piket", "Shift handover";
    shift_mine: "Masih saya tangani", "Still with me";
    shift_done: "Yang saya kerjakan dalam 12 jam terakhir", "What I did in the last 12 hours";
    shift_none: "Tidak ada perkara pada Anda.", "No matter is with you.";
    shift_nothing: "Belum ada catatan.", "Nothing noted yet.";
    shift_to: "Serahkan kepada", "Hand over to";
    shift_note: "Pesan: yang dijanjikan, yang ditunggu", "Message: what was promised, what is awaited";
    shift_button: "Serahkan semua", "Hand over all";
    shift_print: "Cetak halaman ini sebagai berita serah terima.", "Print this page as the record of the handover.";
    no_colleague: "Belum ada operator lain yang dapat menerima.", "There is no other operator to hand over to.";
    did_take: "mengambil", "took";
    did_leave: "melepaskan", "left";
    did_note: "mencatat", "noted";
    did_hand_over: "menyerahkan kepada", "handed over to";
    told_taken: "Sudah ditangani oleh", "Somebody is on it already:";
    told_not_yours: "Perkara ini tidak pada Anda.", "This matter is not with you.";
    told_no_operator: "Tidak ada operator dengan nama itu.", "There is no operator of that name.";
    told_no_note: "Tulis dahulu hasilnya.", "Write the outcome first.";
    told_note_long: "Catatan terlalu panjang.", "The note is too long.";
    told_gone: "Perkara ini sudah tidak memerlukan tindakan.", "This matter needs no action any more.";
    told_done: "Tersimpan.", "Saved.";
    matter_incident: "Kendala", "Incident";
    matter_directive: "Instruksi", "Directive";
    not_answered: "belum menjawab", "have not answered";
    past_due: "melewati tenggat", "past due";
    class_grave_free: "membahayakan pemungutan suara, belum ditangani", "endangers the vote, nobody acts";
    class_finding_high: "harus ditindak sebelum pemungutan suara", "to be acted on before the vote";
    class_grave: "membahayakan pemungutan suara, sedang ditangani", "endangers the vote, being acted on";
    class_directive: "instruksi melewati tenggat", "directive past due";
    class_finding_medium: "perlu ditanyakan", "to be asked";
    class_incident: "kendala belum selesai", "incident not closed";
    class_low: "untuk diketahui", "to know";
    previous: "Sebelumnya", "Previous";
    following: "Berikutnya", "Next";
    keys: "Tombol: / cari, t ambil perkara, s salin kalimat", "Keys: / search, t take a matter, s copy the sentence";
}

impl Lang {
    /// The words of the first screen.
    pub(crate) fn overview(self) -> &'static Text {
        self.pick(&ID, &EN)
    }
}
