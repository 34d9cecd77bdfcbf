//! How much memory there is to be had.
//!
//! The kernel promises more memory than it has and kills whoever touches it. Large requests are
//! therefore held against the machine's and the control group's free memory before they are made,
//! so that a program gets a `MemoryError` that it can handle.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Memory and swap of the machine, or the control group's limit if that is less.
pub(crate) fn total() -> usize {
    static TOTAL: OnceLock<usize> = OnceLock::new();
    *TOTAL.get_or_init(|| {
        let text = read_to_string("/proc/meminfo").unwrap_or_default();
        let machine = kilobytes(&text, "MemTotal:")
            .map_or(usize::MAX, |memory| memory + kilobytes(&text, "SwapTotal:").unwrap_or(0));
        let group = groups().iter().filter_map(|folder| limit(folder)).min();
        machine.min(group.unwrap_or(usize::MAX))
    })
}

/// What can be used now without swapping others out or being killed.
pub(super) fn free() -> usize {
    let text = read_to_string("/proc/meminfo").unwrap_or_default();
    let machine = kilobytes(&text, "MemAvailable:")
        .map_or(usize::MAX, |memory| memory + kilobytes(&text, "SwapFree:").unwrap_or(0));
    let group = groups().iter().filter_map(|folder| Some(limit(folder)? - used(folder)?)).min();
    machine.min(group.unwrap_or(usize::MAX))
}

/// Finds out what is asked again and again, so that no fork comes in between.
pub(super) fn prepare() {
    total();
}

fn kilobytes(text: &str, name: &str) -> Option<usize> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_ascii_whitespace().nth(1)?.parse::<usize>().ok()?.checked_mul(1024)
}

/// Folders of this process's control groups that may limit memory, innermost first.
fn groups() -> &'static [PathBuf] {
    static GROUPS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        let text = read_to_string("/proc/self/cgroup").unwrap_or_default();
        text.lines().flat_map(folders).filter(|folder| limit(folder).is_some()).collect()
    })
}

/// The folders that a line of `/proc/self/cgroup` (`number:controllers:path`) stands for.
fn folders(line: &str) -> Vec<PathBuf> {
    let mut fields = line.splitn(3, ':').skip(1);
    let root = match fields.next() {
        Some("") => "/sys/fs/cgroup",
        Some(names) if names.split(',').any(|name| name == "memory") => "/sys/fs/cgroup/memory",
        _ => return Vec::new(),
    };
    let path = Path::new(fields.next().unwrap_or("/").trim_start_matches('/'));
    path.ancestors().map(|part| Path::new(root).join(part)).collect()
}

fn limit(folder: &Path) -> Option<usize> {
    let text = read_to_string(folder.join("memory.max"))
        .or_else(|_| read_to_string(folder.join("memory.limit_in_bytes")))
        .ok()?;
    text.trim().parse::<usize>().ok().filter(|&bytes| bytes < 1 << 60)
}

/// Memory that the group cannot be rid of by dropping file caches; at most its limit.
fn used(folder: &Path) -> Option<usize> {
    let text = read_to_string(folder.join("memory.stat")).ok()?;
    let line =
        text.lines().find(|line| line.starts_with("anon ") || line.starts_with("total_rss "))?;
    let bytes = line.split_ascii_whitespace().nth(1)?.parse::<usize>().ok()?;
    Some(bytes.min(limit(folder)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_memory_is_some_and_not_more_than_all() {
        assert!(free() > 0);
        assert!(free() <= total());
    }

    #[test]
    fn group_lines_name_every_ancestor() {
        let names = folders("0::/a/b");
        assert_eq!(names.len(), 3);
        assert_eq!(names[0], Path::new("/sys/fs/cgroup/a/b"));
        assert_eq!(folders("5:memory:/x")[0], Path::new("/sys/fs/cgroup/memory/x"));
        assert!(folders("3:cpu:/x").is_empty());
    }
}
