//! The texts of the pages about officers, their phones and codes, in both languages.

use super::Lang;

texts! {
    officers: "Petugas", "Officers";
    officer: "Petugas", "Officer";
    phone_number: "Telepon", "Phone number";
    no_number: "tanpa nomor", "no number";
    roles: "Peran dan wilayah", "Roles and regions";
    no_grant: "tanpa tugas", "no role";
    role: "Peran", "Role";
    within: "Wilayah (kode)", "Region (code)";
    who: "Nama, nomor, atau wilayah", "Name, number or place";
    visits: "Kunjungan", "Visits";
    device_column: "Perangkat", "Phone";
    all: "semua", "all";
    visited_none: "belum pernah mengunjungi TPS", "no visit yet";
    visited_some: "sudah mengunjungi TPS", "has visited";
    phone_none: "belum ada perangkat", "no phone yet";
    phone_some: "ada perangkat", "has a phone";
    phone_unsent: "ada yang belum terkirim", "something unsent";
    narrow: "Saring", "Filter";
    show_all: "Tampilkan semua", "Show all";
    in_list: "petugas dalam daftar ini", "officers in this list";
    camats_unvisited: "Camat yang belum berkunjung", "Camats without a visit";
    without_phone: "Belum ada perangkat", "Without a phone";
    export: "Unduh daftar petugas (CSV)", "Download the officers (CSV)";
    cards: "Cetak kartu pendaftaran", "Print enrolment cards";
    empty: "Belum ada petugas. Petugas dimasukkan di baris perintah: pantau-server import --officers officers.csv",
        "No officers yet. Officers are loaded on the command line: pantau-server import --officers officers.csv";
    empty_filtered: "Tidak ada petugas yang memenuhi semua syarat ini.", "No officer meets all of these conditions.";
    import_help: "Petugas baru dan nama dimasukkan di baris perintah: pantau-server import --officers officers.csv (kolom number,name,phone,role,place).",
        "New officers and names are loaded on the command line: pantau-server import --officers officers.csv (columns number,name,phone,role,place).";

    // Devices.
    devices: "Perangkat", "Phones";
    device: "Perangkat", "Phone";
    in_use: "dipakai", "in use";
    predecessor: "pendahulu", "predecessor";
    earlier: "sebelumnya, masih dipercaya", "earlier one, still trusted";
    revoked: "dicabut", "revoked";
    distrusted: "tidak dipercaya: mengikuti yang dicabut", "not trusted: follows a revoked one";
    followed_by: "dilanjutkan oleh", "followed by";
    enrolled: "Terdaftar", "Enrolled";
    last_contact: "Kontak terakhir", "Last contact";
    last_record: "Laporan terakhir masuk", "Last report received";
    never: "belum pernah", "never";
    unsent: "Belum terkirim", "Unsent";
    unsent_told: "menurut kontak terakhir", "as of the last contact";
    records: "laporan", "records";
    trusted_through: "Dipercaya sampai laporan no.", "Trusted through record no.";
    revoke: "Cabut", "Revoke";
    reinstate: "Pulihkan kepercayaan", "Trust again";
    no_device: "Belum ada perangkat: buat kode pendaftaran di bawah.", "No phone yet: make an enrolment code below.";

    // Codes.
    codes: "Kode pendaftaran", "Enrolment codes";
    code: "Kode pendaftaran", "Enrolment code";
    code_help: "Satu kode mendaftarkan satu perangkat, satu kali. Kode hanya ditampilkan sekali; siapa yang memegangnya dapat mendaftar atas nama petugas ini. Kode baru membatalkan kode petugas ini yang belum dipakai.",
        "A code enrols one phone, once. It is shown only once; whoever holds it can enrol as this officer. A new code withdraws those of this officer that nobody used.";
    make_code: "Buat kode pendaftaran", "Make an enrolment code";
    hours: "Berlaku (jam)", "Valid for (hours)";
    url: "Alamat server yang dihubungi perangkat", "Address at which phones reach the server";
    url_help: "Server dijalankan tanpa --url: periksa bahwa perangkat di lapangan dapat mencapai alamat ini.",
        "The server runs without --url: make sure that phones in the field reach this address.";
    open_codes: "Kode yang masih berlaku", "Codes still valid";
    made: "dibuat", "made";
    valid_until: "Berlaku sampai", "Valid until";
    withdraw: "Batalkan kode", "Withdraw";
    withdrawn: "Kode telah dibatalkan.", "The code was withdrawn.";
    not_withdrawn: "Kode ini sudah dipakai, berakhir, atau dibatalkan; tidak ada yang berubah.",
        "This code was used, has ended or was withdrawn; nothing changed.";
    qr_label: "Kode QR pendaftaran untuk", "Enrolment QR code for";
    handle: "Nama kode", "Handle";
    secret: "Kode rahasia", "Secret";
    short_code: "Kode singkat", "Short code";
    fingerprint: "Sidik jari server", "Fingerprint of the server";
    for_one: "untuk satu perangkat", "for one phone";
    remaining: "sisa", "left";
    print_help: "Cetak halaman ini (Ctrl+P): hanya kartunya yang tercetak, ukuran A6.",
        "Print this page (Ctrl+P): only the card is printed, size A6.";
    card_secret: "Rahasia: serahkan langsung kepada orangnya.", "Secret: hand it to its owner.";
    step_1: "Pasang aplikasi Pantau, lalu pilih \"Daftarkan perangkat\".", "Install Pantau and choose \"Enrol\".";
    step_2: "Pindai kode QR ini, atau ketik kode singkatnya.", "Scan this QR code, or type the short code.";
    step_3: "Sesudah nama Anda tampil, robek kartu ini.", "When your name is shown, tear this card up.";
    back: "Kembali ke petugas", "Back to the officer";

    // Cards.
    cards_help: "Kartu dibuat untuk petugas di wilayah ini yang belum punya perangkat yang dipercaya maupun kode yang masih berlaku.",
        "Cards are made for officers of this region who have neither a trusted phone nor a code that is still valid.";
    cards_count: "petugas tanpa perangkat dan tanpa kode di wilayah ini",
        "officers without a phone or a code in this region";
    cards_waiting: "petugas lain belum punya perangkat, tetapi kodenya masih berlaku; kalau kartunya hilang, buat kode baru di halaman petugas itu.",
        "other officers have no phone, but a code that is still valid; if the card is lost, make a new code on the page of the officer.";
    make_cards: "Buat kartu untuk", "Make cards for";
    cards_most: "Paling banyak {most} kartu sekali buat; persempit wilayahnya, atau ulangi untuk sisanya.",
        "At most {most} cards at a time; narrow the region, or repeat for the rest.";
    cards_none: "Semua petugas di wilayah ini sudah punya perangkat atau kode yang masih berlaku.",
        "Every officer of this region has a phone or a code that is still valid.";
    cards_changed: "Jumlah petugas berubah sejak Anda melihatnya; periksa lagi.",
        "The number of officers changed since you looked; look again.";
    region: "Wilayah", "Region";
    whole: "seluruh wilayah", "everywhere";

    // Acts.
    grants: "Tugas dan wilayah", "Roles and regions";
    change_grants: "Ubah tugas atau wilayah", "Change role or region";
    instead_of: "Menggantikan", "Instead of";
    added: "tambahan, tidak menggantikan", "in addition, replaces none";
    new_place: "Kode wilayah baru", "Code of the new region";
    see_effect: "Lihat akibatnya", "See what it does";
    end_grant: "Akhiri", "End";
    effect: "Akibatnya", "What it does";
    confirm_grants: "Ubah tugas petugas ini", "Change the roles of this officer";
    confirm_revoke: "Cabut perangkat ini", "Revoke this phone";
    confirm_reinstate: "Pulihkan kepercayaan pada perangkat ini", "Trust this phone again";
    confirm: "Ya, lakukan", "Yes, do it";
    cancel: "Batal", "Cancel";
    ends: "Berakhir:", "Ends:";
    gives: "Diberikan:", "Given:";
    tps_lost: "TPS tidak lagi terlihat di perangkatnya", "TPS are no longer shown on his phone";
    tps_gained: "TPS mulai terlihat di perangkatnya", "TPS are newly shown on his phone";
    directives_lost: "instruksi tidak lagi ditujukan kepadanya", "directives do not ask him any more";
    leaves_none: "Petugas ini tidak punya tugas lagi: perangkatnya tidak menerima data, dan kode tidak dapat dibuat.",
        "He has no role left: his phone is shown nothing, and no code can be made.";
    keeps_said: "Yang sudah dilaporkannya tetap berlaku. Perangkat menyesuaikan diri pada kontak berikutnya.",
        "What he reported stays valid. His phone follows at its next contact.";
    revoke_keeps: "Laporan yang sudah di server sampai nomor ini tetap dihitung; yang dikirim kemudian disimpan sebagai bukti dan tidak dihitung.",
        "Records that the server holds through this number go on counting; what is sent later is kept as evidence and does not count.";
    revoke_reads: "Perangkat tidak menerima data lagi sejak kontak berikutnya.", "The phone gets no more data from its next contact on.";
    revoke_undo: "Dapat dibatalkan dengan \"Pulihkan kepercayaan\".", "It can be undone by \"Trust again\".";
    stops: "laporan tidak lagi dihitung", "records stop counting";
    starts: "laporan dihitung kembali", "records count again";
    loses: "perangkat tidak lagi dipercaya", "phones are no longer trusted";
    gains: "perangkat dipercaya kembali", "phones are trusted again";
    unsent_lost: "laporan yang menurut kontak terakhir belum terkirim tidak akan dihitung", "records that were unsent at the last contact will not count";
    why: "Alasan (wajib)", "Reason (required)";
    done_grants: "Tugas telah diubah.", "The roles were changed.";
    done_revoke: "Perangkat telah dicabut.", "The phone was revoked.";
    done_reinstate: "Perangkat dipercaya kembali.", "The phone is trusted again.";
    wrong: "TIDAK disimpan. Perbaiki:", "NOT saved. Mend this:";
    changed: "Keadaannya berubah sejak Anda melihat akibatnya; periksa lagi.", "Things changed since you saw what it does; look again.";
    nothing: "Tidak ada yang perlu diubah.", "There is nothing to change.";
    no_why: "Tulis alasannya.", "Write the reason.";
    long_why: "Alasannya terlalu panjang.", "The reason is too long.";
    no_such_grant: "Tugas yang akan diakhiri tidak berlaku lagi.", "The role that is to end is not in force any more.";
    has_it: "Petugas ini sudah punya tugas itu.", "The officer has that role already.";
    no_role: "Pilih peran di lapangan.", "Choose a role in the field.";
    no_place: "Tidak ada wilayah atau TPS dengan kode ini.", "No region or TPS has this code.";
    ended_place: "Wilayah ini sudah berakhir; gunakan penerusnya.", "This region has ended; use its successor.";
    no_such_device: "Perangkat ini bukan milik petugas ini.", "This phone is not one of this officer.";
    bad_hours: "Masa berlaku dari 1 sampai {most} jam.", "Valid for 1 to {most} hours.";
    bad_url: "Alamat server tidak dapat dipakai perangkat.", "No phone can use this address of the server.";
    cannot_enrol: "Petugas ini tidak punya tugas, jadi kode tidak dapat dibuat.", "The officer has no role, so no code can be made.";

    // Beside him.
    directives: "Instruksi untuk petugas ini", "Directives for this officer";
    no_directives: "Tidak ada instruksi yang belum selesai.", "No unfinished directive.";
    give_directive: "Beri instruksi kepada petugas ini", "Give this officer a directive";
    last_words: "Yang terakhir dilaporkan", "Reported last";
    no_words: "Belum ada laporan dari petugas ini.", "Nothing was reported by this officer yet.";
}

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}
