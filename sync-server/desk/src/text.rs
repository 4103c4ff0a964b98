//! All texts of the desk pages, Indonesian and English side by side: a text that lacks one of the two does
//! not compile. The words of the domain are in [`words`].

#[macro_use]
mod table;
pub(crate) mod overview;
pub(crate) mod people;
pub(crate) mod words;

use pantau_protocol::{body::Kind, role::Role};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Indonesian.
    #[default]
    Id,
    /// English.
    En,
}

impl Lang {
    /// The language with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "id" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// Its code, for `lang` attributes and the cookie.
    pub fn code(self) -> &'static str {
        self.pick("id", "en")
    }

    /// The other language, which the switch leads to.
    pub fn other(self) -> Self {
        self.pick(Self::En, Self::Id)
    }

    /// One of two things.
    pub fn pick<T>(self, id: T, en: T) -> T {
        match self {
            Self::Id => id,
            Self::En => en,
        }
    }

    /// The texts in this language.
    pub(crate) fn text(self) -> &'static Text {
        self.pick(&ID, &EN)
    }
}

/// What a kind of record is called.
pub fn kind_name(lang: Lang, kind: Kind) -> String {
    words::kind(lang, kind)
}

/// What a role is called.
pub fn role_name(lang: Lang, role: Role) -> String {
    words::role(lang, role)
}

pub(crate) mod chart;
pub(crate) mod daily;
pub(crate) mod directive;
pub(crate) mod incident;
pub(crate) mod logistics;
pub(crate) mod officer;
pub(crate) mod tps;
pub(crate) mod turnout;

// Behind the macro that they use.
pub(crate) mod report;

