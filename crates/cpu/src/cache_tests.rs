//! What the disk cache promises.

use super::*;
use crate::test_objects::folder;
use std::os::unix::fs::PermissionsExt;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_stored_is_loaded_by_another_handle() {
    let root = folder();
    let folder = root.join("new/one");
    let cache = DiskCache::open(&folder, 1 << 20).unwrap();
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    let key = Key([3; 32]);
    assert_eq!(cache.load(&key), None);
    assert!(cache.store(&key, b"code"));
    let again = DiskCache::open(&folder, 1 << 20).unwrap();
    assert_eq!(again.load(&key).unwrap(), b"code");
    assert_eq!(again.load(&Key([4; 32])), None);
    assert_eq!(fs::metadata(again.path(&key)).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_changed_or_cut_entry_is_not_loaded() {
    let folder = folder();
    let cache = DiskCache::open(&folder, 1 << 20).unwrap();
    let key = Key([1; 32]);
    cache.store(&key, b"some code");
    let good = fs::read(cache.path(&key)).unwrap();
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1;
        fs::write(cache.path(&key), &bad).unwrap();
        assert_eq!(cache.load(&key), None, "byte {place}");
        fs::write(cache.path(&key), &good[..place]).unwrap();
        assert_eq!(cache.load(&key), None, "{place} bytes");
    }
    assert!(cache.store(&key, b"some code"));
    assert!(cache.load(&key).is_some());
}

#[test]
fn an_entry_under_another_name_is_not_loaded() {
    let folder = folder();
    let cache = DiskCache::open(&folder, 1 << 20).unwrap();
    let (first, second) = (Key([1; 32]), Key([2; 32]));
    cache.store(&first, b"code");
    fs::rename(cache.path(&first), cache.path(&second)).unwrap();
    assert_eq!(cache.load(&second), None);
}

#[test]
fn what_others_can_write_is_not_used() {
    let folder = folder();
    let cache = DiskCache::open(&folder, 1 << 20).unwrap();
    let key = Key([1; 32]);
    cache.store(&key, b"code");
    set_mode(&cache.path(&key), 0o666);
    assert_eq!(cache.load(&key), None);
    set_mode(&folder, 0o777);
    assert!(DiskCache::open(&folder, 1 << 20).is_none());
}

#[test]
fn links_are_not_followed() {
    let folder = folder();
    let cache = DiskCache::open(&folder, 1 << 20).unwrap();
    let (first, second) = (Key([1; 32]), Key([2; 32]));
    cache.store(&first, b"code");
    std::os::unix::fs::symlink(cache.path(&first), cache.path(&second)).unwrap();
    assert_eq!(cache.load(&second), None);
}

#[test]
fn a_folder_that_cannot_be_made_is_no_cache() {
    let folder = folder();
    fs::write(folder.join("file"), b"").unwrap();
    assert!(DiskCache::open(&folder.join("file"), 1 << 20).is_none());
    assert!(DiskCache::open(&folder.join("file/below"), 1 << 20).is_none());
}

#[test]
fn a_folder_that_vanishes_is_no_harm() {
    let folder = folder();
    let cache = DiskCache::open(&folder, 1 << 20).unwrap();
    fs::remove_dir_all(&*folder).unwrap();
    assert!(!cache.store(&Key([1; 32]), b"code"));
    assert_eq!(cache.load(&Key([1; 32])), None);
}

#[test]
fn the_oldest_entries_make_room() {
    let folder = folder();
    let cache = DiskCache::open(&folder, 10_000).unwrap();
    for k in 0..40 {
        cache.store(&Key([k; 32]), &[k; 920]);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(total(&cache.entries()) <= 10_000);
    assert_eq!(cache.load(&Key([0; 32])), None);
    assert!(cache.load(&Key([39; 32])).is_some());
}
