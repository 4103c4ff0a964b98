//! A layer between SQLite and the disk of this process, for tests: it records, in order, whatever SQLite
//! writes below a folder, and makes the calls fail that it is told to. Crash images are built from what it
//! recorded ([`disk`]).
//!
//! Why this package may use `unsafe` while no other may: SQLite takes its file system as a table of C
//! functions, and only a function behind that table sees every write and sync of the real code, on both
//! sides, in the order in which they reach the disk. All of it is in `vfs` and `file`, no product code
//! depends on this package, and the layer does nothing but count, record and pass on.
//!
//! Files outside of a watched folder are handed to SQLite's own file system as if this were not here.

pub mod disk;
mod file;
mod vfs;
mod watch;

pub use disk::{Disk, Loss};
pub use watch::{Call, Counter, Event, Fault, Room, Trouble, Watch, watch};
