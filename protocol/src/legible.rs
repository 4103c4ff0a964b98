//! Text of others made fit to be shown among one's own: pages, sentences, terminals. What people write is kept
//! and sent as it is; only where it is shown does it pass [`legible`].
//!
//! - Control characters become visible (`␀`, `␛`): a terminal must not obey them, a reader should see them.
//! - Marks that turn the direction of text, and characters that show nothing, become `�`: with them a name can be
//!   made to look like another, or to turn around the words beside it.
//! - Text with letters that are read from right to left is put between U+2068 and U+2069, so that it keeps its
//!   own direction and the words beside it keep theirs.

use std::borrow::Cow;

/// First strong isolate: what follows has its own direction, up to [`POP`].
const ISOLATE: char = '\u{2068}';
/// Pop directional isolate.
const POP: char = '\u{2069}';
/// What stands for a character that must not be shown.
const REPLACED: char = '\u{FFFD}';

/// The text as it may be shown. Line ends and tabs stay; see [`legible_line`]. Made legible twice it is the same.
pub fn legible(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii() && !c.is_ascii_control() || matches!(c, '\n' | '\t');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let (mut open, mut turns, mut last) = (0_u32, false, None);
    for c in text.chars() {
        shown.push(match c {
            // Isolates are harmless in pairs, and our own texts have them.
            ISOLATE => {
                open += 1;
                c
            }
            POP if open > 0 => {
                open -= 1;
                c
            }
            _ => {
                let seen = visible(c, last);
                turns |= open == 0 && is_right_to_left(seen);
                seen
            }
        });
        last = Some(c);
    }
    shown.extend(std::iter::repeat_n(POP, open as usize));
    if turns {
        shown.insert(0, ISOLATE);
        shown.push(POP);
    }
    if shown == text { Cow::Borrowed(text) } else { Cow::Owned(shown) }
}

/// The first character of a text that [`legible`] would not show as it is, beside letters that are read from right
/// to left; isolates are among them. For what must be shown as it is written: a name.
pub fn hidden_sign(text: &str) -> Option<char> {
    let mut last = None;
    text.chars().find(|c| {
        let is_hidden = matches!(*c, ISOLATE | POP) || visible(*c, last) != *c;
        last = Some(*c);
        is_hidden
    })
}

/// The same in one line: line ends and tabs become visible, too.
pub fn legible_line(text: &str) -> Cow<'_, str> {
    let shown = legible(text);
    if shown.contains(['\n', '\t']) {
        Cow::Owned(shown.replace('\n', "␊").replace('\t', "␉"))
    } else {
        shown
    }
}

/// A character as it is shown behind another.
fn visible(c: char, before: Option<char>) -> char {
    let number = u32::from(c);
    match c {
        '\n' | '\t' => c,
        // The pictures of the control characters stand in their order.
        '\0'..='\u{1F}' => char::from_u32(0x2400 + number).unwrap_or(REPLACED),
        '\u{7F}' => '\u{2421}',
        _ if c.is_control() => REPLACED,
        // Joiners belong to some scripts and to pictures; in Latin text they only hide.
        '\u{200C}' | '\u{200D}' if before.is_some_and(|b| !b.is_ascii()) => c,
        _ if is_hidden(number) => REPLACED,
        _ => c,
    }
}

/// Characters that show nothing: marks of direction, spaces without width, fillers, tags, line separators.
fn is_hidden(c: u32) -> bool {
    matches!(
        c,
        0x00AD
            | 0x034F
            | 0x061C
            | 0x115F
            | 0x1160
            | 0x17B4
            | 0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x2028..=0x202E
            | 0x2060..=0x206F
            | 0x3164
            | 0xFEFF
            | 0xFFA0
            | 0xFFF9..=0xFFFB
            | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF
    )
}

/// Letters that are read from right to left, by block.
fn is_right_to_left(c: char) -> bool {
    matches!(
        u32::from(c),
        0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_text_is_shown_as_it_is() {
        for text in ["Jembatan putus, perlu perahu", "a\nb\tc", "Désa Ñ", "👩‍👩‍👧 ❤️", "日本語", ""]
        {
            assert!(matches!(legible(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(legible("a\u{1b}[2Jb\0c\u{7f}d\u{9b}e\r\n"), "a␛[2Jb␀c␡d�e␍\n");
        assert_eq!(legible_line("a\nb\tc"), "a␊b␉c");
    }

    #[test]
    fn nothing_turns_the_words_beside_it_around() {
        // An override, an isolate that is not closed, and the end of one that was not opened.
        assert_eq!(legible("aman\u{202e}nama"), "aman�nama");
        assert_eq!(legible("a\u{2067}b"), "a�b");
        assert_eq!(legible("a\u{2069}b"), "a�b");
        assert_eq!(legible("a\u{2068}b"), "a\u{2068}b\u{2069}", "left open, it is closed");
        assert_eq!(legible("\u{200f}\u{061c}\u{200e}"), "���");
        assert_eq!(legible("سلام"), "\u{2068}سلام\u{2069}");
        assert_eq!(legible("\u{2069}سلام\u{2068}"), "\u{2068}�سلام\u{2068}\u{2069}\u{2069}");
    }

    #[test]
    fn a_hidden_sign_is_found() {
        assert_eq!(hidden_sign("aman\u{202e}nama"), Some('\u{202e}'));
        assert_eq!(hidden_sign("a\u{2068}b"), Some('\u{2068}'));
        assert_eq!(hidden_sign("si\u{200b}ti"), Some('\u{200b}'));
        assert_eq!(hidden_sign("Désa Ñ, سلام, 日本語"), None);
    }

    #[test]
    fn nothing_is_hidden() {
        assert_eq!(legible("si\u{200b}ti\u{feff}\u{2060}\u{ad}"), "si�ti���");
        assert_eq!(legible("si\u{200d}ti\u{200c}"), "si�ti�", "joiners in Latin text");
        assert_eq!(legible("\u{e0041}\u{3164}\u{2028}"), "���");
    }

    proptest::proptest! {
        #[test]
        fn what_is_legible_stays_so(text in "[a\u{5d0}\u{200b}\u{2066}-\u{2069}\u{202a}-\u{202e}\u{0}\u{1b}\\n]{0,12}") {
            let once = legible(&text).into_owned();
            assert_eq!(legible(&once), once.as_str());
            let open = once.chars().fold(0_i32, |open, c| match c {
                '\u{2068}' => open + 1,
                '\u{2069}' => { assert!(open > 0); open - 1 }
                _ => open,
            });
            assert_eq!(open, 0);
            assert!(once.chars().all(|c| !c.is_control() || c == '\n'));
        }
    }
}
