//! The texts of the pages about directives, in both languages.

use super::Lang;

texts! {
    directives: "Instruksi", "Directives";
    new: "Beri instruksi", "Give a directive";
    open: "belum selesai", "unfinished";
    overdue: "melewati tenggat", "past due";
    done: "selesai", "done";
    all: "semua", "all";
    none_done: "selesai", "done";
    tally: "Jawaban", "Answers";
    silent: "belum menjawab", "no answer";
    working: "sedang dikerjakan", "under way";
    impossible: "tidak dapat dilaksanakan", "cannot be done";
    due: "Tenggat", "Due";
    given: "Diberikan", "Given";
    given_to: "Kepada", "To";
    text: "Isi instruksi", "What is to be done";
    everyone: "semua petugas di sana", "everyone there";
    officers: "petugas", "officers";
    empty: "Belum ada instruksi. Gunakan \"Beri instruksi\", atau mulai dari Daftar TPS yang sudah disaring.",
        "No directives yet. Use \"Give a directive\", or start from a filtered list of TPS.";
    empty_filtered: "Tidak ada instruksi dengan keadaan ini.", "No directive is in this state.";
    in_list: "instruksi, yang belum dijawab di atas", "directives, those with missing answers first";
    open_page: "Lihat siapa yang belum menjawab", "See who did not answer";

    // One directive.
    state: "Keadaan", "State";
    officer: "Petugas", "Officer";
    phone: "Telepon", "Phone";
    answer: "Jawaban", "Answer";
    delivered: "Di perangkat", "On the phone";
    is_delivered: "sudah diterima perangkat", "on the phone";
    not_confirmed: "belum dipastikan", "not confirmed";
    no_device: "belum ada perangkat", "no phone enrolled";
    last_contact: "Kontak terakhir", "Last contact";
    never: "belum pernah", "never";
    no_number: "tanpa nomor", "no number";
    nobody_asked: "Tidak ada petugas dengan peran dan wilayah ini.", "No officer has this role and region.";
    also: "Dijawab pula oleh petugas yang tidak lagi diminta", "Also answered by officers who are not asked any more";
    delivered_help: "Perangkat memastikan penerimaan pada kontak berikutnya; jawaban juga membuktikannya.",
        "A phone confirms receipt at its next contact; an answer proves it, too.";
    remind: "Ingatkan yang belum menjawab", "Remind those who did not answer";
    reminder: "Pengingat:", "Reminder:";
    retract: "Cabut instruksi ini", "Take this directive back";
    retract_help: "Perangkat berhenti menampilkannya pada kontak berikutnya; jawaban yang sudah masuk tetap tersimpan.",
        "Phones stop showing it at their next contact; answers that came stay in the log.";
    why: "Alasan (wajib)", "Reason (required)";
    retracted: "Instruksi telah dicabut.", "The directive was taken back.";
    was_given: "Instruksi telah diberikan.", "The directive was given.";
    was_there: "Instruksi ini sudah ada; tidak ditulis dua kali.", "This directive stands already; it was not written twice.";
    is_gone: "Instruksi ini sudah dicabut atau diganti; tidak ada yang berubah.",
        "This directive was taken back or replaced already; nothing changed.";
    no_why: "Tulis alasannya.", "Write the reason.";
    long_why: "Alasannya terlalu panjang.", "The reason is too long.";

    // The form.
    to: "Kepada siapa?", "To whom?";
    to_officer: "satu petugas", "one officer";
    to_role: "semua dengan satu peran di suatu wilayah", "everyone of a role in a region";
    to_place: "semua petugas di suatu wilayah", "every officer in a region";
    to_list: "camat dari TPS dalam daftar yang disaring", "the camats of the TPS in the filtered list";
    to_waiting: "yang belum menjawab instruksi", "those who did not answer a directive";
    officer_field: "Nomor atau nama petugas", "Number or name of the officer";
    role_field: "Peran", "Role";
    place_field: "Kode wilayah", "Code of the region";
    due_field: "Tenggat (waktu setempat)", "Due (local time)";
    preview: "Lihat penerimanya", "See who will get it";
    give: "Beri instruksi kepada", "Give it to";
    people: "petugas", "officers";
    recipients: "Akan diterima oleh", "It will go to";
    and_more: "dan lainnya:", "and others:";
    show_list: "lihat daftarnya", "see the list";
    give_to_list: "Beri instruksi kepada camat dalam daftar ini", "Give a directive to the camats of this list";
    wrong: "Instruksi BELUM diberikan. Perbaiki:", "The directive was NOT given. Mend this:";
    changed: "Penerimanya berubah sejak Anda melihatnya: semula {before}, kini {now}. Periksa lagi.",
        "Who will get it has changed since you looked: {before} before, {now} now. Look again.";
    no_text: "Tulis isi instruksi.", "Write what is to be done.";
    long_text: "Isi instruksi terlalu panjang.", "The text is too long.";
    no_due: "Tulis tenggat seperti 2024-02-13 18:00.", "Write the due time like 2024-02-13 18:00.";
    past_due: "Tenggat sudah lewat.", "The due time is past.";
    far_due: "Tenggat lebih dari setahun dari hari ini dan dari pemilu.",
        "The due time is more than a year from today and from the election.";
    no_profile: "Belum ada profil pemilu, jadi waktu setempat tidak diketahui.",
        "There is no election profile yet, so local time is unknown.";
    no_to: "Pilih kepada siapa.", "Choose to whom.";
    no_officer: "Tidak ada petugas dengan nomor atau nama ini yang masih bertugas.",
        "No officer on duty has this number or name.";
    several_officers: "Beberapa petugas cocok; tulis nomornya:", "Several officers match; write the number:";
    no_role: "Pilih peran.", "Choose a role.";
    no_place: "Tidak ada wilayah atau TPS dengan kode ini.", "No region or TPS has this code.";
    ended_place: "Wilayah ini sudah berakhir; gunakan penerusnya.", "This region has ended; use its successor.";
    bad_list: "Daftar TPS ini tidak dikenal.", "This list of TPS is unknown.";
    nobody: "Tidak ada petugas yang akan menerimanya.", "No officer would get it.";
    all_answered: "Semua sudah menjawab, atau instruksinya sudah dicabut.",
        "All have answered, or the directive was taken back.";
}

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}
