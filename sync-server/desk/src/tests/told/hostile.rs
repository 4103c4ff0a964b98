//! Whatever is typed into any field: nothing of it runs, and nothing of it is lost.

use super::*;

const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>",
    "' autofocus onfocus='alert(3)",
    "</textarea><svg onload=alert(4)>",
    "</option></select><script>alert(5)</script>",
    "javascript:alert(6)",
    "{{ layout.title }} ${7*7} #{1}",
    "%3Cscript%3Ealert(8)%3C/script%3E",
    "=HYPERLINK(\"http://evil.example\")",
    "a\u{202e}b\u{2067}c",
    "'; DROP TABLE log; --",
    "&lt;b&gt;&amp;&#60;",
];

/// That no tag or attribute came from what was typed: where a text is shown, it is escaped.
fn is_harmless(page: &Answer, what: &str) {
    for bad in ["<script>", "<svg", "<img", "</textarea><svg", "onfocus='alert", "href=\"javascript:"] {
        assert!(!page.body.contains(bad), "{what}: {bad}");
    }
}

#[tokio::test]
async fn nothing_typed_into_any_field_runs_or_is_lost() {
    let (world, mut phone) = World::with_data();
    report(&world, &mut phone);
    let cookie = world.sign_in().await;
    for kind in ["visit", "receive", "dispatch", "incident", "progress", "turnout", "standby"] {
        let page = form(&world, &cookie, kind).await;
        let skipped = ["csrf", "form", "kind", "place", "list"];
        for (n, bad) in HOSTILE.iter().enumerate() {
            let names = page.keys().filter(|name| !skipped.contains(&name.as_str()));
            let hostile: Vec<(&str, &str)> = names.map(|name| (name.as_str(), *bad)).collect();
            let sent = send(&world, &cookie, &typed(page.clone(), &hostile)).await;
            assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind} {n}");
            is_harmless(&sent, &format!("{kind} {n}"));
            let kept = fields_of(&sent);
            for text in ["officer", "informant", "note"].iter().filter(|name| page.contains_key(**name)) {
                assert_eq!(kept[*text], *bad, "{kind} {text}");
            }
        }
        // Of the hidden ones, too.
        for name in skipped.iter().filter(|name| page.contains_key(**name)) {
            for bad in HOSTILE {
                let sent = send(&world, &cookie, &typed(page.clone(), &[(name, bad)])).await;
                assert!(sent.status.is_client_error(), "{kind} {name}: {}", sent.status);
                is_harmless(&sent, &format!("{kind} {name}"));
            }
        }
    }
    for bad in HOSTILE {
        for parameter in ["place", "kind", "correct", "retract", "done", "kept", "target", "list"] {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair(parameter, bad).finish();
            let path = format!("/report?place={PLACE}&kind=progress&{query}");
            is_harmless(&world.get(&path, &cookie).await, &path);
        }
    }
}

#[tokio::test]
async fn hostile_notes_are_written_and_shown_as_they_are() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    for (n, bad) in HOSTILE.iter().enumerate() {
        let all = [("informant", *bad), ("note", bad), ("category", "1")];
        let sent = send(&world, &cookie, &typed(form(&world, &cookie, "incident").await, &all)).await;
        let (id, _, notes) = written(&world, &sent);
        assert!(notes.contains(&(Field::Note, (*bad).to_owned())), "{n}: {notes:?}");
        let pages = [
            "/tps/62.06.13.2001/001".to_owned(),
            format!("/report?done={id}"),
            format!("/report?correct={id}"),
            format!("/report?retract={id}"),
        ];
        for path in pages {
            let page = world.get(&path, &cookie).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            is_harmless(&page, &path);
        }
    }
}
