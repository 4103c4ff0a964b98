//! See `pantau_tests::decoders::segment`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    pantau_tests::decoders::segment(data);
});
