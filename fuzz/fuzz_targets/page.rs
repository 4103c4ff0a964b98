//! See `pantau_tests::decoders::page`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    pantau_tests::decoders::page(data);
});
