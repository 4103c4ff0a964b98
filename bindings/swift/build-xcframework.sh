#!/usr/bin/env bash
# Makes PantauCoreFFI.xcframework and the generated Swift source beside this script, for devices and simulators.
# Needs a Mac with Xcode and rustup. Has not been run by its authors: they had no Mac.
#
#   bindings/swift/build-xcframework.sh            # iOS
#   bindings/swift/build-xcframework.sh --macos    # and macOS, to run the package's tests there
set -euo pipefail

cd "$(dirname "$0")/../.."
here=bindings/swift
out=target/xcframework
profile=mobile
library=libpantau_core_ffi.a

need() {
    command -v "$1" >/dev/null || { echo "build-xcframework: $1 is missing: $2" >&2; exit 2; }
}
need cargo "install Rust from https://rustup.rs"
need rustup "install Rust from https://rustup.rs"
need xcodebuild "install Xcode, then: sudo xcode-select --switch /Applications/Xcode.app"
need lipo "install Xcode's command line tools: xcode-select --install"

macos=false
case "${1:-}" in
    "") ;;
    --macos) macos=true ;;
    *) echo "usage: build-xcframework.sh [--macos]" >&2; exit 2 ;;
esac

device=aarch64-apple-ios
simulators=(aarch64-apple-ios-sim x86_64-apple-ios)
macs=()
if $macos; then macs=(aarch64-apple-darwin x86_64-apple-darwin); fi
triples=("$device" "${simulators[@]}" ${macs[@]+"${macs[@]}"})
rustup target add "${triples[@]}"

# The oldest systems that Package.swift names.
export IPHONEOS_DEPLOYMENT_TARGET=15.0 MACOSX_DEPLOYMENT_TARGET=13.0
for triple in "${triples[@]}"; do
    cargo xtask mobile --target "$triple" ${PANTAU_FEATURES:+--features "$PANTAU_FEATURES"}
done

rm -rf "$out" "$here/PantauCoreFFI.xcframework"
mkdir -p "$out/simulator" "$out/macos"
built() { echo "target/mobile-$1/$1/$profile/$library"; }

# Sources from the very build that is packed: their checksums must agree.
cargo run --locked --package pantau-bindgen --bin uniffi-bindgen-swift -- \
    "$(built "$device")" "$out/sources" --swift-sources --headers --modulemap
cp "$out/sources/PantauCore.swift" "$here/Sources/PantauCore/"
# A folder of its own: two packages with a module map in the same place do not build together.
mkdir -p "$out/headers/PantauCoreFFI"
cp "$out/sources/PantauCoreFFI.h" "$out/headers/PantauCoreFFI/"
sed 's/ link "pantau_core_ffi"//' "$here/Sources/PantauCoreFFI/module.modulemap" \
    >"$out/headers/PantauCoreFFI/module.modulemap"

joined() {
    local to="$1"
    shift
    local files=()
    for triple in "$@"; do files+=("$(built "$triple")"); done
    lipo -create "${files[@]}" -output "$to"
}
joined "$out/simulator/$library" "${simulators[@]}"
libraries=(
    -library "$(built "$device")" -headers "$out/headers"
    -library "$out/simulator/$library" -headers "$out/headers"
)
if $macos; then
    joined "$out/macos/$library" "${macs[@]}"
    libraries+=(-library "$out/macos/$library" -headers "$out/headers")
fi
xcodebuild -create-xcframework "${libraries[@]}" -output "$here/PantauCoreFFI.xcframework"
echo "written: $here/PantauCoreFFI.xcframework"
