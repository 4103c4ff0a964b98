//! Places, scopes, times, kits, codes and certificates, by the page.

use super::{
    cbor::{self, Value},
    file, fixed, hex, is_within, list, number,
    wire::{self, h},
};

/// The places above, nearest first.
fn ancestors(code: &str) -> Vec<&str> {
    let parent = |c: &&str| c.rfind(['.', '/']).map(|at| &code[..at]).filter(|c| !c.is_empty());
    std::iter::successors(parent(&code), parent).collect()
}

fn is_code(text: &str) -> bool {
    let may_be = |b: u8| b.is_ascii_alphanumeric() || b"./-".contains(&b);
    (1..=24).contains(&text.len()) && text.bytes().all(may_be)
}

/// The roots in canonical order.
fn canonical<'a>(roots: &[&'a str]) -> Vec<&'a str> {
    let mut all = roots.to_vec();
    all.sort_unstable();
    all.dedup();
    let is_outer = |root: &&str| !all.iter().any(|other| other != root && is_within(root, other));
    all.iter().copied().filter(is_outer).collect()
}

fn scope_digest(roots: &[&str]) -> [u8; 8] {
    let parts: Vec<&[u8]> = roots.iter().map(|r| r.as_bytes()).collect();
    h("pantau/1/scope", &parts)[..8].try_into().unwrap()
}

fn texts<'a>(v: &'a serde_json::Value, key: &str) -> Vec<&'a str> {
    list(v, key).iter().map(|t| t.as_str().unwrap()).collect()
}

#[test]
fn places_and_scopes() {
    let file = file("places.json");
    for case in list(&file, "codes") {
        let code = case["code"].as_str().unwrap();
        assert!(is_code(code));
        assert_eq!(ancestors(code), texts(case, "ancestors"), "{case}");
        assert_eq!(cbor::bytes(&Value::Text(code.into())), hex(&case["cbor"]));
    }
    assert!(texts(&file, "bad_codes").into_iter().all(|c| !is_code(c)));
    let looked = texts(&file, "keys_looked_at");
    for case in list(&file, "scopes") {
        let roots = canonical(&texts(case, "roots"));
        assert_eq!(roots, texts(case, "canonical_roots"), "{case}");
        assert_eq!(scope_digest(&roots), fixed(&case["digest"]), "{case}");
        let within = |key: &&&str| roots.iter().any(|r| is_within(key, r));
        let above = |key: &&&str| within(key) || roots.iter().any(|r| is_within(r, key));
        let seen: Vec<&str> = looked.iter().filter(within).copied().collect();
        assert_eq!(seen, texts(case, "sees_field_records_with_key"), "{case}");
        let seen: Vec<&str> = looked.iter().filter(above).copied().collect();
        assert_eq!(seen, texts(case, "sees_desk_records_with_key"), "{case}");
    }
}

#[test]
fn times_and_kits() {
    let file = file("time.json");
    for case in list(&file, "anchors") {
        let mut mac = blake3::Hasher::new_keyed(&fixed(&file["anchor_key"]));
        mac.update(b"pantau/1/anchor").update(&hex(&case["device"]));
        mac.update(&(number(&case["time"]) as i64).to_be_bytes());
        assert_eq!(mac.finalize().as_bytes()[..8], hex(&case["mac"]), "{case}");
    }
    for case in list(&file, "effective") {
        let at = number(&case["claimed_at"]);
        let received = case["received_at"].as_i64().map(i128::from);
        let effective = received.map_or(at, |r| at.max(number(&case["not_before"])).min(r));
        let said = (number(&case["effective_at"]), case["impossible"].as_bool().unwrap());
        assert_eq!((effective, effective != at), said, "{case}");
    }
    for case in list(&file, "deadlines") {
        let due = number(&case["due"]);
        let verdict = match (case["received_at"].as_i64(), case["not_before"].as_i64()) {
            (Some(received), _) if i128::from(received) <= due => "Before",
            (_, Some(anchor)) if i128::from(anchor) > due => "After",
            _ => "Undetermined",
        };
        assert_eq!(verdict, case["verdict"].as_str().unwrap(), "{case}");
    }
    let file = super::file("kit.json");
    for case in list(&file, "formulas") {
        let (base, per_mille) = (number(&case["base"]), number(&case["per_mille"]));
        for (voters, pieces) in list(&file, "voters").iter().zip(list(case, "pieces")) {
            let all = base + (number(voters) * per_mille + 999) / 1_000;
            assert_eq!(all.min(i128::from(u32::MAX)), number(pieces), "{case}");
        }
    }
}

/// Handle or secret as somebody typed it; `None` if it is mistyped.
fn typed(text: &str, length: usize) -> Option<String> {
    let kept = text.chars().filter(|c| !matches!(c, ' ' | '-'));
    let read = kept.map(|c| match c.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        c => "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(c).then_some(c),
    });
    read.collect::<Option<String>>().filter(|t| t.len() == length)
}

