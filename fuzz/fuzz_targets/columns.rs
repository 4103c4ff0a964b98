//! See `pantau_tests::decoders::columns`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    pantau_tests::decoders::columns(data);
});
