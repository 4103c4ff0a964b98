//! How a table of texts is written: a name, the Indonesian text, the English one.

macro_rules! texts {
    ($($name:ident: $id:literal, $en:literal;)+) => {
        /// The texts of the pages in one language.
        #[derive(Debug, PartialEq, Eq)]
        pub(crate) struct Text {
            $(#[doc = $en] pub(crate) $name: &'static str,)+
        }

        static ID: Text = Text { $($name: $id,)+ };
        static EN: Text = Text { $($name: $en,)+ };
    };
}
