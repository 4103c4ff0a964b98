//! Accounts in SQLite.

use pantau_protocol::journal::DeviceId;
use rusqlite::params;

use super::{
    places::place,
    rows::{from_blob, number},
    view::Session,
};
use crate::store::{
    AccountsTx, AccountsView, Audit, Enrolment, Operator, ReadToken, Rights, Session as DeskSession, Stored,
    Totp, Usage, pack_scope, unpack_scope,
};

impl AccountsView for Session<'_> {
    fn journal_usage(&self, device: &DeviceId, revoked: bool) -> Stored<Option<Usage>> {
        let Some(no) = self.device_no(device)? else { return Ok(None) };
        self.one(&format!("SELECT {USAGE} WHERE u.device = ? AND u.revoked = ?"), params![no, revoked], usage)
    }

    fn desk_over_quota(&self) -> Stored<Vec<Usage>> {
        let over = "u.over_since IS NOT NULL ORDER BY u.over_since, d.id";
        self.list(&format!("SELECT {USAGE} WHERE {over}"), [], usage)
    }

    fn enrolment(&self, handle: &str) -> Stored<Option<Enrolment>> {
        self.one(&format!("SELECT {ENROLMENT} FROM enrolment WHERE handle = ?"), [handle], enrolment)
    }

    fn desk_enrolments(&self) -> Stored<Vec<Enrolment>> {
        let sql = format!("SELECT {ENROLMENT} FROM enrolment ORDER BY created_at DESC, handle");
        self.list(&sql, [], enrolment)
    }

    fn operator(&self, username: &str) -> Stored<Option<Operator>> {
        self.one(&format!("SELECT {OPERATOR} FROM operator WHERE username = ?"), [username], operator)
    }

    fn desk_operators(&self) -> Stored<Vec<Operator>> {
        self.list(&format!("SELECT {OPERATOR} FROM operator ORDER BY username"), [], operator)
    }

    fn desk_audit(&self, from: i64, to: i64, who: Option<&str>) -> Stored<Vec<Audit>> {
        let audit = |r: &rusqlite::Row<'_>| {
            Ok(Audit { at: r.get(0)?, who: r.get(1)?, act: r.get(2)?, what: r.get(3)?, source: r.get(4)? })
        };
        self.list(
            "SELECT at, who, act, what, source FROM audit WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR who = ?3) \
             ORDER BY at, no",
            params![from, to, who],
            audit,
        )
    }

    fn session(&self, id_hash: &[u8; 32]) -> Stored<Option<DeskSession>> {
        self.one("SELECT username, expires_at FROM session WHERE id_hash = ?", [id_hash.as_slice()], |r| {
            Ok(DeskSession { id_hash: *id_hash, username: r.get(0)?, expires_at: r.get(1)? })
        })
    }

    fn read_token(&self, id: &str) -> Stored<Option<ReadToken>> {
        self.one(&format!("SELECT {READ_TOKEN} FROM read_token WHERE id = ?"), [id], read_token)
    }

    fn desk_read_tokens(&self) -> Stored<Vec<ReadToken>> {
        let sql = format!("SELECT {READ_TOKEN} FROM read_token ORDER BY created_at DESC, id");
        self.list(&sql, [], read_token)
    }
}

