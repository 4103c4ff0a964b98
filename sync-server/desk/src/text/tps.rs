//! The texts of the page of a TPS that tell whether it is ready and what contradicts what, in both languages.

use super::Lang;

texts! {
    verdict: "Kesiapan TPS", "Readiness of the TPS";
    unknown: "Belum diketahui:", "Not known:";
    nothing_said: "belum ada laporan tentang TPS ini", "no word about this TPS yet";
    ready: "Siap:", "Ready:";
    all_well: "semua butir dijawab siap dan kit lengkap", "every item was answered ok and the kit is complete";
    except: "Siap, kecuali:", "Ready, except:";
    not_yet: "Belum dapat dinyatakan siap:", "Cannot be called ready yet:";
    no: "belum", "no";
    not_visited: "belum dikunjungi", "not visited";
    unanswered: "butir belum dijawab", "items not answered";
    no_checklist: "daftar periksa belum diimpor", "the checklist is not imported yet";
    no_kit: "daftar kit belum diimpor", "the list of the kit is not imported yet";
    not_arrived: "logistik belum tiba", "the logistics have not arrived";
    bad_seals: "segel rusak atau tidak ada", "seals broken or missing";
    short: "kurang", "short by";
    uncounted: "belum dihitung", "not counted";
    kit_uncounted: "isi kit belum dihitung", "the kit is not counted";
    items_uncounted: "butir kit belum dihitung", "items of the kit not counted";
    grave: "kendala berat belum selesai", "grave incidents not closed";
    obstacle: "regu siaga menyatakan ada kendala", "the team on stand-by reports an obstacle";
    more: "lainnya", "more";
    listed: "Menurut daftar", "As the list has it";
    visited: "Menurut kunjungan", "As a visit found it";
    has_signal: "ada sinyal", "there is signal";
    no_signal: "tidak ada sinyal", "there is no signal";
    meant_for: "Tujuan", "Meant for";
    came_to: "Diterima di", "Received at";
    position: "Posisi TPS", "Position of the TPS";
    reporter_at: "Posisi pelapor", "Position of the reporter";
    from_tps: "dari TPS", "from the TPS";
    accuracy: "akurasi", "accuracy";
    no_position: "posisi tercatat; posisi TPS tidak ada di daftar", "a position was recorded; the list has none of the TPS";
}

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}
