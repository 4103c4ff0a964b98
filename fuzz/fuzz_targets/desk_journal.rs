//! See `pantau_tests::decoders::desk_journal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    pantau_tests::decoders::desk_journal(data);
});