texts! {
    // Layout of every page.
    desk: "Desk Pemilu", "Election desk";
    skip: "Langsung ke isi", "Skip to content";
    overview: "Ringkasan", "Overview";
    attention: "Perlu Tindakan", "Needs attention";
    findings: "Temuan", "Findings";
    silence: "Tidak melapor", "Silence";
    incidents: "Kendala", "Incidents";
    directives: "Instruksi", "Directives";
    daily: "Laporan Harian", "Daily report";
    officers: "Petugas", "Officers";
    quarantine: "Ditangguhkan", "Quarantine";
    search: "Cari", "Search";
    search_label: "Kode TPS atau nama desa", "TPS code or village name";
    sign_out: "Keluar", "Sign out";
    language: "English", "Indonesia";
    you_are_here: "Anda di sini", "You are here";
    menu: "Menu utama", "Main menu";
    data_as_of: "Data per", "Data as of";
    log_through: "isi log sampai baris", "the log up to row";
    folding_again: "Keadaan semua tempat sedang dihitung ulang",
        "The state of all places is being worked out again";
    folding_help: "Sampai selesai, sebagian angka masih dari hitungan sebelumnya.",
        "Until that is done, some figures are those from before.";
    about_page: "Letak halaman dan usia datanya", "Where this page is and how old its data are";
    no_data_yet: "Belum ada data", "No data yet";
    polled: "tanpa siaran langsung; diperiksa tiap 6 detik", "no live events; asked for every 6 seconds";
    disconnected_since: "Terputus dari server sejak pukul", "Not connected to the server since";
    disconnected_help: "Halaman ini tetap terbaca dan tersambung lagi sendiri; tautan dan formulir menunggu sampai saat itu.",
        "This page stays readable and connects again by itself; links and forms wait until then.";
    session_ended: "Sesi Anda telah berakhir. Yang sudah diketik tetap ada: masuk lagi di tab baru, lalu lanjutkan di sini.",
        "Your session has ended. What you typed is still here: sign in again in a new tab, then go on here.";
    synthetic: "Data TPS sintetis: bukan TPS sebenarnya. Hanya jumlah pemilih per kabupaten/kota yang resmi.",
        "Synthetic TPS data: these are not real polling stations. Only voters per kabupaten/kota are published figures.";
    purpose: "Pantau tidak menghitung suara; Pantau membuktikan siapa melaporkan apa, dan kapan.",
        "Pantau counts no votes; it proves who reported what, and when.";
    regions_source: "Kode dan nama wilayah: idn-area-data (ODbL 1.0).", "Region codes and names: idn-area-data (ODbL 1.0).";

    // What is wrong with the server, above every page.
    alarm_damage: "Basis data server ini rusak atau telah diubah. Jangan hapus apa pun; segera hubungi admin server.",
        "The database of this server is damaged or was changed. Delete nothing; tell the server admin at once.";
    alarm_cannot_write: "Server ini tidak dapat menyimpan data baru. Catatan tetap aman di perangkat; segera hubungi admin server.",
        "This server cannot store anything new. Records stay safe on the phones; tell the server admin at once.";
    alarm_disk_low: "Penyimpanan server ini hampir penuh. Semua masih tersimpan; segera hubungi admin server.",
        "The disk of this server is nearly full. Everything is still stored; tell the server admin soon.";
    alarm_certificate: "Sertifikat server ini perlu diperbarui; bila habis, perangkat tidak dapat mengirim. Hubungi admin server.",
        "The certificate of this server must be renewed; when it ends, phones cannot send. Tell the server admin.";
    alarm_clock: "Jam server ini salah atau pernah salah: waktu terima bisa keliru, bukan karena petugas. Hubungi admin server.",
        "The clock of this server is or was wrong: times of receipt may be off, through no fault of officers. Tell the server admin.";

    // Sign in.
    sign_in: "Masuk", "Sign in";
    username: "Nama pengguna", "User name";
    password: "Kata sandi", "Password";
    sign_in_failed: "Nama pengguna atau kata sandi salah.", "User name or password is wrong.";
    sign_in_asleep: "Terlalu banyak percobaan salah dari sini. Coba lagi setelah", "Too many wrong tries from here. Try again in";
    sign_in_full: "Server sedang melayani terlalu banyak permintaan masuk. Coba lagi setelah",
        "The server has too many sign-ins to judge right now. Try again in";
    minutes: "menit", "minutes";
    seconds: "detik", "seconds";
    sign_in_again: "Halaman ini sudah kedaluwarsa. Silakan masuk lagi.", "This page has expired. Please sign in again.";
    sign_in_help: "Lupa kata sandi? Admin server membuat yang baru dengan: pantau-server operator password NAMA",
        "Forgot the password? The server admin makes a new one with: pantau-server operator password NAME";

    // Columns and counts.
    place: "Wilayah", "Place";
    code: "Kode", "Code";
    tps: "TPS", "TPS";
    voters: "Pemilih", "Voters";
    visited: "Dikunjungi", "Visited";
    arrived: "Logistik tiba", "Logistics arrived";
    complete: "Lengkap", "Complete";
    short: "Kurang", "Short";
    bad_seals: "Segel rusak", "Bad seals";
    finding_open: "terbuka", "open";
    finding_ruled: "ditutup oleh desk", "closed by the desk";
    finding_cured: "selesai oleh laporan", "settled by a report";
    findings_gravest: "temuan terbuka, yang terberat di atas", "open findings, gravest first";
    findings_closed: "temuan yang sudah ditutup", "findings that are closed";
    empty_findings: "Tidak ada temuan terbuka: laporan yang sudah masuk tidak saling bertentangan.",
        "No open findings: the reports that have come in do not contradict each other.";
    empty_findings_closed: "Belum ada temuan yang ditutup.", "No finding was closed yet.";
    empty_findings_here: "Tidak ada temuan tentang TPS ini.", "No finding about this TPS.";
    show_closed_findings: "Lihat yang sudah ditutup", "Show those that are closed";
    show_open_findings: "Lihat yang terbuka", "Show those that are open";
    what_to_do: "Yang perlu dilakukan", "What to do";
    evidence: "Catatan yang mendasarinya", "The records behind it";
    finding_help: "Temuan ditutup dengan alasan; bukti baru membukanya kembali. Keputusan dibatalkan dengan keputusan baru.",
        "A finding is closed with a reason; new evidence opens it again. A decision is undone by a new one.";
    close_finding: "Tutup temuan ini", "Close this finding";
    reopen_finding: "Buka kembali temuan ini", "Open this finding again";
    close_button: "Tutup", "Close";
    reopen_button: "Buka kembali", "Open again";
    which_places: "Untuk tempat mana?", "For which places?";
    all_places: "semua tempat", "all places";
    some_places: "hanya yang dipilih", "only those that are chosen";
    choose_places: "Pilih tempat", "Choose places";
    reason_required: "Alasan (wajib)", "Reason (required)";
    your_reason: "Alasan yang Anda ketik", "The reason that you typed";
    what_changed: "Yang berubah sejak Anda membuka halaman ini", "What changed since you opened the page";
    before: "Sebelumnya", "Before";
    now: "Sekarang", "Now";
    records_since: "Catatan yang masuk sejak itu", "Records that came in since then";
    no_records_since: "Tidak ada catatan baru: ada catatan yang dikoreksi, dicabut, atau diputuskan, atau waktunya lewat.",
        "No new record: one was corrected, taken back or ruled on, or time has passed.";
    several: "Putuskan beberapa sekaligus", "Decide about several at once";
    several_help: "Centang temuan yang sebabnya sama-sama sudah jelas; alasan berlaku untuk semuanya.",
        "Tick findings whose cause is settled alike; the reason holds for all of them.";
    several_pick: "Pilih temuan ini", "Choose this finding";
    several_button: "Tutup yang tercentang", "Close those that are ticked";
    several_closed: "temuan ditutup.", "findings closed.";
    several_left: "TIDAK ditutup: buktinya berubah atau sudah selesai. Yang masih terbuka tetap tercentang; periksa lagi.",
        "NOT closed: the evidence changed, or they are settled. Those still open stay ticked; look again.";
    several_none: "Keputusan TIDAK disimpan: centang paling sedikit satu temuan.", "The decision was NOT saved: tick at least one finding.";
    several_many: "Keputusan TIDAK disimpan: paling banyak 100 temuan sekali simpan.", "The decision was NOT saved: at most 100 findings at a time.";
    rule: "Jenis temuan", "Kind of finding";
    ruled_close: "Temuan ditutup.", "The finding is closed.";
    ruled_reopen: "Temuan dibuka kembali.", "The finding is open again.";
    ruling_stale: "Keputusan TIDAK disimpan: buktinya berubah sejak Anda membuka halaman ini. Periksa lagi; alasan Anda masih ada.",
        "The decision was NOT saved: the evidence changed since you opened the page. Look again; your reason is kept.";
    ruling_nothing: "Keputusan TIDAK disimpan: temuan ini sudah selesai atau sudah diputuskan.",
        "The decision was NOT saved: this finding is settled or decided already.";
    ruling_places: "Keputusan TIDAK disimpan: pilih paling sedikit satu tempat dari temuan ini.",
        "The decision was NOT saved: choose at least one place of this finding.";
    ruling_no_reason: "Keputusan TIDAK disimpan: tulis alasannya.", "The decision was NOT saved: write the reason.";
    ruling_long: "Keputusan TIDAK disimpan: alasan terlalu panjang.", "The decision was NOT saved: the reason is too long.";
    only_reads: "Anda hanya dapat membaca", "You may only read";
    only_reads_help: "Akun ini tidak boleh memutuskan. Admin server mengubahnya dengan: pantau-server operator rights NAMA desk",
        "This account may not decide. The server admin changes that with: pantau-server operator rights NAME desk";
    silence_help: "Pada hari pemungutan suara setiap TPS bersinyal ditunggu kabarnya tiap jam. Yang terburuk di atas.",
        "On election day word from each TPS with signal is due every hour. The worst come first.";
    heard: "Sesuai harapan", "As expected";
    word_late: "Terlambat", "Late";
    silent_expected: "Diam, memang tanpa sinyal", "Silent, as expected: no signal";
    silent_abnormal: "Diam di luar kebiasaan", "Silent against expectation";
    last_report: "Laporan terakhir", "Last report";
    by_kecamatan: "per kecamatan", "by kecamatan";
    by_desa: "per desa/kelurahan", "by desa/kelurahan";
    empty_silence: "Belum ada TPS di wilayah ini.", "No TPS in this region yet.";
    export_silence: "Unduh tabel ini untuk kecamatan dan desa (CSV)", "Download this table for kecamatan and desa (CSV)";
    export_findings: "Unduh semua temuan (CSV)", "Download all findings (CSV)";
    open_incidents: "Kendala belum selesai", "Open incidents";
    grave: "berat", "grave";
    silent: "Belum ada laporan", "No word yet";
    newest: "Laporan terbaru", "Newest word";
    oldest: "Laporan terlama", "Oldest word";
    words: "Usia data", "Age of last words";
    up_to: "sampai", "up to";
    last_word: "Laporan terakhir", "Last word";
    turnout: "Partisipasi", "Turnout";
    turnout_of: "TPS melapor", "TPS reported";
    camat: "Camat", "Camat";
    camat_visited: "Dikunjungi camat", "Visited by camat";
    no_camat: "belum ada camat", "no camat yet";
    access: "Akses", "Access";
    signal: "Sinyal", "Signal";
    total: "Jumlah", "Total";
    of: "dari", "of";
    yes: "ya", "yes";
    no: "tidak", "no";
    unknown: "tidak diketahui", "unknown";
    never: "belum pernah", "never";
    no_word: "belum ada laporan", "no word yet";
    kabupaten_kota: "Kabupaten/kota", "Kabupaten/kota";
    kecamatan: "Kecamatan", "Kecamatan";
    desa: "Desa/kelurahan", "Desa/kelurahan";

    // One TPS.
    readiness: "Kesiapan", "Readiness";
    item: "Butir", "Item";
    answer: "Jawaban", "Answer";
    author: "Pelapor", "Author";
    age: "Umur", "Age";
    logistics: "Logistik", "Logistics";
    expected: "Seharusnya", "Expected";
    good: "Baik", "Good";
    damaged: "Rusak", "Damaged";
    missing: "Kurang", "Short";
    checked: "Cara periksa", "Checked how";
    container: "koli", "container";
    containers: "koli", "containers";
    seals: "segel", "seals";
    seal: "segel", "seal";
    paper_form: "BTTB no.", "paper receipt no.";
    export_tps: "Unduh keadaan TPS (CSV)", "Download the state of all TPS (CSV)";
    export_custody: "Unduh serah terima kit (CSV)", "Download the custody of all kits (CSV)";
    custody: "Serah terima kit", "Custody of the kit";
    empty_custody: "Belum ada yang melaporkan kit TPS ini.", "Nobody has spoken of the kit of this TPS yet.";
    kit_is: "Kit:", "The kit:";
    on_the_way: "dalam perjalanan", "on the way";
    last_hands: "Terakhir di tangan", "Last in the hands of";
    route: "Jalur", "Hop";
    given: "Diserahkan", "Handed over";
    taken: "Diterima", "Received";
    balance: "Isi dan segel", "Contents and seals";
    sent: "dikirim", "sent";
    came: "diterima", "received";
    unaccounted: "belum jelas", "not accounted for";
    over: "lebih", "more than were sent";
    other_seal: "tidak ada dalam daftar", "not in the list";
    received_at: "diterima di", "received at";
    in_time: "tepat waktu", "in time";
    too_late: "melewati batas waktu", "after the deadline";
    in_time_unknown: "tepat waktu atau tidak: belum dapat dipastikan", "in time or not: cannot be said yet";
    way: "Kondisi jalan", "Condition of the way";
    category: "Jenis", "Category";
    severity: "Tingkat", "Severity";
    progress: "Penanganan", "Progress";
    no_progress: "belum ada tanggapan", "no response yet";
    open: "terbuka", "open";
    closed: "selesai", "closed";
    hour: "Jam", "Hour";
    voters_so_far: "Pemilih hadir", "Voters so far";
    standby: "Siaga", "Stand-by";
    present: "hadir", "present";
    no_obstacle: "dinyatakan tanpa kendala", "stated: no obstacle";
    timeline: "Semua catatan", "All records";
    own_timeline: "Catatan tentang wilayah ini", "Records about this place itself";
    timeline_help: "Terbaru di atas. Waktu klaim berasal dari jam perangkat; waktu masuk dari server.",
        "Newest first. The claimed time is the phone's clock; the received time is the server's.";
    says: "Isi", "Says";
    phone: "Perangkat", "Phone";
    claimed: "Waktu klaim", "Claimed time";
    received: "Masuk server", "Received by the server";
    path: "Jalur", "Path";
    direct: "langsung", "direct";
    at_desk: "desk", "desk";
    flag_time: "waktu klaim tidak mungkin", "claimed time impossible";
    flag_over_ballots: "lebih banyak dari surat suara: tidak dijumlahkan", "more than there are ballots: in no sum";
    flag_falls: "turun dari jam lain: tidak dijumlahkan", "falls between hours: in no sum";
    flag_superseded: "sudah diganti", "superseded";
    flag_election: "pemilihan lain: tidak dihitung", "another election: does not count";
    flag_replanned: "rencana berubah sejak dihitung", "the plan has changed since";
    meant: "rencana waktu itu", "planned then";
    replanned: "dihitung menurut rencana lama", "counted by an older plan";
    flag_untrusted: "tidak dipercaya: perangkat dicabut", "untrusted: phone revoked";
    flag_quarantined: "ditangguhkan", "quarantined";
    flag_copy: "salinan", "copy";
    flag_branch: "jurnal bercabang", "forked journal";
    flag_mock: "posisi dipalsukan aplikasi", "mock position";
    erased: "dihapus", "erased";
    now_called: "kini", "now";
    ended: "berakhir", "ended";
    successor: "Penerus", "Successor";
    not_here: "teks belum tiba", "text not here yet";
    officer: "Petugas", "Officer";
    back_to: "Kembali ke", "Back to";

    // Officers, quarantine, directives.
    name: "Nama", "Name";
    phone_number: "Telepon", "Phone number";
    roles: "Peran dan wilayah", "Roles and places";
    devices: "Perangkat", "Phones";
    enrolled: "Terdaftar", "Enrolled";
    records: "Catatan", "Records";
    active: "aktif", "active";
    revoked: "dicabut", "revoked";
    no_device: "belum ada perangkat", "no phone yet";
    over_quota: "Perangkat yang melewati batas harian", "Phones over their limit of the day";
    over_quota_help: "Server tidak menyimpan lagi catatan perangkat ini sampai hari berikutnya. Catatannya tetap ada di perangkat dan akan terkirim kemudian. Bila jumlahnya tidak wajar, hubungi petugasnya atau cabut perangkat itu.",
        "The server stores no more of these phones until the next day. Their records stay on the phone and come later. If the number is not plausible, call the officer or revoke the phone.";
    over_since: "sejak", "since";
    reason: "Alasan", "Reason";
    field: "Kolom", "Field";
    due: "Tenggat", "Due";
    overdue: "melewati tenggat", "past due";
    answers: "tanggapan", "answers";
    no_answers: "belum ada tanggapan", "no answers yet";
    everyone: "semua petugas di sana", "everyone there";
    kind: "Jenis catatan", "Kind";
    shown_first: "Hanya yang pertama ditampilkan; persempit dengan pencarian atau wilayah.",
        "Only the first are shown; narrow it down by search or place.";
    shown_newest: "Hanya yang terbaru ditampilkan.", "Only the newest are shown.";
    search_results: "Hasil pencarian", "Search results";

    // The list of TPS.
    tps_list: "Daftar TPS", "List of TPS";
    tps_selected: "TPS dalam daftar ini", "TPS in this list";
    goods_none: "belum tiba", "not arrived";
    goods_uncounted: "tiba, belum dihitung", "arrived, not counted";
    goods_short: "kurang", "short";
    goods_complete: "lengkap", "complete";
    all: "semua", "all";
    order: "Urutan", "Order";
    order_code: "menurut kode", "by code";
    order_voters: "pemilih terbanyak", "most voters first";
    order_age: "laporan terlama", "oldest report first";
    narrow: "Saring", "Filter";
    spoken_of: "Sudah ada laporan", "Somebody has reported";
    has_incidents: "Kendala belum selesai", "Open incidents";
    previous: "sebelumnya", "previous";
    following: "berikutnya", "next";
    empty_tps_list: "Tidak ada TPS yang memenuhi semua syarat ini.", "No TPS meets all of these conditions.";
    bad_list: "Daftar ini tidak ada", "There is no such list";
    bad_list_help: "Salah satu syarat pada alamat ini tidak dikenal. Buka Daftar TPS dan saring kembali.",
        "One of the conditions of this address is unknown. Open the list of TPS and filter again.";

    // Empty states.
    empty_province: "Belum ada wilayah. Admin memasukkan data dengan: pantau-server import --regions … --tps …",
        "No regions yet. The admin loads them with: pantau-server import --regions … --tps …";
    empty_region: "Belum ada wilayah atau TPS di sini.", "There is no region or TPS here yet.";
    empty_checklist: "Belum ada daftar periksa. Admin memasukkannya dengan: pantau-server import --checklists shipped",
        "No checklist yet. The admin loads it with: pantau-server import --checklists shipped";
    empty_kit: "Belum ada profil pemilu, jadi isi kit tidak diketahui.",
        "No election profile yet, so the kit is unknown.";
    gravest_first: "kendala belum selesai, yang terberat di atas", "open incidents, gravest first";
    people: "petugas", "officers";
    show_all: "Tampilkan semua", "Show all";
    only_in: "Hanya", "Only";
    empty_incidents: "Tidak ada kendala belum selesai yang dilaporkan. Diam bukan berarti aman: lihat kolom \"Belum ada laporan\".",
        "No open incidents reported. Silence is not safety: see the column \"No word yet\".";
    empty_incidents_here: "Tidak ada kendala yang dilaporkan dari sini.", "No incident was reported from here.";
    empty_turnout: "Belum ada laporan partisipasi.", "No turnout reported yet.";
    empty_standby: "Belum ada laporan siaga.", "No roll call yet.";
    empty_timeline: "Belum ada catatan tentang tempat ini.", "Nothing has been recorded about this place yet.";
    uncounted: "Tidak dihitung", "Not counted";
    uncounted_help: "Sudah di server sebagai bukti, tetapi tidak ikut dalam angka: perangkat pengirimnya dicabut. Admin dapat mengakui satu per satu: pantau-server admit --record …, atau membatalkan pencabutan: pantau-server revoke --undo …",
        "Held as evidence and left out of every figure: their phone was revoked. The admin can let single ones count: pantau-server admit --record …, or undo the revocation: pantau-server revoke --undo …";
    empty_uncounted: "Tidak ada catatan dari perangkat yang dicabut.", "There is no record of a revoked phone.";
    empty_quarantine: "Tidak ada catatan yang ditangguhkan.", "No record is quarantined.";
    empty_search: "Tidak ada TPS, wilayah atau desa yang cocok.", "No TPS, region or village matches.";
    search_prompt: "Ketik kode TPS (62.06.13.2001/003) atau bagian dari nama desa.",
        "Type a TPS code (62.06.13.2001/003) or part of a village name.";

    // Errors.
    not_listed: "Tempat ini tidak ada dalam data yang diimpor; hanya yang dilaporkan tentangnya yang tampak di sini.",
        "This place is in no imported table; only what was reported of it is shown here.";
    not_found: "Halaman tidak ada", "No such page";
    not_found_help: "Alamat ini tidak dikenal, atau tempatnya belum ada dalam data.",
        "This address is unknown, or the place is not in the data yet.";
    refused: "Permintaan ditolak", "Request refused";
    refused_help: "Formulir ini tidak berasal dari halaman yang masih berlaku. Muat ulang halaman, lalu coba lagi.",
        "This form does not come from a page that is still valid. Reload the page and try again.";
    failed: "Server mengalami gangguan", "The server has a problem";
    failed_help: "Data tidak hilang. Coba lagi; bila tetap gagal, hubungi admin server.",
        "No data is lost. Try again; if it keeps failing, tell the server admin.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_leads_back() {
        for lang in [Lang::Id, Lang::En] {
            assert_eq!(lang.other().other(), lang);
            assert_eq!(Lang::from_code(lang.code()), Some(lang));
        }
    }
}
