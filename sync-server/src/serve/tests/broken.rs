//! A store whose file is broken.

use pantau_log::{Server, rig::standby, store};

use super::*;

/// A store in memory whose file is said to be broken.
struct Broken(store::MemoryStore);

impl store::Store for Broken {
    fn read(&self, work: &mut dyn FnMut(&dyn store::View) -> store::Stored<()>) -> store::Stored<()> {
        self.0.read(work)
    }

    fn write(&self, _: &mut dyn FnMut(&mut dyn store::Tx) -> store::Stored<()>) -> store::Stored<()> {
        Err(store::StoreError::Corrupt("a page".into()))
    }

    fn scrub(&self, traces: &[Vec<u8>]) -> store::Stored<()> {
        self.0.scrub(traces)
    }

    fn copy_to(&self, path: &std::path::Path) -> store::Stored<()> {
        self.0.copy_to(path)
    }

    fn check(&self, depth: store::Depth) -> store::Stored<Vec<store::Flaw>> {
        self.0.check(depth)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_is_a_reason_to_come_later() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, "62.06.13");
    phone.write(&standby(1), "62.06.13");
    let (request, span) = phone.request(1, 1);
    let frame = phone.seal(&request, span.as_ref());
    let log = rig.server.store();
    let copy = store::MemoryStore::default();
    let rows = store::read(log, |v| v.desk_rows(0, 1_000)).unwrap();
    store::write(&copy, |tx| {
        tx.start_epoch(rows[0].epoch)?;
        rows.iter().try_for_each(|row| tx.append(&row.entry).map(drop))
    })
    .unwrap();
    let identity = rig.server.identity().clone();
    let server = Server::new(rig.env.clone(), Box::new(Broken(copy)), identity, None).unwrap();
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let running = start(server, ServeConfig::default(), vec![listener], None).unwrap();
    let answer = ask(&running, "POST /v1/exchange", &frame).await.0;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: 5"), "{answer}");
    let (health, troubles) = ask(&running, "GET /healthz", b"").await;
    assert!(health.starts_with("HTTP/1.1 503"), "{health}");
    assert!(String::from_utf8_lossy(&troubles).contains("damage\n"), "{troubles:?}");
    running.shutdown().await;
}
