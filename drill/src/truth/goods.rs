//! The goods of the world: what is in which kit, and every named event by which something came to be or was lost.
//! Nothing appears or vanishes but by an entry of the [`Ledger`].

use std::collections::BTreeMap;

use pantau_protocol::{place::Place, profile::Profile};

/// Boxes of one kit: five ballot boxes, sealed.
pub const BOXES: u32 = 5;
/// Items that are counted piece by piece in this world: the five kinds of ballots, booths and ink.
pub const COUNTED: [u32; 7] = [10, 11, 12, 13, 14, 20, 21];
/// Voting booths.
pub const BOOTH: u32 = 20;
/// Bottles of ink.
pub const INK: u32 = 21;

/// One box with the seal on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carton {
    /// The seal it was packed with, which names it.
    pub packed: String,
    /// The seal it bears now, if any.
    pub seal: Option<String>,
    /// Whether that seal is broken.
    pub is_broken: bool,
}

/// Pieces of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pieces {
    /// That can be used.
    pub good: u32,
    /// Wet or torn.
    pub damaged: u32,
}

/// The kit of one TPS.
#[derive(Debug, Clone)]
pub struct Kit {
    /// Its TPS.
    pub tps: Place,
    /// Registered voters there.
    pub voters: u32,
    /// Its boxes, and boxes of others that stand among them.
    pub boxes: Vec<Carton>,
    /// What is in it.
    pub items: BTreeMap<u32, Pieces>,
}

impl Kit {
    /// The seals of its packing list.
    pub fn packing_seals(number: usize) -> Vec<String> {
        (1..=BOXES).map(|n| format!("K{number:05}{n}")).collect()
    }

    /// A kit as the profile asks for.
    pub fn packed(number: usize, tps: Place, voters: u32, profile: &Profile) -> Self {
        let whole = |seal: String| Carton { packed: seal.clone(), seal: Some(seal), is_broken: false };
        let pieces = |item: &u32| Pieces { good: wanted(profile, *item, voters), damaged: 0 };
        Self {
            tps,
            voters,
            boxes: Self::packing_seals(number).into_iter().map(whole).collect(),
            items: COUNTED.iter().map(|item| (*item, pieces(item))).collect(),
        }
    }
}

/// What a kit must have of an item.
pub fn wanted(profile: &Profile, item: u32, voters: u32) -> u32 {
    profile.item(item).map_or(0, |item| item.quantity.of(voters))
}

/// Something that happened to goods.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are numbers of kits, item numbers, pieces and seals")]
pub enum Happening {
    /// Pieces of an item came to a warehouse from the printing house.
    Supplied { warehouse: usize, item: u32, pieces: u32 },
    /// A kit was packed from the stock of its warehouse.
    Packed { kit: usize, warehouse: usize },
    /// The packers put fewer pieces in than the kit needs.
    PackedTooFew { kit: usize, warehouse: usize, item: u32, pieces: u32 },
    /// A box fell off a boat.
    Overboard { kit: usize, seal: String },
    /// A box was put onto the neighbour's boat.
    Misloaded { from: usize, to: usize, seal: String },
    /// A boat sank with this kit.
    Sunk { kit: usize },
    /// Rain or a fall broke a seal.
    SealBroke { kit: usize, seal: String },
    /// A seal was torn off.
    SealTorn { kit: usize, seal: String },
    /// A box was opened and sealed anew.
    Resealed { kit: usize, old: String, new: String },
    /// Pieces got wet.
    Soaked { kit: usize, item: u32, pieces: u32 },
    /// Loose pieces left a warehouse.
    SentLoose { warehouse: usize, district: usize, item: u32, pieces: u32 },
    /// Loose pieces broke on the way.
    BrokeLoose { district: usize, item: u32, pieces: u32 },
}

/// What happened, in the order in which it did for each thing, with the moment.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// The entries.
    pub entries: Vec<(i64, Happening)>,
}

/// All goods.
#[derive(Debug, Clone, Default)]
pub struct Goods {
    /// The kits, by the number of their TPS.
    pub kits: Vec<Kit>,
    /// What lies in the warehouses: by warehouse and item.
    pub stock: BTreeMap<(usize, u32), i64>,
    /// Loose goods at the PPK: by district and item.
    pub loose: BTreeMap<(usize, u32), i64>,
    /// What happened.
    pub ledger: Ledger,
}

impl Goods {
    /// Lets something happen: the goods change, and the ledger says so.
    pub fn happen(&mut self, at: i64, what: Happening) {
        self.apply(&what);
        self.ledger.entries.push((at, what));
    }

    fn apply(&mut self, what: &Happening) {
        match what {
            Happening::Supplied { warehouse, item, pieces } => {
                *self.stock.entry((*warehouse, *item)).or_default() += i64::from(*pieces);
            }
            Happening::Packed { kit, warehouse } => {
                let Some(kit) = self.kits.get(*kit) else { return };
                for (item, pieces) in &kit.items {
                    *self.stock.entry((*warehouse, *item)).or_default() -= i64::from(pieces.good);
                }
            }
            Happening::PackedTooFew { kit, warehouse, item, pieces } => {
                *self.stock.entry((*warehouse, *item)).or_default() += i64::from(*pieces);
                self.of(*kit, *item, |p| p.good -= (*pieces).min(p.good));
            }
            Happening::Soaked { kit, item, pieces } => self.of(*kit, *item, |p| {
                let wet = (*pieces).min(p.good);
                (p.good, p.damaged) = (p.good - wet, p.damaged + wet);
            }),
            Happening::Overboard { kit, seal } => _ = self.take(*kit, seal),
            Happening::Misloaded { from, to, seal } => {
                let carton = self.take(*from, seal);
                if let Some(kit) = self.kits.get_mut(*to) {
                    kit.boxes.extend(carton);
                }
            }
            Happening::Sunk { kit } => {
                if let Some(kit) = self.kits.get_mut(*kit) {
                    (kit.boxes, kit.items) = Default::default();
                }
            }
            Happening::SealBroke { kit, seal } => self.seal(*kit, seal, |c| c.is_broken = true),
            Happening::SealTorn { kit, seal } => self.seal(*kit, seal, |c| c.seal = None),
            Happening::Resealed { kit, old, new } => {
                self.seal(*kit, old, |c| (c.seal, c.is_broken) = (Some(new.clone()), false));
            }
            Happening::SentLoose { warehouse, district, item, pieces } => {
                *self.stock.entry((*warehouse, *item)).or_default() -= i64::from(*pieces);
                *self.loose.entry((*district, *item)).or_default() += i64::from(*pieces);
            }
            Happening::BrokeLoose { district, item, pieces } => {
                *self.loose.entry((*district, *item)).or_default() -= i64::from(*pieces);
            }
        }
    }

    fn of(&mut self, kit: usize, item: u32, change: impl FnOnce(&mut Pieces)) {
        if let Some(kit) = self.kits.get_mut(kit) {
            change(kit.items.entry(item).or_default());
        }
    }

    fn take(&mut self, kit: usize, seal: &str) -> Option<Carton> {
        let boxes = &mut self.kits.get_mut(kit)?.boxes;
        let at = boxes.iter().position(|c| c.packed == seal)?;
        Some(boxes.remove(at))
    }

    fn seal(&mut self, kit: usize, seal: &str, change: impl FnOnce(&mut Carton)) {
        let boxes = self.kits.get_mut(kit).map(|k| &mut k.boxes);
        if let Some(carton) = boxes.into_iter().flatten().find(|c| c.seal.as_deref() == Some(seal)) {
            change(carton);
        }
    }
}
