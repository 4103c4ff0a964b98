//! The OpenAPI document: as it is kept, whole, and with every word that an answer may have.

use pantau_protocol::body::{
    Access, Answer, Category, CustodyKind, LineState, Progress, RegionLevel, Rest, Severity, Signal,
    Situation, Way,
};
use pantau_protocol::record::Basis;
use serde_json::Value;

use crate::api::word;

fn document() -> Value {
    serde_json::from_str(&crate::openapi()).unwrap()
}

#[test]
fn the_document_is_the_one_that_is_kept() {
    let kept = include_str!("../../../../docs/openapi.json");
    assert!(kept == crate::openapi(), "write it anew with: cargo run -p pantau-desk --example openapi");
}

/// Every description of what an object, a parameter or an answer has.
fn undescribed(at: &str, value: &Value, found: &mut Vec<String>) {
    let has = |v: &Value| v.get("description").and_then(Value::as_str).is_some_and(|text| text.len() > 3);
    // That of what may be `null` stands beside its reference.
    let one = |v: &Value| v.get("oneOf").and_then(Value::as_array).is_some_and(|all| all.iter().any(has));
    let mut check = |at: String, v: &Value| {
        if !has(v) && !one(v) {
            found.push(at);
        }
    };
    if let Some(properties) = value.get("properties").and_then(Value::as_object) {
        properties.iter().for_each(|(name, v)| check(format!("{at}.{name}"), v));
    }
    for list in ["parameters", "responses"] {
        match value.get(list) {
            Some(Value::Array(all)) => all.iter().for_each(|v| check(format!("{at} {v}"), v)),
            Some(Value::Object(all)) => all.iter().for_each(|(name, v)| check(format!("{at} {name}"), v)),
            _ => {}
        }
    }
    match value {
        Value::Object(all) => all.iter().for_each(|(name, v)| undescribed(&format!("{at}/{name}"), v, found)),
        Value::Array(all) => all.iter().for_each(|v| undescribed(at, v, found)),
        _ => {}
    }
}

#[test]
fn everything_is_described() {
    let mut found = Vec::new();
    undescribed("", &document(), &mut found);
    assert_eq!(found, Vec::<String>::new());
    let schemas = document()["components"]["schemas"].as_object().unwrap().clone();
    assert!(schemas.len() > 20, "{}", schemas.len());
    for (name, schema) in schemas {
        assert!(schema["description"].is_string(), "{name}");
    }
}

#[test]
fn every_case_is_named_where_it_may_stand() {
    let document = document();
    let text = |schema: &str, field: &str| {
        let described = &document["components"]["schemas"][schema]["properties"][field]["description"];
        described.as_str().unwrap_or_else(|| panic!("{schema}.{field}")).to_owned()
    };
    macro_rules! named {
        ($($case:ident at $schema:literal $field:literal;)+) => {
            $(for case in $case::ALL {
                let word = format!("`{}`", word(case.name(), case.number()));
                assert!(text($schema, $field).contains(&word), "{word} is not in {}.{}", $schema, $field);
            })+
        };
    }
    named! {
        Basis at "Said" "basis";
        CustodyKind at "Point" "kind";
        RegionLevel at "Place" "level";
        Access at "Tps" "access";
        Signal at "Tps" "signal";
        Way at "Way" "condition";
        Answer at "Answer" "answer";
        LineState at "Item" "checked";
        Rest at "Arrival" "rest";
        Category at "Incident" "category";
        Severity at "Incident" "severity";
        Progress at "Progress" "progress";
        Situation at "Standby" "situation";
    }
}
