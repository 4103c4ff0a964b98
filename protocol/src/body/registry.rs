//! The macro behind the registry of kinds: all that follows from a kind's line.

/// Makes [`super::Kind`] and [`super::Body`] from the registry, so that no second list can drift apart.
macro_rules! kinds {
    ($($(#[$doc:meta])* $number:literal $name:ident $(($body:ty))? $class:ident $writers:ident
        $($draft:ident)?;)+) => {
        crate::int_enum!(
            /// The kind of a body. The numbers of planned bodies are reserved, whether built or not.
            Kind { $($(#[$doc])* $name = $number,)+ }
        );

        impl Kind {
            /// What part it has in the whole.
            pub fn class(self) -> Class {
                match self {
                    $(Self::$name => Class::$class,)+
                    Self::Other(number) => Class::of_number(number),
                }
            }

            /// The roles that may write it; `None` for a kind this version does not know.
            pub(crate) fn writers(self) -> Option<&'static [crate::role::Role]> {
                match self {
                    $(Self::$name => Some($writers),)+
                    Self::Other(_) => None,
                }
            }

            /// Whether this version reads its bodies; those of the others stay opaque.
            pub fn is_built(self) -> bool {
                match self {
                    $($(Self::$name => { let _ = std::mem::size_of::<$body>(); true })?)+
                    _ => false,
                }
            }

            /// Whether it may be saved before it is finished.
            pub fn may_be_draft(self) -> bool {
                match self {
                    $($(Self::$name => stringify!($draft) == "draft",)?)+
                    _ => false,
                }
            }

            /// Whether a body of this kind may name places beside its record's.
            pub fn names_places(self) -> bool {
                match self {
                    $($(Self::$name => registry::names_places::<$body>(),)?)+
                    _ => false,
                }
            }

            /// The notes that belong to it beside the informant.
            pub fn notes(self) -> &'static [crate::note::Field] {
                match self {
                    $($(Self::$name => <$body as Content>::NOTES,)?)+
                    _ => &[],
                }
            }
        }

        /// A decoded body. `Opaque` is a kind this version does not know or has only reserved.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Body {
            $($(#[doc = concat!("See [`", stringify!($name), "`].")] $name($body),)?)+
            /// A kind without a body here; its bytes are kept.
            Opaque(Kind, crate::cbor::Raw),
        }

        impl Body {
            /// Decodes the body of a record of `kind`; unknown keys are skipped.
            ///
            /// # Errors
            /// A known kind whose bytes do not fit its shape.
            pub fn decode(kind: Kind, raw: &crate::cbor::Raw) -> Result<Self, minicbor::decode::Error> {
                Ok(match kind {
                    $($(Kind::$name => Self::$name(crate::cbor::from_slice::<$body>(&raw.0)?),)?)+
                    other => Self::Opaque(other, raw.clone()),
                })
            }

            /// Encodes the body.
            pub fn encode(&self) -> crate::cbor::Raw {
                match self {
                    $($(Self::$name(b) => crate::cbor::Raw(crate::cbor::to_vec::<$body>(b)),)?)+
                    Self::Opaque(_, raw) => raw.clone(),
                }
            }

            /// The kind of this body.
            pub fn kind(&self) -> Kind {
                match self {
                    $($(Self::$name(b) => { let _: &$body = b; Kind::$name })?)+
                    Self::Opaque(kind, _) => *kind,
                }
            }

            /// The places this body names beside the record's own place.
            pub fn places(&self) -> Vec<&crate::place::Place> {
                match self {
                    $($(Self::$name(b) => <$body as Content>::places(b),)?)+
                    Self::Opaque(..) => Vec::new(),
                }
            }

            /// Whether the content can be: within limits and not contradicting itself.
            ///
            /// # Errors
            /// The first field that is wrong.
            pub fn check(&self) -> Result<(), crate::problem::FieldError> {
                match self {
                    $($(Self::$name(b) => <$body as Content>::check(b),)?)+
                    Self::Opaque(..) => Ok(()),
                }
            }

            /// Whether a role may write this body.
            pub fn may_be_written_by(&self, role: crate::role::Role) -> bool {
                let may_say = match self {
                    $($(Self::$name(b) => <$body as Content>::may_say(b, role),)?)+
                    Self::Opaque(..) => true,
                };
                may_say && self.kind().may_be_written_by(role)
            }

            /// An example of each built kind, in the order of their numbers.
            pub fn samples() -> Vec<Self> {
                vec![$($(Self::$name(<$body as Content>::sample()),)?)+]
            }
        }
    };
}

pub(super) use kinds;

/// Whether bodies of this type may name places beside their record's.
pub(super) const fn names_places<B: super::Content>() -> bool {
    B::PLACES.is_some()
}
