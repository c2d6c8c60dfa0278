//! Lists `src/carrier/*.rs` (and folders with a `mod.rs`), so that adding a carrier touches no list.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=src/carrier");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("src/carrier");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let stem = path.file_stem()?.to_str()?.to_string();
            let is_file = path.extension().is_some_and(|e| e == "rs") && stem != "mod";
            let is_folder = path.join("mod.rs").exists();
            (is_file || is_folder).then_some(stem)
        })
        .collect();
    names.sort();
    let mut out = String::new();
    for name in &names {
        let file = folder.join(format!("{name}.rs"));
        let file = if file.exists() { file } else { folder.join(name).join("mod.rs") };
        out += &format!("#[path = {:?}]\npub mod {name};\n", file.display().to_string());
    }
    out += "\n/// Every adapter, sorted by id.\npub static ALL: &[&dyn Carrier] = &[\n";
    for name in &names {
        out += &format!("    &{name}::CARRIER,\n");
    }
    out += "];\n";
    fs::write(Path::new(&env::var("OUT_DIR").unwrap()).join("carriers.rs"), out).unwrap();
}
