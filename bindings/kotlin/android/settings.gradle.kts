// Pantau's core as an Android library. `cargo xtask android` builds the native libraries and the generated sources
// first; `includeBuild` or `include` it from an app.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "pantau-android"
