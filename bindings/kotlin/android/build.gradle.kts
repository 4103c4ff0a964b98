// Has not been run by its authors: they had no Android SDK. Its Kotlin sources were compiled.
import org.jetbrains.kotlin.gradle.dsl.JvmTarget
import org.jetbrains.kotlin.gradle.tasks.KotlinCompile

plugins {
    id("com.android.library")
    id("org.jetbrains.kotlin.android")
}

// Written by `cargo xtask android`.
val built = layout.projectDirectory.dir("../../../target/android")

android {
    namespace = "id.pantau.android"
    compileSdk = 36

    defaultConfig {
        minSdk = 28
        consumerProguardFiles("consumer-rules.pro")
    }

    sourceSets["main"].apply {
        kotlin.srcDirs("../src/main/kotlin", built.dir("kotlin"))
        jniLibs.srcDir(built.dir("jniLibs"))
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }

    packaging {
        // Native libraries are mapped from the APK: uncompressed, at 16 KB boundaries.
        jniLibs.useLegacyPackaging = false
    }
}

kotlin.compilerOptions.jvmTarget.set(JvmTarget.JVM_17)

// The thin layer is shared with the JVM; the phone in a terminal is not.
tasks.withType<KotlinCompile>().configureEach { exclude("id/pantau/console/**") }

dependencies {
    // Older natives of JNA crash on pages of 16 KB.
    api("net.java.dev.jna:jna:5.18.1@aar")
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.10.2")
    implementation("androidx.annotation:annotation:1.9.1")
    implementation("androidx.work:work-runtime-ktx:2.10.0")
    // Unit tests run on the host: they want JNA's own jar.
    testImplementation("net.java.dev.jna:jna:5.18.1")
}
