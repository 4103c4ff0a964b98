//! Texts about people of the desk: signing in, sessions, rights.

use super::Lang;

/// The texts in a language.
pub(crate) fn text(lang: Lang) -> &'static Text {
    lang.pick(&ID, &EN)
}

texts! {
    session_ended: "Sesi Anda telah berakhir. Masuk lagi; setelah itu Anda kembali ke halaman tadi.",
        "Your session has ended. Sign in again; then you are back on the page where you were.";
    needs_https: "Halaman ini hanya dapat dipakai melalui https. Buka alamat yang sama dengan https:// di depannya, dan izinkan cookie.",
        "This page works over https only. Open the same address with https:// before it, and allow cookies.";
    code: "Kode sekali pakai", "One-time code";
    code_help: "Enam angka dari aplikasi autentikator, atau satu kode pemulihan.",
        "Six digits from the authenticator app, or one recovery code.";
    code_go: "Lanjut", "Go on";
    code_wrong: "Kode salah, sudah dipakai, atau sudah lewat waktunya. Tunggu kode berikutnya.",
        "The code is wrong, was used before or is too old. Wait for the next one.";
    start_over: "Masuk dari awal", "Start over";
    no_codes: "Akun admin ini belum memakai kode sekali pakai. Admin server memasangnya dengan: pantau-server operator totp NAMA",
        "This admin account has no one-time codes yet. The server admin sets them up with: pantau-server operator totp NAME";
    only_admins: "Hanya untuk admin desk", "For desk admins only";
    only_admins_help: "Akun ini tidak boleh melakukan itu. Admin server mengubahnya dengan: pantau-server operator rights NAMA admin",
        "This account may not do that. The server admin changes that with: pantau-server operator rights NAME admin";
    needs_codes: "Kode sekali pakai diperlukan", "One-time codes are needed";
    needs_codes_help: "Admin lain sudah memakai kode sekali pakai, jadi setiap admin harus memakainya. Admin server memasangnya dengan: pantau-server operator totp NAMA",
        "Other admins have one-time codes, so every admin must. The server admin sets them up with: pantau-server operator totp NAME";
}
