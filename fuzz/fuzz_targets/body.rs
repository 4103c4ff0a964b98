//! See `pantau_tests::decoders::body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    pantau_tests::decoders::body(data);
});
