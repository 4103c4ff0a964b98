//! The texts of the forms by which the desk enters what it was told, in both languages.

use super::Lang;

texts! {
    // Around every form.
    title: "Catat Laporan", "Enter a report";
    link: "+ Catat Laporan", "+ Enter a report";
    link_here: "Catat laporan untuk tempat ini", "Enter a report for this place";
    intro: "Untuk laporan yang masuk melalui telepon, radio, pesan atau surat. Laporan dicatat oleh desk atas keterangan pelapor, dan ditampilkan demikian.",
        "For reports that came by phone, radio, message or paper. The desk writes them on the word of whoever told them, and they are shown so.";
    step_place: "1. Tempat", "1. Place";
    step_kind: "2. Jenis laporan", "2. Kind of report";
    step_report: "3. Isi laporan", "3. The report";
    place_label: "TPS, desa/kelurahan, kecamatan, atau kabupaten/kota", "TPS, village, kecamatan or kabupaten/kota";
    place_hint: "Nama atau kode, dengan atau tanpa titik: TPS 001 Tumbang Gagu, 62.06.13.2001/1, 6206132001",
        "Name or code, with or without dots: TPS 001 Tumbang Gagu, 62.06.13.2001/1, 6206132001";
    place_find: "Cari tempat", "Find the place";
    place_which: "Beberapa tempat cocok. Pilih satu:", "Several places match. Choose one:";
    place_more: "Masih ada yang lain: tambahkan nama kecamatan atau nomor TPS.", "There are more: add the kecamatan or the number of the TPS.";
    place_none: "Tidak ada tempat yang cocok dengan", "No place matches";
    place_other: "Pilih tempat lain", "Choose another place";
    kind_other: "Pilih jenis lain", "Choose another kind";
    about: "Tentang", "About";
    save: "Simpan laporan", "Save the report";
    save_correction: "Simpan perbaikan", "Save the correction";
    save_anyway: "Tetap simpan", "Save all the same";
    optional: "boleh dikosongkan", "may be left empty";
    not_said: "tidak disebut", "not mentioned";
    choose: "pilih…", "choose…";

    // Who told it.
    who: "Siapa yang melapor", "Who told it";
    officer: "Petugas terdaftar", "Registered officer";
    officer_hint: "Nama, nomor petugas, atau nomor telepon", "Name, number or phone number";
    informant: "Atau orang lain: nama dan jabatan", "Or somebody else: name and function";
    informant_hint: "Untuk orang tanpa aplikasi, misalnya: Pak Budi, ketua KPPS", "For somebody without the app, such as: Pak Budi, chair of the KPPS";
    channel: "Melalui", "By";
    channel_phone: "telepon", "phone";
    channel_radio: "radio (HT)", "radio";
    channel_message: "pesan (WhatsApp, SMS)", "message (WhatsApp, SMS)";
    channel_paper: "surat", "paper";
    called: "Waktu laporan diterima", "When it was told";
    held: "Keadaan pada", "True at";
    held_hint: "Kapan keadaan itu berlaku, misalnya waktu kunjungan. Kosongkan bila sama dengan waktu laporan diterima.",
        "When it was so, such as the time of the visit. Leave it empty if it was when it was told.";
    note: "Catatan", "Note";

    // Visit.
    checklist: "Daftar periksa", "Checklist";
    checklist_hint: "Isi hanya yang disebut pelapor.", "Answer only what was mentioned.";
    way: "Jalan ke tempat ini", "The way there";

    // Goods.
    goods_at: "Diterima di", "Received at";
    goods_from: "Berangkat dari", "Leaves from";
    goods_to: "Tujuan", "Goes to";
    goods_to_kind: "Jenis tujuan", "Kind of destination";
    label: "Nama tempat transit", "Name of the transit point";
    label_hint: "Hanya untuk tempat transit, misalnya nama dermaga", "Only for a transit point, such as the name of a landing";
    kits: "Kit TPS", "Kits of TPS";
    kits_hint: "Satu per baris: TPS, atau desa untuk semua TPS di dalamnya. Rentang boleh: 62.06.13.2001/001-012",
        "One a line: a TPS, or a village for all its TPS. A range may be given: 62.06.13.2001/001-012";
    rest: "Keadaan barang", "State of the goods";
    rest_unchecked: "Belum diperiksa", "Not checked";
    rest_counted: "Dihitung, sesuai kit", "Counted, as the kit asks for";
    rest_sealed: "Tersegel sesuai pengiriman, tidak dibuka", "Sealed as dispatched, not opened";
    containers: "Kotak dan kantong", "Boxes and bags";
    good: "Baik", "Good";
    damaged: "Rusak atau basah", "Damaged or wet";
    missing: "Tidak ada", "Missing";
    count: "Jumlah", "Count";
    exceptions: "Barang yang disebut satu per satu", "Items mentioned one by one";
    exceptions_hint: "Isi hanya barang yang jumlahnya disebut.", "Fill in only items whose count was mentioned.";
    seals: "Segel", "Seals";
    seals_hint: "Nomor segel, satu per baris", "Numbers of seals, one a line";
    seals_intact: "Utuh", "Whole";
    seals_broken: "Rusak", "Broken";
    seals_missing: "Tidak ada", "Missing";
    form: "Nomor BTTB", "Number of the paper receipt";
    receiver: "Penerima", "Receiver";
    packed: "Isi", "Contents";
    packed_as_packed: "Sesuai daftar kemas", "As packed";
    packed_as_listed: "Hanya yang disebut di bawah", "Only what is listed below";
    due: "Harus tiba pada", "Due there at";
    vehicle: "Kendaraan", "Vehicle";
    escort: "Pengawal", "Escort";

    // Incident and progress.
    category: "Tentang", "About";
    severity: "Tingkat", "Severity";
    what_happened: "Apa yang terjadi", "What happened";
    need: "Yang dibutuhkan", "What is needed";
    target: "Kendala atau instruksi", "Incident or directive";
    target_none: "Tidak ada kendala atau instruksi untuk tempat ini. Catat kendalanya lebih dahulu.",
        "There is no incident or directive for this place. Enter the incident first.";
    target_incident: "Kendala", "Incident";
    target_directive: "Instruksi", "Directive";
    progress: "Sampai di mana", "How far it has come";

    // Turnout and roll call.
    hour: "Pukul", "Hour";
    voters: "Pemilih yang sudah datang", "Voters so far";
    present: "Hadir", "Present";
    team: "Jumlah anggota tim", "Members of the team";
    situation: "Keadaan", "Situation";
    no_obstacle: "Pelapor menyatakan belum ada kendala", "It was said outright that there is no obstacle so far";

    // What is wrong.
    problems: "Laporan BELUM disimpan. Perbaiki isian berikut:", "The report was NOT saved. Put these right:";
    warnings: "Periksa dahulu. Laporan BELUM disimpan; bila memang benar, tekan “Tetap simpan”.",
        "Look again. The report was NOT saved; if it is right, press “Save all the same”.";
    is_missing: "harus diisi", "must be filled in";
    is_no_number: "harus berupa bilangan bulat", "must be a whole number";
    is_no_time: "bukan waktu yang dikenal", "is no time";
    is_to_come: "tidak boleh di masa depan", "must not lie in the future";
    is_later: "tidak boleh sesudah laporan diterima", "must not be later than when it was told";
    is_too_long: "terlalu panjang atau terlalu banyak", "is too long or too many";
    is_too_large: "terlalu besar", "is too large";
    is_too_small: "terlalu kecil", "is too small";
    is_contradiction: "bertentangan dengan isian lain", "contradicts another field";
    is_doubled: "disebut dua kali", "is named twice";
    is_unknown: "tidak dikenal", "is not known";
    is_ambiguous: "cocok dengan beberapa; pilih satu", "fits several; choose one";
    is_not_allowed: "tidak dapat dicatat di sini", "cannot be entered here";
    only_one: "isi salah satu saja: petugas atau orang lain", "fill in one of the two only: officer or somebody else";
    no_officer: "tidak ada petugas yang cocok; untuk orang tanpa aplikasi isi kolom berikutnya",
        "no officer fits; for somebody without the app fill in the next field";
    good_too: "isi juga jumlah yang baik", "give the number in good condition, too";
    lower: "Lebih rendah dari", "Lower than";
    higher: "Lebih tinggi dari", "Higher than";
    above_voters: "Lebih banyak dari surat suara untuk TPS ini", "More than the ballots of this TPS";
    old: "Keadaan itu lebih dari tujuh hari yang lalu", "It was so more than seven days ago";
    place_ended: "Tempat ini sudah tidak dipakai", "This place is no longer in use";
    kept: "Sesi Anda telah berakhir sebelum laporan disimpan. Isian Anda masih ada; periksa, lalu simpan.",
        "Your session ended before the report was saved. What you typed is still here; check it, then save.";
    kept_gone: "Isian tersebut tidak lagi tersimpan di server.", "What was typed is no longer kept on the server.";
    stale: "Halaman ini sudah tidak berlaku, misalnya karena server dimulai ulang. Laporan BELUM disimpan; isian Anda masih ada. Tekan simpan sekali lagi.",
        "This page was no longer valid, such as after a restart of the server. The report was NOT saved; what you typed is still here. Save it once more.";
    form_used: "Formulir ini sudah dipakai untuk laporan lain. Laporan yang sekarang BELUM disimpan; bila memang laporan baru, simpan sekali lagi.",
        "This form was used for another report before. The present one was NOT saved; if it is a new report, save it once more.";
    form_used_link: "Laporan yang sudah disimpan dengan formulir ini", "The report that was saved with this form";
    not_told: "Hanya laporan yang dicatat desk atas keterangan orang lain yang dapat diperbaiki atau ditarik kembali di sini.",
        "Only what the desk entered on somebody's word can be corrected or taken back here.";
    superseded: "Laporan itu sudah diperbaiki atau ditarik kembali. Tidak ada yang disimpan.",
        "That report was corrected or taken back already. Nothing was saved.";

    // Afterwards.
    done: "Laporan tersimpan", "The report is saved";
    done_correction: "Perbaikan tersimpan", "The correction is saved";
    done_retraction: "Laporan ditarik kembali", "The report is taken back";
    written: "Yang tercatat", "What was written";
    to_place: "Buka halaman tempat ini", "Open the page of this place";
    again: "Catat lagi untuk tempat ini", "Enter another one for this place";
    correct: "Perbaiki", "Correct";
    take_back: "Tarik kembali", "Take back";
    take_back_help: "Laporan tetap ada dalam log dan ditandai sebagai ditarik kembali; angka tidak lagi memuatnya.",
        "The report stays in the log, marked as taken back; no figure counts it any more.";
    why: "Alasan", "Reason";
    correcting: "Memperbaiki laporan yang sudah dicatat. Laporan lama tetap ada dalam log.",
        "This corrects a report that was entered. The old one stays in the log.";
    only_desk: "Hanya operator desk yang dapat mencatat laporan", "Only operators of the desk can enter reports";
    only_desk_help: "Akun Anda hanya dapat membaca. Sampaikan laporan kepada operator desk.",
        "Your account only reads. Tell the report to an operator of the desk.";

    // On a timeline.
    on_word_of: "atas keterangan", "on the word of";
    told_at: "diterima pukul", "told at";
    entered_by: "dicatat oleh", "entered by";
}

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}
