//! The words of the domain in both languages. Cases a newer version may send are shown by their number.

use pantau_protocol::{
    body::{
        Acceptance, Access, Answer, Category, CustodyKind, Kind, LineState, Packed, Progress, Rest,
        SealState, Severity, Signal, Situation, Verdict, Way,
    },
    exchange::Reason,
    note::Field,
    projection::Distrust,
    record::Basis,
    role::Role,
};

use super::Lang;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident($of:ident) { $($case:ident: $id:literal, $en:literal;)+ }) => {
        $(#[$doc])*
        pub(crate) fn $name(lang: Lang, value: $of) -> String {
            match value {
                $($of::$case => lang.pick($id, $en).to_owned(),)+
                $of::Other(n) => format!("{} {n}", lang.pick("lain, no.", "other, no.")),
            }
        }
    };
}

words!(
    /// A role.
    role(Role) {
        Camat: "Camat", "Camat";
        FieldOfficer: "Petugas lapangan", "Field officer";
        LogisticsStaff: "Petugas logistik", "Logistics staff";
        Viewer: "Pimpinan", "Viewer";
        DeskOperator: "Operator desk", "Desk operator";
        DeskAdmin: "Admin desk", "Desk admin";
    }
);

words!(
    /// What a statement rests on.
    basis(Basis) {
        Seen: "dilihat sendiri", "seen";
        Document: "dari dokumen", "from a document";
        ToldInPerson: "keterangan lisan", "told in person";
        ToldByPhone: "melalui telepon", "told by phone";
        ToldByRadio: "melalui radio", "told by radio";
        ToldOnPaper: "melalui surat", "told on paper";
        ToldByMessage: "melalui pesan", "told by message";
    }
);

words!(
    /// An answer to a checklist item.
    answer(Answer) {
        Ok: "siap", "ok";
        NotOk: "belum siap", "not ok";
        NotApplicable: "tidak berlaku", "not applicable";
        Blank: "belum dijawab", "not answered";
    }
);

words!(
    /// The condition of the way.
    way(Way) {
        Good: "lancar", "passable";
        Hard: "sulit dilalui", "hard to pass";
        Cut: "terputus", "cut off";
    }
);

words!(
    /// What an incident is about.
    category(Category) {
        Logistics: "Logistik", "Logistics";
        Access: "Akses", "Access";
        Weather: "Cuaca", "Weather";
        Power: "Listrik", "Power";
        SignalLoss: "Sinyal", "Signal";
        Staff: "Petugas", "Staff";
        Security: "Keamanan", "Security";
        Equipment: "Peralatan", "Equipment";
        Else: "Lainnya", "Else";
    }
);

words!(
    /// How grave an incident is.
    severity(Severity) {
        Low: "ringan", "low";
        Medium: "sedang", "medium";
        High: "berat", "high";
    }
);

words!(
    /// How far a matter has come.
    progress(Progress) {
        Seen: "sudah dibaca", "seen";
        Working: "sedang ditangani", "being worked on";
        Done: "selesai", "done";
        Impossible: "tidak dapat dilakukan", "cannot be done";
    }
);

words!(
    /// How things stand.
    situation(Situation) {
        Calm: "aman", "calm";
        Alert: "waspada", "alert";
        Obstacle: "ada kendala", "obstacle";
    }
);

words!(
    /// How hard a TPS is to reach.
    access(Access) {
        Regular: "biasa", "regular";
        Remote: "terpencil", "remote";
        VeryRemote: "sangat terpencil", "very remote";
    }
);

words!(
    /// The signal at a TPS.
    signal(Signal) {
        Strong: "kuat", "strong";
        Medium: "sedang", "medium";
        Weak: "lemah", "weak";
        None: "tidak ada", "none";
    }
);

words!(
    /// How a kit item was checked.
    line_state(LineState) {
        Counted: "dihitung", "counted";
        Sealed: "tersegel, tidak dibuka", "sealed, not opened";
        NotChecked: "tidak diperiksa", "not checked";
    }
);

words!(
    /// What a receipt says of everything without a line.
    rest(Rest) {
        NotChecked: "sisanya tidak diperiksa", "the rest not checked";
        CountedAsExpected: "sisanya dihitung dan sesuai", "the rest counted and as expected";
        SealedAsDispatched: "sisanya tersegel sesuai pengiriman", "the rest sealed as dispatched";
    }
);

words!(
    /// What a receipt at a TPS says of the kit as a whole.
    arrival(Rest) {
        NotChecked: "tiba, belum diperiksa", "arrived, not checked";
        CountedAsExpected: "tiba, sudah dihitung", "arrived, counted";
        SealedAsDispatched: "tiba, masih tersegel", "arrived, still sealed";
    }
);

