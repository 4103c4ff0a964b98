//! Accounts in memory.

use pantau_protocol::journal::DeviceId;

use super::State;
use crate::store::{AccountsTx, AccountsView, Audit, Enrolment, Operator, ReadToken, Session, Stored, Usage};

impl AccountsView for State {
    fn journal_usage(&self, device: &DeviceId, revoked: bool) -> Stored<Option<Usage>> {
        Ok(self.usages.get(&(*device, revoked)).copied())
    }

    fn desk_over_quota(&self) -> Stored<Vec<Usage>> {
        let mut over: Vec<Usage> = self.usages.values().filter(|u| u.over_since.is_some()).copied().collect();
        over.sort_by_key(|u| (u.over_since, u.device));
        Ok(over)
    }

    fn enrolment(&self, handle: &str) -> Stored<Option<Enrolment>> {
        Ok(self.enrolments.get(handle).cloned())
    }

    fn desk_enrolments(&self) -> Stored<Vec<Enrolment>> {
        let mut all: Vec<Enrolment> = self.enrolments.values().cloned().collect();
        all.sort_by_key(|e| (std::cmp::Reverse(e.created_at), e.handle.clone()));
        Ok(all)
    }

    fn operator(&self, username: &str) -> Stored<Option<Operator>> {
        Ok(self.operators.get(username).cloned())
    }

    fn desk_operators(&self) -> Stored<Vec<Operator>> {
        Ok(self.operators.values().cloned().collect())
    }

    fn desk_audit(&self, from: i64, to: i64, who: Option<&str>) -> Stored<Vec<Audit>> {
        let is_meant = |a: &&Audit| (from..to).contains(&a.at) && who.is_none_or(|who| a.who == who);
        let mut all: Vec<Audit> = self.audits.iter().filter(is_meant).cloned().collect();
        all.sort_by_key(|a| a.at);
        Ok(all)
    }

    fn session(&self, id_hash: &[u8; 32]) -> Stored<Option<Session>> {
        Ok(self.sessions.get(id_hash).cloned())
    }

    fn read_token(&self, id: &str) -> Stored<Option<ReadToken>> {
        Ok(self.read_tokens.get(id).cloned())
    }

    fn desk_read_tokens(&self) -> Stored<Vec<ReadToken>> {
        let mut all: Vec<ReadToken> = self.read_tokens.values().cloned().collect();
        all.sort_by_key(|t| std::cmp::Reverse(t.created_at));
        Ok(all)
    }
}

impl AccountsTx for State {
    fn put_usage(&mut self, usage: &Usage) -> Stored<()> {
        self.usages.insert((usage.device, usage.revoked), *usage);
        Ok(())
    }

    fn put_enrolment(&mut self, enrolment: &Enrolment) -> Stored<()> {
        self.enrolments.insert(enrolment.handle.clone(), enrolment.clone());
        Ok(())
    }

    fn void_enrolments(&mut self) -> Stored<u64> {
        let open = self.enrolments.values_mut().filter(|e| e.device.is_none() && !e.voided);
        Ok(open.map(|e| e.voided = true).count() as u64)
    }

    fn put_operator(&mut self, operator: &Operator) -> Stored<()> {
        self.operators.insert(operator.username.clone(), operator.clone());
        Ok(())
    }

    fn add_audit(&mut self, audit: &Audit) -> Stored<()> {
        self.audits.push(audit.clone());
        Ok(())
    }

    fn put_session(&mut self, session: &Session) -> Stored<()> {
        self.sessions.insert(session.id_hash, session.clone());
        Ok(())
    }

    fn delete_session(&mut self, id_hash: &[u8; 32]) -> Stored<()> {
        self.sessions.remove(id_hash);
        Ok(())
    }

    fn delete_sessions(&mut self, username: Option<&str>, before: Option<i64>) -> Stored<()> {
        self.sessions.retain(|_, s| {
            username.is_some_and(|name| s.username != name) || before.is_some_and(|b| s.expires_at > b)
        });
        Ok(())
    }

    fn put_read_token(&mut self, token: &ReadToken) -> Stored<()> {
        self.read_tokens.insert(token.id.clone(), token.clone());
        Ok(())
    }

    fn revoke_read_tokens(&mut self, at: i64) -> Stored<u64> {
        let open = self.read_tokens.values_mut().filter(|t| t.revoked_at.is_none());
        Ok(open.map(|t| t.revoked_at = Some(at)).count() as u64)
    }
}
