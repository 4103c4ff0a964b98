//! The texts of the pages about turnout, in both languages.

use super::Lang;

texts! {
    starts: "Partisipasi dilaporkan tiap jam pada hari pemungutan suara, mulai", "Turnout is reported every hour on election day, from";
    no_profile: "Profil pemilu belum diimpor: saat mulai belum diketahui.", "The election profile is not imported yet: when it begins is not known.";
    none_yet: "Belum ada laporan partisipasi.", "No turnout was reported yet.";
    until: "Sampai pukul", "By";
    of_voters: "pemilih terdaftar di", "registered voters of the";
    that_reported: "TPS yang melapor", "TPS that reported";
    of_all: "dari", "of";
    all_tps: "TPS", "TPS";
    before: "Satu jam sebelumnya:", "An hour before:";
    help: "Penyebutnya pemilih terdaftar di TPS yang sudah melapor, bukan semua pemilih. Tiap TPS dihitung dengan angka terakhirnya sampai jam itu; angka yang tidak mungkin tidak dijumlahkan.",
        "The denominator is the registered voters of the TPS that have reported, not all voters. Each TPS counts with its latest figure up to that hour; figures that cannot be are in no sum.";
    by_hour: "Per jam", "By hour";
    curve: "Kurva partisipasi", "Turnout curve";
    hour: "Jam", "Hour";
    share: "Partisipasi", "Turnout";
    voters: "Pemilih hadir", "Voters so far";
    more: "Tambahan", "More than before";
    reported: "TPS yang melapor", "TPS that reported";
    this_hour: "Melapor untuk jam ini", "Reported for this hour";
    by_region: "Per wilayah", "By region";
    share_at: "Pukul", "At";
    doubtful: "Angka janggal", "Doubtful figures";
    doubts: "TPS dengan angka turun atau melebihi surat suara", "TPS whose figure falls or is above the ballots";
    no_doubts: "Tidak ada angka yang turun atau melebihi surat suara.", "No figure falls or is above the ballots.";
    untold: "belum ada laporan", "no report yet";
    none: "Belum ada TPS di wilayah ini.", "No TPS in this region yet.";
}

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}