/// Six words over two keys.
fn words(server: &[u8], device: &[u8]) -> String {
    let bits =
        h("pantau/1/words", &[server, device])[..9].iter().fold(0_u128, |n, b| n << 8 | u128::from(*b));
    let syllable = |n: u32| {
        let group = (bits >> (66 - 6 * n)) as usize & 63;
        [b"bcdghjklmnprstwy"[group >> 2], b"aiuo"[group & 3]].map(char::from)
    };
    let word = |n: u32| [syllable(2 * n), syllable(2 * n + 1)].as_flattened().iter().collect::<String>();
    (0..6).map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn codes_and_what_is_signed_at_an_enrolment() {
    let file = file("enrolment.json");
    for case in list(&file, "typed") {
        let [handle, secret] = ["typed_handle", "typed_secret"].map(|k| case[k].as_str().unwrap());
        let read = typed(handle, 4).zip(typed(secret, 8));
        let said = case["handle"].as_str().zip(case["secret"].as_str());
        assert_eq!(read.as_ref().map(|(h, s)| (h.as_str(), s.as_str())), said, "{case}");
    }
    for case in list(&file["qr"], "good") {
        let parts: Vec<&str> = case["text"].as_str().unwrap().split_whitespace().collect();
        assert_eq!((parts.len(), parts[0]), (5, "PANTAU1"));
        assert_eq!((typed(parts[1], 4), typed(parts[2], 8)), {
            let said = ["handle", "secret"].map(|k| case[k].as_str().map(str::to_owned));
            said.into()
        });
        assert_eq!((parts[3], parts[4].trim_end_matches('/')), {
            let said = ["fingerprint", "url"].map(|k| case[k].as_str().unwrap());
            said.into()
        });
    }
    let proof = &file["proof"];
    let [handle, secret] = ["handle", "secret"].map(|k| proof[k].as_str().unwrap().as_bytes());
    let key = h("pantau/1/code", &[handle, secret]);
    assert_eq!(key, fixed(&proof["code_key"]));
    assert_eq!(*blake3::keyed_hash(&key, &hex(&proof["device_key"])).as_bytes(), fixed(&proof["proof"]));
    let all = &file["attestations"];
    for case in list(all, "certificates") {
        let certificate = cbor::whole(&hex(&case["certificate"])).unwrap();
        let Value::Map(mut keys) = certificate.clone() else { panic!("no map") };
        keys.iter_mut().filter(|(k, _)| *k == 6).for_each(|(_, v)| *v = Value::Bytes(vec![0; 64]));
        let hash = h("pantau/1/certificate", &[&cbor::bytes(&Value::Map(keys))]);
        assert_eq!(hash, fixed(&case["signed_hash"]));
        let signature = certificate.at(6).unwrap().raw::<64>();
        let is_valid = wire::is_signed(&hex(&all["server_public_key"]), &hash, &signature);
        assert_eq!(Some(is_valid), case["valid"].as_bool());
        let grants: Vec<&str> = certificate.items(2).iter().map(|g| g.at(1).unwrap().text()).collect();
        assert_eq!(scope_digest(&canonical(&grants)), fixed(&case["scope_digest"]));
    }
    let case = &all["succession"];
    let (old, new) = (hex(&case["old_public_key"]), hex(&case["new_public_key"]));
    let succession = cbor::whole(&hex(&case["succession"])).unwrap();
    let before: [u8; 16] = succession.at(0).unwrap().raw();
    assert_eq!(before, wire::first16(h("pantau/1/device", &[&old])));
    let hash = h("pantau/1/succession", &[&before, &new]);
    assert!(wire::is_signed(&old, &hash, &succession.at(1).unwrap().raw::<64>()));
    for case in list(all, "words") {
        let said = case["words"].as_str().unwrap();
        assert_eq!(words(&hex(&case["server_key"]), &hex(&case["device_key"])), said);
    }
}

#[test]
fn payloads_and_the_places_they_name() {
    let file = file("payloads.json");
    for case in list(&file, "good") {
        let record = cbor::whole(&hex(&case["payload"])).unwrap();
        assert_eq!(record.at(0).unwrap().int(), number(&case["at"]));
        assert_eq!(record.opt(2).unwrap_or(1), number(&case["basis"]), "{case}");
        assert_eq!(cbor::bytes(record.at(5).unwrap()), hex(&case["body"]));
        let keys: Vec<String> = super::record([0; 16], [0; 16], &record).keys().into_iter().collect();
        assert_eq!(keys, texts(case, "place_keys"), "{case}");
    }
    for case in list(&file, "bad").iter().filter(|c| c["payload"].is_string()) {
        let reason = case["reason"].as_str().unwrap();
        let read = cbor::whole(&hex(&case["payload"]));
        match reason.strip_prefix("Canonical.") {
            Some(why) => assert_eq!(read.unwrap_err().0, why, "{case}"),
            None => assert!(read.is_ok() && reason == "Shape", "{case}"),
        }
    }
}
