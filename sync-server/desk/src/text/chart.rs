//! The texts of charts that are saved, in both languages.

use super::Lang;

texts! {
    tiles: "TPS yang telah menerima logistik", "TPS that have received logistics";
    turnout: "Partisipasi per jam", "Turnout by hour";
    as_of: "Pantau · keadaan", "Pantau · as of";
    log: "log sampai baris", "log up to row";
    tiles_numbers: "Angka: bagian TPS yang telah menerima logistik. ! kendala berat. ? TPS tidak melapor secara tidak wajar.",
        "Number: share of TPS with logistics. ! grave incidents. ? TPS silent against expectation.";
    turnout_whole: "Penyebut: pemilih terdaftar di TPS yang sudah melapor sampai jam itu.",
        "Denominator: registered voters of the TPS that have reported by that hour.";
    reported: "TPS melapor", "TPS reported";
    nothing: "Belum ada data.", "No data yet.";
    synthetic: "Data TPS sintetis: bukan TPS sebenarnya.", "Synthetic TPS data: these are not real polling stations.";
    save: "Simpan gambar (SVG)", "Save the picture (SVG)";
}

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}
