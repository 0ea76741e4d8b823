//! The configs that users of Kubernetes and Compose get are ones that serdecar runs on.

use std::path::{Path, PathBuf};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The files from which `k8s/kustomization.yaml` makes config maps: the lines `- serdecar.yaml=config/….yaml`.
fn config_map_files() -> Vec<PathBuf> {
    let text = std::fs::read_to_string(repository("k8s/kustomization.yaml")).expect("the base");
    let files = text.lines().filter_map(|line| line.trim().strip_prefix("- serdecar.yaml="));
    files.map(|file| repository("k8s").join(file)).collect()
}

#[test]
fn every_config_file_of_the_base_is_in_a_config_map() {
    let folder = std::fs::read_dir(repository("k8s/config")).unwrap();
    let mut written: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    let mut used = config_map_files();
    written.sort();
    used.sort();
    assert_eq!(used, written);
    assert!(!used.is_empty());
}