impl AccountsTx for Session<'_> {
    fn put_usage(&mut self, u: &Usage) -> Stored<()> {
        let no = self.own_device_no(&u.device)?;
        self.run(
            "INSERT INTO usage (device, revoked, day, records, bytes, branches, over_since) \
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device, revoked) DO UPDATE SET day = excluded.day, \
             records = excluded.records, bytes = excluded.bytes, branches = excluded.branches, \
             over_since = excluded.over_since",
            params![
                no,
                u.revoked,
                u.day,
                u.records.cast_signed(),
                u.bytes.cast_signed(),
                u.branches.cast_signed(),
                u.over_since
            ],
        )?;
        Ok(())
    }

    fn put_enrolment(&mut self, e: &Enrolment) -> Stored<()> {
        self.run(
            "INSERT OR REPLACE INTO enrolment (handle, code_key, officer, created_at, expires_at, tries, \
             sleeps_until, device, voided) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                e.handle,
                e.code_key.as_slice(),
                e.officer,
                e.created_at,
                e.expires_at,
                e.tries,
                e.sleeps_until,
                e.device.map(|d| d.0.to_vec()),
                e.voided,
            ],
        )?;
        Ok(())
    }

    fn void_enrolments(&mut self) -> Stored<u64> {
        let voided = self.run("UPDATE enrolment SET voided = 1 WHERE device IS NULL AND voided = 0", [])?;
        Ok(voided as u64)
    }

    fn put_operator(&mut self, o: &Operator) -> Stored<()> {
        self.run(
            "INSERT OR REPLACE INTO operator (username, password_hash, created_at, disabled, rights, regions, \
             totp_secret, totp_step, totp_recovery) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                o.username,
                o.password_hash,
                o.created_at,
                o.disabled,
                o.rights.number(),
                o.scope.as_ref().map(pack_scope),
                o.totp.as_ref().map(|totp| totp.secret.as_slice()),
                o.totp.as_ref().map(|totp| totp.step),
                o.totp.as_ref().map(|totp| totp.recovery.concat()),
            ],
        )?;
        Ok(())
    }

    fn add_audit(&mut self, a: &Audit) -> Stored<()> {
        self.run(
            "INSERT INTO audit (at, who, act, what, source) VALUES (?, ?, ?, ?, ?)",
            params![a.at, a.who, a.act, a.what, a.source],
        )?;
        Ok(())
    }

    fn put_session(&mut self, s: &DeskSession) -> Stored<()> {
        self.run(
            "INSERT OR REPLACE INTO session (id_hash, username, expires_at) VALUES (?, ?, ?)",
            params![s.id_hash.as_slice(), s.username, s.expires_at],
        )?;
        Ok(())
    }

    fn delete_session(&mut self, id_hash: &[u8; 32]) -> Stored<()> {
        self.run("DELETE FROM session WHERE id_hash = ?", [id_hash.as_slice()])?;
        Ok(())
    }

    fn delete_sessions(&mut self, username: Option<&str>, before: Option<i64>) -> Stored<()> {
        self.run(
            "DELETE FROM session WHERE (?1 IS NULL OR username = ?1) AND (?2 IS NULL OR expires_at <= ?2)",
            params![username, before],
        )?;
        Ok(())
    }

    fn put_read_token(&mut self, t: &ReadToken) -> Stored<()> {
        self.run(
            "INSERT OR REPLACE INTO read_token (id, name, secret_hash, within, names, created_at, expires_at, \
             revoked_at, used_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                t.id,
                t.name,
                t.secret_hash.as_slice(),
                t.within.as_str(),
                t.names,
                t.created_at,
                t.expires_at,
                t.revoked_at,
                t.used_on,
            ],
        )?;
        Ok(())
    }

    fn revoke_read_tokens(&mut self, at: i64) -> Stored<u64> {
        let revoked = self.run("UPDATE read_token SET revoked_at = ? WHERE revoked_at IS NULL", [at])?;
        Ok(revoked as u64)
    }
}

const ENROLMENT: &str =
    "handle, code_key, officer, created_at, expires_at, tries, sleeps_until, device, voided";
const OPERATOR: &str = "username, password_hash, created_at, disabled, rights, regions, totp_secret, totp_step, \
     totp_recovery";
const READ_TOKEN: &str = "id, name, secret_hash, within, names, created_at, expires_at, revoked_at, used_on";

const USAGE: &str = "d.id, u.revoked, u.day, u.records, u.bytes, u.branches, u.over_since \
     FROM usage u CROSS JOIN device d ON d.no = u.device";

fn usage(r: &rusqlite::Row<'_>) -> Stored<Usage> {
    Ok(Usage {
        device: from_blob(r, 0, DeviceId::from_slice)?,
        revoked: r.get(1)?,
        day: r.get(2)?,
        records: number(r, 3)?,
        bytes: number(r, 4)?,
        branches: number(r, 5)?,
        over_since: r.get(6)?,
    })
}

fn enrolment(r: &rusqlite::Row<'_>) -> Stored<Enrolment> {
    let device: Option<Vec<u8>> = r.get(7)?;
    Ok(Enrolment {
        handle: r.get(0)?,
        code_key: from_blob(r, 1, |b| b.try_into().ok())?,
        officer: r.get(2)?,
        created_at: r.get(3)?,
        expires_at: r.get(4)?,
        tries: r.get(5)?,
        sleeps_until: r.get(6)?,
        device: device.and_then(|d| DeviceId::from_slice(&d)),
        voided: r.get(8)?,
    })
}

fn operator(r: &rusqlite::Row<'_>) -> Stored<Operator> {
    let regions: Option<String> = r.get(5)?;
    let has_totp = r.get::<_, Option<Vec<u8>>>(6)?.is_some();
    Ok(Operator {
        username: r.get(0)?,
        password_hash: r.get(1)?,
        created_at: r.get(2)?,
        disabled: r.get(3)?,
        rights: Rights::from_number(r.get(4)?),
        scope: regions.as_deref().map(unpack_scope).transpose()?,
        totp: if has_totp { Some(totp(r)?) } else { None },
    })
}

fn totp(r: &rusqlite::Row<'_>) -> Stored<Totp> {
    let recovery: Option<Vec<u8>> = r.get(8)?;
    let recovery = recovery.unwrap_or_default();
    Ok(Totp {
        secret: from_blob(r, 6, |b| b.try_into().ok())?,
        step: r.get::<_, Option<i64>>(7)?.unwrap_or(i64::MIN),
        recovery: recovery.chunks_exact(32).filter_map(|hash| hash.try_into().ok()).collect(),
    })
}

fn read_token(r: &rusqlite::Row<'_>) -> Stored<ReadToken> {
    Ok(ReadToken {
        id: r.get(0)?,
        name: r.get(1)?,
        secret_hash: from_blob(r, 2, |b| b.try_into().ok())?,
        within: place(r, 3)?,
        names: r.get(4)?,
        created_at: r.get(5)?,
        expires_at: r.get(6)?,
        revoked_at: r.get(7)?,
        used_on: r.get(8)?,
    })
}
