// Pantau's core as an Android library. `cargo xtask android` builds the native libraries and the generated sources
// first; `includeBuild` or `include` it from an app.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
    // Here and not in build.gradle.kts: as a module of an app it takes the app's versions.
    plugins {
        id("com.android.library") version "8.9.2"
        id("org.jetbrains.kotlin.android") version "2.3.21"
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "pantau-android"
