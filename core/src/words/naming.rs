//! One way of naming places, officers and moments for the card and the day summary, that of the findings.

use pantau_protocol::{
    body::{Category, Point, Severity},
    legible::legible_line,
    place::{Level, Place},
    projection::{
        Mark, Reference,
        findings::{Lang, Say},
    },
};

/// Name of an officer behind a mark, where it is known here.
pub(crate) type NameOf<'a> = dyn Fn(&Mark) -> Option<String> + 'a;

/// What words are made with.
pub(crate) struct Words<'a> {
    pub(crate) lang: Lang,
    pub(crate) reference: &'a Reference,
    pub(crate) name: &'a NameOf<'a>,
}

impl Words<'_> {
    /// One of two texts.
    pub(crate) fn pick<T>(&self, id: T, en: T) -> T {
        match self.lang {
            Lang::Id => id,
            Lang::En => en,
        }
    }

    pub(super) fn say(&self) -> Say<'_> {
        Say { lang: self.lang, reference: self.reference, names: &|_| None }
    }

    /// A station as a message of one kecamatan names it, `TPS 003 Hulu Satu`; any other place by its name. A name
    /// longer than `chars` characters is cut.
    pub(crate) fn short(&self, place: &Place, chars: usize) -> String {
        let village = (place.level() == Some(Level::Tps)).then(|| place.parent()).flatten();
        let Some((village, (_, number))) = village.zip(place.as_str().split_once('/')) else {
            return self.region(place, chars);
        };
        format!("TPS {number} {}", self.region(&village, chars))
    }

    fn region(&self, place: &Place, chars: usize) -> String {
        let name = self.reference.region(place).map_or_else(|| place.to_string(), |r| r.name.clone());
        cut(&legible_line(&name), chars)
    }

    /// A custody point: its kind, label and place.
    pub(crate) fn point(&self, point: &Point) -> String {
        legible_line(&self.say().point(point)).into_owned()
    }

    /// `H-1 15.00`, of unix seconds.
    pub(crate) fn when(&self, at: i64) -> String {
        self.say().when(at)
    }

    /// `13/02/2024 (H-1)`, of the local midnight a day begins with, unix seconds.
    pub(crate) fn date(&self, from: i64) -> String {
        let day = self.when(from);
        let day = day.split_whitespace().next().unwrap_or_default();
        let offset = self.reference.profile().map_or(0, |p| p.utc_offset_s);
        let date = chrono::DateTime::from_timestamp(from.saturating_add(i64::from(offset)), 0);
        let date = date.map_or_else(|| "?".to_owned(), |date| date.format("%d/%m/%Y").to_string());
        // Far from polling day `when` gives the date itself.
        if day.starts_with('H') { format!("{date} ({day})") } else { date }
    }

    /// What an incident is about, in the desk's words.
    pub(crate) fn category(&self, category: Category) -> &'static str {
        let (id, en) = match category {
            Category::Logistics => ("Logistik", "Logistics"),
            Category::Access => ("Akses", "Access"),
            Category::Weather => ("Cuaca", "Weather"),
            Category::Power => ("Listrik", "Power"),
            Category::SignalLoss => ("Sinyal", "Signal"),
            Category::Staff => ("Petugas", "Staff"),
            Category::Security => ("Keamanan", "Security"),
            Category::Equipment => ("Peralatan", "Equipment"),
            Category::Else | Category::Other(_) => ("Lainnya", "Else"),
        };
        self.pick(id, en)
    }

    /// How grave an incident is, in the desk's words.
    pub(crate) fn severity(&self, severity: Severity) -> &'static str {
        let (id, en) = match severity {
            Severity::Low => ("ringan", "low"),
            Severity::Medium => ("sedang", "medium"),
            Severity::High => ("berat", "high"),
            Severity::Other(_) => ("lain", "other"),
        };
        self.pick(id, en)
    }

    /// The officer behind a mark by his name, else by his number.
    pub(crate) fn officer(&self, mark: &Mark) -> String {
        match ((self.name)(mark), mark.officer) {
            (Some(name), _) => legible_line(&name).into_owned(),
            (None, Some(number)) => format!("{} {number}", self.pick("petugas", "officer")),
            (None, None) => self.pick("petugas tidak dikenal", "an unknown officer").to_owned(),
        }
    }

    /// `Ani, H-2 10.02`.
    pub(crate) fn who(&self, mark: &Mark) -> String {
        format!("{}, {}", self.officer(mark), self.when(mark.at))
    }

    /// The name of a kit item.
    pub(crate) fn item(&self, number: u32) -> String {
        let item = self.reference.profile().and_then(|p| p.item(number));
        item.map_or_else(|| format!("#{number}"), |i| self.pick(&i.id, &i.en).clone())
    }
}

/// The first `chars` characters of a text, the last of them `…` where there are more.
pub(crate) fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    text.chars().take(chars.saturating_sub(1)).chain(['…']).collect()
}
