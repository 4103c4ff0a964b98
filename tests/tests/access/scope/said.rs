//! One record of every kind.

use pantau_protocol::{
    body::{
        Acceptance, Access, Answer, Body, Category, Containers, Correct, CustodyKind, DailyReport, Device,
        Directive, Dispatch, Erase, Figures, Grant, Handover, Incident, IncidentUpdate, Kind, Officer,
        Packed, Packing, Point, Progress, Receive, Region, RegionLevel, Rest, Retract, Revoke, Ruling,
        ServerKeys, Severity, Signal, Situation, Standby, Tps, Turnout, Verdict, Visit,
    },
    cbor::Raw,
    checklist::Checklist,
    journal::{DeviceId, RecordId},
    keys::SecretKey,
    note::Field,
    profile::Profile,
    role::Role,
};
use pantau_tests::place;

/// Every kind there is a number for, and one there is none for yet.
pub(super) const KINDS: [u32; 29] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 21, 22, 23, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 60, 61, 62,
    250,
];

/// Whom the reference data among them are about.
pub(super) const OFFICER: u32 = 990;

/// A sound body of a kind.
pub(super) fn body(kind: u32) -> Body {
    let (target, device) = (RecordId::from_bytes([0x77; 16]), DeviceId([0x77; 16]));
    let standby = Standby { present: 3, team: 5, situation: Situation::Calm, no_obstacle: false };
    match Kind::from_number(kind) {
        Kind::Visit => {
            Body::Visit(Visit { checklist: 1, version: 1, answers: vec![Answer::Ok; 15], way: None })
        }
        Kind::Receive => Body::Receive(Receive {
            at: CustodyKind::Tps,
            label: None,
            dispatch: None,
            rest: Rest::CountedAsExpected,
            lines: Vec::new(),
            seals: Vec::new(),
            kits: Vec::new(),
            containers: Vec::new(),
            form: None,
        }),
        Kind::Incident => Body::Incident(Incident { category: Category::Weather, severity: Severity::Low }),
        Kind::IncidentUpdate => Body::IncidentUpdate(IncidentUpdate {
            target,
            target_places: Vec::new(),
            progress: Progress::Done,
        }),
        Kind::Turnout => Body::Turnout(Turnout { hour: 9, voters: 12 }),
        Kind::Standby => Body::Standby(standby),
        Kind::Directive => Body::Directive(Directive { officer: None, role: None, due: 1_800_000_000 }),
        Kind::Ruling => Body::Ruling(Ruling {
            verdict: Verdict::Admit,
            records: vec![target],
            target_places: Vec::new(),
            closing: None,
        }),
        Kind::Region => {
            Body::Region(Region { level: RegionLevel::Village, name: "Nama".into(), ended: None })
        }
        Kind::Tps => Body::Tps(Tps {
            voters: 200,
            male: None,
            lat: None,
            lon: None,
            access: Access::Regular,
            signal: Signal::Weak,
            ended: None,
            synthetic: false,
        }),
        Kind::Profile => Body::Profile(Box::new(Profile::shipped().into_iter().next().unwrap())),
        Kind::Checklist => Body::Checklist(Checklist::shipped().into_iter().next().unwrap()),
        Kind::Officer => Body::Officer(Officer { officer: OFFICER }),
        Kind::Device => {
            let key = SecretKey::from_seed(&[0x99; 32]).public();
            let (device, public_key) = (key.device_id(), key.0);
            Body::Device(Device {
                device,
                public_key,
                officer: OFFICER,
                predecessor: None,
                regions: Vec::new(),
            })
        }
        Kind::Grant => {
            Body::Grant(Grant { officer: OFFICER, role: Role::Camat, ended: false, new_person: false })
        }
        Kind::Revoke => {
            Body::Revoke(Revoke { device, seq: 0, link: [0; 32], trusted: Vec::new(), regions: Vec::new() })
        }
        Kind::ServerKeys => Body::ServerKeys(ServerKeys { keys: Vec::new() }),
        Kind::Erase => Body::Erase(Erase { target, field: Field::Note, target_places: Vec::new() }),
        Kind::Correct => Body::Correct(Correct {
            target,
            target_places: Vec::new(),
            kind: Kind::Incident,
            body: body(4).encode(),
        }),
        Kind::Retract => Body::Retract(Retract { target, target_places: Vec::new(), kind: None }),
        Kind::Handover => Body::Handover(Handover {
            dispatch: target,
            acceptance: Acceptance::AsSent,
            receive: None,
            device: None,
            officer: Some(OFFICER),
            slip: Vec::new(),
            code: Some(7),
            target_places: Vec::new(),
        }),
        // Back to the province, whose officers see all there is.
        Kind::Dispatch => Body::Dispatch(Dispatch {
            from: CustodyKind::Ppk,
            from_label: None,
            to: Point { kind: CustodyKind::Warehouse, place: place("62"), label: None },
            kits: Vec::new(),
            packed: Packed::AsListed,
            containers: vec![Containers { count: 2, kit: None }],
            lines: Vec::new(),
            seals: Vec::new(),
            due: None,
        }),
        Kind::DailyReport => Body::DailyReport(DailyReport {
            at: 1_800_000_000,
            number: None,
            office: None,
            fold: 1,
            total: Figures::default(),
            rows: Vec::new(),
        }),
        Kind::Packing => Body::Packing(Packing { containers: 5, seals: Vec::new(), lines: Vec::new() }),
        Kind::Outreach | Kind::VoterListCheck | Kind::VipVisit | Kind::Budget | Kind::Other(_) => {
            Body::Opaque(Kind::from_number(kind), Raw(vec![0xa0]))
        }
    }
}
