//! Why a server was not reached, as an app tells it: somebody without signal waits, somebody with a wrong address
//! needs the desk.

use pantau_core::Cause;

use crate::{error::PantauError, explain::Locale};

/// What seems to be wrong between this phone and its server. A guess from what anybody on the way may have said:
/// show it, and decide nothing by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum NoContact {
    /// No connection came about: no signal, no such name, nothing that listens.
    NoNetwork,
    /// The connection broke on the way, or an answer came damaged.
    Broken,
    /// The phone's address of the server is none that can be asked.
    WrongAddress,
    /// The address leads elsewhere.
    Moved,
    /// A Wi-Fi wants a sign-in first.
    Portal,
    /// Something before the server, such as a proxy, refuses whoever asks.
    Refused,
    /// Whoever answers at the address is no Pantau server.
    NotPantau,
    /// Another Pantau server answers.
    OtherServer,
    /// The server is in trouble or overloaded.
    ServerTrouble,
    /// The server cannot store now.
    ServerFull,
    /// Whatever little is sent is refused as too long.
    TooLong,
    /// The server answers, and nothing moves.
    Stuck,
    /// It was stopped on this phone.
    Stopped,
}

/// Without a wildcard: a cause the core learns must find its place here before this compiles again.
impl From<Cause> for NoContact {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::NoNetwork => Self::NoNetwork,
            Cause::Broken => Self::Broken,
            Cause::WrongAddress => Self::WrongAddress,
            Cause::Moved => Self::Moved,
            Cause::Portal => Self::Portal,
            Cause::Refused => Self::Refused,
            Cause::NotPantau => Self::NotPantau,
            Cause::OtherServer => Self::OtherServer,
            Cause::ServerTrouble => Self::ServerTrouble,
            Cause::ServerFull => Self::ServerFull,
            Cause::TooLong => Self::TooLong,
            Cause::Stuck => Self::Stuck,
            Cause::Stopped => Self::Stopped,
        }
    }
}

impl PantauError {
    /// Somebody stopped what used the network.
    pub(crate) fn stopped() -> Self {
        Self::Offline { why: NoContact::Stopped, detail: "cancelled".into() }
    }
}

/// What happened, that nothing is lost, and who can do something about it.
pub(crate) fn explained(why: NoContact, locale: Locale) -> String {
    let (indonesian, english) = match why {
        NoContact::NoNetwork => (
            "Server belum terjangkau. Catatan tetap aman di HP; coba lagi bila ada sinyal.",
            "The server was not reached. Your entries are safe on the phone; try again when there is signal.",
        ),
        NoContact::Broken => (
            "Sambungan terputus di tengah jalan. Catatan tetap aman di HP dan akan dikirim kembali.",
            "The connection broke on the way. Your entries are safe on the phone and will be sent again.",
        ),
        NoContact::WrongAddress => (
            "Alamat server di HP ini salah, jadi tidak ada yang dapat dikirim. Catatan tetap aman di HP; mintalah \
             kode baru ke Desk Pemilu.",
            "The address of the server on this phone is wrong, so nothing can be sent. Your entries are safe on \
             the phone; ask the election desk for a new code.",
        ),
        NoContact::Moved => (
            "Alamat server ini dialihkan ke tempat lain, jadi tidak ada yang terkirim. Catatan tetap aman di HP; \
             beri tahu Desk Pemilu.",
            "The address of the server leads elsewhere now, so nothing was sent. Your entries are safe on the \
             phone; tell the election desk.",
        ),
        NoContact::Portal => (
            "Yang menjawab sebuah halaman web, bukan server; biasanya karena Wi-Fi meminta masuk lebih dahulu. \
             Catatan tetap aman di HP; masuklah ke Wi-Fi itu lewat peramban, atau pakai data seluler.",
            "A web page answered instead of the server; usually a Wi-Fi that wants a sign-in first. Your entries \
             are safe on the phone; sign in to that Wi-Fi in a browser, or use mobile data.",
        ),
        NoContact::Refused => (
            "Akses ke server ditolak di tengah jalan, misalnya oleh proksi. Catatan tetap aman di HP; coba \
             jaringan lain, dan beri tahu Desk Pemilu.",
            "Something before the server, such as a proxy, refuses access. Your entries are safe on the phone; \
             try another network, and tell the election desk.",
        ),
        NoContact::NotPantau => (
            "Di alamat ini tidak ada server Pantau. Catatan tetap aman di HP; beri tahu Desk Pemilu bahwa \
             alamatnya mungkin salah.",
            "There is no Pantau server at this address. Your entries are safe on the phone; tell the election \
             desk that the address may be wrong.",
        ),
        NoContact::OtherServer => (
            "Yang menjawab server Pantau lain, bukan server tempat HP ini terdaftar. Catatan tetap aman di HP; \
             hubungi Desk Pemilu.",
            "Another Pantau server answers, not the one this phone is enrolled with. Your entries are safe on the \
             phone; call the election desk.",
        ),
        NoContact::ServerTrouble => (
            "Server sedang bermasalah atau terlalu sibuk. Catatan tetap aman di HP dan akan dikirim kembali.",
            "The server is in trouble or too busy. Your entries are safe on the phone and will be sent again.",
        ),
        NoContact::ServerFull => (
            "Server tidak bisa menyimpan sekarang; tidak ada yang hilang. Catatan tetap aman di HP dan akan dikirim \
             kembali.",
            "The server cannot store now; nothing is lost. Your entries are safe on the phone and will be sent \
             again.",
        ),
        NoContact::TooLong => (
            "Kiriman ditolak karena terlalu panjang, walau sudah diperkecil. Catatan tetap aman di HP; coba \
             jaringan lain, dan beri tahu Desk Pemilu.",
            "What was sent is refused as too long, however little it is. Your entries are safe on the phone; try \
             another network, and tell the election desk.",
        ),
        NoContact::Stuck => (
            "Server menjawab, tetapi pengiriman tidak maju. Catatan tetap aman di HP; bila terus begini, beri tahu \
             Desk Pemilu.",
            "The server answers, but nothing moves. Your entries are safe on the phone; if it goes on like this, \
             tell the election desk.",
        ),
        NoContact::Stopped => (
            "Pengiriman dihentikan. Tidak ada catatan yang hilang.",
            "The sync was stopped. No entry is lost.",
        ),
    };
    locale.pick(indonesian, english)
}

#[cfg(test)]
pub(crate) const ALL: [NoContact; 13] = [
    NoContact::NoNetwork,
    NoContact::Broken,
    NoContact::WrongAddress,
    NoContact::Moved,
    NoContact::Portal,
    NoContact::Refused,
    NoContact::NotPantau,
    NoContact::OtherServer,
    NoContact::ServerTrouble,
    NoContact::ServerFull,
    NoContact::TooLong,
    NoContact::Stuck,
    NoContact::Stopped,
];
