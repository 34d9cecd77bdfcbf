//! Writing the library of shipped kernels, as a build step.
//!
//! Kernels in order enter; a shared library with a table of them in that order leaves. A kernel's
//! function is named by its content and compiled in one of a fixed number of groups, chosen by
//! that name, so that a changed kernel costs its group and nothing else: objects are kept from one
//! build to the next.

use super::link;
use crate::cache::DiskCache;
use crate::features::Level;
use crate::key::Key;
use crate::pool::Pool;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use stook_kernel::Kernel;

/// Turns named kernels into one object.
pub type EmitMany = fn(&[(&str, &Kernel)], Level) -> Result<Vec<u8>>;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Kernels, equal ones counted once.
    pub kernels: usize,
    /// Groups compiled; the others were there.
    pub compiled: usize,
    /// Whether the library was linked anew.
    pub linked: bool,
}

const GROUPS: usize = 64;

/// A group: kernels by name.
type Group<'a> = BTreeMap<String, &'a Kernel>;

/// Writes `file` into `folder`; objects are kept beside it.
pub fn write(
    folder: &Path,
    file: &str,
    fingerprint: &str,
    kernels: &[Kernel],
    level: Level,
    emit: EmitMany,
) -> Result<Written> {
    let failed = |error: std::io::Error| Error::Shipped(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let disk = DiskCache::open(&folder.join("objects"), u64::MAX)
        .ok_or_else(|| Error::Shipped("there is no place for objects".to_owned()))?;
    let names: Vec<String> = kernels.iter().map(|kernel| name_of(kernel, level)).collect();
    let groups = grouped(kernels, &names);
    let compiled = AtomicUsize::new(0);
    let objects = Mutex::new(vec![Vec::new(); groups.len()]);
    let failure = Mutex::new(None);
    Pool::global().run(groups.len(), &|k| match object(&groups[k], level, emit, &disk) {
        Ok((object, fresh)) => {
            compiled.fetch_add(usize::from(fresh), Ordering::Relaxed);
            objects.lock().unwrap_or_else(PoisonError::into_inner)[k] = object;
        }
        Err(error) => *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
    })?;
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let objects = objects.into_inner().unwrap_or_else(PoisonError::into_inner);
    let linked = link::link(folder, file, fingerprint, &names, &objects)?;
    let kernels = groups.iter().map(BTreeMap::len).sum();
    Ok(Written { kernels, compiled: compiled.into_inner(), linked })
}

fn name_of(kernel: &Kernel, level: Level) -> String {
    format!("k{}", &Key::of(&[kernel], level, "name").to_string()[..32])
}

/// The kernels in groups by name; empty groups are left out.
fn grouped<'a>(kernels: &'a [Kernel], names: &[String]) -> Vec<Group<'a>> {
    let mut groups = vec![Group::new(); GROUPS];
    for (kernel, name) in kernels.iter().zip(names) {
        let group = name.bytes().fold(0_usize, |sum, byte| sum * 31 % 65_521 + usize::from(byte));
        groups[group % GROUPS].insert(name.clone(), kernel);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// A group's object, and whether it had to be compiled.
fn object(
    group: &Group<'_>,
    level: Level,
    emit: EmitMany,
    disk: &DiskCache,
) -> Result<(Vec<u8>, bool)> {
    let kernels: Vec<&Kernel> = group.values().copied().collect();
    let key = Key::of(&kernels, level, "shipped");
    if let Some(object) = disk.load(&key) {
        return Ok((object, false));
    }
    let named: Vec<(&str, &Kernel)> = group.iter().map(|(name, &k)| (&name[..], k)).collect();
    let object = emit(&named, level)?;
    disk.store(&key, &object);
    Ok((object, true))
}