words!(
    /// How a seal was found.
    seal_state(SealState) {
        Intact: "utuh", "intact";
        Broken: "rusak", "broken";
        Missing: "tidak ada", "missing";
    }
);

words!(
    /// Where the contents of a dispatch are told.
    packed(Packed) {
        AsPacked: "isi sesuai daftar kemas", "contents as packed";
        AsListed: "isi sesuai daftar ini", "contents as listed here";
    }
);

words!(
    /// A kind of custody point.
    custody(CustodyKind) {
        Warehouse: "gudang KPU", "KPU warehouse";
        Ppk: "PPK", "PPK";
        Pps: "PPS", "PPS";
        Tps: "TPS", "TPS";
        Transit: "tempat transit", "transit point";
    }
);

words!(
    /// Why a record is quarantined.
    reason(Reason) {
        Malformed: "tidak dapat dibaca", "cannot be read";
        OverLimit: "melebihi batas", "over a limit";
        Impossible: "nilai tidak mungkin", "impossible value";
        OutsideGrants: "di luar wilayah tugas", "outside the officer's places";
        TooManyBranches: "terlalu banyak cabang jurnal", "too many branches of the journal";
        NotYourRole: "bukan tugas peran ini", "not this role's to write";
    }
);

words!(
    /// What a ruling decides.
    verdict(Verdict) {
        Admit: "diakui", "admitted";
        Dismiss: "pengakuan dicabut", "admission withdrawn";
        Reinstate: "pencabutan perangkat dibatalkan", "revocation undone";
        Close: "temuan ditutup", "finding closed";
        Reopen: "temuan dibuka kembali", "finding opened again";
    }
);

/// Why a record does not count for want of trust.
pub(crate) fn distrust(lang: Lang, why: Distrust) -> String {
    let (id, en) = match why {
        Distrust::Revoked(_) => ("Perangkat dicabut", "phone revoked"),
        Distrust::Follows(_) => {
            ("Perangkat ini penerus perangkat yang dicabut", "the phone follows a revoked one")
        }
        Distrust::TooFar => {
            ("rantai perangkat terlalu panjang; daftarkan ulang", "too long a chain of phones; enrol anew")
        }
    };
    lang.pick(id, en).to_owned()
}

words!(
    /// The name of a note.
    field(Field) {
        Note: "Catatan", "Note";
        Informant: "Sumber", "Informant";
        Receiver: "Penerima", "Receiver";
        Name: "Nama", "Name";
        Phone: "Telepon", "Phone number";
        Need: "Kebutuhan", "Need";
        Vehicle: "Kendaraan", "Vehicle";
        Escort: "Pengawal", "Escort";
    }
);

words!(
    /// How a receiver took what was sent.
    acceptance(Acceptance) {
        AsSent: "sesuai yang dikirim", "as sent";
        WithExceptions: "ada yang tidak sesuai", "with exceptions";
        NotChecked: "belum diperiksa", "not checked";
    }
);

words!(
    /// The kind of a record.
    kind(Kind) {
        Visit: "Kunjungan", "Visit";
        Dispatch: "Pengiriman", "Dispatch";
        Receive: "Penerimaan", "Receipt of goods";
        Incident: "Kendala", "Incident";
        IncidentUpdate: "Tindak lanjut", "Progress";
        Turnout: "Partisipasi", "Turnout";
        Standby: "Siaga", "Stand-by";
        Outreach: "Sosialisasi", "Outreach";
        VoterListCheck: "Cek DPT", "Voter list check";
        Handover: "Serah terima", "Handover";
        Directive: "Instruksi", "Directive";
        Ruling: "Keputusan", "Ruling";
        VipVisit: "Kunjungan pimpinan", "Official visit";
        Budget: "Anggaran", "Budget";
        DailyReport: "Laporan Harian", "Daily report";
        Region: "Wilayah", "Region";
        Tps: "Data TPS", "TPS data";
        Profile: "Profil pemilu", "Election profile";
        Checklist: "Daftar periksa", "Checklist";
        Officer: "Petugas", "Officer";
        Device: "Perangkat terdaftar", "Phone enrolled";
        Grant: "Penugasan", "Grant";
        Revoke: "Perangkat dicabut", "Phone revoked";
        ServerKeys: "Kunci server", "Server keys";
        Erase: "Penghapusan catatan", "Note erased";
        Packing: "Daftar kemas", "Packing list";
        Correct: "Koreksi", "Correction";
        Retract: "Penarikan", "Retraction";
    }
);
