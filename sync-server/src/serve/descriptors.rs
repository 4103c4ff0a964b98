//! How many connections this process can have: the system gives out descriptors up to a limit.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limit;

/// Raises the soft limit of descriptors to the hard one, and says how many of them connections may take. `None`
/// where there is no limit.
pub(super) fn for_connections() -> Option<usize> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Some systems refuse what they call their maximum; the soft limit is then as it was.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let now = getrlimit(Resource::Nofile).current;
    if now != current {
        tracing::info!(before = current, now, "more descriptors");
    }
    now.map(|all| usize::try_from(left(all)).unwrap_or(usize::MAX))
}

/// What is left beside the files of the store.
fn left(all: u64) -> u64 {
    all - limit::FILE_DESCRIPTORS.min(all / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_their_share() {
        assert_eq!(left(1_024), 768);
        assert_eq!(left(20_000), 19_744);
        assert_eq!(left(100), 75);
    }

    #[test]
    fn the_soft_limit_is_raised() {
        let most = for_connections();
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        assert_eq!(current, maximum);
        assert_eq!(most.is_some(), maximum.is_some());
    }
}
