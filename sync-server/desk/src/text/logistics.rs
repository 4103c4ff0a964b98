//! The texts of the custody board, in both languages.

use super::Lang;

texts! {
    help: "Kit tiap TPS di perhentian tempat terakhir diterima, atau yang terakhir ditinggalkan. Yang belum dilaporkan tidak dianggap nol.",
        "The kit of each TPS at the stop where it was last received, or which it left last. What nobody reported is not zero.";
    pipeline: "Jalur kit", "The way of the kits";
    stop: "Perhentian", "Stop";
    back: "kembali", "back";
    elsewhere: "Tempat transit atau lainnya", "Transit point or elsewhere";
    here: "Kit di sini", "Kits here";
    left: "Dalam perjalanan dari sini", "On the way from here";
    since: "Terlama sejak", "Oldest since";
    past_due: "Melewati tenggat", "Past due";
    undetermined: "Tenggat belum dapat dipastikan", "Due time open";
    untold: "Belum ada laporan", "No word yet";
    kits: "Kit", "Kits";
    kit: "kit", "kits";
    by_region: "Per wilayah", "By region";
    warehouse: "Gudang KPU", "KPU warehouse";
    underway: "Dalam perjalanan atau transit", "On the way or in transit";
    returning: "Arah kembali", "On the way back";
    consignments: "Kiriman dalam perjalanan", "Consignments on the way";
    consignments_help: "kiriman belum diterima; yang melewati tenggat dan yang terlama di atas", "consignments not received yet; those past due and the oldest first";
    route: "Dari → ke", "From → to";
    contents: "Isi", "Contents";
    loose: "barang tanpa kit", "goods without a kit";
    given: "Diserahkan oleh", "Given by";
    last_hands: "Terakhir di tangan", "Last in the hands of";
    due: "Tenggat", "Due";
    due_passed: "melewati tenggat", "past due";
    due_ahead: "belum tenggat", "not due yet";
    due_unsaid: "tanpa tenggat", "no due time";
    answered: "penerima menjawab di perangkat pengirim; catatannya belum masuk",
        "the receiver answered on the giver's phone; the record has not come";
    empty: "Tidak ada kiriman dalam perjalanan menurut laporan yang masuk.", "Nothing is on its way, as far as reported.";
    none: "Belum ada TPS di wilayah ini.", "No TPS in this region yet.";
}

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}
