//! Rebuilds the crate when a PostgreSQL migration is added: `sqlx::migrate!` embeds the folder.

fn main() {
    println!("cargo:rerun-if-changed=postgres");
}
