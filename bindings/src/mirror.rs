//! The core's small enumerations as UniFFI wants them. A case of a newer version keeps its number.

/// Mirrors an enumeration of the protocol, without a wildcard: a case the protocol learns must be named here
/// before this compiles again.
macro_rules! mirror {
    ($($(#[$doc:meta])* $name:ident of $core:path { $($(#[$case_doc:meta])* $case:ident),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
        #[allow(clippy::enum_variant_names, reason = "the names are those of the protocol")]
        pub enum $name {
            $($(#[$case_doc])* $case,)+
            /// A case of a newer version.
            Other {
                /// Its number.
                number: u32,
            },
        }

        impl From<$core> for $name {
            fn from(core: $core) -> Self {
                use $core as Core;
                match core {
                    $(Core::$case => Self::$case,)+
                    Core::Other(number) => Self::Other { number },
                }
            }
        }

        impl From<$name> for $core {
            fn from(ours: $name) -> Self {
                match ours {
                    $($name::$case => Self::$case,)+
                    $name::Other { number } => Self::from_number(number),
                }
            }
        }
    )+ };
}

mirror! {
    /// Answer to one item of a checklist.
    Answer of pantau_protocol::body::Answer {
        /// In order.
        Ok,
        /// Not in order.
        NotOk,
        /// Does not apply here.
        NotApplicable,
        /// Not answered.
        Blank,
    }
    /// Condition of the way to the place.
    Way of pantau_protocol::body::Way {
        /// Passable as usual.
        Good,
        /// Passable with difficulty.
        Hard,
        /// Not passable with goods.
        Cut,
    }
    /// Kind of point on the way of goods.
    CustodyKind of pantau_protocol::body::CustodyKind {
        /// Warehouse of KPU kabupaten/kota.
        Warehouse,
        /// PPK, the kecamatan's committee.
        Ppk,
        /// PPS, the village's committee.
        Pps,
        /// The TPS itself.
        Tps,
        /// On the way.
        Transit,
    }
    /// What is said of everything that has no line of its own.
    Rest of pantau_protocol::body::Rest {
        /// Nothing: not looked at.
        NotChecked,
        /// Counted, and as the kit or the dispatch says.
        CountedAsExpected,
        /// Containers and seals as dispatched, not opened.
        SealedAsDispatched,
    }
    /// How a line was checked.
    LineState of pantau_protocol::body::LineState {
        /// Contents counted.
        Counted,
        /// Sealed and not opened.
        Sealed,
        /// Not checked.
        NotChecked,
    }
    /// Where the contents of a dispatch are told.
    Packed of pantau_protocol::body::Packed {
        /// In the packing list of each kit: it left as it was packed. What the dispatch says goes before.
        AsPacked,
        /// In the lists of the dispatch; what they leave out is not known.
        AsListed,
    }
    /// How a receiver took what was sent.
    Acceptance of pantau_protocol::body::Acceptance {
        /// All of it, as it was sent.
        AsSent,
        /// With exceptions, which his record names.
        WithExceptions,
        /// Taken over, and not looked at.
        NotChecked,
    }
    /// How a seal was found.
    SealState of pantau_protocol::body::SealState {
        /// Whole.
        Intact,
        /// Broken.
        Broken,
        /// Not there.
        Missing,
    }
    /// What an obstacle is about.
    Category of pantau_protocol::body::Category {
        /// Logistics.
        Logistics,
        /// Access: road, river, bridge.
        Access,
        /// Weather, flood.
        Weather,
        /// Power.
        Power,
        /// Signal.
        SignalLoss,
        /// Staff.
        Staff,
        /// Security.
        Security,
        /// Equipment.
        Equipment,
        /// Anything else; the note says what.
        Else,
    }
    /// How grave an obstacle is.
    Severity of pantau_protocol::body::Severity {
        /// Known, does not endanger the vote.
        Low,
        /// Endangers the schedule.
        Medium,
        /// Endangers the vote at this place.
        High,
    }
    /// How far a matter has come.
    Progress of pantau_protocol::body::Progress {
        /// Seen, nothing done yet.
        Seen,
        /// Being worked on.
        Working,
        /// Done.
        Done,
        /// Cannot be done; the note says why.
        Impossible,
    }
    /// How things stand.
    Situation of pantau_protocol::body::Situation {
        /// Aman: calm.
        Calm,
        /// Waspada: alert.
        Alert,
        /// Ada kendala: an obstacle.
        Obstacle,
    }
    /// How hard a TPS is to reach.
    Access of pantau_protocol::body::Access {
        /// By road within the day.
        Regular,
        /// By river, bad road or weather permitting.
        Remote,
        /// More than a day away.
        VeryRemote,
    }
    /// What signal a TPS usually has.
    Signal of pantau_protocol::body::Signal {
        /// 4G most of the day.
        Strong,
        /// 3G, or 4G at times.
        Medium,
        /// 2G, at some spots.
        Weak,
        /// None.
        None,
    }
    /// What a statement rests on.
    Basis of pantau_protocol::record::Basis {
        /// The author saw it.
        Seen,
        /// The author read it in a document.
        Document,
        /// Told in person.
        ToldInPerson,
        /// Told by phone.
        ToldByPhone,
        /// Told by radio.
        ToldByRadio,
        /// Told on paper.
        ToldOnPaper,
        /// Told in a message, such as those of a messenger.
        ToldByMessage,
    }
    /// Personal texts of a record.
    NoteField of pantau_protocol::note::Field {
        /// Free text; the text of a directive.
        Note,
        /// Who told it.
        Informant,
        /// Who received the goods.
        Receiver,
        /// An officer's name.
        Name,
        /// An officer's phone number.
        Phone,
        /// What is needed.
        Need,
        /// What carries the goods: lorry or boat, number plate.
        Vehicle,
        /// Who goes along: driver, guard.
        Escort,
    }
    /// What an officer is to the election desk.
    Role of pantau_protocol::role::Role {
        /// Camat.
        Camat,
        /// Petugas lapangan.
        FieldOfficer,
        /// Petugas KPU, PPK, PPS.
        LogisticsStaff,
        /// Pimpinan: reads, never writes.
        Viewer,
        /// Desk clerk.
        DeskOperator,
        /// Desk administrator.
        DeskAdmin,
    }
    /// Why the server set a record aside.
    Reason of pantau_protocol::exchange::Reason {
        /// No canonical record.
        Malformed,
        /// A limit is exceeded.
        OverLimit,
        /// A value that cannot be.
        Impossible,
        /// Outside what this officer's grants ever covered.
        OutsideGrants,
        /// Too many branches of one journal.
        TooManyBranches,
        /// This role may not write this kind.
        NotYourRole,
    }
    /// Kind of place a checklist is for.
    Venue of pantau_protocol::checklist::Venue {
        /// Polling station.
        Tps,
        /// Village committee's office.
        Pps,
        /// Kecamatan committee's office.
        Ppk,
        /// Office of KPU.
        Kpu,
        /// Office of Bawaslu.
        Bawaslu,
    }
}

#[cfg(test)]
mod tests {
    use pantau_protocol::{body, checklist, exchange, note, record, role};

    use super::*;

    macro_rules! survives {
        ($($ours:ident of $core:path),+ $(,)?) => { $(
            use $core as Core;
            for case in Core::ALL.iter().copied().chain([Core::Other(4_000_000_000)]) {
                let back = Core::from($ours::from(case));
                assert_eq!((back, back.number()), (case, case.number()));
            }
        )+ };
    }

    /// One scope for each: `Core` is named anew.
    macro_rules! all_survive {
        ($($ours:ident of $core:path),+ $(,)?) => { $({ survives!($ours of $core); })+ };
    }

    #[test]
    fn every_case_survives_the_way_out_and_back() {
        all_survive!(
            Answer of body::Answer,
            Way of body::Way,
            CustodyKind of body::CustodyKind,
            Rest of body::Rest,
            LineState of body::LineState,
            Packed of body::Packed,
            Acceptance of body::Acceptance,
            SealState of body::SealState,
            Category of body::Category,
            Severity of body::Severity,
            Progress of body::Progress,
            Situation of body::Situation,
            Access of body::Access,
            Signal of body::Signal,
            Basis of record::Basis,
            NoteField of note::Field,
            Role of role::Role,
            Reason of exchange::Reason,
            Venue of checklist::Venue,
        );
    }
}
