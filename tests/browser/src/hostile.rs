//! Texts that people do not write: what breaks out of an element, an attribute, a script or a cell, turns letters
//! around, or is too long. Whatever of it becomes an element or an attribute carries `planted`, by which a page is
//! searched.

use fastrand::Rng;

/// Those that every run has.
const FIXED: [&str; 44] = [
    "<script>window.planted=1</script>",
    "<SCRIPT SRC=data:,window.planted=1></SCRIPT>",
    "<scr<script>ipt>window.planted=1</scr</script>ipt>",
    "</script><script>window.planted=1</script>",
    "</textarea><x-planted>",
    "</title><x-planted>",
    "</noscript><x-planted>",
    "</option></select></datalist><x-planted>",
    "</td></tr></table><x-planted>",
    "</details></dd></dl></div></section></main><x-planted>",
    "</svg></math></style><x-planted>",
    "<img src=x onerror=alert(1) data-planted>",
    "<img src=x onerror=alert`1` data-planted",
    "<svg onload=alert(1) data-planted>",
    "<svg><animate onbegin=alert(1) attributeName=x data-planted>",
    "<iframe srcdoc='<x-planted>' data-planted>",
    "<object data='data:text/html,<x-planted>' data-planted>",
    "<meta http-equiv=refresh content='0;url=data:text/html,planted' data-planted>",
    "<base href='//planted.example/' data-planted>",
    "<link rel=stylesheet href='data:text/css,*{width:9999px}' data-planted>",
    "<style data-planted>*{width:9999px}</style>",
    "<form action='//planted.example/'><button data-planted>",
    "<math><mtext><x-planted>",
    "<template><x-planted></template>",
    "<!-- planted",
    "<![CDATA[planted]]>",
    "\" data-planted=\"1",
    "' data-planted='1",
    "\"><x-planted>",
    "'><x-planted>",
    "\" onfocus=\"alert(1)\" autofocus data-planted=\"",
    "\" style=\"width:9999px\" data-planted=\"",
    "`><x-planted>",
    "&#34;&#62;&#60;x-planted&#62;",
    "&quot; data-planted=&quot;1",
    "\\\"><x-planted>",
    "%22%3E%3Cx-planted%3E",
    "{{ planted }} ${planted} #{planted} <%= planted %>",
    "javascript:alert(1)//planted",
    "JaVaScRiPt:alert(1)//planted",
    "\u{1}javascript:alert(1)//planted",
    "data:text/html,<x-planted>",
    "=HYPERLINK(\"//planted.example\";\"x\")",
    "@SUM(1+1)*cmd|' /C planted'!A0",
];

/// What stands before something, to get out of where it is shown.
const OUT: [&str; 12] = [
    "",
    "\"",
    "'",
    "\">",
    "'>",
    "</textarea>",
    "</option>",
    "</title>",
    "-->",
    "\\\"",
    "\u{0}\">",
    "\r\n\r\n",
];
/// What would be seen.
const PLANTED: [&str; 10] = [
    "<x-planted>",
    "<script>window.planted=1</script>",
    "<img src=x onerror=alert(1) data-planted>",
    " onmouseover=alert(1) data-planted=1 ",
    " data-planted=\"1\" x=\"",
    "<a href=\"javascript:alert(1)\" data-planted>",
    "<details open ontoggle=alert(1) data-planted>",
    "<input onfocus=alert(1) autofocus data-planted>",
    "<body onload=alert(1) data-planted>",
    "javascript:alert(1)",
];
/// What turns, hides or joins letters, or ends a text for a careless reader.
const SIGNS: [&str; 14] = [
    "\u{202e}",
    "\u{2067}",
    "\u{2066}",
    "\u{200b}",
    "\u{200f}",
    "\u{feff}",
    "\u{0}",
    "\u{8}",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{fff9}",
    "\u{e0041}",
];
/// What a spreadsheet takes for a formula.
const FORMULA: [&str; 6] = ["=", "+", "-", "@", "\t=", "\r="];
/// Letters beyond the first plane, joined ones, and such as are drawn high or wide.
const WIDE: [&str; 8] = [
    "\u{1f6f6}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{10ffff}",
    "\u{20000}",
    "Z\u{334}\u{35b}\u{300}",
    "\u{fdfd}",
    "\u{12031}",
    "\u{1d11e}",
];

/// So many texts, the fixed ones first; the others follow from a seed.
pub fn texts(seed: u64, count: usize) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    let mut all: Vec<String> = FIXED.iter().map(|text| (*text).to_owned()).collect();
    all.push("M".repeat(1_400));
    all.push("\u{20000}".repeat(1_400));
    all.push("<b>".repeat(467));
    while all.len() < count {
        let text = made(&mut rng);
        all.push(text);
    }
    all
}

fn made(rng: &mut Rng) -> String {
    let (out, planted) = (one(rng, &OUT), one(rng, &PLANTED));
    match rng.u8(..10) {
        0..=3 => format!("{out}{planted}"),
        4 => format!("{out}{}{planted}{}", one(rng, &SIGNS), one(rng, &SIGNS)),
        5 => format!("{}{out}{planted}", one(rng, &FORMULA)),
        6 => one(rng, &WIDE).repeat(rng.usize(1..200)) + planted,
        7 => one(rng, &SIGNS).repeat(rng.usize(1..60)) + out + planted,
        8 => {
            let letters: String = (0..1_400).map(|_| rng.alphanumeric()).collect();
            letters + out + planted
        }
        // Cut in the middle of a letter's worth of signs, as a field with a limit would.
        _ => {
            let whole = format!("{out}{planted}{}{out}", one(rng, &WIDE));
            whole.chars().take(rng.usize(1..whole.chars().count() + 1)).collect()
        }
    }
}

fn one<'t>(rng: &mut Rng, of: &[&'t str]) -> &'t str {
    of[rng.usize(..of.len())]
}

/// The same as values of fields: of short texts several in one, and each with a word by which it is found again.
pub fn values(texts: &[String], word: &str) -> Vec<String> {
    const BYTES: usize = 1_200;
    let (mut values, mut value) = (Vec::new(), String::new());
    for text in texts {
        if !value.is_empty() && value.len() + text.len() > BYTES {
            values.push(std::mem::take(&mut value));
        }
        if !value.is_empty() {
            value.push('\n');
        }
        value.push_str(text);
    }
    values.push(value);
    values.iter().zip(0..).map(|(value, n)| format!("{value} [{word}{n}]")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_follow_from_the_seed_and_fill_few_values() {
        let all = texts(7, 500);
        assert_eq!((all.len(), &all), (500, &texts(7, 500)));
        assert_ne!(all, texts(8, 500));
        let values = values(&all, "w");
        assert!(all.iter().all(|text| values.iter().any(|value| value.contains(text.as_str()))));
        assert!(values.len() < 150, "{}", values.len());
        assert!(values[3].ends_with("[w3]"));
    }
}
